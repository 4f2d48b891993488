"""One article, one or several essays: split at the titles of a collection, the frame taken off."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.schema import Line, RemovedLine
from pipeline.text.lines import NUMBERED, NUMERAL, Cleaned
from pipeline.text.metadata import GENRE_WORD
from pipeline.text.script import to_hans

_TITLE_LENGTH = 60
_FRAME_LENGTH = 400
"""Characters before the first numbered essay that are still the editor's introduction."""
_LEAST_ESSAY = 40

# …总结篇1 / 篇二：某某计划 / 【篇三】 / 第五篇：某某 / （二）某某总结 / 某某总结（三） / 范文四
_NUMBERED_TITLE = re.compile(
    rf"^[【\[（(]?(?P<before>[^。；，]{{0,40}}?)[（(【]?篇\s*(?P<a>{NUMERAL})[)）】\]]?\s*[:：]?\s*(?P<after_a>[^。]{{0,50}})$"
    rf"|^[【\[（(]?第\s*(?P<b>{NUMERAL})\s*篇[】\]）)]?\s*[:：、]?\s*(?P<after_b>[^。]{{0,50}})$"
    rf"|^[（(](?P<d>{NUMERAL})[)）]\s*(?P<after_d>[^。；，]{{5,50}})$"
    rf"|^(?P<base>[^。；，]{{2,40}}?)(范文|模板|样本)?\s*[（(【]?(?P<c>{NUMERAL})[)）】]?$"
)
_ENDS_IN_GENRE = re.compile(rf"(?:{GENRE_WORD}|稿|书|信|材料|范文|模板|要点|意见)([（(].{{0,12}}[)）])?$")
_NOT_A_WORD = re.compile(r"[\W_]+")
_COLLECTION = re.compile(r"[一二三四五六七八九十\d]+篇|合集|汇总|大全|精选|集锦")
"""A page title that promises several essays; only then （一）某某总结 is an essay's title and no heading."""
_CUT = re.compile(r"(\.{3,}|…+)[）)]?$")


@dataclass(frozen=True, slots=True)
class Draft:
    """One essay of an article, before ids and keys."""

    title: str
    lines: tuple[str, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Split:
    """Essays of an article in order, and the lines that are none of them."""

    drafts: tuple[Draft, ...]
    removed: tuple[RemovedLine, ...]


def split(article: Cleaned, title: str) -> Split:
    """Split an article into its essays; the page's own title is told from the essays' titles."""
    page_title = _folded(title)
    starts = _starts(article, page_title)
    removed: list[RemovedLine] = []
    drafts: list[Draft] = []
    bounds = [*starts, len(article.lines)]
    opening = article.lines[: bounds[0]]
    body, repeated = _without_titles(opening, page_title)
    removed += repeated
    frame = (
        _FRAME_LENGTH if starts and _essay_number(article.lines[starts[0]].text, page_title) else _LEAST_ESSAY
    )
    if starts and sum(map(len, body)) <= frame:
        removed += [RemovedLine("collection_intro", line) for line in body]
    elif body:
        drafts.append(_draft(title, body))
    for start, end in itertools.pairwise(bounds):
        heading = article.lines[start].text
        body, repeated = _without_titles(article.lines[start + 1 : end], page_title, _folded(heading))
        removed += repeated
        if body:
            drafts.append(_draft(_own_title(heading), body))
    if drafts and article.cut_off:
        last = drafts[-1]
        drafts[-1] = Draft(last.title, last.lines, truncated=True)
    return Split(tuple(drafts), tuple(removed))


def _starts(article: Cleaned, page_title: str) -> list[int]:
    """Positions of the lines that are titles of essays."""
    numbered = {
        i: number for i, line in enumerate(article.lines) if (number := _essay_number(line.text, page_title))
    }
    if len(set(numbered.values())) < 2 and not any("篇" in article.lines[i].text for i in numbered):
        numbered = {}
    first_more = min(article.more, default=len(article.lines))
    bare = {
        i for i, line in enumerate(article.lines) if i > 0 and _is_bare_title(line, listed=i >= first_more)
    }
    bare = {i for i in bare if _folded(article.lines[i].text) != page_title}
    return sorted(set(numbered) | bare)


def _essay_number(text: str, page_title: str) -> str | None:
    """The number a line gives an essay, if it is a numbered title of a collection."""
    hans = to_hans(text)
    match = _NUMBERED_TITLE.match(hans) if len(hans) <= _TITLE_LENGTH else None
    if match is None:
        return None
    if match["d"]:
        named = _ENDS_IN_GENRE.search(match["after_d"]) or _folded(match["after_d"]) == page_title
        return match["d"] if named and _COLLECTION.search(page_title) else None
    if match["c"]:
        base = _folded(match["base"])
        fits = base and (base in page_title or page_title.startswith(base[:6]))
        return match["c"] if fits and _ENDS_IN_GENRE.search(match["base"]) else None
    return match["a"] or match["b"]


def _is_bare_title(line: Line, *, listed: bool) -> bool:
    """Whether a line is a title without a number: marked up as one, or after 更多…推荐."""
    hans = to_hans(line.text)
    if len(hans) > _TITLE_LENGTH or NUMBERED.match(hans) or re.search(r"[。；！？]", hans):
        return False
    return (line.head or listed) and _ENDS_IN_GENRE.search(hans) is not None and "，" not in hans


def _without_titles(lines: Sequence[Line], *titles: str) -> tuple[list[str], list[RemovedLine]]:
    """Lines less those that only repeat a title, at the start and at the end."""
    texts = [line.text for line in lines]
    removed = []
    while texts and _repeats(texts[0], titles):
        removed.append(RemovedLine("repeated_title", texts.pop(0)))
    while texts and _repeats(texts[-1], titles):
        removed.append(RemovedLine("repeated_title", texts.pop()))
    return texts, removed


def _repeats(text: str, titles: tuple[str, ...]) -> bool:
    folded = _folded(text)
    return any(title and folded in _variants(title) for title in titles)


def _variants(title: str) -> Iterator[str]:
    yield title
    for suffix in ("范文", "模板", "篇"):
        yield title + suffix
        yield title.removesuffix(suffix)


def _draft(title: str, lines: Sequence[str]) -> Draft:
    return Draft(title, tuple(lines), truncated=_CUT.search(lines[-1]) is not None)


def _own_title(heading: str) -> str:
    """Title in a heading such as 第五篇：某某计划; the heading itself if it has no other."""
    match = _NUMBERED_TITLE.match(heading)
    own = (match["after_a"] or match["after_b"] or match["after_d"] or "") if match else ""
    return own.strip() or heading.strip("【】[]")


def _folded(text: str) -> str:
    return _NOT_A_WORD.sub("", to_hans(text)).lower()
