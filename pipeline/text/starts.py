"""Where the essays of an article begin: at numbered titles, at bare ones, where the page's title says there are several."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.text.counted import counted_starts, stated
from pipeline.text.metadata import ENDS_IN_GENRE, genre_of
from pipeline.text.pagetitle import PageTitle, folded
from pipeline.text.paragraph import Paragraph
from pipeline.text.parallel import parallel_titles
from pipeline.text.rules import MORE
from pipeline.text.titles import Numbered, bare_title, evidence, names_an_essay, numbered_title, repeats

FRAME_LENGTH, SHORT_FRAME_LENGTH = 400, 150
"""Characters before the first essay of a promised collection that are still the editor's introduction."""
_LEAST_HEADED = 150
"""Characters under a heading from which it may be the title of an essay."""
_LEAST_BODY, _LEAST_NAMED_BODY = 100, 1
"""The same under a numbered title, and where it says 篇 or the page promises several essays."""
_LEAST_TITLE = 6
_FIRST_LINES = 5
_ENOUGH, _ENOUGH_AMONG_OTHERS = 4, 2
"""Points of evidence for a title without a number, and where others of its kind have enough."""
_BUILT = re.compile(r"\S[ 　]+\S|——|《.+》|·")
"""What headings within an essay seldom have: 仓储主管 宋卫东, 《草房子》有感."""


@dataclass(frozen=True, slots=True)
class Text:
    """The paragraphs of an article that a person wrote."""

    lines: Sequence[Paragraph]
    more: frozenset[int]
    """Positions in ``lines`` before which the page announced further essays."""
    stated: int
    """Essays that an editor's lines before the text count, 0 if they do not."""

    @classmethod
    def of(cls, paragraphs: Sequence[Paragraph]) -> "Text":
        """Those of an article's paragraphs that no rule took out."""
        lines: list[Paragraph] = []
        more = set()
        for paragraph in paragraphs:
            if not paragraph.rule:
                lines.append(paragraph)
            elif paragraph.rule == MORE.name:
                more.add(len(lines))
        first = next((at for at, paragraph in enumerate(paragraphs) if not paragraph.rule), 0)
        introduction = stated(paragraph.hans for paragraph in paragraphs[:first])
        return cls(lines, frozenset(more), introduction)

    def size(self, start: int, end: int) -> int:
        """Characters of the lines in between."""
        return sum(len(line.text) for line in self.lines[start:end])


class Starts(NamedTuple):
    """Positions of the lines that are titles of essays."""

    positions: Sequence[int]
    introduced: bool = False
    """What stands before the first of them can only be an introduction."""


def starts_of(text: Text, page: PageTitle) -> Starts:
    """Where the essays of an article begin; nowhere if it is one essay."""
    lines = [line.hans for line in text.lines]
    numbered, introduced = _numbered_starts(text, page)
    if numbered and len(numbered) >= page.count > 0:
        return Starts(numbered, introduced)
    top, count = _top(text, page), page.count or text.stated
    starts = sorted({*numbered, *_evident_starts(text, lines, page)})
    if not numbered and len(starts) < count and (counted := counted_starts(lines, count, top)):
        return Starts(counted, introduced=len(counted) == count)
    alike = parallel_titles(text.lines, page, top)
    if alike is not None and len(alike.positions) > len(starts):
        return Starts(alike.positions, introduced=True)
    if numbered or not page.promises:
        return Starts(starts, introduced)
    fewer = len(starts) not in (page.count, page.count - 1) if page.count else not starts
    return Starts((_promised_starts(text, lines, page) if fewer else []) or starts)


def _top(text: Text, page: PageTitle) -> list[int]:
    """Lines over which nothing stands but an introduction: where the first of several essays may begin."""
    most = FRAME_LENGTH if page.promises or page.parts else SHORT_FRAME_LENGTH
    return [at for at in range(min(_FIRST_LINES, len(text.lines))) if text.size(0, at) <= most]


def _numbered_starts(text: Text, page: PageTitle) -> tuple[list[int], bool]:
    """Numbered titles of the first form that makes a series, and whether the first is number 1 near the top."""
    found = [
        title for at, line in enumerate(text.lines) if (title := numbered_title(at, line.hans)) is not None
    ]
    for kind in ("piece", "tail", "headed", "alone"):
        for series in _series([title for title in found if title.kind == kind], text, page):
            first = series[0]
            said = stated(line.hans for line in text.lines[: first.position])
            at_top = first.number == 1 and text.size(0, first.position) <= SHORT_FRAME_LENGTH
            return [title.position for title in series], at_top and len(series) == said
    return [], False


def _series(titles: Sequence[Numbered], text: Text, page: PageTitle) -> Iterator[list[Numbered]]:
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


def _may_start(title: Numbered, page: PageTitle) -> bool:
    """Whether a numbered title fits the page: only 篇1 says by itself that it numbers essays."""
    named = ENDS_IN_GENRE.search(title.own) is not None
    if title.kind == "piece":
        return page.promises or not title.own or named or title.base != "" or folded(title.own) in page.folded
    if title.kind == "tail":
        return title.base in page.folded or ENDS_IN_GENRE.search(title.base) is not None
    if title.kind == "alone":
        return page.counted
    return page.promises and (
        folded(title.own) == page.folded
        or (named and (page.counted or genre_of(title.own) == genre_of(page.hans)))
    )


def _are_several(titles: list[Numbered], text: Text, page: PageTitle) -> bool:
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
    return all(repeats(line.hans, (page.folded,)) for line in before)


def _is_titled(first: Numbered, text: Text, page: PageTitle) -> bool:
    """Whether the first of several is number 1, or stands behind an essay under the page's own title."""
    if first.number == 1:
        return True
    return first.number == 2 and first.base == page.folded and text.size(0, first.position) >= _LEAST_BODY


def _evident_starts(text: Text, lines: Sequence[str], page: PageTitle) -> list[int]:
    """Titles without a number: announced by 更多…推荐, marked up and long as a document's are, or evident."""
    first_more = min(text.more, default=len(lines))
    found = [at for at, line in enumerate(lines[:-1]) if _may_be(line, page)]
    sized = [
        at
        for at, end in zip(found, [*found[1:], len(lines)], strict=False)
        if at >= first_more
        or (folded(lines[at]) != page.folded and text.size(at + 1, end) >= _least(lines[at], page))
    ]
    points = {at: evidence(lines, at, page) for at in sized if at}
    enough = _ENOUGH
    kinds = [genre_of(lines[at]) for at in sized if points.get(at, 0) >= _ENOUGH]
    if len(kinds) > 1 and len(set(kinds)) == 1:
        enough = _ENOUGH_AMONG_OTHERS
    starts: list[int] = []
    for at in sized:
        title = folded(lines[at])
        announced = at >= first_more and title != page.folded
        evident = at > 0 and points[at] >= enough and _is_apart(text, starts, at)
        if at and (announced or (_is_other(title, page) and (text.lines[at].head or evident))):
            starts.append(at)
    if starts and sized[0] == 0 and starts[0] > 1:
        starts.insert(0, 0)
    return starts


def _least(title: str, page: PageTitle) -> int:
    """Characters that an essay has at least under a title without a number."""
    return _LEAST_BODY if page.lists(folded(title)) else _LEAST_HEADED


def _may_be(line: str, page: PageTitle) -> bool:
    """Whether a line is the title of a document by its form, or one that the page's title lists."""
    return bare_title(line) or (page.parts != () and names_an_essay(line) and folded(line) in page.parts)


def _is_other(title: str, page: PageTitle) -> bool:
    """Whether a title is more than a piece of the page's own."""
    if page.promises or page.parts:
        return title != page.folded
    return len(title) >= _LEAST_TITLE and title not in page.folded


def _promised_starts(text: Text, lines: Sequence[str], page: PageTitle) -> list[int]:
    """Lines that may be titles, where there are as many as the page's title says or all are of one build."""
    names = [at for at, line in enumerate(lines[:-1]) if names_an_essay(line) or bare_title(line)]
    ends = [*names[1:], len(lines)]
    names = [at for at, end in zip(names, ends, strict=False) if text.size(at + 1, end) >= _LEAST_BODY]
    if len(names) < 2 - (page.count == 2):
        return []
    introduced = text.size(0, names[0]) <= FRAME_LENGTH
    if page.count and len(names) == page.count - (not introduced):
        return names
    alike = all(_BUILT.search(lines[at].strip()) for at in names)
    return names if not page.count and introduced and alike else []


def _is_apart(text: Text, starts: Sequence[int], at: int) -> bool:
    """Whether an essay's worth of text stands between a title and the one before it."""
    return at == 1 or text.size(starts[-1] if starts else 0, at) >= _LEAST_HEADED
