"""Who stays: a greedy star, so that whatever is dropped has a *kept* row that it repeats.

Rows are visited in the order in which they would be kept; a row stays unless a row that stays
already repeats it. Connected components would merge chains (A like B, B like C, A unlike C) and drop
rows that resemble nothing kept.

Many rows are decided at once: a row that comes first in all of its buckets can only stay, since all
rows before it that it could repeat are decided (Blelloch, Fineman, Shun, "Greedy sequential maximal
independent set and matching are parallel on average", 2012). It is compared with what is undecided
in its buckets, and what it matches goes. The outcome is that of visiting row by row, and a bucket
costs comparisons with the rows that stay only, never all of its pairs: one template in 20,000
variants is 20,000 comparisons, not 200 million. So no bucket needs a cut that would lose pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.dedup.bands import Buckets
from pipeline.dedup.shingles import Rows

Flags = npt.NDArray[np.bool_]
Match = Callable[[Rows, Rows], npt.NDArray[np.float64]]
"""Jaccard similarity of pairs of rows (centre, other), ascending by centre; 0 where it is too small."""


@dataclass(frozen=True, slots=True)
class Star:
    """Who stays and who repeats whom."""

    kept_row: Rows
    """``int64[n]``: the kept row that a row repeats; the row itself where it stays."""
    jaccard: npt.NDArray[np.float64]
    """``float64[n]``: its similarity to that row; 1 where it stays."""
    candidates: int
    """Pairs that were compared at all."""


def greedy_star(
    buckets: Buckets,
    count: int,
    match: Match,
    threshold: float,
    progress: Callable[[int], None] | None = None,
) -> Star:
    """Decide for every row whether it stays.

    Args:
        buckets: which rows to compare.
        count: number of rows; 0 is the first to be kept, and so on.
        match: compares pairs of rows.
        threshold: Jaccard similarity from which on a row repeats another.
        progress: told how many rows are decided.
    """
    kept_row, jaccard = np.arange(count), np.ones(count)
    undecided = np.zeros(count, np.bool_)
    undecided[buckets.row] = True
    candidates = 0
    while len(buckets.row):
        stays = _first_in_all_buckets(buckets, undecided)
        centres, others = _pairs(buckets, stays, count)
        similarity = match(centres, others)
        candidates += len(centres)
        close = similarity >= threshold
        _assign(kept_row, jaccard, centres[close], others[close], similarity[close])
        undecided[stays] = False
        undecided[others[close]] = False
        buckets = _remaining(buckets, undecided)
        undecided[:] = False
        undecided[buckets.row] = True
        if progress:
            progress(count - int(np.count_nonzero(undecided)))
    return Star(kept_row, jaccard, candidates)


def _first_in_all_buckets(buckets: Buckets, undecided: Flags) -> Flags:
    first = undecided.copy()
    first[buckets.row[~_starts(buckets)]] = False
    return first


def _pairs(buckets: Buckets, stays: Flags, count: int) -> tuple[Rows, Rows]:
    """Every row that stays, with whatever else is in its buckets."""
    starts = _starts(buckets)
    leader = buckets.row[starts][np.cumsum(starts) - 1]
    chosen = stays[leader] & ~starts
    pairs = np.unique(leader[chosen] * count + buckets.row[chosen])
    return pairs // count, pairs % count


def _assign(
    kept_row: Rows,
    jaccard: npt.NDArray[np.float64],
    centres: Rows,
    others: Rows,
    similarity: npt.NDArray[np.float64],
) -> None:
    """The most similar of the kept rows, the first of these where they tie."""
    best = np.lexsort((-centres, similarity))
    kept_row[others[best]] = centres[best]
    jaccard[others[best]] = similarity[best]


def _remaining(buckets: Buckets, undecided: Flags) -> Buckets:
    left = undecided[buckets.row]
    bucket, row = buckets.bucket[left], buckets.row[left]
    same = bucket[1:] == bucket[:-1]
    shared = np.zeros(len(bucket), np.bool_)
    shared[1:] |= same
    shared[:-1] |= same
    return Buckets(bucket[shared], row[shared])


def _starts(buckets: Buckets) -> Flags:
    starts = np.ones(len(buckets.bucket), np.bool_)
    starts[1:] = buckets.bucket[1:] != buckets.bucket[:-1]
    return starts
