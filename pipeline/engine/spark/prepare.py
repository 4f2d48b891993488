"""From the input to what rounds work on: identical texts first, then the order, then the buckets that rows share.

Signatures are made in the first pass and kept with the rows. Texts are not shuffled here: a task that needs those of some
rows is told their numbers and reads its split of the input again.
"""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
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
    """The first of each text that has a token: ``row``, ``split``, ``signature``, and ``pos``, by which they are visited."""
    copies: DataFrame
    """All other rows with a token: ``row``, ``split``, and ``pos`` of their first."""
    edges: DataFrame
    """Buckets of two firsts and more: ``key``, ``pos``."""
    candidates: DataFrame
    """Firsts that are in such a bucket: see `Candidates`."""


def digested(task: Task, tables: Tables) -> DataFrame:
    """All rows, see `Digest`: the input is read once."""
    digest = Digest(task.reader, task.wanted.sketch)
    numbers = tables.spark.range(0, task.splits, 1, task.splits)
    return tables.keep("rows", numbers.mapInArrow(digest, f"{digest.SCHEMA}, by {task.by or 'int'}"))


def prepare(task: Task, rows: DataFrame, tables: Tables) -> Prepared:
    """What rounds need; of the input, what shares buckets is read once more.

    Args:
        task: the input, and what counts as a repetition.
        rows: see `digested`.
        tables: where to.
    """
    firsts, copies = _identical(task, rows, tables)
    signer, reader = Edges(task.wanted), Candidates(task.reader)
    edges = tables.keep("edges", _shared(firsts.select("pos", "signature").mapInArrow(signer, signer.SCHEMA)))
    sharing = firsts.join(edges.select("pos").distinct(), "pos", "left_semi")
    candidates = _by_split(sharing, task.splits).mapInArrow(reader, reader.SCHEMA)
    return Prepared(rows, firsts, copies, edges, tables.keep("candidates", candidates))


def _by_split(rows: DataFrame, splits: int) -> DataFrame:
    """Rows as `Candidates` wants them."""
    named = rows.select("split", "row", "pos", "signature")
    return named.repartition(splits, "split").sortWithinPartitions("split", "row")


def _identical(task: Task, rows: DataFrame, tables: Tables) -> tuple[DataFrame, DataFrame]:
    """The first of each text, and the others; a text that half of the rows have is one row after the first task's end."""
    found = rows.where("hi is not null")
    groups = found.groupBy("hi", "lo").agg(
        fn.count("*").alias("count"), fn.first("size").alias("size"), _first(task.keep).alias("first")
    )
    grouped = tables.keep("texts", groups.select("hi", "lo", "count", "size", "first.*"))
    if task.keep == "first" and task.by is None:
        places = grouped.select("row", "split", fn.col("row").alias("pos"))
    else:
        keys = [fn.col("size").desc()] if task.keep == "longest" else []
        by = fn.col("by").desc() if task.keep == "best" else fn.col("by").asc()
        ordered = grouped.orderBy(*keys, "rank", by, "hi", "lo")
        numbered = ordered.select("row", "split", fn.monotonically_increasing_id().alias("pos"))
        places = tables.keep("places", numbered)
    firsts = tables.keep("firsts", places.join(rows.select("row", "signature"), "row"))
    several = grouped.where("count > 1").select("hi", "lo", fn.col("row").alias("first"))
    copies = found.join(several, ["hi", "lo"]).where("row != first").select("row", "split", "first")
    named = places.select(fn.col("row").alias("first"), "pos")
    return firsts, tables.keep("copies", copies.join(named, "first").select("row", "split", "pos"))


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
