"""Stage `extract`: a fetched page becomes a document, or a rejected one with the reason."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.errors import PageRejected
from pipeline.records import from_batch, to_batch
from pipeline.schema import Document, Line, Page, SiteRules, stable_id
from pipeline.text.decode import Decoded, decode
from pipeline.text.extract import Extracted, extract
from pipeline.text.metadata import Head
from pipeline.text.quarantine import REASONS, suspect
from pipeline.text.stated import Stated
from pipeline.urls import Place, Places

_HTML_TYPES = ("html", "xhtml")
_SNIFF = 1024
_NOTHING = Extracted(Head("", hijacked=False), Stated(), (), (), "", 0.0)


def extract_pages(batches: Iterable[pa.RecordBatch], sites: Sequence[SiteRules]) -> Iterator[pa.RecordBatch]:
    """Pages in, documents out, one for one; a page that fails costs itself only."""
    places = _places(tuple(sites))
    for batch in batches:
        yield to_batch(Document, (_document(page, places) for page in from_batch(Page, batch)))


@functools.cache
def _places(sites: tuple[SiteRules, ...]) -> Places:
    return Places(sites)


@dataclass(frozen=True, slots=True)
class _Read:
    """What reading a page came to."""

    outcome: str
    decoded: Decoded
    content: Extracted
    rule: str = ""
    reason: str = ""


def _document(page: Page, places: Places) -> Document:
    place = places.locate(page.url)
    read = _read(page, place)
    count = place.page_no
    if read.outcome == "article":
        place, count = places.continued(place, read.content.links)
        if place.kind == "numbered":
            read = _Read("other", read.decoded, _NOTHING)
    nowhere = read.rule in ("unreadable", "no_url")
    return Document(
        page_id=stable_id(page.source, str(page.offset)) if nowhere else place.page_id,
        url=_valid(page.url) if nowhere else place.url,
        site=place.site,
        fetched_at=page.fetched_at,
        status=page.status,
        bytes=len(page.body),
        charset=read.decoded.charset,
        charset_reason=read.decoded.reason,
        title=_valid(read.content.head.title),
        outcome=read.outcome,
        source=page.source,
        offset=page.offset,
        article_url=place.article_url,
        page_no=place.page_no,
        page_count=count,
        published=read.content.stated.published,
        hijacked=read.content.head.hijacked,
        lines=tuple(Line(_valid(line.text), line.head) for line in read.content.lines),
        rule=read.rule,
        reason=read.reason,
        bucket=int(stable_id(place.article_url)[:4], 16),
    )


def _read(page: Page, place: Place) -> _Read:
    decoded = Decoded("", "", "")
    try:
        _check(page, place)
        if page.content_type and not any(kind in page.content_type.lower() for kind in _HTML_TYPES):
            return _Read("other", decoded, _NOTHING)
        decoded = decode(page.body, page.content_type)
        if place.kind not in ("article", "unknown", "numbered"):
            return _Read("list" if place.kind == "list" else "other", decoded, _NOTHING)
        _check_text(decoded.text)
        return _Read("article", decoded, extract(decoded.text))
    except PageRejected as rejection:
        return _Read("rejected", decoded, _NOTHING, rejection.rule, rejection.reason)
    except Exception as error:  # noqa: BLE001 - whatever a page does to the parsers, it costs itself only
        return _Read("rejected", decoded, _NOTHING, "failed", f"{type(error).__name__}: {error}"[:300])


def _check(page: Page, place: Place) -> None:
    if page.error:
        raise PageRejected("unreadable", page.error)
    if not place.site:
        raise PageRejected("no_url", f"no web address: {page.url[:80]!r}")
    if page.status != 200:
        raise PageRejected("http_status", f"status {page.status}")
    if not page.body.strip():
        raise PageRejected("empty", "empty body")
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
