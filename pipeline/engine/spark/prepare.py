"""From the input to what rounds work on: identical texts first, then the order, then the buckets that rows share.

Texts and signatures are not shuffled here: a task that needs those of some rows is told their numbers and reads its
split of the input again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as fn

from pipeline.dedup.order import Keep
from pipeline.dedup.search import Wanted
from pipeline.engine.spark.kernels import Candidates, Digest, Edges, Reader
from pipeline.engine.spark.tables import Tables


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of the engine."""

    reader: Reader
    splits: int
    wanted: Wanted
    keep: Keep
    by: str | None
    """Spark's name for the type of the values that rows are chosen by, if they are."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Tables that rounds and output are made from."""

    rows: DataFrame
    """All rows: see `Digest`."""
    firsts: DataFrame
    """The first of each text that has a token: ``row``, ``split``, and ``pos``, by which they are visited."""
    copies: DataFrame
    """All other rows with a token: ``row``, ``split``, and ``pos`` of their first."""
    edges: DataFrame
    """Buckets of two firsts and more: ``key``, ``pos``."""
    candidates: DataFrame
    """Firsts that are in such a bucket: see `Candidates`."""


def prepare(task: Task, tables: Tables, check: Callable[[DataFrame], None]) -> Prepared:
    """Read the input (twice, and once more what shares buckets).

    Args:
        task: the input, and what counts as a repetition.
        tables: where to.
        check: sees all rows, and may find them unfit, before more is done.
    """
    digest = Digest(task.reader, task.wanted.sketch.tokens)
    rows = tables.keep(
        "rows",
        _numbers(tables.spark, task.splits).mapInArrow(digest, f"{digest.SCHEMA}, by {task.by or 'int'}"),
    )
    check(rows)
    firsts, copies = _identical(task, rows, tables)
    signer = Edges(task.reader, task.wanted)
    edges = _by_split(firsts, task.splits).mapInArrow(signer, signer.SCHEMA)
    edges = tables.keep("edges", _shared(edges))
    reader = Candidates(task.reader, task.wanted)
    sharing = firsts.join(edges.select("pos").distinct(), "pos", "left_semi")
    candidates = tables.keep("candidates", _by_split(sharing, task.splits).mapInArrow(reader, reader.SCHEMA))
    return Prepared(rows, firsts, copies, edges, candidates)


def _numbers(spark: SparkSession, count: int) -> DataFrame:
    """A split a partition."""
    return spark.range(0, count, 1, count)


def _by_split(rows: DataFrame, splits: int) -> DataFrame:
    """Rows as `pipeline.engine.spark.kernels.chosen` wants them."""
    return (
        rows.select("split", "row", "pos").repartition(splits, "split").sortWithinPartitions("split", "row")
    )


def _identical(task: Task, rows: DataFrame, tables: Tables) -> tuple[DataFrame, DataFrame]:
    """The first of each text, and the others; a text that half of the rows have is one row after the first task's end."""
    found = rows.where("hi is not null")
    groups = found.groupBy("hi", "lo").agg(
        fn.count("*").alias("count"), fn.first("size").alias("size"), _first(task.keep).alias("first")
    )
    grouped = tables.keep("texts", groups.select("hi", "lo", "count", "size", "first.*"))
    if task.keep == "first" and task.by is None:
        firsts = grouped.select("row", "split", fn.col("row").alias("pos"))
    else:
        keys = [fn.col("size").desc()] if task.keep == "longest" else []
        by = fn.col("by").desc() if task.keep == "best" else fn.col("by").asc()
        ordered = grouped.orderBy(*keys, "rank", by, "hi", "lo")
        firsts = ordered.select("row", "split", fn.monotonically_increasing_id().alias("pos"))
    firsts = tables.keep("firsts", firsts)
    several = grouped.where("count > 1").select("hi", "lo", fn.col("row").alias("first"))
    places = firsts.select(fn.col("row").alias("first"), "pos")
    copies = found.join(several, ["hi", "lo"]).where("row != first").select("row", "split", "first")
    return firsts, tables.keep("copies", copies.join(places, "first").select("row", "split", "pos"))


def _first(keep: Keep) -> Column:
    """Of several rows of one text the one that is visited first, and what tells when that is."""
    if keep == "best":
        first = fn.max(
            fn.struct((-fn.col("rank")).alias("rank"), "by", (-fn.col("row")).alias("row"), "split")
        )
        return fn.struct(
            (-first["rank"]).alias("rank"), first["by"].alias("by"), (-first["row"]).alias("row"), first["split"].alias("split")
        )  # fmt: skip
    return fn.min(fn.struct("rank", "by", "row", "split"))


def _shared(edges: DataFrame) -> DataFrame:
    """Edges to buckets of two rows and more: one shuffle; a bucket is walked from the disk if need be."""
    bucket = Window.partitionBy("key").orderBy("pos")
    shown = edges.withColumn("before", fn.lag("pos").over(bucket)).withColumn(
        "after", fn.lead("pos").over(bucket)
    )
    return shown.where("before is not null or after is not null").select("key", "pos")
