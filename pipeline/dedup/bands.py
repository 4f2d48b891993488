"""Candidate pairs without comparing all: signatures that agree on a whole band share a bucket.

Locality-sensitive hashing by banding (Leskovec, Rajaraman, Ullman, "Mining of massive datasets",
section 3.4): a pair of similarity J shares at least one of b bands of r rows with probability
``1 - (1 - J^r)^b``.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.dedup.minhash import Signatures
from pipeline.dedup.shingles import Rows, multipliers

RECALL = 0.9995
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


@dataclass(frozen=True, slots=True)
class Buckets:
    """Rows that share a band, grouped; only buckets of two and more."""

    bucket: Rows
    """``int64[m]``, ascending: number of the bucket."""
    row: Rows
    """``int64[m]``: row in that bucket, ascending within it."""


def choose_bands(threshold: float, num_perm: int, recall: float = RECALL) -> Bands:
    """The longest bands, that is the fewest candidates, that still find ``recall`` of the pairs.

    With so few permutations that no banding does, bands of one row are used; ``Bands.recall`` says
    what is found. For threshold 0.8: (21, 6) at 128 permutations finds .9997, .9983 at exactly 0.8.
    """
    choices = (_bands(threshold, num_perm // rows, rows) for rows in range(num_perm, 0, -1))
    return next((bands for bands in choices if bands.recall >= recall), _bands(threshold, num_perm, 1))


def buckets(signatures: Signatures, bands: Bands) -> Buckets:
    """All rows that agree with another one on at least one band.

    Args:
        signatures: ``uint32[n, num_perm]``.
        bands: how to cut them.
    """
    bucket_parts, row_parts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    total = 0
    for band in range(bands.bands):
        keys = _keys(signatures[:, band * bands.rows : (band + 1) * bands.rows])
        number, row = _groups(keys)
        bucket_parts.append(number + total)
        row_parts.append(row)
        total += int(number[-1]) + 1 if len(number) else 0
    return Buckets(np.concatenate(bucket_parts), np.concatenate(row_parts))


def _bands(threshold: float, bands: int, rows: int) -> Bands:
    similarity = threshold + (1 - threshold) * (np.arange(_STEPS) + 0.5) / _STEPS
    weight = 1 - similarity if threshold < 1 else np.ones(_STEPS)
    found = 1 - (1 - similarity**rows) ** bands
    return Bands(bands, rows, float(np.average(found, weights=weight)), 1 - (1 - threshold**rows) ** bands)


def _keys(band: Signatures) -> npt.NDArray[np.uint64]:
    """One 64-bit key a row; a collision of keys costs a comparison, nothing else."""
    factors = np.array(multipliers(band.shape[1]), np.uint64)
    keys = np.zeros(len(band), np.uint64)
    for column, factor in enumerate(factors):
        keys += band[:, column].astype(np.uint64) * factor
    return keys


def _groups(keys: npt.NDArray[np.uint64]) -> tuple[Rows, Rows]:
    """Rows whose key occurs more than once: group numbers from 0 (ascending), and rows."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(keys), np.bool_)
    shared[1:] |= same
    shared[:-1] |= same
    starts = np.ones(len(keys), np.bool_)
    starts[1:] = ~same
    return np.cumsum(starts[shared]) - 1, order[shared]
