"""Named line rules: what stands between the paragraphs of an essay and is not its author's.

Every rule carries the lines it must match and must not match; they are its tests. Patterns are searched in
the simplified form of a line, with full-width punctuation and spaces as published.
"""

import bisect
import functools
import re
from collections.abc import Iterable
from typing import NamedTuple

from pipeline.text.rules.editor import EDITOR_RULES
from pipeline.text.rules.frame import FRAME_RULES
from pipeline.text.rules.notices import NOTICE_RULES
from pipeline.text.rules.rule import LineRule, Where, any_of

__all__ = ["COMMENTS", "MORE", "PAYWALL", "RELATED", "RULES", "Finder", "LineRule", "Where", "finder"]

RULES = EDITOR_RULES + FRAME_RULES + NOTICE_RULES
"""In the order in which they are asked."""

_BY_NAME = {each.name: each for each in RULES}
MORE, RELATED, PAYWALL, COMMENTS = (
    _BY_NAME[name] for name in ("more_marker", "related", "paywall", "comment_form")
)


_LENGTHS = sorted({each.longest for each in RULES})


class _Group(NamedTuple):
    """Rules that may find a line of some length at some place, and a search that spares most lines all of them."""

    cues: re.Pattern[str]
    rules: tuple[LineRule, ...]


class Finder:
    """The rules whose evidence is enough at a place.

    Args:
        head: no paragraph of the text stands before it.
        edge: near the start or the end of the text, or beside a line already taken out.
    """

    def __init__(self, *, head: bool, edge: bool) -> None:
        enough = {Where.ANYWHERE, *([Where.HEAD] if head else ()), *([Where.EDGE] if edge else ())}
        rules = [each for each in RULES if each.where in enough]
        self._groups = [_group(each for each in rules if each.longest >= longest) for longest in _LENGTHS]

    def find(self, line: str) -> LineRule | None:
        """The first rule that takes a line out."""
        size = bisect.bisect_left(_LENGTHS, len(line))
        if size == len(_LENGTHS):
            return None
        cues, rules = self._groups[size]
        if not cues.search(line):
            return None
        return next((each for each in rules if each.finds(line)), None)


def _group(rules: Iterable[LineRule]) -> _Group:
    some = tuple(rules)
    return _Group(any_of({cue for each in some for cue in each.cues}), some)


@functools.cache
def finder(*, head: bool, edge: bool) -> Finder:
    """The one for a place."""
    return Finder(head=head, edge=edge)
