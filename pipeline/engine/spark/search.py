"""The distributed search on one screen: an input in, for each row that goes the kept row that it repeats."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

from pipeline.engine.spark.prepare import Prepared, Task, digested, prepare
from pipeline.engine.spark.star import Limits, Star, Told, Work
from pipeline.engine.spark.tables import Tables
from pipeline.engine.spark.whole import Whole


@dataclass(frozen=True, slots=True)
class Found:
    """What the search says."""

    rows: DataFrame
    """All rows: ``row``, ``split``, ``name`` and more."""
    drops: DataFrame
    """Rows that go: ``row``, ``split``, ``kept`` (the row it repeats), ``jaccard``, ``containment``, ``rule``."""
    work: Work


def search(
    task: Task, tables: Tables, limits: Limits, told: Told, check: Callable[[DataFrame], None]
) -> Found:
    """Who goes, and for whom.

    Args:
        task: the input, and what counts as a repetition.
        tables: a working folder; it is left to the caller to remove it.
        limits: how much is done at once.
        check: sees all rows, and may find them unfit, before they are searched.
        told: ``rows decided`` so far, of those that share a bucket.
    """
    rows = digested(task, tables)
    check(rows)
    if (count := rows.count()) <= limits.finish:
        drops = tables.keep("drops", _in_one_task(task, rows))
        told("rows decided", count, count)
        return Found(rows, drops, Work(rounds=1, blocks=1))
    prepared = prepare(task, rows, tables)
    star = Star(tables, prepared, task.wanted, limits, told)
    return Found(prepared.rows, tables.keep("drops", _drops(prepared, star.run())), star.work)


def _in_one_task(task: Task, rows: DataFrame) -> DataFrame:
    """The local engine's search itself, so there is nothing to prove; no shuffle, since nothing asks in which order the rows come."""
    whole = Whole(task.reader, task.wanted, task.keep, task.by is not None)
    return rows.where("hi is not null").select(*whole.NEEDS).coalesce(1).mapInArrow(whole, whole.SCHEMA)


def _drops(prepared: Prepared, gone: DataFrame) -> DataFrame:
    """From firsts back to rows: copies share the fate of their first."""
    firsts = prepared.firsts.select("pos", "row", "split")
    near = firsts.join(gone, "pos")
    copies = prepared.copies.join(gone, "pos", "left").withColumn("kept", fn.coalesce("kept", "pos"))
    one = fn.lit(1.0)
    everyone = near.select("row", "split", "kept", "jaccard", "containment").union(
        copies.select("row", "split", "kept", fn.coalesce("jaccard", one), fn.coalesce("containment", one))
    )
    places = firsts.select(fn.col("pos").alias("kept"), fn.col("row").alias("kept_row"))
    rule = fn.when(fn.col("jaccard") == 1, "exact").otherwise("near")
    return everyone.join(places, "kept").select(
        "row", "split", fn.col("kept_row").alias("kept"), "jaccard", "containment", rule.alias("rule")
    )
