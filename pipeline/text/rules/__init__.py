"""Named line rules: what stands between the paragraphs of an essay and is not its author's.

Every rule carries the lines it must match and must not match; they are its tests. Patterns are searched in
the simplified form of a line, with full-width punctuation and spaces as published.
"""

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence

from pipeline.text.rules.editor import EDITOR_RULES
from pipeline.text.rules.frame import FRAME_RULES
from pipeline.text.rules.notices import NOTICE_RULES
from pipeline.text.rules.rule import LineRule

__all__ = ["COMMENTS", "MORE", "PAYWALL", "RELATED", "RULES", "LineRule", "candidates"]

RULES = EDITOR_RULES + FRAME_RULES + NOTICE_RULES
"""In the order in which they are asked."""

_BY_NAME = {each.name: each for each in RULES}
MORE, RELATED, PAYWALL, COMMENTS = (
    _BY_NAME[name] for name in ("more_marker", "related", "paywall", "comment_form")
)

_WORDS = sorted({cue for each in RULES for cue in each.cues if cue != "^"})
_CUES = re.compile("|".join(map(re.escape, _WORDS)))


def _hides(word: str, other: str) -> bool:
    """Whether a search that finds the one may run over the other, which begins within it."""
    return any(word[at:].startswith(other) or other.startswith(word[at:]) for at in range(len(word)))


_RULES_BY_CUE = {
    word: sum(1 << number for number, each in enumerate(RULES) if any(_hides(word, cue) for cue in each.cues))
    for word in _WORDS
}
"""Rules that a word may be a cue of, a bit each."""
_ASCII_RULES = sum(1 << number for number, each in enumerate(RULES) if "^" in each.cues)


def candidates(lines: Sequence[str]) -> dict[int, list[LineRule]]:
    """By position, rules that may find a line, in their order; one search over all lines spares most of them."""
    starts = list(itertools.accumulate((len(line) + 1 for line in lines), initial=0))
    bits = {at: _ASCII_RULES for at, line in enumerate(lines) if line[:1].isascii()}
    for match in _CUES.finditer("\n".join(lines)):
        at = bisect_right(starts, match.start()) - 1
        bits[at] = bits.get(at, 0) | _RULES_BY_CUE[match[0]]
    return {
        at: [each for number, each in enumerate(RULES) if found >> number & 1] for at, found in bits.items()
    }
