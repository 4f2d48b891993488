"""The greedy star in rounds: the same rows go for the same kept rows as on one machine, one after the other.

On one machine rows are visited in an order, and a row goes for the first kept row before it that shares a bucket
with it and is alike; it stays if there is none. Here a round keeps many rows at once, compares them with all others that
share a bucket with them, and notes of each row that goes the first kept row that it was found alike to.

**Why that is the same.** Call a row open while it is neither kept nor gone.

1. *Heads.* A row that comes first among the open rows of each of its buckets is kept. Every row before it that shares
   a bucket is decided; those kept were compared with it in their round, and had it been alike to one of them it would not
   be open. So the sequential visit keeps it too. The first of all open rows is always a head: each round decides a row.
2. *Blocks.* The first ``finish`` of the open rows, decided by the local algorithm in one task. All that come before
   one of them and share a bucket are decided, as above, or in the block; so by induction along the order it decides as
   the sequential visit does. When all open rows fit into a block, it is the last round.
3. *Names.* A row that is gone stays in its buckets while an open row in one of them comes before the kept row that it is
   known to repeat. So it is compared with every kept row before its final one, and the final one is the first that is
   alike, which is the one that the sequential visit names.

A bucket is left out once it holds no open row, or none that could still matter by 3. **One exception to sameness:** in a
bucket of ``members`` rows a round compares at most ``bucket_pairs`` pairs (of at least one kept row), and a bucket that
has cost so many is closed. Then a pair that shares no other bucket is not compared, and a row may stay that one machine
would drop. Nothing is ever dropped without a kept row at or above the threshold, and closed buckets are counted: where
there are none, the outcome is that of one machine. Below the square root of ``bucket_pairs`` rows none is ever closed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as fn

from pipeline.dedup.search import Wanted
from pipeline.engine.spark.kernels import Block, Sift, Verify
from pipeline.engine.spark.prepare import Prepared
from pipeline.engine.spark.tables import Tables

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is done at once."""

    finish: int = 400_000
    """Rows of a block: they fit into one task's memory, at 1.5 KB each beside their texts, which go to its disk."""
    bucket_pairs: int = 100_000_000
    """Pairs that one bucket may cost."""


@dataclass(slots=True)
class Work:
    """What was done."""

    rounds: int = 0
    blocks: int = 0
    closed_buckets: int = 0
    """Buckets that had cost too many pairs; with none, the outcome is that of one machine."""
    largest_closed: int = 0
    """Rows of the largest of them."""


@dataclass(slots=True)
class Star:
    """Rounds over tables; `run` is all there is to do with it."""

    tables: Tables
    prepared: Prepared
    wanted: Wanted
    limits: Limits
    told: Told
    work: Work = field(default_factory=Work)

    def run(self) -> DataFrame:
        """For each row that goes (``pos``) the row ``kept``, ``jaccard`` and ``containment`` of the two, exact."""
        edges = self.prepared.edges.select(
            "key", "pos", fn.lit(None).cast("long").alias("best"), fn.lit(0).cast("long").alias("spent")
        )
        edges, total = self._open(edges)
        left, heads_pay = total, True
        while left > self.limits.finish:
            self.told("rows decided", total - left, total)
            before, edges = left, self._round(edges, by_heads=heads_pay or not self.limits.finish)
            edges, left = self._open(edges)
            heads_pay = before - left >= self.limits.finish
        if left:
            self._finish(edges)
        if total:
            self.told("rows decided", total, total)
        matches = self.tables.all("matches-*", Verify.SCHEMA)
        first = fn.min(fn.struct("kept", "jaccard", "containment")).alias("first")
        return self.tables.keep("gone", matches.groupBy("pos").agg(first).select("pos", "first.*"))

    def _round(self, edges: DataFrame, *, by_heads: bool) -> DataFrame:
        """Some open rows kept, and what that decides; the edges that still matter."""
        number = self.work.rounds
        self.work.rounds += 1
        if by_heads:
            kept = self.tables.keep(f"kept-{number:05d}", _heads(edges))
            found = matches = self._compared(edges, kept, kept, number)
        else:
            block, kept, found = self._block(edges, number)
            matches = found.union(self._compared(edges, kept, block, number))
        after = self.tables.keep(f"edges-{number:05d}", self._after(edges, kept, matches))
        if number:
            self.tables.drop(f"edges-{number - 1:05d}")
        return after

    def _finish(self, edges: DataFrame) -> None:
        """All open rows in a block; rows that went before may get a better name from it."""
        number = self.work.rounds
        self.work.rounds += 1
        block, kept, _ = self._block(edges, number)
        if number:
            self._compared(edges, kept, block, number)

    def _block(self, edges: DataFrame, number: int) -> tuple[DataFrame, DataFrame, DataFrame]:
        """The first open rows, those of them that stay, and what the others repeat."""
        self.work.blocks += 1
        rows = edges.where("best is null").select("pos").distinct().orderBy("pos").limit(self.limits.finish)
        block = self.tables.keep(f"block-{number:05d}", rows)
        texts = self.prepared.candidates.join(block, "pos", "left_semi")
        found = self.tables.keep(
            f"matches-{number:05d}-a", texts.repartition(1).mapInArrow(Block(self.wanted), Block.SCHEMA)
        )
        kept = self.tables.keep(f"kept-{number:05d}", block.join(found, "pos", "left_anti"))
        return block, kept, found

    def _compared(self, edges: DataFrame, kept: DataFrame, block: DataFrame, number: int) -> DataFrame:
        """Rows just kept with all that share a bucket, less the block: signatures first, texts of what these leave."""
        signed = self.prepared.candidates.select("pos", "signature")
        texts = self.prepared.candidates.select("pos", "text")
        theirs = signed.select(fn.col("pos").alias("kept"), fn.col("signature").alias("kept_signature"))
        sift, verify = Sift(self.wanted), Verify(self.wanted)
        pairs = _pairs(edges, kept, block, self.limits.bucket_pairs)
        close = (
            pairs.join(theirs, "kept")
            .join(signed, "pos")
            .select("kept", "pos", "kept_signature", "signature")
            .mapInArrow(sift, sift.SCHEMA)
        )
        theirs = texts.select(fn.col("pos").alias("kept"), fn.col("text").alias("kept_text"))
        whole = close.join(texts, "pos").join(theirs, "kept").select("kept", "pos", "kept_text", "text")
        return self.tables.keep(f"matches-{number:05d}-b", whole.mapInArrow(verify, verify.SCHEMA))

    def _after(self, edges: DataFrame, kept: DataFrame, matches: DataFrame) -> DataFrame:
        """Edges that still matter."""
        first = matches.groupBy("pos").agg(fn.min("kept").alias("found"))
        spent = _centres(edges, kept).groupBy("key").agg(fn.sum("members").alias("more"))
        rest = (
            edges.join(kept, "pos", "left_anti")
            .join(first, "pos", "left")
            .join(spent, "key", "left")
            .select(
                "key",
                "pos",
                fn.least("best", "found").alias("best"),
                (fn.col("spent") + fn.coalesce("more", fn.lit(0))).alias("spent"),
            )
        )
        bucket = Window.partitionBy("key")
        first_open = fn.min(fn.when(fn.col("best").isNull(), fn.col("pos"))).over(bucket)
        alive = "first_open is not null and (best is null or first_open < best)"
        costly = f"spent >= {self.limits.bucket_pairs}"
        shown = rest.withColumn("first_open", first_open).where(f"{alive} or {costly}")
        return shown.select("key", "pos", "best", "spent")

    def _open(self, edges: DataFrame) -> tuple[DataFrame, int]:
        """Edges less the buckets that have cost too much, which are counted; and the number of open rows."""
        most = self.limits.bucket_pairs
        is_open = fn.when(fn.col("best").isNull(), fn.col("pos"))
        seen = edges.agg(fn.countDistinct(is_open), fn.max("spent")).first()
        assert seen is not None
        if (seen[1] or 0) < most:
            return edges, seen[0]
        sizes = edges.where(fn.col("spent") >= most).groupBy("key").count()
        closed = sizes.agg(fn.count("*"), fn.max("count")).first()
        assert closed is not None
        self.work.closed_buckets += closed[0]
        self.work.largest_closed = max(self.work.largest_closed, closed[1])
        rest = edges.where(fn.col("spent") < most)
        return rest, rest.where("best is null").select("pos").distinct().count()


def _pairs(edges: DataFrame, kept: DataFrame, block: DataFrame, most: int) -> DataFrame:
    """Rows just kept with the rows that share a bucket and may go for them: ``kept``, ``pos``."""
    centres = _allowed(edges, kept, most)
    others = edges.join(block, "pos", "left_anti").select("key", "pos", "best")
    return centres.join(others, "key").where("kept < coalesce(best, pos)").select("kept", "pos").distinct()


def _heads(edges: DataFrame) -> DataFrame:
    """Rows that come first among the open rows of each of their buckets: ``pos``."""
    rows = edges.where("best is null").select("key", "pos")
    first = rows.groupBy("key").agg(fn.min("pos").alias("head"))
    heads = (
        rows.join(first, "key").groupBy("pos").agg(fn.bool_and(fn.col("pos") == fn.col("head")).alias("all"))
    )
    return heads.where("all").select("pos")


def _centres(edges: DataFrame, kept: DataFrame) -> DataFrame:
    """Edges of rows just kept, with the number of rows in the bucket: ``key``, ``pos``, ``spent``, ``members``."""
    members = edges.groupBy("key").agg(fn.count("*").alias("members"))
    return edges.join(kept, "pos", "left_semi").join(members, "key")


def _allowed(edges: DataFrame, kept: DataFrame, most: int) -> DataFrame:
    """Of these in each bucket the first few, as far as its pairs go: ``key``, ``kept``.

    A bucket in which not all are allowed has cost ``most`` pairs with them, so it is closed after the round.
    """
    place = fn.row_number().over(Window.partitionBy("key").orderBy("pos"))
    room = fn.greatest(fn.lit(1.0), (fn.lit(most) - fn.col("spent")) / fn.col("members"))
    shown = _centres(edges, kept).withColumn("place", place).withColumn("room", room)
    return shown.where("place <= room").select("key", fn.col("pos").alias("kept"))
