"""Titles on pages that say how many essays they have: as many lines of one form, one build or one place as that.

What a line looks like says little here: 三、一通不告状的电话 is a heading in a report, and a title where the page counts seven
and seven such lines number it through.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pipeline.text.numbering import value_of
from pipeline.text.titles import dated, may_be_title, names_an_essay, undecorated

_LONGEST = 40
_LEAST_PART, _LEAST_FIRST = 40, 100
"""Characters under a title, and of an essay that stands before the first of them under the page's own."""
_NUMBER = re.compile(r"[一二三四五六七八九十]{1,3}|\d{1,2}(?!\d)|[①-⑳]|[Ⅰ-Ⅻ]")
_KINDS = ("0123456789", "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ")
_IN_FRONT, _BEHIND = 6, 1
"""Characters before a number that make its form, and behind it."""
_SENTENCE = re.compile(r"。|[；，,;]$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_GREETS = re.compile(r"[：:]$")
_STATED = re.compile(
    r"(?<![第这那每哪一二三四五六七八九十百零\d])([一两二三四五六七八九十]{1,3}|\d{1,2})\s*[篇则封份首](?!幅)"
)


def counted_starts(lines: Sequence[str], count: int, top: Sequence[int]) -> list[int]:
    """Positions of ``count`` titles, or of one less if the page's own title heads the first essay; else none.

    Args:
        lines: of the article, simplified.
        count: essays that the page says it has, at least two.
        top: positions at which the first title may stand.
    """
    parts = [at for at in range(len(lines) - 1) if _may_head(lines[at])]
    for group in (*_numbered(lines, parts, count), *_alike(lines, parts, count), _heads(lines)):
        if _are_all(lines, group, count, top):
            return group
    return []


def stated(introduction: Iterable[str]) -> int:
    """How many essays an editor's lines before the text say there are, 0 if none or two numbers."""
    found = {
        2 if number == "两" else value_of(number) for line in introduction for number in _STATED.findall(line)
    }
    return found.pop() if len(found) == 1 and min(found) > 1 else 0


def _may_head(line: str) -> bool:
    return (
        len(line) <= _LONGEST
        and _HAN.search(line) is not None
        and not _SENTENCE.search(line)
        and not dated(line)
    )


def _are_all(lines: Sequence[str], group: Sequence[int], count: int, top: Sequence[int]) -> bool:
    """Whether a group has a title for every essay, and each of them has a text under it."""
    if not group:
        return False
    ends = [*group[1:], len(lines)]
    if any(_size(lines, at + 1, end) < _LEAST_PART for at, end in zip(group, ends, strict=True)):
        return False
    if len(group) == count:
        return group[0] in top
    return len(group) == count - 1 > 1 and _size(lines, 0, group[0]) >= _LEAST_FIRST


def _size(lines: Sequence[str], start: int, end: int) -> int:
    return sum(map(len, lines[start:end]))


def _numbered(lines: Sequence[str], places: Iterable[int], count: int) -> Iterator[list[int]]:
    """Lines whose numbers, all of one form, go from 1 to the count: 反思二：, 3、, （四）, 【第5篇】."""
    forms: defaultdict[tuple[str, str, int], list[tuple[int, int]]] = defaultdict(list)
    for at in places:
        plain = undecorated(lines[at])
        if number := _NUMBER.search(plain[: _IN_FRONT + 3]):
            kind = next((kind for kind, digits in enumerate(_KINDS) if number[0][0] in digits), len(_KINDS))
            front, behind = plain[: number.start()], plain[number.end() : number.end() + _BEHIND]
            forms[front, behind, kind].append((value_of(number[0]), at))
    for numbers in forms.values():
        if [number for number, _ in numbers] == list(range(1, count + 1)):
            yield [at for _, at in numbers]


def _alike(lines: Sequence[str], places: Iterable[int], count: int) -> Iterator[list[int]]:
    """As many lines as essays that begin or end with the same character: 致拾金不昧的司机, 致我的同桌."""
    builds: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at in places:
        plain = undecorated(lines[at])
        if names_an_essay(plain):
            builds["begins", plain[0]].append(at)
            builds["ends", plain[-1]].append(at)
    yield from (group for group in builds.values() if count - 1 <= len(group) <= count)


def _heads(lines: Sequence[str]) -> list[int]:
    """Of each run of short lines the last that greets nobody: above it stand signatures, under it a text."""
    heads: list[int] = []
    head: int | None = None
    for at, line in enumerate(lines):
        if may_be_title(line) and _may_head(line) and (names_an_essay(line) or _GREETS.search(line)):
            if not _GREETS.search(line):
                head = at
        elif head is not None:
            heads.append(head)
            head = None
    return heads
