"""Whether two lines are the halves of one sentence."""

import re

from pipeline.text.numbering import NUMBERED

_ENDS_SENTENCE = frozenset("。！？；：…!?;:”’』」）)》〉】]")
_CLOSES_QUOTE = frozenset("”’》)）")
_ENDS_OPEN = frozenset("，、,")
_STARTS_MIDWAY = frozenset("，。、；：！？,;:!?”’）》】")
_SALUTATION = re.compile(r"^((尊敬|亲爱|敬爱)的|各位)[^。；]{0,40}$|^(同志|老师|领导|女士|先生).{0,14}$")
_PAIRS = (("“", "”"), ("《", "》"), ("（", "）)"), ("(", "）)"))
"""Opening mark, and what closes it, in whatever width."""
_LONGEST_QUOTE = 60
_ENDS_IN_WORD = re.compile(r"[\u3400-\u9fff\d]$")
_HAS_PUNCTUATION = re.compile(r"[，。；：！？、,;:!?]")
_COMMA = re.compile(r"[，,]")
_DATE_UNITS = "年月日号时"
_BROKEN_CLAUSE_LENGTH, _BROKEN_LINE_LENGTH, _LONG_LINE = 25, 40, 60
"""A paragraph that ends without punctuation was cut and is no heading: from 25 characters if it has a
comma, from 40 if it has none, from 60 even under a number."""


def ends_sentence(line: str) -> bool:
    """Whether a line ends in a mark that ends a sentence, a heading or a quotation."""
    return line[-1:] in _ENDS_SENTENCE


def seam(first: str, second: str, *, glued: bool = False) -> float:
    """How sure it is that the second line goes on where the first one breaks off, 0 to 1; 0: it does not.

    Args:
        first: a line, simplified.
        second: the next one, less what stood between them.
        glued: something was cut out from between them.
    """
    if not first or not second:
        return 0.0
    if second[0] in _STARTS_MIDWAY:
        return 1.0
    last = first[-1]
    ends = last in _ENDS_SENTENCE
    if (ends and last not in _CLOSES_QUOTE) or not (NUMBERED.match(second) or _SALUTATION.match(first)):
        if _closes(first, second):
            return 0.9
        if not ends:
            return _open_seam(first, second, glued=glued)
    return 0.0


def _open_seam(first: str, second: str, *, glued: bool) -> float:
    """The same for a first line that ends in no mark, or in a comma."""
    if first[-1].isdigit() and second[0] in _DATE_UNITS and second[1:2].isdigit():
        return 1.0
    if glued or first[-1] in _ENDS_OPEN:
        return 0.9
    cut = _ENDS_IN_WORD.search(first) and _HAS_PUNCTUATION.search(second) and _is_cut(first)
    return 0.8 if cut else 0.0


def _closes(first: str, second: str) -> bool:
    """Whether the second line has the closing mark that the first one lacks."""
    for opening, closing in _PAIRS:
        if opening in first and first.count(opening) > sum(map(first.count, closing)):
            marks = [char for char in second[:_LONGEST_QUOTE] if char == opening or char in closing]
            if marks and marks[0] in closing:
                return True
    return False


def _is_cut(first: str) -> bool:
    """Whether a paragraph that ends in a word is too long for a heading."""
    if NUMBERED.match(first):
        return len(first) >= _LONG_LINE
    return len(first) >= (_BROKEN_CLAUSE_LENGTH if _COMMA.search(first) else _BROKEN_LINE_LENGTH)
