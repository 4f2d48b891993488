"""How well a run of characters reads: a small character-bigram model, loaded only for damaged pages."""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import opencc

from pipeline.text.pinyin.injection import ANNOTATION, MARKS, is_private, unfold
from pipeline.text.script import to_hans, traditional_characters
from pipeline.text.words import character_counts

_HAN_RUN = re.compile(r"[\u3400-\u9fff，。、；：？！“”《》]+")
_MARK = re.compile(rf"[{MARKS}]")
"""What stands behind one may be damaged, and would count as evidence for itself."""

_PUNCTUATION = {"，": 18000, "。": 10000, "、": 7000, "“": 2000, "”": 2000, "；": 1200, "：": 1200}
_PUNCTUATION |= {"《": 500, "》": 500, "（": 900, "）": 900, "！": 450, "？": 450, "…": 180, "—": 180}
_PUNCTUATION |= dict.fromkeys("　·０１２３４５６７８９", 60)
"""Weights beside those of the words, which have no punctuation."""
_PAGE_WEIGHT = 3
_SEEN_TOGETHER = 0.6
_LEVEL_1_END = 0xD8
_NOT_TEXT = 0.002


class Reading:
    """Log probability of a character behind another, in simplified form, so that variants agree.

    Words come from a list with their counts; the page's own text is counted in.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        singles, pairs = character_counts()
        sound = (ANNOTATION.sub("", _MARK.split(text, maxsplit=1)[0]) for text in texts)
        runs = _HAN_RUN.findall("\n".join("".join(map(unfold, text)) for text in sound))
        self._seen = Counter("".join(runs))
        self._singles: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for run in map(to_hans, runs):
            self._singles.update(run)
            self._pairs.update(pairwise(run))
        self._base, self._base_pairs = singles, pairs
        self._total = (
            sum(singles.values()) + _PAGE_WEIGHT * self._singles.total() + sum(_PUNCTUATION.values())
        )

    def score(self, before: str, char: str) -> float:
        """Natural logarithm of the probability of ``char`` behind ``before``."""
        plain, previous = _simplified(char), _simplified(before)
        single = self._weight(plain) + self._level(char)
        both = self._base_pairs.get((previous, plain), 0) + _PAGE_WEIGHT * self._pairs[previous, plain]
        together = both / (self._weight(previous) + 5)
        return math.log(_SEEN_TOGETHER * together + (1 - _SEEN_TOGETHER) * single / self._total)

    def _weight(self, plain: str) -> float:
        return self._base.get(plain, 0) + _PAGE_WEIGHT * self._singles[plain] + _PUNCTUATION.get(plain, 0)

    def _level(self, char: str) -> float:
        """Prior of a character by how common its simplified form is; what the page has counts as common."""
        if self._seen[char]:
            return 3.0
        return _level_of(char)


@functools.cache
def _level_of(char: str) -> float:
    if is_private(char) or not "\u3400" <= char <= "\u9fff":
        return _NOT_TEXT
    code = _simplified(char).encode("gb2312", "ignore")
    if not code:
        return 0.01
    level = 3.0 if code[0] < _LEVEL_1_END else 0.3
    return level * 0.03 if char in _simplified_only() else level


@functools.cache
def _simplified(char: str) -> str:
    return to_hans(char) if char in traditional_characters() else char


@functools.cache
def _simplified_only() -> frozenset[str]:
    """Characters that a page converted to traditional ones does not have."""
    han = [chr(code) for code in range(0x3400, 0xA000)]
    converted = opencc.OpenCC("s2t").convert("\n".join(han)).split("\n")
    return frozenset(char for char, other in zip(han, converted, strict=True) if char != other) - _KEPT


_KEPT = frozenset("后里面台范于系云丰才几了干只向余布朱准制松卷周志曲谷郁升斗舍咸困并游采群峰床裡線為")
"""Characters that converters leave, or that are variants only."""
