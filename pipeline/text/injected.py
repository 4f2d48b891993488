"""Words that a link seller put between and into somebody's paragraphs, told from what a person wrote.

Such a line is a query that people type: what is sold (a journey, a cure, a loan, a game) and how one asks for it
(多少钱, 哪家好, 攻略). Nothing of it is said elsewhere in the text, and the text's own sentences have no such words.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pipeline.text.glued import end_of_sold, may_begin_sold
from pipeline.text.numbering import NUMBERED
from pipeline.text.trades import ASKED, OTHER, STRONG, TRAVEL
from pipeline.text.voice import LONGEST_SOLD, place_names, voices
from pipeline.text.words import bond

_EVEN_AT_HOME = re.compile(
    r"多少[钱米]|去?哪[家个里儿].{0,4}好|去哪|怎么|几月份?去|几月份|必去|报价|注意事项|排名|十大|最佳|最好|多少一|住哪"
)
"""What a report on the trade does not ask either."""
_SURE, _FEW_PAIRS = 3, 2
"""Words of the trade in a row that are enough by themselves, and what may stand beside them: a place's name."""
_WORK = re.compile(
    r"工作|活动|建设|管理|方案|总结|计划|发展|开发|宣传|报告|情况|整治|产业|落实|制度|任务|责任|心得|体会|读后|观后|演讲|申请书|我[们局县镇村校院司]|[的了]$"
)
_TABLE_HEAD = re.compile(r"(?:序号|编号|项目|名称|周次|日期|时间|姓名|合计)\s")
_SURER_END_THAN_WORDS = 0.95
_LIKELY_AT_HALF, _LIKELY, _CERTAIN, _SURE_END, _SURER_END, _SHORTEST_TAIL = 0.7, 0.85, 0.95, 0.3, 0.5, 5
"""Probabilities: that words glued to a line are a seller's, that any are, that they end at a place."""
LONGEST = LONGEST_SOLD
_LONGEST_GLUED = 24
_MARK = re.compile(r"[，。；：、！？,;:!?“”（）()《》]")
_STOP = re.compile(r"[。；：！？;:!?“”（）()《》]")
_FRAME = " 　【】[]■●★☆◆◇·•—-?？!！~"
_PARTS = re.compile(r"[\s,，、|｜/]+")
_BRACKETED = re.compile(r"[【\[]([^【】\[\]]{4,30})[】\]]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_MOST_AHEAD, _MOST_BETWEEN = 8, 4
"""Characters in front of the first word of the trade (a place's name), and between two."""
_MOST_KNOWN = 0.34
"""Share of a seller's pairs of characters that may occur elsewhere in the text."""
_TRAVEL_SHARE, _OTHER_SHARE = 0.4, 0.2
"""Share of the paragraphs that speak of a trade from which on the text is about it."""
_TRAILING = re.compile(r"20\d\d年?版?(?!\d)|[?？~]+")
_SHORTER, _LONGER = 2, 6
"""Characters by which a seller's last word may end before or behind the place that is thought."""
_KEEPS_END, _FARTHER, _UNIT = 2.0, 0.5, 4.0
_UNITS = "年月日号时个名人次万亿元%％项条件户所家篇场期米亩吨台套份余多"


class _Word(NamedTuple):
    start: int
    end: int
    sold: bool


class Seller:
    """What sellers' words are told by in one text; what that takes is read when a line first asks for it.

    Args:
        lines: of the text, simplified.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def wrote(self, line: str) -> bool:
        """Whether a whole line is a seller's: short, no sentence, what is sold and how one asks for it."""
        if len(line) > LONGEST:
            return False
        if not (TRAVEL.search(line) or OTHER.search(line)):
            return False
        plain = line.strip(_FRAME)
        if _STOP.search(plain) or NUMBERED.match(plain):
            return False
        parts = [words for part in _PARTS.split(plain) if (words := _words(part)) or part]
        if not any(len(words) > 1 and any(word.sold for word in words) for words in parts):
            return False
        sure = sum(map(len, parts)) >= _SURE + len(parts)
        return all(parts) and not _WORK.search(plain) and self._is_foreign(plain, sure=sure)

    def may_have_written(self, line: str, likely: float, *, sold: bool) -> bool:
        """Whether nothing speaks against a seller where the voice of a whole line speaks for one.

        Args:
            line: simplified.
            likely: how sure the voice is, 0 to 1.
            sold: other lines of the text are a seller's for certain.
        """
        plain = line.strip(_FRAME)
        if len(line) > LONGEST or _STOP.search(plain) or NUMBERED.match(plain) or _TABLE_HEAD.match(plain):
            return False
        if (sold and likely >= _LIKELY) or self._is_elsewhere(plain):
            return True
        return (likely >= _LIKELY or not _WORK.search(plain)) and self._is_foreign(plain)

    def _is_elsewhere(self, words: str) -> bool:
        """Whether they begin with a place of which the text says nothing else."""
        place = place_names().match(words)
        return place is not None and sum(line.count(place[0]) for line in self._lines) == words.count(
            place[0]
        )

    def cuts(self, before: str, line: str, *, sold: bool) -> list[tuple[int, int]]:
        """Places of a seller's words in a line, from the last to the first.

        Args:
            before: the half sentence that the line should go on with, empty if there is none.
            line: simplified.
            sold: the text has whole lines of such words.
        """
        found = []
        if (before or sold) and (end := self._front(before, line, sold=sold)):
            found.append((0, end))
        for start, half in self._inner_starts(line) if sold else ():
            if not found or start >= found[-1][1]:
                end = self._inner_end(half, line[start:])
                found += [(start, start + end)] if end else []
        return found[::-1]

    def _inner_starts(self, line: str) -> Iterator[tuple[int, str]]:
        """Where sellers' words may begin within a line, and what must go on behind them: after a mark, at a place's name."""
        starts = {match.end(): "" for match in _MARK.finditer(line)}
        for match in place_names().finditer(line, 1):
            if match.start() not in starts and self._is_elsewhere(line[match.start() :]):
                starts[match.start()] = line[: match.start()]
        yield from sorted(starts.items())

    def _inner_end(self, half: str, rest: str) -> int:
        """Characters of a seller's words at a place within a line: to its end, or to where it goes on."""
        if len(rest) <= LONGEST and not _STOP.search(rest) and len(rest) >= _SHORTEST_TAIL:
            likely = voices([rest])[0].seller
            if likely >= _CERTAIN and self.may_have_written(rest, likely, sold=True):
                return len(rest)
        if not (half or place_names().match(rest) or _words(rest[:_LONGEST_GLUED])):
            return 0
        return self._sounding(half, rest, _CERTAIN, _SURER_END, sold=True) or (
            0 if half else self._glued("", rest)
        )

    def _front(self, before: str, line: str, *, sold: bool) -> int:
        """Characters of a seller's words at the start of a line that goes on with a half sentence; 0 for none."""
        if bracket := _BRACKETED.match(line):
            words = _words(bracket[1])
            sure = any(word.sold for word in words) and (before or len(words) > 1)
            sure = sure or voices([bracket[1]])[0].seller >= _LIKELY
            return bracket.end() if sure and (sold or self._is_foreign(bracket[1])) else 0
        least = (_LIKELY_AT_HALF if before else _LIKELY) if sold else _CERTAIN
        asked = sold or place_names().match(line) or _words(line[:_LONGEST_GLUED])
        by_words = self._glued(before, line)
        share = _SURER_END_THAN_WORDS if by_words else _SURE_END
        end = self._sounding(before, line, least, share, sold=sold) if asked else 0
        if not end or abs(end - by_words) == 1:
            end = by_words
        if (
            0 < end < len(line)
            and line[end] in ",，、"
            and (more := self._front(before, line[end + 1 :], sold=sold))
        ):
            return end + 1 + more
        return end

    def _sounding(self, before: str, line: str, least: float, share: float, *, sold: bool) -> int:
        """Characters at the start of a line in a seller's voice; 0 if none are, or their end is not sure."""
        if line[:1].isspace() or NUMBERED.match(line) or not may_begin_sold(line):
            return 0
        end = end_of_sold(before, line)
        words = line[: end.size]
        if end.share < share:
            return 0
        likely = voices([words])[0].seller
        return end.size if likely >= least and self.may_have_written(words, likely, sold=sold) else 0

    def _glued(self, before: str, line: str) -> int:
        """The same by the words of the trades."""
        clause = _MARK.split(line, maxsplit=1)[0][:_LONGEST_GLUED]
        chain = _chain(_words(clause))
        if not any(word.sold for word in chain):
            return 0
        end = chain[-1].end
        strong = STRONG.search(line[:end]) is not None
        enough = 2 - (before != "" and strong) + (not before and not strong)
        if len(chain) < enough or _WORK.search(line[:end]) or not self._is_foreign(line[:end]):
            return 0
        if trailing := _TRAILING.match(line, end):
            end = trailing.end()
        return _best_end(before, line, end) if before else end

    def _is_foreign(self, words: str, *, sure: bool = False) -> bool:
        """Whether the text says nothing of the kind elsewhere; of its own trade only ``sure`` words are told."""
        strong = STRONG.search(words) is not None
        if not _EVEN_AT_HOME.search(words) and any(trade.search(words) for trade in self._at_home):
            return sure and strong
        pairs = list(_pairs([words]))
        if strong and (len(pairs) <= _FEW_PAIRS or len(_words(words)) >= _SURE):
            return True
        once = Counter(() if _is_sold(words) else pairs)
        known = sum(self._known[pair] > once[pair] for pair in pairs)
        return known <= _MOST_KNOWN * len(pairs)

    @functools.cached_property
    def _known(self) -> Counter[str]:
        """Pairs of characters in the text, less those in words of the trade and beside them."""
        clauses = (clause for line in self._lines for clause in _MARK.split(line))
        return Counter(_pairs(clause for clause in clauses if not _is_sold(clause)))

    @functools.cached_property
    def _at_home(self) -> tuple[re.Pattern[str], ...]:
        """Trades that the text itself is about."""
        prose = [line for line in self._lines if len(line) > LONGEST and _MARK.search(line)]
        shares = ((TRAVEL, _TRAVEL_SHARE), (OTHER, _OTHER_SHARE))
        return tuple(
            trade
            for trade, most in shares
            if sum(trade.search(line) is not None for line in prose) > most * len(prose)
        )


def _best_end(before: str, line: str, end: int) -> int:
    """Where the half sentence goes on, near the end of the seller's last word: it reads best from there on."""
    more = _HAN_RUN.match(line, end, end + _LONGER)
    ends = range(max(1, end - _SHORTER), min(len(line), (more.end() if more else end) + 1))
    return max(
        (at for at in ends if at != end + 1),
        key=lambda at: _reads(before, line, at) - abs(at - end) * _FARTHER + _KEEPS_END * (at == end),
        default=end,
    )


def _reads(before: str, line: str, at: int) -> float:
    """How well the half sentence goes on with the line from a place on, and the seller's words stop there."""
    unit = before[-1:].isdigit() and (line[at] in _UNITS or line[at].isdigit())
    return bond(before, line[at:]) - bond(line[:at], line[at:]) + _UNIT * unit


def _words(clause: str) -> list[_Word]:
    """Words of the trade in a clause, none within another."""
    found = [
        _Word(*match.span(), sold=True) for pattern in (TRAVEL, OTHER) for match in pattern.finditer(clause)
    ]
    if not found:
        return []
    found += [_Word(*match.span(), sold=False) for match in ASKED.finditer(clause)]
    found.sort(key=lambda word: (word.start, -word.end, not word.sold))
    words: list[_Word] = []
    for word in found:
        if not words or word.end > words[-1].end:
            words.append(word)
        elif word.sold:
            words[-1] = words[-1]._replace(sold=True)
    return words


def _is_sold(clause: str) -> bool:
    """Whether a clause has what is sold and a word of the trade beside it."""
    words = _words(clause)
    return len(words) > 1 and any(word.sold for word in words)


def _chain(words: Sequence[_Word]) -> list[_Word]:
    """The words that follow each other closely from the start of a clause."""
    if not words or words[0].start > _MOST_AHEAD:
        return []
    chain = [words[0]]
    for before, word in pairwise(words):
        if word.start - before.end > (_MOST_BETWEEN if before.sold or word.sold else 0):
            break
        chain.append(word)
    return chain


def _pairs(lines: Iterable[str]) -> Iterator[str]:
    """Pairs of Chinese characters that stand beside each other, none of a word of the trade."""
    for line in lines:
        rest = line
        for trade in (TRAVEL, OTHER, ASKED):
            rest = trade.sub(" ", rest)
        for first, second in pairwise(rest):
            if _HAN.match(first) and _HAN.match(second):
                yield first + second
