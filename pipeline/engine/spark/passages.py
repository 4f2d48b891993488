"""Sentences and paragraphs that several texts have in common, of more texts than fit on one machine.

In two readings, as `pipeline.dedup.passages` finds them, and by its kernels. The first gives hashes only, each once a
row: 16 bytes a passage are what counting shuffles. These also tell which rows have which frequent hashes, so that in
the second each text that has one travels once, beside its own frequent hashes, and is cut again where it arrives.
The other way, to cut all texts into passages and join these with the frequent hashes, is one join less, but unless
Spark can broadcast the hashes it shuffles all text twice, since what a sentence says its paragraph says too, most of
it to be thrown away.

No task holds what all rows have of a passage. Hashes are counted in part before they are shuffled. In the join with the
frequent ones a hash that half of all rows have is a long run of pairs of numbers, which is read past and not held. The
second reading counts a passage once a slice of texts, then once a task, and then only these counts meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

from pipeline.dedup.passages.count import Count, described
from pipeline.dedup.passages.cut import ALL_BITS, code_point_classes
from pipeline.dedup.passages.search import row_hashes
from pipeline.dedup.texts import texts_of
from pipeline.engine.spark.kernels import Batches
from pipeline.engine.spark.tables import Tables

_SLICE = 1024
"""Texts that are cut at once."""


def passages(tables: Tables, texts: DataFrame, *, least: int = 3, bits: int = ALL_BITS) -> DataFrame:
    """Passages that occur in several texts: rows as `pipeline.dedup.passages.passages` gives them, in no order.

    Args:
        tables: where to; the result is kept as ``passages``.
        texts: ``row`` (long, distinct, ascending in the order that makes an occurrence the first), ``id`` and ``text``
            (strings). It is worked out twice and must be the same both times, as a table that is kept is.
        least: texts in which a passage must occur.
        bits: those of a hash that are used; the result does not depend on them.

    Raises:
        ValueError: ``least`` is below 1.
    """
    if least < 1:
        raise ValueError("least must be at least 1")
    cut, count = CutPassages(bits), CountPassages(bits)
    hashes = tables.keep("passage-hashes", texts.select("text", "row").mapInArrow(cut, cut.SCHEMA))
    counted = hashes.groupBy("hash").agg(fn.count("*").alias("rows"))
    frequent = tables.keep("passage-frequent", counted.where(fn.col("rows") >= least).select("hash"))
    known = (
        hashes.join(frequent, "hash", "left_semi").groupBy("row").agg(fn.collect_list("hash").alias("hashes"))
    )
    parts = texts.join(known, "row").select("text", "hashes", "id", "row").mapInArrow(count, count.SCHEMA)
    found = tables.keep("passages", _added_up(parts).where(fn.col("clusters") >= least))
    for name in ("passage-hashes", "passage-frequent"):
        tables.drop(name)
    return found


def _added_up(parts: DataFrame) -> DataFrame:
    """One row a passage, of the rows that slices have of it; a text is in one slice, so its texts just add up."""
    first = fn.min(fn.struct("first_row", "first_id", "kind", "passage")).alias("first")
    sums = [fn.sum(name).alias(name) for name in ("clusters", "occurrences")]
    whole = parts.groupBy("masked", "characters").agg(*sums, first)
    return whole.select("masked", "characters", "clusters", "occurrences", "first.*").select(*parts.columns)


@dataclass(frozen=True, slots=True)
class CutPassages:
    """Texts -> hashes of their passages, each once a row."""

    bits: int

    SCHEMA: ClassVar[str] = "row long, hash long"

    def __call__(self, batches: Batches) -> Batches:
        """``text``, ``row`` -> see above."""
        limits = np.array([0, ALL_BITS], np.uint64)
        for part in _slices(batches):
            texts, rows = texts_of(part.column("text")), part.column("row").to_numpy()
            every = np.arange(len(rows))
            hashes, ends = row_hashes(texts, code_point_classes(), self.bits, limits, every)
            yield pa.record_batch(
                {
                    "row": pa.array(np.repeat(rows, np.diff(ends, prepend=0))),
                    "hash": pa.array(hashes.view(np.int64)),
                }
            )


@dataclass(frozen=True, slots=True)
class CountPassages:
    """Texts with their frequent hashes -> what the local table would say of each slice of them, from one text on."""

    bits: int

    SCHEMA: ClassVar[str] = (
        "passage string, masked string, kind string, clusters long, occurrences long, characters long, "
        "first_id string, first_row long"
    )

    def __call__(self, batches: Batches) -> Batches:
        """``text``, ``hashes`` (a list), ``id``, ``row``, in any order -> see above."""
        for part in _slices(batches):
            yield from self._counted(part).to_batches()

    def _counted(self, part: pa.RecordBatch) -> pa.Table:
        texts, rows = texts_of(part.column("text")), part.column("row").to_numpy()
        frequent = np.unique(part.column("hashes").flatten().to_numpy()).view(np.uint64)
        count = Count(texts, frequent, self.bits)
        count.add(count.hits(np.argsort(rows)))
        found = count.found(1)
        table = described(texts, found, lambda some: part.column("id").take(pa.array(some)))
        first_row = pa.array(rows[found[:, 0]])
        return table.set_column(table.schema.get_field_index("first_row"), "first_row", first_row)


def _slices(batches: Batches) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, len(batch), _SLICE):
            yield batch.slice(start, _SLICE)
