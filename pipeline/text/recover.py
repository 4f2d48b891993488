"""Stage `recover`: the documents of an article become its essays."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from pipeline.errors import PageRejected
from pipeline.records import batched, from_batch
from pipeline.schema import Document, Essay, RemovedLine, SiteRules, stable_id
from pipeline.text.article import Article, Stretch, join
from pipeline.text.essays import Draft, split
from pipeline.text.lines import clean
from pipeline.text.masks import duplicate_key
from pipeline.text.metadata import genre_of
from pipeline.text.script import script_of, to_hans

_BATCH = 256
_MIN_HAN = 100
_MIN_HAN_SHARE = 0.5
_MIN_SENTENCES = 2

_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s|$)")
_DOUBTFUL_YEAR = re.compile(r"\b(?:19|20)\d\dxx|(20\d\d)年?[-—–－~至]+\1年?", re.IGNORECASE)
_CENSORED = re.compile(
    r"[\u3400-\u9fff](?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)[aeiou]{1,3}(?:ng?|r)?[\u3400-\u9fff]"
)


def recover_essays(batches: Iterable[pa.RecordBatch], sites: Sequence[SiteRules]) -> Iterator[pa.RecordBatch]:
    """Documents sorted by article and page in, essays out; what is no essay carries its rule."""
    drop = {site.id: tuple(re.compile(pattern) for pattern in site.drop_lines) for site in sites}
    documents = (
        document
        for batch in batches
        for document in from_batch(Document, batch)
        if document.outcome in ("article", "rejected")
    )
    articles = itertools.groupby(documents, key=lambda document: document.article_url)
    essays = itertools.chain.from_iterable(_essays(list(pages), drop) for _, pages in articles)
    yield from batched(Essay, essays, _BATCH)


def _essays(pages: list[Document], drop: dict[str, tuple[re.Pattern[str], ...]]) -> list[Essay]:
    documents = [page for page in pages if page.outcome == "article"]
    if not documents:
        return []
    try:
        article = join(documents, {page.page_no: page.rule for page in pages if page.outcome == "rejected"})
        return _split(article, drop.get(article.first.site, ()))
    except PageRejected as rejection:
        return [_rejected(documents, rejection.rule, rejection.reason)]
    except Exception as error:  # noqa: BLE001 - whatever a text does to the rules, it costs itself only
        return [_rejected(documents, "failed", f"{type(error).__name__}: {error}"[:300])]


def _split(article: Article, drop: tuple[re.Pattern[str], ...]) -> list[Essay]:
    """The essays of an article; those that a missing page may be a part of are rejected for it."""
    removed: list[RemovedLine] = list(article.removed)
    found: list[tuple[Draft, str]] = []
    for stretch in article.stretches:
        cleaned = clean(stretch.lines, drop)
        result = split(cleaned, article.title, midway=bool(stretch.gap_before))
        removed += cleaned.removed + result.removed
        found += _with_gaps(stretch, result.drafts)
    if not found:
        raise PageRejected("no_essay", "nothing but the site's own lines")
    return [
        _essay(article, draft, ordinal, gap=gap, removed=tuple(removed) if ordinal == 1 else ())
        for ordinal, (draft, gap) in enumerate(found, 1)
    ]


def _with_gaps(stretch: Stretch, drafts: Sequence[Draft]) -> Iterator[tuple[Draft, str]]:
    """Each essay with the gap that it reaches: the first one, unless a title begins it, and the last one."""
    for position, draft in enumerate(drafts, 1):
        before = stretch.gap_before if position == 1 and not draft.headed else ""
        behind = stretch.gap_behind if position == len(drafts) else ""
        yield draft, "; ".join(filter(None, (before, behind)))


def _essay(
    article: Article, draft: Draft, ordinal: int, *, gap: str, removed: tuple[RemovedLine, ...]
) -> Essay:
    first = article.first
    text = "\n".join(draft.lines)
    hans = to_hans(text)
    rule, reason = ("incomplete", gap) if gap else _reject(hans)
    return Essay(
        essay_id=stable_id(first.article_url, str(ordinal)),
        url=first.article_url,
        site=first.site,
        page_id=first.page_id,
        ordinal=ordinal,
        title=draft.title,
        text=text,
        text_hans=hans,
        script=script_of(text),
        genre=genre_of(to_hans(draft.title)),
        published=first.published,
        fetched_at=first.fetched_at,
        pages=article.pages,
        chars=sum(not char.isspace() for char in hans),
        repairs=article.repairs,
        unrecovered=article.unrecovered,
        removed=removed,
        flags=tuple(_flags(article, draft, hans)),
        key=duplicate_key(hans),
        rule=rule,
        reason=reason,
    )


def _reject(hans: str) -> tuple[str, str]:
    """Why a text is no essay: rule and reason, empty if it is one."""
    han = len(_HAN.findall(hans))
    solid = sum(not char.isspace() for char in hans)
    if han < _MIN_HAN_SHARE * solid:
        return "not_chinese", f"{han / max(solid, 1):.0%} of its characters are Chinese"
    if han < _MIN_HAN:
        return "too_short", f"{han} Chinese characters, {_MIN_HAN} are the least"
    sentences = len(_SENTENCE_END.findall(hans))
    if sentences < _MIN_SENTENCES:
        return "no_sentences", f"{sentences} sentences, {_MIN_SENTENCES} are the least: a list, not an essay"
    return "", ""


def _flags(article: Article, draft: Draft, hans: str) -> Iterator[str]:
    if draft.truncated:
        yield "truncated"
    if article.first.hijacked:
        yield "hijacked"
    if _DOUBTFUL_YEAR.search(hans):
        yield "year_doubtful"
    if _CENSORED.search(hans):
        yield "pinyin_censored"


def _rejected(documents: list[Document], rule: str, reason: str) -> Essay:
    first = documents[0]
    text = "\n".join(line.text for document in documents for line in document.lines)
    return Essay(
        essay_id=stable_id(first.article_url, "0"),
        url=first.article_url,
        site=first.site,
        page_id=first.page_id,
        ordinal=0,
        title=first.title,
        text=text,
        text_hans="",
        script="",
        genre="",
        published=first.published,
        fetched_at=first.fetched_at,
        pages=len(documents),
        chars=0,
        repairs=0,
        unrecovered=0,
        removed=tuple(line for document in documents for line in document.removed),
        flags=(),
        key="",
        rule=rule,
        reason=reason,
    )
