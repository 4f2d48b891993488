"""One article, one or several essays: split at the titles of a collection, the frame taken off."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.text.metadata import ENDS_IN_GENRE, genre_of
from pipeline.text.numbering import NUMBERED, NUMERAL
from pipeline.text.paragraph import Paragraph, written
from pipeline.text.rules import MORE, PAYWALL
from pipeline.text.script import to_hans

_TITLE_LENGTH = 60
_FRAME_LENGTH = 400
"""Characters before the first essay of a promised collection that are still the editor's introduction."""
_SHORT_FRAME_LENGTH = 40
_LEAST_HEADED = 150
"""Characters under a heading from which it may be the title of an essay."""
_LEAST_TITLE = 6

# …总结篇1 / 篇二：某某计划 / 【篇三】 / 第五篇：某某 / （二）某某总结 / 某某总结（三） / 范文四
_NUMBERED_TITLE = re.compile(
    rf"^[【\[（(]?(?P<before>[^。；，]{{0,40}}?)[（(【]?(?<![开新])篇\s*(?P<a>{NUMERAL})(?:[)）】\]:：、\s]+(?P<after_a>[^。；！？]{{0,50}}))?$"
    rf"|^[【\[（(]?第\s*(?P<b>{NUMERAL})\s*篇(?:[】\]）):：、\s]+(?P<after_b>[^。；！？]{{0,50}}))?$"
    rf"|^[（(](?P<d>{NUMERAL})[)）]\s*(?P<after_d>[^。；，]{{5,50}})$"
    rf"|^(?P<base>[^。；，]{{2,40}}?)(范文|模板|样本)?\s*[（(【]?(?P<c>{NUMERAL})[)）】]?$"
)
_KINDS = "abcd"
_SECTION = re.compile(
    r"^(下半年|今后|明年|来年|存在|主要|几点|问题|原因|对策|措施|意见|建议|(工作)?(体会|感想|打算|安排))"
    r"|下一?(步|阶段|年|学期).{0,6}$|(存在|主要).{0,3}问题|(打算|安排|对策|措施|意见|建议)$"
)
"""A heading that is part of an essay: 工作体会, 下一步工作安排, 存在问题和整改计划."""
_NOT_A_WORD = re.compile(r"[\W_]+")
_NUMBER_OF_ESSAYS = rf"(?<![第一二三四五六七八九十百零\d])(?![一1]篇)(?:两|{NUMERAL})篇"
_REST = r"(?:范文|模板|样本|参考|通用|最新|[（(]\d[)）]|[\W_])*$"
_COUNTED = re.compile(_NUMBER_OF_ESSAYS + _REST)
_COLLECTION = re.compile(rf"(?:{_NUMBER_OF_ESSAYS}|合集|汇总|大全|精选|集锦){_REST}")
"""The end of a page title that promises several essays; only then （一）某某总结 is an essay's title."""
_TAIL = 30
_SENTENCE_END = re.compile(r"[。！？!?]")
_CUT = re.compile(r"(\.{3,}|…+)[）)]?$")


@dataclass(frozen=True, slots=True)
class Draft:
    """One essay of an article, before ids and keys."""

    title: str
    paragraphs: tuple[Paragraph, ...]
    """Its own, and what was removed from before, between and behind them."""
    truncated: bool
    headed: bool = False
    """A title of its own stands over it, so it begins here."""

    @property
    def lines(self) -> list[str]:
        """The paragraphs that are its own."""
        return [paragraph.text for paragraph in written(self.paragraphs)]


@dataclass(frozen=True, slots=True)
class _Text:
    """The paragraphs of an article that a person wrote."""

    lines: Sequence[Paragraph]
    more: frozenset[int]
    """Positions in ``lines`` before which the page announced further essays."""

    @classmethod
    def of(cls, paragraphs: Sequence[Paragraph]) -> "_Text":
        lines: list[Paragraph] = []
        more = set()
        for paragraph in paragraphs:
            if not paragraph.rule:
                lines.append(paragraph)
            elif paragraph.rule == MORE.name:
                more.add(len(lines))
        return cls(lines, frozenset(more))


@dataclass(frozen=True, slots=True)
class _PageTitle:
    """The page's own title, as the lines are compared with it."""

    title: str
    hans: str
    folded: str
    promises: bool
    """Says that several essays follow."""
    counted: bool
    """Says how many."""

    @classmethod
    def of(cls, title: str) -> "_PageTitle":
        hans = to_hans(title)
        tail = hans[-_TAIL:]
        return cls(title, hans, _folded(title), bool(_COLLECTION.search(tail)), bool(_COUNTED.search(tail)))


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A line that may be a numbered title: the kind of number, the number, what stands around it."""

    position: int
    kind: str
    number: int
    base: str
    own: str


def split(paragraphs: Sequence[Paragraph], title: str, *, midway: bool = False) -> list[Draft]:
    """Split an article into its essays; the page's own title is told from the essays' titles.

    A split that would leave no essay is none: the text is kept whole. With ``midway``, pages are
    missing before it, so that what stands before the first title is an essay's end and no introduction.

    Returns:
        Essays in order; together they have every paragraph. None if nothing is a person's.
    """
    page, text = _PageTitle.of(title), _Text.of(paragraphs)
    starts = _starts(text, page)
    return _split_at(starts, paragraphs, page, midway=midway) or _split_at(
        [], paragraphs, page, midway=midway
    )


def _split_at(
    starts: list[int], paragraphs: Sequence[Paragraph], page: _PageTitle, *, midway: bool
) -> list[Draft]:
    """Essays that begin at the given paragraphs, counted among those that are written."""
    places = [place for place, paragraph in enumerate(paragraphs) if not paragraph.rule]
    bounds = [0, *(places[start] for start in starts), len(paragraphs)]
    drafts: list[Draft] = []
    waiting: list[Paragraph] = []
    for number, (start, end) in enumerate(itertools.pairwise(bounds)):
        section = list(paragraphs[start:end])
        heading = ""
        if number:
            heading = section[0].text
            section[0] = section[0].removed("essay_title")
        section = _without_titles(section, page.folded, _folded(heading))
        if not number and starts and not midway and _is_frame(written(section), page):
            section = [each if each.rule else each.removed("collection_intro") for each in section]
        if body := written(section):
            title = _own_title(heading) if heading else page.title
            broken = _CUT.search(body[-1].text[-_TAIL:]) is not None
            drafts.append(Draft(title, (*waiting, *section), broken, headed=number > 0))
            waiting = []
        elif drafts:
            drafts[-1] = replace(drafts[-1], paragraphs=(*drafts[-1].paragraphs, *section))
        else:
            waiting += section
    if drafts and any(paragraph.rule == PAYWALL.name for paragraph in paragraphs):
        drafts[-1] = replace(drafts[-1], truncated=True)
    return drafts


def _is_frame(body: Sequence[Paragraph], page: _PageTitle) -> bool:
    """Whether what stands before the first essay's title introduces the collection."""
    size = sum(len(line.text) for line in body)
    if page.promises:
        return size <= _FRAME_LENGTH
    sentences = sum(len(_SENTENCE_END.findall(line.text)) for line in body)
    return sentences < 2 and size <= (_FRAME_LENGTH if sentences else _SHORT_FRAME_LENGTH)


def _starts(article: _Text, page: _PageTitle) -> list[int]:
    """Positions of the lines that are titles of essays."""
    return sorted(set(_numbered_starts(article, page)) | set(_bare_starts(article, page)))


def _numbered_starts(article: _Text, page: _PageTitle) -> list[int]:
    """Numbered titles: those with 篇 if there are any, their numbers ascending."""
    found = [
        title
        for position, line in enumerate(article.lines)
        if (title := _numbered(position, line.hans)) and _may_start(title, page)
    ]
    for kind in _KINDS:
        titles = [title for title in found if title.kind == kind]
        titles = [
            title
            for title, after in itertools.zip_longest(titles, titles[1:])
            if title.position + 1 < (after.position if after else len(article.lines))
        ]
        ascending = all(first.number < second.number for first, second in itertools.pairwise(titles))
        if titles and ascending and _are_several(titles, article, page):
            return [title.position for title in titles]
    return []


def _are_several(titles: list[_Numbered], article: _Text, page: _PageTitle) -> bool:
    """Whether numbered titles are a collection's; a single one may be the essay's own, at its start."""
    if len(titles) > 1:
        return page.promises or len({title.base for title in titles}) == 1
    if page.promises and titles[0].kind in "ab":
        return True
    before = article.lines[: titles[0].position]
    return all(_repeats(line.text, (page.folded,)) for line in before)


def _numbered(position: int, hans: str) -> _Numbered | None:
    """A line as a numbered title, if it has the form of one."""
    match = _NUMBERED_TITLE.match(hans) if len(hans) <= _TITLE_LENGTH else None
    if match is None:
        return None
    kind = next(kind for kind in _KINDS if match[kind])
    base = _folded(match["before"] or match["base"] or "")
    own = (match["after_a"] or match["after_b"] or match["after_d"] or match["base"] or "").strip()
    return _Numbered(position, kind, _value(match[kind]), base, own)


def _may_start(title: _Numbered, page: _PageTitle) -> bool:
    """Whether a numbered title fits the page: only 篇1 says by itself that it numbers essays."""
    named = ENDS_IN_GENRE.search(title.own) is not None
    if title.kind in "ab":
        return page.promises or not title.own or named
    if not page.promises:
        return False
    if title.kind == "c":
        return named and (title.base in page.folded or page.folded.startswith(title.base[:6]))
    return _folded(title.own) == page.folded or (
        named and (page.counted or genre_of(title.own) == genre_of(page.hans))
    )


def _value(numeral: str) -> int:
    """Number that a Chinese or Arabic numeral up to 999 stands for."""
    total = digit = 0
    for char in numeral:
        if char in "十百":
            total, digit = total + (digit or 1) * (10 if char == "十" else 100), 0
        else:
            digit = digit * 10 + ("零一二三四五六七八九".find(char) if not char.isdecimal() else int(char))
    return total + digit


def _bare_starts(article: _Text, page: _PageTitle) -> list[int]:
    """Titles without a number: announced by 更多…推荐, or marked up and long as a document's are."""
    first_more = min(article.more, default=len(article.lines))
    found = [i for i, line in enumerate(article.lines) if i > 0 and _is_bare_title(line.hans)]
    folded = {i: _folded(article.lines[i].text) for i in found}
    found = [
        i
        for i in found
        if (i >= first_more and folded[i] != page.folded)
        or (article.lines[i].head and len(folded[i]) >= _LEAST_TITLE and folded[i] not in page.folded)
    ]
    return [
        start
        for start, end in itertools.pairwise([*found, len(article.lines)])
        if start >= first_more
        or sum(len(line.text) for line in article.lines[start + 1 : end]) >= _LEAST_HEADED
    ]


def _is_bare_title(hans: str) -> bool:
    """Whether a line without a number has the form of a document's title."""
    if (
        len(hans) > _TITLE_LENGTH
        or NUMBERED.match(hans)
        or re.search(r"[。；！？，]", hans)
        or _SECTION.search(hans)
    ):
        return False
    return ENDS_IN_GENRE.search(hans) is not None


def _without_titles(section: list[Paragraph], *titles: str) -> list[Paragraph]:
    """Paragraphs, those at the start and at the end marked that only repeat a title."""
    result = list(section)
    for order in (range(len(section)), range(len(section) - 1, -1, -1)):
        for at in order:
            if result[at].rule:
                continue
            if not _repeats(result[at].text, titles):
                break
            result[at] = result[at].removed("repeated_title")
    return result


def _repeats(text: str, titles: tuple[str, ...]) -> bool:
    folded = _folded(text)
    return any(title and folded in _variants(title) for title in titles)


def _variants(title: str) -> Iterator[str]:
    yield title
    for suffix in ("范文", "模板", "篇"):
        yield title + suffix
        yield title.removesuffix(suffix)


def _own_title(heading: str) -> str:
    """Title in a heading such as 第五篇：某某计划; the heading itself if it has no other."""
    match = _NUMBERED_TITLE.match(heading)
    own = (match["after_a"] or match["after_b"] or match["after_d"] or "") if match else ""
    return own.strip() or heading.strip("【】[]")


def _folded(text: str) -> str:
    return _NOT_A_WORD.sub("", to_hans(text)).lower()
