"""Named line rules: what stands between the paragraphs of an essay and is not its author's.

Every rule carries the lines it must match and must not match; they are its tests. Patterns are searched in
the simplified form of a line, with full-width punctuation and spaces as published.
"""

import functools
import re
from typing import NamedTuple

from pipeline.text.rules.editor import EDITOR_RULES
from pipeline.text.rules.frame import FRAME_RULES
from pipeline.text.rules.notices import NOTICE_RULES
from pipeline.text.rules.rule import LineRule, Where

__all__ = ["COMMENTS", "MORE", "PAYWALL", "RELATED", "RULES", "LineRule", "Where", "found_by"]

RULES = EDITOR_RULES + FRAME_RULES + NOTICE_RULES
"""In the order in which they are asked."""

_BY_NAME = {each.name: each for each in RULES}
MORE, RELATED, PAYWALL, COMMENTS = (
    _BY_NAME[name] for name in ("more_marker", "related", "paywall", "comment_form")
)


_LONG = 160
"""Characters; few rules find a longer line."""


class _Group(NamedTuple):
    """Rules that may find a line of some length at some place, and a search that spares most lines all of them."""

    cues: re.Pattern[str]
    rules: tuple[LineRule, ...]


@functools.cache
def _group(where: frozenset[Where], *, long: bool) -> _Group:
    rules = tuple(each for each in RULES if each.where in where and (not long or each.longest > _LONG))
    return _Group(re.compile("|".join(each.cues.pattern for each in rules)), rules)


def found_by(line: str, where: frozenset[Where]) -> LineRule | None:
    """The first rule that takes a line out, of those whose evidence is enough at its place."""
    group = _group(where, long=len(line) > _LONG)
    if not group.cues.search(line):
        return None
    return next((each for each in group.rules if each.finds(line)), None)
