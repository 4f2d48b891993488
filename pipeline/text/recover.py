"""Stage `recover`: the documents of an article become its essays."""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from pipeline.errors import PageRejected
from pipeline.records import batched, from_batch
from pipeline.schema import Document, Essay, Signals, SiteRules, stable_id
from pipeline.text.article import Article, Stretch, join, raw_text
from pipeline.text.essays import Draft, essays_in
from pipeline.text.lines import clean
from pipeline.text.masks import masked
from pipeline.text.metadata import genre_of
from pipeline.text.numbering import headings_of
from pipeline.text.paragraph import Paragraph, publish
from pipeline.text.private import recovered
from pipeline.text.script import Simplified, simplify, to_hans
from pipeline.text.signals import Findings, signals_of

_BATCH = 256
_MIN_HAN = 100
_MIN_HAN_SHARE = 0.5
_MIN_SENTENCES = 2
_STOP = re.compile(r"\.(?=\s|$)")


def recover_essays(
    batches: Iterable[pa.RecordBatch],
    sites: Sequence[SiteRules],
    *,
    keep_contacts: bool = False,
    basis: str = "",
) -> Iterator[pa.RecordBatch]:
    """Documents sorted by article and page in, essays out; what is no essay carries its rule."""
    drop = {site.id: tuple(re.compile(pattern) for pattern in site.drop_lines) for site in sites}
    documents = (
        document
        for batch in batches
        for document in from_batch(Document, batch)
        if document.outcome in ("article", "rejected")
    )
    articles = itertools.groupby(documents, key=lambda document: document.article_url)
    essays = itertools.chain.from_iterable(_keyed(list(pages), drop, basis) for _, pages in articles)
    yield from batched(Essay, (recovered(each, keep=keep_contacts) for each in essays), _BATCH)


def article_key(basis: str, pages: Iterable[tuple[str, str]]) -> str:
    """Hash of all that the essays of an article follow from: ``basis``, and outcome and digest of each page."""
    return stable_id(basis, *itertools.chain.from_iterable(pages))


def _keyed(pages: list[Document], drop: dict[str, tuple[re.Pattern[str], ...]], basis: str) -> list[Essay]:
    key = article_key(basis, ((page.outcome, page.digest) for page in pages))
    return [dataclasses.replace(essay, article_key=key) for essay in _essays(pages, drop)]


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
    found: list[tuple[Draft, str]] = []
    waiting: tuple[Paragraph, ...] = ()
    for stretch in article.stretches:
        paragraphs = (*waiting, *stretch.paragraphs)
        drafts = essays_in(paragraphs, article.title, drop, midway=bool(stretch.gap_before))
        waiting = () if drafts else tuple(clean(paragraphs, to_hans(article.title), drop))
        found += _with_gaps(stretch, drafts)
    if not found:
        raise PageRejected("no_essay", "nothing but the site's own lines")
    last, gap = found[-1]
    found[-1] = dataclasses.replace(last, paragraphs=(*last.paragraphs, *waiting)), gap
    return [_essay(article, draft, ordinal, gap) for ordinal, (draft, gap) in enumerate(found, 1)]


def _with_gaps(stretch: Stretch, drafts: Sequence[Draft]) -> Iterator[tuple[Draft, str]]:
    """Each essay with the gap that it reaches: the first one, unless a title begins it, and the last one."""
    for position, draft in enumerate(drafts, 1):
        before = stretch.gap_before if position == 1 and not draft.headed else ""
        behind = stretch.gap_behind if position == len(drafts) else ""
        yield draft, "; ".join(filter(None, (before, behind)))


def _essay(article: Article, draft: Draft, ordinal: int, gap: str) -> Essay:
    first = article.first
    traced = publish(draft.paragraphs)
    is_hans = all(each.hans is each.text for each in draft.paragraphs if not each.rule)
    simplified = Simplified(traced.text, "hans", "") if is_hans else simplify(traced.text)
    hans = simplified.text
    key, placeholders = masked(hans)
    findings = Findings(traced.edits, article.unrecovered, draft.truncated, first.hijack_score, placeholders)
    signals = signals_of(hans, findings)
    rule, reason = ("incomplete", gap) if gap else _reject(hans, signals)
    return Essay(
        essay_id=stable_id(first.article_url, str(ordinal)),
        url=first.article_url,
        site=first.site,
        page_id=first.page_id,
        ordinal=ordinal,
        title=draft.title,
        text=traced.text,
        text_hans=hans,
        script=simplified.script,
        conversion=simplified.conversion,
        genre=genre_of(to_hans(draft.title)),
        published=first.published,
        fetched_at=first.fetched_at,
        pages=article.pages,
        headings=headings_of(hans.split("\n")),
        contacts=(),
        reserved=first.reserved,
        licence=first.licence,
        edits=traced.edits,
        key=key,
        article_key="",
        masked_late=False,
        rule=rule,
        reason=reason,
        **_values(signals),
    )


def _values(signals: Signals) -> dict[str, Any]:
    return {name: getattr(signals, name) for name in Signals.__dataclass_fields__}


def _reject(hans: str, signals: Signals) -> tuple[str, str]:
    """Why a text is no essay: rule and reason, empty if it is one."""
    han = round(signals.han_share * signals.chars)
    if signals.han_share < _MIN_HAN_SHARE:
        return "not_chinese", f"{signals.han_share:.0%} of its characters are Chinese"
    if han < _MIN_HAN:
        return "too_short", f"{han} Chinese characters, {_MIN_HAN} are the least"
    sentences = signals.sentences
    if sentences < _MIN_SENTENCES:
        sentences += len(_STOP.findall(hans))
    if sentences < _MIN_SENTENCES:
        return "no_sentences", f"{sentences} sentences, {_MIN_SENTENCES} are the least: a list, not an essay"
    return "", ""


def _rejected(documents: Sequence[Document], rule: str, reason: str) -> Essay:
    """An article as it was read, whole and with nothing taken out."""
    first = documents[0]
    text = "\n".join(raw_text(document.lines, document.cuts) for document in documents)
    findings = Findings((), 0, truncated=False, hijack_score=first.hijack_score, placeholders=0)
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
        conversion="",
        genre="",
        published=first.published,
        fetched_at=first.fetched_at,
        pages=len(documents),
        headings=(),
        contacts=(),
        reserved=first.reserved,
        licence=first.licence,
        edits=(),
        key="",
        article_key="",
        masked_late=False,
        rule=rule,
        reason=reason,
        **_values(signals_of("", findings)),
    )
