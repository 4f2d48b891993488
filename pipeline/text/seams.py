"""Whether two lines are the halves of one sentence."""

import re

from pipeline.text.numbering import NUMBERED
from pipeline.text.words import bond

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
_COUNTED = "年月日号时个名人次万亿元%％％项条件户所家篇场期米亩吨台套份"
_LABEL = re.compile(r"(?!如下)[\u3400-\u9fff]{1,8}[:：]")
"""甲：, 主持人：, 时间： — a new line of a dialogue or a list."""
_LABELLED = re.compile(r"[\u3400-\u9fff]{2,8}[:：][^，。；,;]{0,20}$")
_CAPTION = re.compile(r"(?:摄|供图|截图|图|电|报道)$|[。！？]\S{0,12}\s\S{1,8}$")
"""How captions and credits end."""
_CLOSING = re.compile(
    r"(?:此致|敬礼|谢谢|特此|汇报人|报告人|述职人|总结人|申请人|检讨人|日期|[\w\u3400-\u9fff]{2,20}$)"
)
_INNER_STOP = re.compile(r"[。；;].*[^。！？；;：:]$|^.{15,}[！？].{6,}$")
"""A paragraph that has a sentence behind it and breaks off in the next one."""
_NEVER_BEGINS = re.compile(
    r"[的们吗呢吧么]|了(?![解却结])|得(?![知到出益以])|里(?=[，。的看有面])|下面(?![是请为我])"
)
_LEAST_HALF = 6
_LEAST_BOND = 3.0
_LONG_CLAUSE = 25
_BROKEN_CLAUSE_LENGTH, _BROKEN_LINE_LENGTH, _LONG_LINE = 25, 40, 60
"""A paragraph that ends without punctuation was cut and is no heading: from 25 characters if it has a
comma, from 40 if it has none, from 60 even under a number."""


def breaks_off(line: str) -> bool:
    """Whether a line seems to end in the middle of a sentence: no mark at its end, and no heading."""
    if line[-1:] in _ENDS_SENTENCE or len(line) < _LEAST_HALF:
        return False
    number = NUMBERED.match(line)
    return number is None or _HAS_PUNCTUATION.search(line, number.end()) is not None


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
    if (not ends or last in _CLOSES_QUOTE) and (NUMBERED.match(second) or _SALUTATION.match(first)):
        return 0.0
    if _closes(first, second):
        return 0.9
    if ends:
        return 0.0
    return 0.9 if glued else _open_seam(first, second)


def _open_seam(first: str, second: str) -> float:
    """The same for a first line that ends in no mark, or in a comma."""
    last, begin = first[-1], second[0]
    if last.isdigit() and (begin in _DATE_UNITS or begin in ".,") and second[1:2].isdigit():
        return 1.0
    if last in _ENDS_OPEN:
        return 0.0 if _LABEL.match(second) and len(first) < _LONG_CLAUSE else 0.9
    if _LABEL.match(second):
        return 0.0
    if (
        not _ENDS_IN_WORD.search(first)
        or any(end.search(first) for end in (_CAPTION, _LABELLED))
        or _CLOSING.match(second)
    ):
        return 0.0
    if _INNER_STOP.search(first) or (_NEVER_BEGINS.match(second) and len(first) >= _LEAST_HALF):
        return 0.9
    return _word_seam(first, second) if _HAS_PUNCTUATION.search(second) else 0.0


def _word_seam(first: str, second: str) -> float:
    """The same for a first line that ends in a word."""
    counted = first[-1].isdigit() and (second[0].isdigit() or second[0] in _COUNTED)
    if (counted and _COMMA.search(first)) or _is_cut(first):
        return 0.8
    return 0.7 if _holds_together(first, second) else 0.0


def _holds_together(first: str, second: str) -> bool:
    """Whether the characters at the seam make a word, and those beside them make less of one."""
    if len(first) < _LEAST_HALF or (NUMBERED.match(first) and not _COMMA.search(first)):
        return False
    return bond(first, second) > _LEAST_BOND


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
