"""What demands take out, on Spark: `pipeline.withdraw` as queries."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipeline.clusters import key_hash
from pipeline.engine.spark.arrow import mapped
from pipeline.schema import TakedownRow
from pipeline.takedown import Demand, Takedowns, mark_of
from pipeline.withdraw import Withdrawn, tombstones

if TYPE_CHECKING:
    from pipeline.distributed.copies import Copies
    from pipeline.engine.spark.session import DataFrame
    from pipeline.engine.spark.tables import Tables

_TEXT, _WHOLE = pa.string(), pa.int64()
_KNOWN = (("essay_id", _TEXT), ("site", _TEXT), ("url", _TEXT), ("ordinal", _WHOLE), ("rule", _TEXT))
_ESSAY = pa.schema([*_KNOWN, ("key", _TEXT)])
_ASKED = pa.schema([*_KNOWN, ("mark", _TEXT), ("essay", _TEXT), ("cluster", _TEXT)])
_PAGE = pa.schema([("fetched_url", _TEXT), ("url", _TEXT), ("article_url", _TEXT)])
_FELL = pa.schema([("kind", _TEXT), ("id", _TEXT)])
_NAMED = """
SELECT coalesce(p.kept_id, a.essay_id) AS cluster_id, max_by(a.cluster, struct(a.site, a.url, a.ordinal)) AS demand
FROM {asked} a LEFT JOIN {pairs} p ON a.essay_id = p.essay_id
WHERE a.cluster IS NOT NULL AND a.rule = '' GROUP BY 1
"""
"""Clusters of which a demand names an essay, whichever."""
_GONE = """
WITH members AS (
  SELECT n.cluster_id AS essay_id, n.demand FROM {named} n
  UNION ALL SELECT p.essay_id, n.demand FROM {pairs} p JOIN {named} n ON p.kept_id = n.cluster_id)
SELECT essay_id, 'cluster' AS kind, demand FROM members
UNION ALL
SELECT essay_id, IF(essay IS NULL, 'cluster', 'essay'), coalesce(essay, cluster) AS demand
FROM {asked} a LEFT ANTI JOIN members m ON a.essay_id = m.essay_id
"""
_TOUCHED = """
SELECT e.url, every(g.essay_id IS NOT NULL) AS bare,
  (some(g.essay_id IS NOT NULL) AND NOT every(g.essay_id IS NOT NULL)) OR some(e.masked_late) AS torn
FROM {essays} e LEFT JOIN {gone} g ON e.essay_id = g.essay_id
GROUP BY e.url HAVING some(g.essay_id IS NOT NULL) OR some(e.masked_late)
"""
"""Articles of which no text is left, and those that lost some, so their pages cannot be read back."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What must not be published."""

    essays: "DataFrame"
    """``essay_id``, and the ``kind`` and ``demand`` that it falls under."""
    articles: "DataFrame"
    """``url``, whether it is ``bare`` or ``torn``; others are whole."""


def asked_for(tables: "Tables", essays: "DataFrame", takedowns: Takedowns) -> "DataFrame":
    """Essays that a demand names, itself or as a cluster, with what they are known by."""
    if not takedowns.ask_for_essays:
        return tables.none(_ddl(_ASKED))
    return tables.keep("asked", mapped(essays, _Asked(takedowns), _ESSAY, _ASKED))


def withdrawn(tables: "Tables", essays: "DataFrame", asked: "DataFrame", copies: "Copies") -> Gone:
    """All that goes: essays that are named, and all copies of those whose cluster is."""
    named = tables.query("named", _NAMED, asked=asked, pairs=copies.pairs)
    gone = tables.query("gone", _GONE, asked=asked, pairs=copies.pairs, named=named)
    return Gone(gone, tables.query("touched", _TOUCHED, essays=essays, gone=gone))


def stones(
    tables: "Tables", gone: Gone, essays: "DataFrame", pages: "DataFrame", takedowns: Takedowns
) -> list[TakedownRow]:
    """Rows of table ``takedowns``, with how much each demand took out.

    Args:
        tables: where queries run.
        gone: what went.
        essays: all of them, before they were restored: what they are known by must be what the search saw.
        pages: that must not be published.
        takedowns: the demands.
    """
    if not takedowns:
        return []
    fell = mapped(pages, _Fell(takedowns), _PAGE, _FELL).groupBy("kind", "id").count().collect()
    drawn = tables.spark.sql(
        "SELECT e.*, g.kind, g.demand FROM {essays} e JOIN {gone} g ON e.essay_id = g.essay_id",
        essays=essays.select(_ESSAY.names),
        gone=gone.essays,
    )
    schema = pa.schema([*_ESSAY, ("kind", _TEXT), ("demand", _TEXT)])
    known = mapped(drawn, _marked, schema, pa.schema([("kind", _TEXT), ("demand", _TEXT), ("mark", _TEXT)]))
    by_key = {(each.kind, each.id): each for each in takedowns.demands}
    marks: dict[Demand, list[str]] = {}
    for row in known.collect():
        marks.setdefault(by_key[row["kind"], row["demand"]], []).append(row["mark"])
    counts = Counter({by_key[row["kind"], row["id"]]: row["count"] for row in fell})
    nobody = frozenset[str]()
    return tombstones(takedowns, counts, Withdrawn(np.empty(0, np.bool_), nobody, nobody, nobody, marks))


@dataclass(frozen=True, slots=True)
class _Asked:
    takedowns: Takedowns

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            marks = _marks(batch)
            known = list(zip(batch["essay_id"].to_pylist(), marks, strict=True))
            asked = {
                "essay": [self.takedowns.essay(*each) for each in known],
                "cluster": [self.takedowns.cluster(*each) for each in known],
            }
            columns = {name: batch[name] for name in _ESSAY.names if name != "key"} | {
                "mark": pa.array(marks, _TEXT)
            }
            columns |= {
                name: pa.array([each and each.id for each in some], _TEXT) for name, some in asked.items()
            }
            named = np.array(
                [bool(one or other) for one, other in zip(*asked.values(), strict=True)], np.bool_
            )
            yield pa.record_batch(columns, schema=_ASKED).filter(pa.array(named))


@dataclass(frozen=True, slots=True)
class _Fell:
    takedowns: Takedowns

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = zip(*(batch[name].to_pylist() for name in _PAGE.names), strict=True)
            demands = [self.takedowns.page((fetched, url), article) for fetched, url, article in rows]
            met = [each for each in demands if each is not None]
            yield pa.record_batch([[each.kind for each in met], [each.id for each in met]], schema=_FELL)


def _marked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Essays that went -> what they are known by."""
    for batch in batches:
        known = zip(_marks(batch), batch["essay_id"].to_pylist(), strict=True)
        marks = pa.array([mark or essay_id for mark, essay_id in known], _TEXT)
        yield batch.append_column("mark", marks).select(["kind", "demand", "mark"])


def _marks(batch: pa.RecordBatch) -> list[str]:
    rows = zip(batch["site"].to_pylist(), batch["key"].to_pylist(), strict=True)
    return [mark_of(site, key_hash(key)) if key else "" for site, key in rows]


def _ddl(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {'long' if field.type == _WHOLE else 'string'}" for field in schema)
