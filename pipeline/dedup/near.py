"""Near-duplicates among texts in memory: ids and texts in, rows to keep out."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.bands import band_keys
from pipeline.dedup.exact import content_digests, first_copies
from pipeline.dedup.minhash import Progress, signatures
from pipeline.dedup.order import Keep, Sortable, visiting_order
from pipeline.dedup.search import RULES, Decided, Sketched, Statistics, Wanted, decide
from pipeline.dedup.texts import Rows, Strings, Texts, as_strings, texts_of
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True)
class Result:
    """Which rows to keep, and for every other one the kept row that it repeats."""

    kept: Rows
    """``int64[k]``: numbers of the rows to keep, ascending."""
    clusters: Rows
    """``int64[n]``: for each row the kept row it belongs to, itself if it is kept."""
    drops: pa.Table
    """``dropped_row``, ``kept_row``, ``dropped_id``, ``kept_id``, ``jaccard``, ``containment`` (both exact), ``rule``
    (exact: the same shingle set; near: at or above the threshold; contained), ascending by ``dropped_row``."""
    statistics: Statistics


def near_duplicates(
    ids: Strings,
    texts: Strings,
    wanted: Wanted = Wanted(),
    *,
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
        wanted: what counts as a repetition.
        keep: which of several stays: see `pipeline.dedup.order.visiting_order`.
        order: one sortable value a row, such as a date or a score.
        workers: threads, of which the result does not depend.
        progress: called now and then with a stage's name, rows done and rows in all.

    Raises:
        InputError: ids or texts are no strings, ids are not distinct.
        ValueError: lengths differ, or a parameter is out of its range.
    """
    names, all_texts = as_strings(ids), texts_of(texts)
    if len(names) != len(all_texts) or (order is not None and len(order) != len(all_texts)):
        raise ValueError("ids, texts and order must have one value a row")
    if pc.count_distinct(names).as_py() < len(names):
        raise InputError("ids must be distinct")
    sketched, visit = prepare(all_texts, wanted, keep=keep, order=order, workers=workers, progress=progress)
    decided = decide(sketched, visit, wanted, workers=workers, progress=progress)
    return Result(decided.kept(), decided.kept_row, _drops(names, decided), decided.statistics)


def prepare(
    texts: Texts,
    wanted: Wanted,
    *,
    keep: Keep,
    order: Sortable | None,
    workers: int | None,
    progress: Progress | None,
) -> tuple[Sketched, Rows]:
    """What texts in memory are compared by, and all rows in visiting order (same arguments as above)."""
    digests = content_digests(texts)
    visit = visiting_order(texts, digests, keep, order)
    first = first_copies(digests, visit)
    rows = visit[(first[visit] == visit) & (texts.sizes()[visit] > 0)]
    sketches = signatures(texts, rows, wanted.sketch, workers=workers, progress=progress)
    return Sketched(texts, digests, sketches, band_keys(sketches, rows, wanted.bands)), visit


def _drops(ids: pa.Array, decided: Decided) -> pa.Table:
    dropped = decided.dropped()
    kept = decided.kept_row[dropped]
    return pa.table(
        {
            "dropped_row": pa.array(dropped, pa.int64()),
            "kept_row": pa.array(kept, pa.int64()),
            "dropped_id": pc.cast(ids.take(pa.array(dropped)), pa.string()),
            "kept_id": pc.cast(ids.take(pa.array(kept)), pa.string()),
            "jaccard": pa.array(decided.jaccard[dropped], pa.float64()),
            "containment": pa.array(decided.containment[dropped], pa.float64()),
            "rule": pa.array(np.array(RULES)[decided.rule[dropped]], pa.string()),
        }
    )
