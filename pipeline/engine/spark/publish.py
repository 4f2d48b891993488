"""What leaves the cluster: files that tasks write, and the few figures that come to the driver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from pipeline.engine.spark.kernels import Batches, of_splits
from pipeline.engine.spark.search import Found

WriteSplit = Callable[[int, pa.Table], pa.RecordBatch]
_TASKS = 200
"""At least, if there is so much to do: executors may not have come yet when their number is asked for."""
_TOLD = ("row", "kept", "kept_id", "jaccard", "containment", "rule")


def for_each(
    spark: SparkSession, count: int, work: Callable[[int], pa.RecordBatch], schema: str
) -> list[dict[str, Any]]:
    """Something small of each of so many files, worked out by a task each, in their order."""
    if not count:
        return []
    numbers = spark.range(0, count, 1, min(count, max(_TASKS, 4 * spark.sparkContext.defaultParallelism)))
    return [row.asDict() for row in numbers.mapInArrow(_Each(work), schema).collect()]


def write_splits(
    spark: SparkSession, found: Found, splits: int, write: WriteSplit, schema: str
) -> list[dict[str, Any]]:
    """Each split is written by a task that is told which of its rows go, by row; what it says of its files comes back."""
    kept = found.rows.select(fn.col("row").alias("kept"), fn.col("name").alias("kept_id"))
    gone = found.drops.join(kept, "kept").select("split", *_TOLD)
    every = spark.range(0, splits, 1, splits).select(
        fn.col("id").cast("int").alias("split"),
        *(fn.lit(None).cast(gone.schema[name].dataType).alias(name) for name in _TOLD),
    )
    told = gone.union(every).repartition(splits, "split").sortWithinPartitions("split", "row")
    return [row.asDict() for row in told.mapInArrow(_EachSplit(write), schema).collect()]


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
    exact = fn.sum((fn.col("rule") == "exact").cast("long")).alias("exact")
    clusters = found.drops.groupBy("kept").agg(fn.count("*").alias("size"), exact)
    rows = found.rows.agg(fn.count("*"), fn.sum(fn.col("missing").cast("int"))).first()
    seen = clusters.agg(fn.count("*"), fn.max("size"), fn.sum("size"), fn.sum("exact")).first()
    assert rows is not None
    assert seen is not None
    count, largest, dropped, same = (value or 0 for value in seen)
    return {
        "rows": rows[0],
        "kept": rows[0] - dropped,
        "dropped": dropped,
        "exact": same,
        "near": dropped - same,
        "contained": 0,
        "kept_earlier": 0,
        "clusters": count,
        "largest_cluster": largest + 1,
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
        for split, told in of_splits(batches):
            yield self.write(split, told.filter(pc.is_valid(told["row"])))
