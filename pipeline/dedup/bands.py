"""Candidate pairs without comparing all: signatures that agree on a whole band share a bucket.

Locality-sensitive hashing by banding (Leskovec, Rajaraman, Ullman, "Mining of massive datasets",
section 3.4): a pair of similarity J shares at least one of b bands of r rows with probability
``1 - (1 - J^r)^b``.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.dedup.exact import table_size
from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import Signatures
from pipeline.dedup.shingles import multipliers
from pipeline.dedup.texts import Rows

Behind = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]

RECALL = 0.9995
HOT = 64
"""Rows from which on a bucket is reported as hot."""
LAST = -1
_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Bands:
    """How a signature is cut, and what that finds."""

    bands: int
    rows: int
    recall: float
    """Share of the pairs at or above the threshold that become candidates, where pairs get rarer
    linearly from the threshold to 1 (as they do in reposted text)."""
    recall_at_threshold: float
    """The same for the hardest pairs, those of exactly the threshold."""


def choose_bands(threshold: float, num_perm: int, recall: float = RECALL) -> Bands:
    """The longest bands, that is the fewest candidates, that still find ``recall`` of the pairs.

    With so few permutations that no banding does, bands of one row are used; ``Bands.recall`` says
    what is found. For threshold 0.8: (21, 6) at 128 permutations finds .9997, .9983 at exactly 0.8.
    """
    choices = (_bands(threshold, num_perm // rows, rows) for rows in range(num_perm, 0, -1))
    return next((bands for bands in choices if bands.recall >= recall), _bands(threshold, num_perm, 1))


def band_keys(signatures: Signatures, rows: Rows, bands: Bands, out: Keys | None = None) -> Keys:
    """One 64-bit key a band of each row; a collision of keys costs a comparison, nothing else.

    Args:
        signatures: ``uint32[n, num_perm]``.
        rows: ``int64[m]``: which of them.
        bands: how they are cut.
        out: where to, ``uint64[bands, n]``; rows that are not asked for are left alone.
    """
    keys = np.empty((bands.bands, len(signatures)), np.uint64) if out is None else out
    _band_keys(signatures, rows, bands.rows, np.array(multipliers(bands.rows), np.uint64), keys)
    return keys


@dataclass(frozen=True, slots=True)
class Chains:
    """For each row and band, who comes next in the same bucket."""

    behind: Behind
    """``int32[bands, n]``: the next row, in visiting order, that agrees on the band; ``LAST`` if there is none."""
    hot: int
    """Buckets of `HOT` rows and more."""
    largest: int
    """Rows of the largest bucket."""


def chains(
    keys: Sequence[Keys] | Keys,
    order: Rows,
    *,
    out: Behind | None = None,
    workers: int | None = None,
    release: Callable[[], None] = lambda: None,
) -> Chains:
    """Rows that agree on a band, linked in the order in which they will be visited.

    Args:
        keys: of each band ``uint64[n]``.
        order: ``int64[m]``: rows that take part, in visiting order; all others are in no bucket.
        out: where to, ``int32[bands, n]``.
        workers: threads; each needs 16 to 32 bytes a row.
        release: called after each band.
    """
    behind = np.empty((len(keys), len(keys[0])), np.int32) if out is None else out

    def link(band: int) -> tuple[int, int]:
        slots = np.full(table_size(len(order)), LAST, np.int32)
        sizes = np.zeros(len(slots), np.int32)
        return _link(keys[band], order, slots, sizes, behind[band])

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        found = []
        for result in pool.map(link, range(len(keys))):
            found.append(result)
            release()
    return Chains(behind, sum(hot for hot, _ in found), max(largest for _, largest in found))


@compiled
def _band_keys(
    signatures: Signatures, rows: Rows, size: int, factors: npt.NDArray[np.uint64], keys: Keys
) -> None:
    for row in rows:
        for band in range(len(keys)):
            key = np.uint64(0)
            for column in range(size):
                key += np.uint64(signatures[row, band * size + column]) * factors[column]
            keys[band, row] = key ^ (key >> np.uint64(32))


@compiled
def _link(keys: Keys, order: Rows, slots: Behind, sizes: Behind, behind: Behind) -> tuple[int, int]:
    """Rows from the last to the first, each in front of the one that its bucket had so far."""
    mask = len(slots) - 1
    hot, largest = 0, 0
    for place in range(len(order) - 1, -1, -1):
        row = order[place]
        key = keys[row]
        at = np.int64(key & np.uint64(mask))
        while slots[at] != LAST and keys[slots[at]] != key:
            at = (at + 1) & mask
        behind[row] = slots[at]
        slots[at] = row
        sizes[at] += 1
        hot += sizes[at] == HOT
        largest = max(largest, sizes[at])
    return hot, largest


def _bands(threshold: float, bands: int, rows: int) -> Bands:
    similarity = threshold + (1 - threshold) * (np.arange(_STEPS) + 0.5) / _STEPS
    weight = 1 - similarity if threshold < 1 else np.ones(_STEPS)
    found = 1 - (1 - similarity**rows) ** bands
    return Bands(bands, rows, float(np.average(found, weights=weight)), 1 - (1 - threshold**rows) ** bands)
