"""From candidate to fact: the exact Jaccard similarity of the pairs that can reach the threshold."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dedup.minhash import Signatures
from pipeline.dedup.shingles import Hashes, Rows, shingle_sets

MISS = 1e-6
"""Probability that a pair at the threshold is set aside by its signatures alone."""
_CHUNK = 1 << 14
_TOGETHER = 1 << 10
_CACHED_SHINGLES = 1 << 24


@dataclass(slots=True)
class Verifier:
    """Exact similarity of pairs of rows, cheap for those whose signatures already tell them apart."""

    texts: pa.LargeStringArray
    rows: Rows
    """``int64[n]``: text of each row compared; none is empty."""
    signatures: Signatures
    threshold: float
    ngram: int
    verified: int = 0
    """Pairs compared exactly so far."""
    _sets: dict[int, Hashes] = field(default_factory=dict)
    _held: int = 0

    def __call__(self, centres: Rows, others: Rows) -> npt.NDArray[np.float64]:
        """Exact Jaccard similarity of each pair, 0 for those that the signatures rule out.

        Args:
            centres: ``int64[m]``, ascending.
            others: ``int64[m]``.
        """
        result = np.zeros(len(centres))
        least = least_agreement(self.signatures.shape[1], self.threshold)
        close = np.flatnonzero(agreement(self.signatures, centres, others) >= least)
        self.verified += len(close)
        starts = np.flatnonzero(np.diff(centres[close], prepend=-1))
        for star in np.split(close, starts[1:]) if len(close) else ():
            for pairs in np.split(star, range(_TOGETHER, len(star), _TOGETHER)):
                centre, *sets = self._shingles([centres[pairs[0]], *others[pairs]])
                result[pairs] = jaccard(centre, sets)
        return result

    def _shingles(self, wanted: list[int]) -> list[Hashes]:
        missing = [row for row in wanted if row not in self._sets]
        if missing:
            if self._held > _CACHED_SHINGLES:
                self._sets.clear()
                self._held, missing = 0, wanted
            sets = shingle_sets(self.texts.take(pa.array(self.rows[missing])), self.ngram)
            self._sets.update(zip(missing, sets, strict=True))
            self._held += sum(map(len, sets))
        return [self._sets[row] for row in wanted]


def jaccard(centre: Hashes, others: list[Hashes]) -> npt.NDArray[np.float64]:
    """``|A ∩ B| / |A ∪ B|`` of one shingle set with each of the others; none is empty."""
    sizes = np.array([len(other) for other in others])
    joined = np.concatenate(others)
    places = np.searchsorted(centre, joined)
    hits = centre.take(places, mode="clip") == joined
    common = np.add.reduceat(hits, np.cumsum(sizes) - sizes, dtype=np.int64)
    similarity: npt.NDArray[np.float64] = common / (len(centre) + sizes - common)
    return similarity


def agreement(signatures: Signatures, left: Rows, right: Rows) -> npt.NDArray[np.int64]:
    """On how many permutations each pair of signatures agrees."""
    result = np.empty(len(left), np.int64)
    for start in range(0, len(left), _CHUNK):
        part = slice(start, start + _CHUNK)
        result[part] = np.count_nonzero(signatures[left[part]] == signatures[right[part]], axis=1)
    return result


def least_agreement(num_perm: int, threshold: float, miss: float = MISS) -> int:
    """Agreeing permutations below which a pair is not worth an exact comparison.

    The agreement of a pair of similarity J is binomial (num_perm, J); a pair of exactly the
    threshold falls below the result with a probability of at most ``miss``, a closer one yet more
    rarely. At 128 permutations and threshold 0.8: 79.
    """
    below = 0.0
    for count in range(num_perm + 1):
        below += _binomial(num_perm, count, threshold)
        if below > miss:
            return count
    return num_perm


def _binomial(trials: int, count: int, share: float) -> float:
    if share >= 1:
        return float(count == trials)
    logarithm = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
    return math.exp(logarithm + count * math.log(share) + (trials - count) * math.log1p(-share))
