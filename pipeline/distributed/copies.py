"""Which essays repeat which, on Spark: `pipeline.clusters` as queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.clusters import MOST_SIBLINGS, WANTED
from pipeline.dedup.longest import longest_runs
from pipeline.dedup.texts import texts_of
from pipeline.distributed.shards import opened
from pipeline.engine.spark.arrow import mapped
from pipeline.engine.spark.prepare import Task
from pipeline.engine.spark.search import search
from pipeline.engine.spark.star import Limits, Told, Work

if TYPE_CHECKING:
    from pipeline.engine.spark.session import DataFrame
    from pipeline.engine.spark.tables import Tables

_KEYS = """
SELECT monotonically_increasing_id() AS row, * FROM (
  SELECT e.essay_id AS name, e.key AS text, e.site, e.url, e.ordinal, e.published
  FROM {essays} e LEFT ANTI JOIN {apart} a ON e.essay_id = a.essay_id
  WHERE e.rule = ''
  ORDER BY truncated, repairs + unrecovered > 0, published ASC NULLS LAST, chars DESC, site, url, ordinal)
"""
"""Essays in the order of preference; the number says no more than that."""
_PAIRS = """
SELECT c.name AS essay_id, c.site, c.url, c.ordinal, d.kept, k.name AS kept_id, d.jaccard, d.containment, d.rule,
  CASE WHEN k.published < c.published THEN 'kept' WHEN k.published = c.published THEN 'same'
    WHEN k.published > c.published THEN 'dropped' ELSE 'unknown' END AS first,
  k.text AS kept_text, c.text
FROM {drops} d JOIN {keys} c ON d.row = c.row JOIN {keys} k ON d.kept = k.row
"""
_MEMBERS = """
SELECT kept_id AS cluster_id, essay_id, site, url, ordinal, 1 AS place, jaccard FROM {pairs}
UNION ALL
SELECT k.name, k.name, k.site, k.url, k.ordinal, 0, 1.0D
FROM {keys} k LEFT SEMI JOIN {pairs} p ON k.name = p.kept_id
"""
"""All essays of clusters of two and more, the kept one in place 0."""
_SHOWN = """
SELECT cluster_id, first.* FROM (
  SELECT cluster_id, first, row_number() OVER (PARTITION BY cluster_id ORDER BY first) AS number,
    count(*) OVER (PARTITION BY cluster_id) AS sites
  FROM (
    SELECT cluster_id, min(struct(place, site, url, ordinal, essay_id)) AS first
    FROM {members} GROUP BY cluster_id, site))
WHERE sites > 1 AND number <= {most} + 1
"""
"""Of each cluster one essay a site, the kept one first: a window over sites, not over essays."""
_SIBLINGS = """
WITH texts AS (
  SELECT s.cluster_id, struct(s.place, s.site, s.url, s.ordinal) AS at,
    struct(e.essay_id, e.site, e.script, e.text, e.text_hans) AS sibling
  FROM {shown} s JOIN {essays} e ON s.essay_id = e.essay_id)
SELECT m.essay_id,
  transform(slice(array_sort(collect_list(struct(t.at, t.sibling))), 1, {most}), each -> each.sibling) AS siblings
FROM {members} m JOIN texts t ON m.cluster_id = t.cluster_id AND m.site <> t.at.site
GROUP BY m.essay_id
"""
_PATIENTS = """
SELECT e.*, coalesce(s.siblings, array()) AS siblings
FROM {essays} e LEFT JOIN {siblings} s ON e.essay_id = s.essay_id
"""


@dataclass(frozen=True, slots=True)
class Copies:
    """What the search found."""

    keys: "DataFrame"
    """Essays that took part: ``row`` (of the preferred one first), ``name`` (its id), and where it stands."""
    pairs: "DataFrame"
    """Essays that go: ``essay_id``, ``kept_id``, and what `duplicates` says of the two."""
    members: "DataFrame"
    """Essays of clusters of two and more: ``cluster_id``, ``essay_id``, ``place`` (0 is kept), ``jaccard``."""
    work: Work


def find_copies(
    tables: "Tables", essays: "DataFrame", apart: "DataFrame", limits: Limits, told: Told
) -> Copies:
    """Near-duplicates among essays.

    Args:
        tables: where to.
        essays: of stage ``recover``.
        apart: ``essay_id`` of those that take no part.
        limits: how much is done at once.
        told: of rows decided.
    """
    keys = tables.query("keys", _KEYS, essays=essays, apart=apart)
    reader = KeyReader(tuple(sorted(keys.inputFiles())))
    task = Task(reader, len(reader.files), WANTED, "first", None)
    found = search(task, tables.below("search"), limits, told, lambda _: None)
    drawn = tables.spark.sql(_PAIRS, drops=found.drops, keys=keys).sortWithinPartitions("kept")
    pairs = tables.keep("pairs", mapped(drawn, longest_of, _PAIR, _DESCRIBED))
    members = tables.query("members", _MEMBERS, pairs=pairs, keys=keys)
    return Copies(keys, pairs, members, found.work)


def patients(tables: "Tables", essays: "DataFrame", members: "DataFrame") -> "DataFrame":
    """Essays beside a few of their copies from other sites, as stage ``restore`` takes them."""
    most = MOST_SIBLINGS
    shown = tables.query("shown", _SHOWN, members=members, most=most)
    siblings = tables.query("siblings", _SIBLINGS, shown=shown, members=members, essays=essays, most=most)
    return tables.spark.sql(_PATIENTS, essays=essays, siblings=siblings)


@dataclass(frozen=True, slots=True)
class KeyReader:
    """Files of table ``keys`` as the search reads them (`pipeline.engine.spark.kernels.Reader`)."""

    files: tuple[str, ...]

    def rows(self, split: int) -> Iterator[pa.RecordBatch]:
        """See the protocol."""
        for batch in self._read(split, ["row", "name", "text"]):
            by = pa.nulls(len(batch), pa.int32())
            yield batch.append_column("by", by).set_column(2, "text", batch["text"].cast(pa.large_string()))

    def texts(self, split: int) -> Iterator[pa.RecordBatch]:
        """See the protocol."""
        for batch in self._read(split, ["row", "text"]):
            yield batch.set_column(1, "text", batch["text"].cast(pa.large_string()))

    def _read(self, split: int, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        with opened(self.files[split]) as file:
            yield from pq.ParquetFile(file).iter_batches(_BATCH, columns=columns)


_BATCH = 2000
_DESCRIBED = pa.schema(
    [
        ("essay_id", pa.string()), ("site", pa.string()), ("url", pa.string()), ("ordinal", pa.int64()),
        ("kept_id", pa.string()), ("jaccard", pa.float64()), ("containment", pa.float64()), ("rule", pa.string()),
        ("first", pa.string()), ("longest_run", pa.int64()),
    ]
)  # fmt: skip
_PAIR = pa.schema(
    [*list(_DESCRIBED)[:-1], ("kept", pa.int64()), ("kept_text", pa.string()), ("text", pa.string())]
)


def longest_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pairs with both texts, best those of one kept essay together -> the pairs with ``longest_run``."""
    for batch in batches:
        kept = batch["kept"].to_numpy()
        begins = np.concatenate(([True], kept[1:] != kept[:-1]))[: len(kept)]
        left = np.maximum.accumulate(np.where(begins, np.arange(len(kept)), 0))
        texts = texts_of(pa.chunked_array([batch["kept_text"], batch["text"]]))
        runs = longest_runs(texts, left, np.arange(len(kept)) + len(kept))
        yield batch.append_column("longest_run", pa.array(runs)).select(_DESCRIBED.names)
