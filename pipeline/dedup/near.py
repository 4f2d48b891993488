"""The near-duplicate search on one screen: texts in, rows to keep out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.bands import Bands, Buckets, buckets, choose_bands
from pipeline.dedup.cluster import Star, greedy_star
from pipeline.dedup.exact import content_digests, first_copies
from pipeline.dedup.minhash import Progress, signatures
from pipeline.dedup.shingles import Rows, as_texts
from pipeline.dedup.verify import Verifier
from pipeline.errors import InputError

Keep = Literal["first", "longest"]
Texts: TypeAlias = pa.Array | pa.ChunkedArray | Sequence[str | None]

HOT = 64
"""Rows from which on a bucket is reported as hot."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the search did; all but ``seconds`` is the same in every run."""

    rows: int
    identical: int
    """Rows whose text is, to the byte, that of another row; never compared."""
    bands: Bands
    candidates: int
    """Pairs of rows that shared a bucket and were compared by signature."""
    verified: int
    """Pairs whose exact Jaccard similarity was computed."""
    hot_buckets: int
    """Buckets of `HOT` rows and more: compared with the rows kept from them only; that loses no pair."""
    largest_bucket: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """Which rows to keep, and for every other one the kept row that it repeats."""

    kept: Rows
    """``int64[k]``: numbers of the rows to keep, ascending."""
    clusters: Rows
    """``int64[n]``: for each row the kept row it belongs to, itself if it is kept."""
    drops: pa.Table
    """``dropped_row``, ``kept_row``, ``dropped_id``, ``kept_id``, ``jaccard`` (exact), ``rule`` (exact: the
    same shingle set; near: at or above the threshold), ascending by ``dropped_row``."""
    statistics: Statistics


def near_duplicates(
    ids: Texts,
    texts: Texts,
    *,
    threshold: float = 0.8,
    ngram: int = 5,
    num_perm: int = 128,
    keep: Keep = "first",
    order: npt.NDArray[np.generic] | None = None,
    progress: Progress | None = None,
) -> Result:
    """Rows that repeat another row's text, each with a kept row at or above the threshold.

    No row goes on an estimate: MinHash and banding only propose, the exact Jaccard similarity of the
    two shingle sets decides. Empty texts and nulls are never compared, so they all stay.

    Args:
        ids: one id a row, distinct.
        texts: one text a row.
        threshold: Jaccard similarity from which on a text repeats another, in (0, 1].
        ngram: code points a shingle.
        num_perm: permutations of a signature (4 bytes each a row).
        keep: which of several stays: ``first`` (the lowest ``order``) or ``longest`` (in code points; then
            the lowest ``order``). Ties go by the texts' hashes, then by row number.
        order: one sortable value a row, such as a date; the row number if it is left out.
        progress: called now and then with a stage's name, rows done and rows in all.

    Raises:
        InputError: ids or texts are no strings, ids are not distinct.
        ValueError: lengths differ, or a parameter is out of its range.
    """
    begin = time.perf_counter()
    names, texts = as_texts(ids), as_texts(texts)
    _check(names, texts, threshold, ngram, num_perm, order)
    digests = content_digests(texts)
    visit = _visiting_order(texts, digests, keep, order)
    first = first_copies(digests, visit)
    filled = pc.binary_length(texts).to_numpy(zero_copy_only=False) > 0
    rows = visit[(first[visit] == visit) & filled[visit]]

    bands = choose_bands(threshold, num_perm)
    sketches = signatures(texts, rows, ngram=ngram, num_perm=num_perm, progress=progress)
    shared = buckets(sketches, bands)
    verifier = Verifier(texts, rows, sketches, threshold, ngram)
    report = None if progress is None else lambda done: progress("comparison", done, len(rows))
    star = greedy_star(shared, len(rows), verifier, threshold, report)

    clusters, jaccard = _with_copies(star, rows, first, filled)
    hot, largest = _hot(shared)
    statistics = Statistics(
        rows=len(texts),
        identical=int(np.count_nonzero(filled)) - len(rows),
        bands=bands,
        candidates=star.candidates,
        verified=verifier.verified,
        hot_buckets=hot,
        largest_bucket=largest,
        seconds=time.perf_counter() - begin,
    )
    kept = np.flatnonzero(clusters == np.arange(len(texts)))
    return Result(kept, clusters, _drops(names, clusters, jaccard), statistics)


def _check(
    ids: pa.Array,
    texts: pa.Array,
    threshold: float,
    ngram: int,
    num_perm: int,
    order: npt.NDArray[np.generic] | None,
) -> None:
    if len(ids) != len(texts) or (order is not None and len(order) != len(texts)):
        raise ValueError("ids, texts and order must have one value a row")
    if not 0 < threshold <= 1 or ngram < 1 or num_perm < 1:
        raise ValueError("threshold must be in (0, 1], ngram and num_perm at least 1")
    if pc.count_distinct(ids).as_py() < len(ids):
        raise InputError("ids must be distinct")


def _visiting_order(
    texts: pa.Array, digests: npt.NDArray[np.uint64], keep: Keep, order: npt.NDArray[np.generic] | None
) -> Rows:
    if keep == "first" and order is None:
        return np.arange(len(texts))
    keys: list[npt.NDArray[np.generic]] = [digests[:, 1], digests[:, 0]]
    if order is not None:
        keys.append(np.unique(order, return_inverse=True)[1])
    if keep == "longest":
        keys.append(-pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int64))
    return np.lexsort(keys)


def _with_copies(
    star: Star, rows: Rows, first: Rows, filled: npt.NDArray[np.bool_]
) -> tuple[Rows, npt.NDArray[np.float64]]:
    """From the distinct texts back to all rows: copies share the fate of their first."""
    clusters, jaccard = np.arange(len(first)), np.ones(len(first))
    clusters[rows] = rows[star.kept_row]
    jaccard[rows] = star.jaccard
    clusters[filled] = clusters[first[filled]]
    jaccard[filled] = jaccard[first[filled]]
    return clusters, jaccard


def _hot(shared: Buckets) -> tuple[int, int]:
    sizes = np.bincount(shared.bucket)
    return int(np.count_nonzero(sizes >= HOT)), int(sizes.max(initial=0))


def _drops(ids: pa.Array, clusters: Rows, jaccard: npt.NDArray[np.float64]) -> pa.Table:
    dropped = np.flatnonzero(clusters != np.arange(len(clusters)))
    kept = clusters[dropped]
    return pa.table(
        {
            "dropped_row": pa.array(dropped, pa.int64()),
            "kept_row": pa.array(kept, pa.int64()),
            "dropped_id": pc.cast(ids.take(pa.array(dropped)), pa.string()),
            "kept_id": pc.cast(ids.take(pa.array(kept)), pa.string()),
            "jaccard": pa.array(jaccard[dropped], pa.float64()),
            "rule": pa.array(np.where(jaccard[dropped] == 1, "exact", "near"), pa.string()),
        }
    )
