"""How firmly two characters hold together: whether they make a word, from phrases, without a language model."""

import functools
import math
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from pypinyin.constants import PHRASES_DICT

_LEAST_PHRASES = 2


@functools.cache
def phrase_counts() -> tuple[Mapping[str, int], Mapping[tuple[str, str], int]]:
    """Characters, and pairs of them, of the 47,000 phrases that pypinyin knows."""
    singles = Counter("".join(PHRASES_DICT))
    pairs = Counter(pair for phrase in PHRASES_DICT for pair in pairwise(phrase))
    return singles, pairs


@functools.lru_cache(maxsize=65536)
def bond_of(first: str, second: str) -> float:
    """Pointwise mutual information (natural logarithm) of a character and the one behind it.

    0 where fewer than two phrases have both.
    """
    singles, pairs = phrase_counts()
    both = singles.get(first, 0) * singles.get(second, 0)
    together = pairs.get((first, second), 0)
    if not both or together < _LEAST_PHRASES:
        return 0.0
    return math.log(together * _total() / both)


@functools.cache
def _total() -> int:
    singles, _ = phrase_counts()
    return sum(singles.values())
