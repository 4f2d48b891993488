"""What leaves the cluster: files that tasks write, and the few figures that come to the driver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from pipeline.dedup.texts import Rows
from pipeline.engine.spark.kernels import Batches, chosen
from pipeline.engine.spark.search import Found

WriteSplit = Callable[[int, Rows], pa.RecordBatch]
_WHOLE = -1
"""In place of a row: nothing of the split goes by this, but it is written."""


def for_each(
    spark: SparkSession, count: int, work: Callable[[int], pa.RecordBatch], schema: str
) -> list[dict[str, Any]]:
    """Something small of each of so many files, worked out by a task each, in their order."""
    if not count:
        return []
    numbers = spark.range(0, count, 1, min(count, 4 * spark.sparkContext.defaultParallelism))
    return [row.asDict() for row in numbers.mapInArrow(_Each(work), schema).collect()]


def write_splits(
    spark: SparkSession, found: Found, splits: int, write: WriteSplit, schema: str
) -> list[dict[str, Any]]:
    """Each split is written by a task that is told which of its rows go; what it says of its file comes back."""
    every = spark.range(0, splits, 1, splits).select(
        fn.col("id").cast("int").alias("split"), fn.lit(_WHOLE).cast("long").alias("row")
    )
    gone = found.drops.select("split", "row").union(every)
    told = gone.repartition(splits, "split").sortWithinPartitions("split", "row")
    return [row.asDict() for row in told.mapInArrow(_EachSplit(write), schema).collect()]


def write_drops(found: Found, write: Callable[[Batches], Batches], schema: str) -> list[dict[str, Any]]:
    """Rows that go, in input order, with the names of both: a file a partition."""
    names = found.rows.select("row", fn.col("name").alias("dropped_id"))
    kept = found.rows.select(fn.col("row").alias("kept"), fn.col("name").alias("kept_id"))
    drops = found.drops.join(names, "row").join(kept, "kept")
    told = drops.select("dropped_id", "kept_id", "jaccard", "containment", "rule", "row", "kept").orderBy(
        "row"
    )
    return [row.asDict() for row in told.mapInArrow(write, schema).collect()]


def named_twice(rows: DataFrame) -> tuple[str, int, int] | None:
    """An id that two rows have, and the first two of these; None if ids are distinct."""
    again = (
        rows.groupBy("name").agg(fn.count("*").alias("count"), fn.min("row").alias("row")).where("count > 1")
    )
    found = again.orderBy("row").first()
    if found is None:
        return None
    second = (
        rows.where((fn.col("name") == found["name"]) & (fn.col("row") > found["row"]))
        .agg(fn.min("row"))
        .first()
    )
    assert second is not None
    return found["name"], found["row"], second[0]


def counts(found: Found) -> dict[str, int]:
    """Figures of a run, under the local engine's names; they add up."""
    rows = found.rows.agg(fn.count("*"), fn.sum(fn.col("missing").cast("int"))).first()
    rules = {row["rule"]: row["count"] for row in found.drops.groupBy("rule").count().collect()}
    clusters = found.drops.groupBy("kept").count().agg(fn.count("*"), fn.max("count")).first()
    assert rows is not None
    assert clusters is not None
    dropped = sum(rules.values())
    return {
        "rows": rows[0],
        "kept": rows[0] - dropped,
        "dropped": dropped,
        "exact": rules.get("exact", 0),
        "near": rules.get("near", 0),
        "contained": 0,
        "kept_earlier": 0,
        "clusters": clusters[0],
        "largest_cluster": (clusters[1] or 0) + 1,
        "null_texts": rows[1],
    }


@dataclass(frozen=True, slots=True)
class _Each:
    work: Callable[[int], pa.RecordBatch]

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield self.work(number)


@dataclass(frozen=True, slots=True)
class _EachSplit:
    write: WriteSplit

    def __call__(self, batches: Batches) -> Batches:
        for split, rows, _ in chosen(batches, "row"):
            yield self.write(split, rows[rows != _WHOLE])
