"""Chinese words and how common they are: whether characters on two sides of a seam make a word together.

The list has the 113,000 words of up to four characters that jieba 0.42.1 counts five times or more (MIT licence,
copyright 2013 Sun Junyi), rare names left out, in classes of half a natural logarithm of their counts.
"""

import functools
import lzma
import math
import re
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

LONGEST = 4
"""Characters of the longest word."""
_CLASSES = 2.0
_HAN = "\u3400-\u9fff"
_LAST_RUN = re.compile(rf"[{_HAN}]*$")
_FIRST_RUN = re.compile(rf"[{_HAN}]*")
_CONTEXT = 8


@functools.cache
def word_costs() -> Mapping[str, float]:
    """Negative natural logarithm of each word's share of all words."""
    packed = resources.files("pipeline.text").joinpath("words.txt.xz").read_bytes()
    rows = (line.split() for line in lzma.decompress(packed).decode().splitlines())
    counts = {word: math.exp(int(row[0]) / _CLASSES) for row in rows for word in row[1:]}
    total = math.log(sum(counts.values()))
    return {word: total - math.log(count) for word, count in counts.items()}


@functools.cache
def character_counts() -> tuple[Mapping[str, float], Mapping[tuple[str, str], float]]:
    """Characters, and pairs of them, by how often words have them, in parts of a hundred thousand words."""
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for word, cost in word_costs().items():
        weight = math.exp(-cost) * 1e5
        for char in word:
            singles[char] += weight  # type: ignore[assignment]
        for pair in pairwise(word):
            pairs[pair] += weight  # type: ignore[assignment]
    return singles, pairs


class Seam(NamedTuple):
    """Two texts side by side: costs in natural logarithms, lengths of the words that touch."""

    torn: float
    """How much better they read as one than apart; 0 if no torn word spans the seam."""
    gain: float
    """The same, also where whole words would make a longer one: 计划 and 生育."""
    last: int
    first: int


_NONE = Seam(0.0, 0.0, 0, 0)


def bond(first: str, second: str) -> float:
    """How much better two texts read as one than apart, in natural logarithms; 0 if no torn word spans the seam.

    Whole words on both sides are no torn word, though a longer one may be made of them (计划 and 生育).
    """
    return seam_of(first, second).torn


def seam_of(first: str, second: str) -> Seam:
    """How two texts touch: only the Chinese characters at the seam are looked at, at most eight on a side."""
    left = _LAST_RUN.search(first[-_CONTEXT:])
    right = _FIRST_RUN.match(second[:_CONTEXT])
    before, behind = left[0] if left else "", right[0] if right else ""
    return _seam(before, behind) if before and behind else _NONE


@functools.lru_cache(maxsize=16384)
def _seam(before: str, behind: str) -> Seam:
    left, last, _ = _likeliest(before)
    right, _, first = _likeliest(behind)
    gain = left + right - _likeliest(before + behind)[0]
    return Seam(gain if min(last, first) <= 1 else 0.0, gain, last, first)


def _likeliest(text: str) -> tuple[float, int, int]:
    """The likeliest sequence of words that makes a text: its cost, the lengths of its last and its first word."""
    costs, unknown = word_costs(), _unknown()
    best: list[tuple[float, int, int]] = [(0.0, 0, 0)]
    for end in range(1, len(text) + 1):
        ways = []
        for start in range(max(0, end - LONGEST), end):
            size = end - start
            cost = costs.get(text[start:end], unknown if size == 1 else math.inf)
            ways.append((best[start][0] + cost, size, best[start][2] or size))
        best.append(min(ways))
    return best[-1]


@functools.cache
def _unknown() -> float:
    """Cost of a character that is no word of the list."""
    return max(word_costs().values()) + 1
