"""The near-duplicate search on one screen: texts in, rows to keep out."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.bands import Bands, Behind, Keys, band_keys, chains, choose_bands
from pipeline.dedup.cluster import Star, greedy_star
from pipeline.dedup.exact import Digests, content_digests, first_copies
from pipeline.dedup.minhash import EMPTY, Progress, Signatures, Sketch, signatures
from pipeline.dedup.order import Keep, Sortable, visiting_order
from pipeline.dedup.texts import Rows, Strings, Texts, as_strings, texts_of
from pipeline.dedup.verify import Shares
from pipeline.errors import InputError


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
    """Buckets of 64 rows and more: compared with the rows kept from them only; that loses no pair."""
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


@dataclass(frozen=True, slots=True)
class Sketched:
    """Texts with what they are compared by; arrays may be files mapped into memory."""

    texts: Texts
    digests: Digests
    """``uint64[n, 2]``."""
    signatures: Signatures
    """``uint32[n, num_perm]``; of rows that repeat an earlier one to the byte it may be anything."""
    keys: Keys
    """``uint64[bands, n]``: of each band, likewise."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the search says of each row."""

    kept_row: Rows
    """``int64[n]``: the kept row it repeats; the row itself where it stays."""
    jaccard: Shares
    """``float64[n]``: exact similarity to that row; 1 where it stays."""
    containment: Shares
    """``float64[n]``: exact share of its shingles that the kept row has; 1 where it stays."""
    statistics: Statistics


def near_duplicates(
    ids: Strings,
    texts: Strings,
    *,
    threshold: float = 0.8,
    sketch: Sketch = Sketch(),
    keep: Keep = "first",
    order: Sortable | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Rows that repeat another row's text, each with a kept row at or above the threshold.

    No row goes on an estimate: MinHash and banding only propose, the exact Jaccard similarity of the
    two shingle sets decides. Empty texts and nulls are never compared, so they all stay.

    Args:
        ids: one id a row, distinct.
        texts: one text a row.
        threshold: Jaccard similarity from which on a text repeats another, in (0, 1].
        sketch: what shingles and signatures are made of.
        keep: which of several stays: see `pipeline.dedup.order.visiting_order`.
        order: one sortable value a row, such as a date or a score.
        workers: threads.
        progress: called now and then with a stage's name, rows done and rows in all.

    Raises:
        InputError: ids or texts are no strings, ids are not distinct.
        ValueError: lengths differ, or the threshold is out of its range.
    """
    begin = time.perf_counter()
    names, all_texts = as_strings(ids), texts_of(texts)
    if len(names) != len(all_texts) or (order is not None and len(order) != len(all_texts)):
        raise ValueError("ids, texts and order must have one value a row")
    if pc.count_distinct(names).as_py() < len(names):
        raise InputError("ids must be distinct")
    digests = content_digests(all_texts)
    visit = visiting_order(all_texts, digests, keep, order)
    first = first_copies(digests, visit)
    rows = visit[(first[visit] == visit) & (all_texts.sizes()[visit] > 0)]
    sketches = signatures(all_texts, rows, sketch, workers=workers, progress=progress)
    bands = choose_bands(threshold, sketch.num_perm)
    decided = decide(
        Sketched(all_texts, digests, sketches, band_keys(sketches, rows, bands)),
        visit,
        threshold=threshold,
        sketch=sketch,
        workers=workers,
        after_block=None if progress is None else lambda done: progress("comparison", done, len(rows)),
        begin=begin,
    )
    kept = np.flatnonzero(decided.kept_row == np.arange(len(all_texts)))
    return Result(kept, decided.kept_row, _drops(names, decided), decided.statistics)


def decide(
    sketched: Sketched,
    visit: Rows,
    *,
    threshold: float,
    sketch: Sketch,
    star: Star | None = None,
    behind: Behind | None = None,
    workers: int | None = None,
    after_block: Callable[[int], None] | None = None,
    begin: float | None = None,
) -> Decided:
    """Who stays, from signatures on.

    Args:
        sketched: the texts.
        visit: ``int64[n]``: all rows in visiting order.
        threshold: in (0, 1].
        sketch: what the signatures are made of.
        star: rows that are decided already.
        behind: room for `pipeline.dedup.bands.Chains`, ``int32[bands, n]``.
        workers: threads.
        after_block: told now and then how many distinct texts are decided.
        begin: when the search began, by `time.perf_counter`.

    Raises:
        ValueError: the threshold is out of its range.
    """
    if not 0 < threshold <= 1:
        raise ValueError("threshold must be in (0, 1]")
    begin = begin or time.perf_counter()
    texts = sketched.texts
    first = first_copies(sketched.digests, visit)
    alike = texts.sizes() > 0
    alike[first[alike]] &= ~(sketched.signatures[first[alike], :2] == EMPTY).all(axis=1)
    alike = alike & alike[first]
    rows = visit[(first[visit] == visit) & alike[visit]]
    links = chains(sketched.keys, rows, out=behind, workers=workers)
    star = greedy_star(
        texts, sketched.signatures, links, rows, threshold=threshold, tokens=sketch.tokens, star=star,
        after_block=after_block,
    )  # fmt: skip
    statistics = Statistics(
        rows=len(texts),
        identical=int(np.count_nonzero(alike)) - len(rows),
        bands=choose_bands(threshold, sketch.num_perm),
        candidates=int(star.work[0]),
        verified=int(star.work[1]),
        hot_buckets=links.hot,
        largest_bucket=links.largest,
        seconds=time.perf_counter() - begin,
    )
    return _with_copies(star, first, alike, statistics)


def _with_copies(star: Star, first: Rows, alike: npt.NDArray[np.bool_], statistics: Statistics) -> Decided:
    """From the distinct texts back to all rows: copies share the fate of their first."""
    rows = np.arange(len(first))
    rows[alike] = first[alike]
    kept_row = np.arange(len(first))
    kept_row[alike] = star.kept_row[first[alike]]
    return Decided(kept_row, star.jaccard[rows], star.containment[rows], statistics)


def _drops(ids: pa.Array, decided: Decided) -> pa.Table:
    dropped = np.flatnonzero(decided.kept_row != np.arange(len(decided.kept_row)))
    kept, jaccard = decided.kept_row[dropped], decided.jaccard[dropped]
    return pa.table(
        {
            "dropped_row": pa.array(dropped, pa.int64()),
            "kept_row": pa.array(kept, pa.int64()),
            "dropped_id": pc.cast(ids.take(pa.array(dropped)), pa.string()),
            "kept_id": pc.cast(ids.take(pa.array(kept)), pa.string()),
            "jaccard": pa.array(jaccard, pa.float64()),
            "rule": pa.array(np.where(jaccard == 1, "exact", "near"), pa.string()),
        }
    )
