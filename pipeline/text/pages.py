"""Stages `sample` and `extract`: a few pages show their templates, then each page becomes a document."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from pipeline.errors import PageRejected
from pipeline.records import batched, from_batch, to_batch
from pipeline.rights import rights_of, stated_in
from pipeline.schema import (
    ContactCount,
    Cut,
    Document,
    Line,
    Page,
    Sample,
    SiteRules,
    Template,
    stable_id,
)
from pipeline.text.article import raw_text
from pipeline.text.decode import Decoded, decode
from pipeline.text.extract import Extracted, extract
from pipeline.text.metadata import Head
from pipeline.text.page.stated import Stated
from pipeline.text.page.tree import MAX_BYTES
from pipeline.text.private import Masking, masked_content
from pipeline.text.quarantine import REASONS, suspect
from pipeline.text.template.sample import Turn, sample
from pipeline.text.template.serve import Templates, Where
from pipeline.urls import Place, Places

_HTML_TYPES = ("html", "xhtml")
_SNIFF = 1024
_BATCH = 64
_READ_ON = (
    "page_id", "site", "article_url", "page_no", "page_count", "title", "published", "fetched_at", "outcome",
    "rule", "reserved", "licence", "hijack_score", "lines", "cuts",
)  # fmt: skip
"""Columns that the essays of an article follow from; how sure a reading is changes with every sample of its site."""
_NOTHING = Extracted(Head("", 0.0), Stated(), (), (), (), (), "", 0.0)


def sample_pages(
    batches: Iterable[pa.RecordBatch], sites: Sequence[SiteRules], *, keep_contacts: bool = False
) -> Iterator[pa.RecordBatch]:
    """Pages in, samples out: of each site the first ones and then one of many; pages that fail give none."""
    places, turn = _places(tuple(sites)), Turn()
    samples = (_sample(page, places, turn) for batch in batches for page in from_batch(Page, batch))
    yield from batched(
        Sample, (_shown(each, keep=keep_contacts) for each in samples if each is not None), _BATCH
    )


def _shown(sample: Sample, *, keep: bool) -> Sample:
    """A sample with its lines as documents have them, so that what a site repeats is known again."""
    return replace(sample, lines=tuple(Masking(keep).lines(sample.lines)))


def no_sample(row: pa.RecordBatch, reason: str) -> pa.RecordBatch:
    """What a page gives that kills its process: nothing."""
    del row, reason
    return to_batch(Sample, ())


def _sample(page: Page, places: Places, turn: Turn) -> Sample | None:
    place = places.locate(page.url)
    if place.kind not in ("article", "unknown", "numbered") or not _is_html(page):
        return None
    try:
        _check(page, place)
        if not turn.comes(place.site, place.shape):
            return None
        text = decode(page.body, page.content_type).text
        _check_text(text)
        return sample(text, site=place.site, shape=place.shape, url=place.url, moment=_moment(page))
    except Exception:  # noqa: BLE001 - what is wrong with the page is told where it is extracted
        return None


def extract_pages(
    batches: Iterable[pa.RecordBatch],
    sites: Sequence[SiteRules],
    templates: Sequence[Template] = (),
    *,
    keep_contacts: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Pages in, documents out, one for one; a page that fails costs itself only."""
    reader = _Reader(_places(tuple(sites)), Templates(templates), keep_contacts)
    documents = (_document(page, reader) for batch in batches for page in from_batch(Page, batch))
    yield from batched(Document, documents, _BATCH)


def lost_page(row: pa.RecordBatch, reason: str, sites: Sequence[SiteRules]) -> pa.RecordBatch:
    """A page that kills its process, as a document rejected for the reason."""
    places = _places(tuple(sites))
    rule, _, words = reason.partition(": ")
    lost = _Read("rejected", Decoded("", "", ""), _NOTHING, rule, words)
    pages = ((page, places.locate(page.url)) for page in from_batch(Page, row))
    return to_batch(Document, (_as_document(page, place, place.shape, 1, lost) for page, place in pages))


@functools.cache
def _places(sites: tuple[SiteRules, ...]) -> Places:
    return Places(sites)


@dataclass(frozen=True, slots=True)
class _Reader:
    """What is known of the sites."""

    places: Places
    templates: Templates
    keep_contacts: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """What reading a page came to."""

    outcome: str
    decoded: Decoded
    content: Extracted
    rule: str = ""
    reason: str = ""
    rights: tuple[str, ...] = ()
    licence: str = ""
    contacts: tuple[ContactCount, ...] = ()


def _document(page: Page, reader: _Reader) -> Document:
    place = reader.places.locate(page.url)
    shape = place.shape
    read = _read(page, place, reader)
    count = place.page_no
    if read.outcome == "article":
        place, count = reader.places.continued(place, read.content.links)
        if place.kind == "numbered":
            read = replace(read, outcome="other", content=_NOTHING)
    return _as_document(page, place, shape, count, read)


def _as_document(page: Page, place: Place, shape: str, count: int, read: _Read) -> Document:
    nowhere = read.rule in ("unreadable", "no_url")
    lines, cuts = _woven(read.content)
    text = raw_text(lines, cuts)
    document = Document(
        page_id=stable_id(page.source, str(page.offset)) if nowhere else place.page_id,
        url=_valid(page.url) if nowhere else place.url,
        fetched_url=_valid(page.url),
        site=place.site,
        shape=shape,
        fetched_at=page.fetched_at,
        status=page.status,
        bytes=len(page.body),
        charset=read.decoded.charset,
        charset_reason=read.decoded.reason,
        title=_valid(read.content.head.title),
        author=_valid(read.content.stated.author),
        origin=_valid(read.content.stated.source),
        breadcrumb=tuple(map(_valid, read.content.stated.breadcrumb)),
        extractor=read.content.extractor,
        confidence=read.content.confidence,
        outcome=read.outcome,
        article_url=place.article_url,
        page_no=place.page_no,
        text_chars=len(text),
        text_hash=stable_id(text) if text else "",
        source=page.source,
        offset=page.offset,
        rights=tuple(map(_valid, read.rights)),
        reserved=rights_of(read.rights).reserved,
        licence=_valid(read.licence),
        contacts=read.contacts,
        page_count=count,
        published=read.content.stated.published,
        hijack_score=read.content.head.hijack_score,
        lines=lines,
        cuts=cuts,
        rule=read.rule,
        reason=read.reason,
        bucket=int(stable_id(place.article_url)[:4], 16),
        digest="",
    )
    return replace(document, digest=stable_id(*(repr(getattr(document, name)) for name in _READ_ON)))


def _woven(content: Extracted) -> tuple[tuple[Line, ...], tuple[Cut, ...]]:
    """The lines of a text with those that stood between them, and what was cut out of them."""
    lines: list[Line] = []
    places = []
    beside = iter([*content.trimmed, None])
    following = next(beside)
    for number in range(len(content.lines) + 1):
        while following is not None and following.before <= number:
            lines.append(Line(_valid(following.text), rule=following.rule))
            following = next(beside)
        if number < len(content.lines):
            line = content.lines[number]
            places.append(len(lines))
            lines.append(Line(_valid(line.text), line.head, line.rule))
    return tuple(lines), tuple(
        replace(cut, line=places[cut.line], text=_valid(cut.text)) for cut in content.cuts
    )


def _read(page: Page, place: Place, reader: _Reader) -> _Read:
    decoded = Decoded("", "", "")
    rights, licence = page.rights, ""
    try:
        _check(page, place)
        if not _is_html(page):
            return _Read("other", decoded, _NOTHING)
        decoded = decode(page.body, page.content_type)
        stated, licence = stated_in(decoded.text)
        masking = Masking(reader.keep_contacts)
        rights = tuple(map(masking.text, (*page.rights, *stated)))
        licence = masking.text(licence)
        if place.kind not in ("article", "unknown", "numbered"):
            kind = "list" if place.kind == "list" else "other"
            return _Read(kind, decoded, _NOTHING, rights=rights, licence=licence)
        _check_text(decoded.text)
        where = Where(place.site, place.shape, _moment(page))
        content = reader.templates.serve(decoded.text, where, stem=place.stem)
        content = masked_content(content or extract(decoded.text, stem=place.stem), masking)
        content = replace(content, lines=reader.templates.mark_repeated(content.lines, where))
        return _Read("article", decoded, content, rights=rights, licence=licence, contacts=masking.counts())
    except PageRejected as rejection:
        return _Read("rejected", decoded, _NOTHING, rejection.rule, rejection.reason, rights, licence)
    except Exception as error:  # noqa: BLE001 - whatever a page does to the parsers, it costs itself only
        return _Read("rejected", decoded, _NOTHING, "failed", f"{type(error).__name__}: {error}"[:300])


def _is_html(page: Page) -> bool:
    return not page.content_type or any(kind in page.content_type.lower() for kind in _HTML_TYPES)


def _moment(page: Page) -> str:
    """What pages are ordered by: when they were fetched, then where they lie."""
    fetched = page.fetched_at.isoformat() if page.fetched_at else ""
    return f"{fetched} {page.source} {page.offset:012d}"


def _check(page: Page, place: Place) -> None:
    if page.error:
        raise PageRejected("unreadable", page.error)
    if not place.site:
        raise PageRejected("no_url", f"no web address: {page.url[:80]!r}")
    if page.status != 200:
        raise PageRejected("http_status", f"status {page.status}")
    if not page.body.strip():
        raise PageRejected("empty", "empty body")
    if len(page.body) > 2 * MAX_BYTES:
        raise PageRejected("too_large", f"{len(page.body):,} bytes")
    head = page.body[:_SNIFF]
    if head.count(0) > len(head) // 4 or head.startswith(
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"PK\x03\x04")
    ):
        raise PageRejected("binary", "not text: an image, a document or an archive")


def _check_text(text: str) -> None:
    if rule := suspect(text):
        raise PageRejected(rule, REASONS[rule])


def _valid(text: str) -> str:
    """Text that UTF-8 can hold: lone surrogates from character references become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
