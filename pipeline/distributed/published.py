"""The tables of a corpus as queries, each in its order, and what is said of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.account import Account
from pipeline.assemble import KEYS, TIES
from pipeline.engine.spark.arrow import frame_of, mapped
from pipeline.engine.spark.passages import passages
from pipeline.funnel import Funnel
from pipeline.records import Record, to_batch
from pipeline.schema import CLUSTER, COPY, TABLES, TakedownRow
from pipeline.stages import CLUSTERS

if TYPE_CHECKING:
    from pipeline.distributed.copies import Copies
    from pipeline.distributed.demands import Gone
    from pipeline.engine.spark.session import DataFrame
    from pipeline.engine.spark.tables import Tables

_ESSAYS = """
SELECT monotonically_increasing_id() AS row, * FROM (
SELECT e.*, e.essay_id AS cluster_id, 1 + coalesce(s.others, 0) AS cluster_size
FROM {essays} e LEFT ANTI JOIN {pairs} p ON e.essay_id = p.essay_id LEFT ANTI JOIN {gone} g ON e.essay_id = g.essay_id
  LEFT JOIN (SELECT kept_id, count(*) AS others FROM {pairs} GROUP BY kept_id) s ON e.essay_id = s.kept_id
WHERE e.rule = ''
ORDER BY site, url, ordinal)
"""
"""What is kept; the number says no more than the order."""
_DUPLICATES = """
SELECT e.* EXCEPT (rule), p.kept_id, p.jaccard, p.rule, p.containment, p.longest_run, p.first
FROM {essays} e JOIN {pairs} p ON e.essay_id = p.essay_id LEFT ANTI JOIN {gone} g ON e.essay_id = g.essay_id
ORDER BY site, url, ordinal
"""
_COPIES = """
SELECT m.cluster_id, e.essay_id, m.place = 0 AS kept, e.url, e.site, e.title, e.published, e.fetched_at, m.jaccard,
  e.text_hans, e.ordinal
FROM {members} m JOIN {essays} e ON m.essay_id = e.essay_id LEFT ANTI JOIN {gone} g ON m.essay_id = g.essay_id
"""
_SEEN = """
SELECT p.* EXCEPT (outcome, title, text_hash, text_chars),
  IF(coalesce(a.bare, false), 'taken_down', p.outcome) AS outcome,
  IF(coalesce(a.torn, false), '', p.title) AS title, IF(coalesce(a.torn, false), '', p.text_hash) AS text_hash,
  IF(coalesce(a.torn, false), 0, p.text_chars) AS text_chars
FROM {pages} p LEFT JOIN {articles} a ON p.article_url = a.url
"""
"""Pages as they may be seen; those whose texts are not all published say nothing of them."""
_STAY = """
SELECT e.site, e.rule, p.essay_id IS NOT NULL AS dropped
FROM {essays} e LEFT ANTI JOIN {gone} g ON e.essay_id = g.essay_id LEFT JOIN {pairs} p ON e.essay_id = p.essay_id
"""
"""Texts that may be published."""
_REJECTED = """
SELECT id, kind, ordinal, url, site, stage, rule, reason, text FROM (
  SELECT 0 AS part, page_id AS id, 'page' AS kind, 0L AS ordinal, url, site, 'extract' AS stage, rule, reason,
    '' AS text, source, offset, outcome, text_hash, bytes
  FROM {pages} WHERE outcome = 'rejected'
  UNION ALL
  SELECT 1, e.essay_id, 'essay', e.ordinal, e.url, e.site, 'recover', e.rule, e.reason, e.text, '', 0L, '', '', 0L
  FROM {essays} e LEFT ANTI JOIN {gone} g ON e.essay_id = g.essay_id WHERE e.rule <> '')
ORDER BY part, site, url, source, offset, ordinal, rule, outcome, text_hash, bytes
"""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the tables are made of."""

    pages: "DataFrame"
    """Settled, see `seen`."""
    essays: "DataFrame"
    """Of stage ``restore``."""
    copies: "Copies"
    gone: "Gone"


def seen(tables: "Tables", pages: "DataFrame", gone: "Gone") -> "DataFrame":
    """Pages as they may be seen; what may not has the outcome ``taken_down``."""
    return tables.query("seen", _SEEN, pages=pages, articles=gone.articles)


def of_essays(tables: "Tables", corpus: Corpus) -> dict[str, "DataFrame"]:
    """Tables of essays, pages and what became of them."""
    named = {"essays": corpus.essays, "pairs": corpus.copies.pairs, "gone": corpus.gone.essays}
    pages = corpus.pages.where("outcome <> 'taken_down'")
    rejected = {"pages": pages, "essays": corpus.essays, "gone": corpus.gone.essays}
    essays = tables.query(_sorted("essays"), _ESSAYS, **named)
    texts = essays.selectExpr("row", "essay_id AS id", "text_hans AS text")
    return {
        "essays": essays,
        "duplicates": tables.query(_sorted("duplicates"), _DUPLICATES, **named),
        "rejected": tables.query(_sorted("rejected"), _REJECTED, **rejected),
        "pages": tables.keep(_sorted("pages"), pages.orderBy(*KEYS["pages"], *TIES)),
        "clusters": _in_order(tables, "clusters", _clusters(tables, corpus)),
        "passages": _passages(tables, passages(tables.below("search"), texts)),
    }


def of_edits(tables: "Tables", edits: Mapping[str, "DataFrame"], gone: "Gone") -> dict[str, "DataFrame"]:
    """Tables of edits, less those of essays that are gone."""
    query = "SELECT e.* FROM {edits} e LEFT ANTI JOIN {gone} g ON e.essay_id = g.essay_id"
    return {
        name: _in_order(tables, name, tables.spark.sql(query, edits=rows, gone=gone.essays))
        for name, rows in edits.items()
    }


def small(tables: "Tables", name: str, rows: Iterable[Record]) -> "DataFrame":
    """A table that the driver has made."""
    table = pa.Table.from_batches([to_batch(TABLES[name], rows)])
    return tables.keep(_sorted(name), frame_of(tables.spark, table))


def _sorted(name: str) -> str:
    return f"sorted-{name}"


def _in_order(tables: "Tables", name: str, rows: "DataFrame") -> "DataFrame":
    return tables.keep(_sorted(name), rows.orderBy(*KEYS[name]))


def _passages(tables: "Tables", found: "DataFrame") -> "DataFrame":
    ordered = found.withColumnRenamed("clusters", "essays").orderBy(
        "essays", "characters", "masked", ascending=[False, False, True]
    )
    return tables.keep(_sorted("passages"), ordered)


def _clusters(tables: "Tables", corpus: Corpus) -> "DataFrame":
    copies = tables.spark.sql(
        _COPIES, members=corpus.copies.members, essays=corpus.essays, gone=corpus.gone.essays
    )
    together = copies.selectExpr("*", "NOT kept AS place").repartition("cluster_id")
    ordered = together.sortWithinPartitions("cluster_id", "place", "site", "url", "ordinal")
    return mapped(ordered, CLUSTERS.run, COPY, CLUSTER)


def account_of(tables: "Tables", corpus: Corpus, stones: Iterable[TakedownRow]) -> Account:
    """Figures of the corpus: sums, of which there are few however large it is."""
    stay = tables.spark.sql(_STAY, essays=corpus.essays, gone=corpus.gone.essays, pairs=corpus.copies.pairs)
    counts = stay.groupBy("rule", "dropped").count().collect()
    kept = stay.where("rule = '' AND NOT dropped").groupBy("site").count()
    shown = corpus.pages.where("outcome <> 'taken_down'")
    contacts = shown.selectExpr("inline(contacts)").groupBy("kind").agg({"count": "sum"})
    last = corpus.pages.selectExpr("unix_seconds(max(fetched_at))").collect()[0][0]
    texts = {(row["rule"], row["dropped"]): row["count"] for row in counts}
    return Account(
        _funnel(corpus, texts),
        _counts(contacts),
        _counts(kept),
        shown.where("reserved <> ''").count(),
        None if last is None else datetime.fromtimestamp(last, UTC).date(),
        tuple(stones),
    )


def _funnel(corpus: Corpus, texts: Mapping[tuple[str, bool], int]) -> Funnel:
    """Counts that add up, of texts by rule and whether they were dropped."""
    outcomes = _counts(corpus.pages.groupBy("outcome").count())
    lost = _counts(corpus.pages.where("outcome = 'rejected'").groupBy("rule").count())
    found = corpus.essays.count()
    funnel = Funnel(
        pages=sum(outcomes.values()),
        articles=outcomes.get("article", 0),
        lists=outcomes.get("list", 0),
        other=outcomes.get("other", 0),
        superseded=outcomes.get("superseded", 0),
        taken_down=outcomes.get("taken_down", 0),
        pages_rejected=lost,
        found=found,
        essays_taken_down=found - sum(texts.values()),
        essays_rejected={rule: count for (rule, _), count in sorted(texts.items()) if rule},
        duplicates=texts.get(("", True), 0),
        kept=texts.get(("", False), 0),
    )
    funnel.check()
    return funnel


def _counts(rows: "DataFrame") -> dict[str, int]:
    """Groups and their counts, sorted."""
    return dict(sorted((row[0], row[1]) for row in rows.collect()))
