"""One article, one or several essays: split at the titles of a collection, the frame taken off."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.text.metadata import ENDS_IN_GENRE, genre_of
from pipeline.text.numbering import NUMERAL
from pipeline.text.paragraph import Paragraph, written
from pipeline.text.rules import MORE, PAYWALL
from pipeline.text.script import to_hans
from pipeline.text.titles import Numbered, bare_title, evidence, folded, numbered_title, undecorated

_FRAME_LENGTH = 400
"""Characters before the first essay of a promised collection that are still the editor's introduction."""
_SHORT_FRAME_LENGTH = 40
_LEAST_HEADED = 150
"""Characters under a heading from which it may be the title of an essay."""
_LEAST_BODY, _LEAST_NAMED_BODY = 100, 1
"""The same under a numbered title, and where it says 篇 or the page promises several essays."""
_LEAST_TITLE = 6
_ENOUGH, _ENOUGH_AMONG_OTHERS = 4, 2
"""Points of evidence for a title without a number, and where others of its kind have enough."""

_NUMBER_OF_ESSAYS = rf"(?<![第一二三四五六七八九十百零\d])(?![一1]篇)(?:两|{NUMERAL}|[多几数])[篇则]"
_REST = r"(?:范文|模板|样本|参考|通用|最新|[（(]\d[)）]|[\W_])*$"
_COUNTED = re.compile(_NUMBER_OF_ESSAYS + _REST)
_COLLECTION = re.compile(rf"(?:{_NUMBER_OF_ESSAYS}|合集|汇总|汇编|大全|精选|集锦){_REST}")
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

    def size(self, start: int, end: int) -> int:
        """Characters of the lines in between."""
        return sum(len(line.text) for line in self.lines[start:end])


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
        return cls(title, hans, folded(hans), bool(_COLLECTION.search(tail)), bool(_COUNTED.search(tail)))


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
        title = _take_title(section) if number else page.title
        section = _without_titles(section, page.folded, folded(to_hans(title)))
        if not number and starts and not midway and _is_frame(written(section), page):
            section = [each if each.rule else each.removed("collection_intro") for each in section]
        if body := written(section):
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


def _take_title(section: list[Paragraph]) -> str:
    """The title over an essay, its lines marked: a marker such as 篇1 may have the title in the next line."""
    heading = section[0]
    section[0] = heading.removed("essay_title")
    title = numbered_title(0, heading.hans)
    own = _own_title(heading, title)
    following = next((at for at, each in enumerate(section) if not each.rule), None)
    if title is not None and not title.own and following is not None and bare_title(section[following].hans):
        own = section[following].text
        section[following] = section[following].removed("essay_title")
    return own


def _own_title(heading: Paragraph, title: Numbered | None) -> str:
    """Title in a heading such as 第五篇：某某计划; the heading itself if it has no other."""
    plain = undecorated(heading.text)
    if title is not None and title.own and title.kind != "tail":
        at = heading.hans.find(title.own)
        return heading.text[at : at + len(title.own)]
    return plain.strip("【】[]：: ")


def _is_frame(body: Sequence[Paragraph], page: _PageTitle) -> bool:
    """Whether what stands before the first essay's title introduces the collection."""
    size = sum(len(line.text) for line in body)
    if page.promises:
        return size <= _FRAME_LENGTH
    sentences = sum(len(_SENTENCE_END.findall(line.text)) for line in body)
    return sentences < 2 and size <= (_FRAME_LENGTH if sentences else _SHORT_FRAME_LENGTH)


def _starts(text: _Text, page: _PageTitle) -> list[int]:
    """Positions of the lines that are titles of essays."""
    return sorted(set(_numbered_starts(text, page)) | set(_bare_starts(text, page)))


def _numbered_starts(text: _Text, page: _PageTitle) -> list[int]:
    """Numbered titles of the first form that makes a series, numbers ascending."""
    found = [
        title for at, line in enumerate(text.lines) if (title := numbered_title(at, line.hans)) is not None
    ]
    for kind in ("piece", "tail", "headed", "alone"):
        for series in _series([title for title in found if title.kind == kind], text, page):
            return [title.position for title in series]
    return []


def _series(titles: Sequence[Numbered], text: _Text, page: _PageTitle) -> Iterator[list[Numbered]]:
    """Titles that number the essays of a page; those of one form are tried by what they number."""
    if not titles:
        return
    piece, tail = titles[0].kind == "piece", titles[0].kind == "tail"
    least = _LEAST_NAMED_BODY if page.promises or piece else _LEAST_BODY
    bases = dict.fromkeys(title.base for title in titles) if tail else [None]
    for base in bases:
        some = [title for title in titles if (base is None or title.base == base) and _may_start(title, page)]
        ends = [*(title.position for title in some[1:]), len(text.lines)]
        some = [
            title
            for title, end in zip(some, ends, strict=False)
            if text.size(title.position + 1, end) >= least
        ]
        ascending = all(first.number < second.number for first, second in itertools.pairwise(some))
        if some and ascending and _are_several(some, text, page):
            yield some


def _may_start(title: Numbered, page: _PageTitle) -> bool:
    """Whether a numbered title fits the page: only 篇1 says by itself that it numbers essays."""
    named = ENDS_IN_GENRE.search(title.own) is not None
    if title.kind == "piece":
        return page.promises or not title.own or named or title.base != ""
    if title.kind == "tail":
        return title.base in page.folded or ENDS_IN_GENRE.search(title.base) is not None
    if title.kind == "alone":
        return page.counted
    return page.promises and (
        folded(title.own) == page.folded
        or (named and (page.counted or genre_of(title.own) == genre_of(page.hans)))
    )


def _are_several(titles: list[Numbered], text: _Text, page: _PageTitle) -> bool:
    """Whether numbered titles are a collection's; a single one may be the essay's own, at its start."""
    first = titles[0]
    if len(titles) > 1:
        same = len({title.base for title in titles}) == 1
        return page.promises or (same and (first.kind != "tail" or _is_titled(first, text, page)))
    if page.promises and first.kind == "piece":
        return True
    before = text.lines[: first.position]
    if first.kind == "tail":
        return first.number > 1 and _is_titled(first, text, page)
    return all(_repeats(line.hans, (page.folded,)) for line in before)


def _is_titled(first: Numbered, text: _Text, page: _PageTitle) -> bool:
    """Whether the first of several is number 1, or stands behind an essay under the page's own title."""
    if first.number == 1:
        return True
    return first.number == 2 and first.base == page.folded and text.size(0, first.position) >= _LEAST_BODY


def _bare_starts(text: _Text, page: _PageTitle) -> list[int]:
    """Titles without a number: announced by 更多…推荐, marked up and long as a document's are, or evident."""
    first_more = min(text.more, default=len(text.lines))
    lines = [line.hans for line in text.lines]
    found = [at for at, line in enumerate(lines[:-1]) if bare_title(line)]
    sized = [
        at
        for at, end in zip(found, [*found[1:], len(lines)], strict=False)
        if at >= first_more or (text.size(at + 1, end) >= _LEAST_HEADED and folded(lines[at]) != page.folded)
    ]
    points = {at: evidence(lines, at, page.hans) + page.promises for at in sized if at}
    enough = _ENOUGH
    kinds = [genre_of(lines[at]) for at in sized if points.get(at, 0) >= _ENOUGH]
    if len(kinds) > 1 and len(set(kinds)) == 1:
        enough = _ENOUGH_AMONG_OTHERS
    starts: list[int] = []
    for at in sized:
        title = folded(lines[at])
        other = len(title) >= _LEAST_TITLE and title not in page.folded
        announced = at >= first_more and title != page.folded
        evident = at > 0 and other and points[at] >= enough and _is_apart(text, starts, at)
        if at and (announced or (other and text.lines[at].head) or evident):
            starts.append(at)
    if starts and sized[0] == 0 and starts[0] > 1:
        starts.insert(0, 0)
    return starts


def _is_apart(text: _Text, starts: Sequence[int], at: int) -> bool:
    """Whether an essay's worth of text stands between a title and the one before it."""
    return at == 1 or text.size(starts[-1] if starts else 0, at) >= _LEAST_HEADED


def _without_titles(section: list[Paragraph], *titles: str) -> list[Paragraph]:
    """Paragraphs, those at the start and at the end marked that only repeat a title."""
    result = list(section)
    for order in (range(len(section)), range(len(section) - 1, -1, -1)):
        for at in order:
            if result[at].rule:
                continue
            if not _repeats(result[at].hans, titles):
                break
            result[at] = result[at].removed("repeated_title")
    return result


def _repeats(hans: str, titles: tuple[str, ...]) -> bool:
    plain = folded(hans)
    return any(title and plain in _variants(title) for title in titles)


def _variants(title: str) -> Iterator[str]:
    yield title
    for suffix in ("范文", "模板", "篇"):
        yield title + suffix
        yield title.removesuffix(suffix)
