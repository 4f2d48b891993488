"""Essays, pages and verdict to the tables of a corpus, and the funnel that leads to them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.account import Account
from pipeline.clusters import Verdict, key_hashes
from pipeline.funnel import Funnel
from pipeline.gather import Gathered, Indices, columns, read_tables, sorted_rows
from pipeline.records import Record, schema_of, to_batch
from pipeline.schema import CLUSTER, DuplicateRow, EssayRow, PageRow, Rejected, TakedownRow
from pipeline.shuffle import TAKEN_DOWN
from pipeline.takedown import Demand, Takedowns
from pipeline.withdraw import Mask, Withdrawn, tombstones

_BY_PAGE = ["site", "url", "source", "offset"]
TIES = ["outcome", "text_hash", "bytes"]
"""What pages that lie in one place, of two inputs with files of one name, are sorted by then."""
_BY_ESSAY = ["site", "url", "ordinal"]
_BY_EDIT = [*_BY_ESSAY, "number"]
_BY_CLUSTER = ["cluster_id", "number"]
KEYS = {
    "essays": _BY_ESSAY,
    "duplicates": _BY_ESSAY,
    "clusters": _BY_CLUSTER,
    "repairs": _BY_EDIT,
    "removed_lines": _BY_EDIT,
    "pages": _BY_PAGE,
}
"""Columns that tables are sorted by, ascending."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """The tables of a corpus, sorted, and what is said of them."""

    tables: dict[str, Gathered]
    account: Account


@dataclass(frozen=True, slots=True)
class Parts:
    """What the tables are made of: Arrow files of stages, and what was decided about their rows."""

    documents: Sequence[Path]
    """Of stage ``settle``."""
    essays: Sequence[Path]
    """Of stage ``restore``, their rows as verdict and withdrawal count them."""
    verdict: Verdict
    withdrawn: Withdrawn
    takedowns: Takedowns
    edits: Mapping[str, Sequence[Path]]
    """Of the tables that the essays' edits became, by table."""
    clusters: Sequence[Path]
    small: Mapping[str, pa.Table]
    """Tables that are published as they are."""


def assemble(parts: Parts) -> Assembled:
    """Tables of the corpus, in their order, with a funnel whose counts add up."""
    pages, found = read_tables(parts.documents), read_tables(parts.essays)
    page_facts = columns(pages, [*_BY_PAGE, *TIES[1:], "fetched_url", "article_url", "outcome", "rule"])
    facts = columns(found, [*_BY_ESSAY, "rule"])
    gone = _gone(page_facts, parts.withdrawn)
    stones = _tombstones(page_facts, gone, parts)
    tables = {
        "essays": _kept(found, parts.verdict),
        "duplicates": _dropped(found, parts.verdict),
        "clusters": _sorted(read_tables(parts.clusters) or (CLUSTER.empty_table(),), _BY_CLUSTER),
        "rejected": _rejected(pages, _lost(page_facts, gone), found, _bad(facts, parts.withdrawn)),
        "pages": Gathered(
            pages,
            sorted_rows(page_facts, pa.chunked_array([pa.array(~gone)]), [*_BY_PAGE, *TIES]),
            _published_page(parts.withdrawn),
            _BY_PAGE,
        ),
        **{
            name: _sorted(read_tables(files), _BY_EDIT, parts.withdrawn.ids)
            for name, files in parts.edits.items()
        },
        **{name: _all(table) for name, table in parts.small.items()},
        "takedowns": _all(pa.Table.from_batches([to_batch(TakedownRow, stones)])),
    }
    funnel = _funnel(page_facts, gone, facts, parts)
    funnel.check()
    sites = columns(found, ["site"])["site"].take(pa.array(tables["essays"].order))
    account = Account(
        funnel,
        _contacts(pages, gone),
        dict(sorted(Counter(sites.to_pylist()).items())),
        _reserved(pages, gone),
        _last_fetch(pages),
        stones,
    )
    return Assembled(tables, account)


def _contacts(pages: tuple[pa.Table, ...], gone: Mask) -> dict[str, int]:
    """Contact data on the pages that are published, by kind."""
    lists = pa.concat_tables([file.select(["contacts"]) for file in pages])["contacts"]
    counts: Counter[str] = Counter()
    for of_page in lists.filter(pa.array(~gone)).to_pylist():
        counts.update({each["kind"]: each["count"] for each in of_page})
    return dict(sorted(counts.items()))


def _last_fetch(pages: tuple[pa.Table, ...]) -> date | None:
    last = pc.max(columns(pages, ["fetched_at"])["fetched_at"]).as_py()
    return last.date() if last else None


def _reserved(pages: tuple[pa.Table, ...], gone: Mask) -> int:
    reserved = columns(pages, ["reserved"])["reserved"].filter(pa.array(~gone))
    return int(pc.sum(pc.not_equal(reserved, "")).as_py() or 0)


def _gone(pages: pa.Table, withdrawn: Withdrawn) -> Mask:
    """Pages that must not be published, ``bool[n]``."""
    taken = pc.equal(pages["outcome"], TAKEN_DOWN)
    if withdrawn.articles:
        bare = pc.is_in(
            pages["article_url"], value_set=pa.array(sorted(withdrawn.articles), pa.large_string())
        )
        taken = pc.or_(taken, bare)
    return np.asarray(taken.to_numpy())


def _lost(pages: pa.Table, gone: Mask) -> Indices:
    """Pages that were rejected, in their order."""
    mask = pc.and_(pc.equal(pages["outcome"], "rejected"), pa.array(~gone))
    return sorted_rows(pages, mask, [*_BY_PAGE, "rule", *TIES])


def _bad(facts: pa.Table, withdrawn: Withdrawn) -> Indices:
    """Texts that were rejected, in their order."""
    return sorted_rows(
        facts, pc.and_(pc.not_equal(facts["rule"], ""), pa.array(~withdrawn.essays)), _BY_ESSAY
    )


def _published_page(withdrawn: Withdrawn) -> Callable[[pa.Table, Indices], pa.Table]:
    """Rows of `pages`; those whose texts are not all published say nothing of them."""
    torn = pa.array(sorted(withdrawn.torn), pa.string())

    def finish(rows: pa.Table, positions: Indices) -> pa.Table:
        rows = _as(PageRow)(rows, positions)
        if not len(torn):
            return rows
        silent = pc.is_in(rows["article_url"], value_set=torn)
        for name, nothing in (("title", ""), ("text_hash", ""), ("text_chars", 0)):
            column = rows.schema.get_field_index(name)
            values = pc.if_else(silent, nothing, rows[name])
            rows = rows.set_column(column, rows.schema.field(column), values)
        return rows

    return finish


def _tombstones(pages: pa.Table, gone: Mask, parts: Parts) -> list[TakedownRow]:
    """Rows of `takedowns`."""
    counts: Counter[Demand] = Counter()
    for row in pages.filter(pa.array(gone)).select(["fetched_url", "url", "article_url"]).to_pylist():
        demand = parts.takedowns.page((row["fetched_url"], row["url"]), row["article_url"])
        if demand is not None:
            counts[demand] += 1
    return tombstones(parts.takedowns, counts, parts.withdrawn)


def _as(record: type[Record]) -> Callable[[pa.Table, Indices], pa.Table]:
    schema = schema_of(record)
    return lambda rows, _: rows.select(schema.names).cast(schema)


def _kept(found: tuple[pa.Table, ...], verdict: Verdict) -> Gathered:
    """Rows of `essays`: all that were not dropped, with the size of their cluster."""
    sizes = np.ones(len(verdict.accepted), dtype=np.int64)
    np.add.at(sizes, verdict.drops["kept_row"].to_numpy(), 1)
    stays = np.ones(len(sizes), dtype=bool)
    stays[verdict.drops["dropped_row"].to_numpy()] = False
    sizes = sizes[stays]

    def finish(rows: pa.Table, positions: Indices) -> pa.Table:
        rows = rows.append_column("key_hash", key_hashes(rows["key"]))
        rows = rows.append_column("cluster_id", rows["essay_id"])
        return _as(EssayRow)(rows.append_column("cluster_size", pa.array(sizes[positions])), positions)

    return Gathered(found, verdict.accepted[stays], finish, _BY_ESSAY)


def _dropped(found: tuple[pa.Table, ...], verdict: Verdict) -> Gathered:
    """Rows of `duplicates`: what was dropped, beside the id of the kept essay."""
    drops = verdict.drops
    kept_ids = verdict.ids.take(drops["kept_row"])

    def finish(rows: pa.Table, positions: Indices) -> pa.Table:
        at = pa.array(positions)
        rows = rows.drop_columns(["rule"]).append_column("key_hash", key_hashes(rows["key"]))
        rows = rows.append_column("kept_id", kept_ids.take(at))
        for name in ("jaccard", "rule", "containment", "longest_run", "first"):
            rows = rows.append_column(name, drops[name].take(at))
        return _as(DuplicateRow)(rows, positions)

    return Gathered(found, verdict.accepted[drops["dropped_row"].to_numpy()], finish, _BY_ESSAY)


def _rejected(
    pages: tuple[pa.Table, ...], lost_rows: Indices, found: tuple[pa.Table, ...], bad_rows: Indices
) -> Gathered:
    """Rows of `rejected`: pages that gave no text, then texts that are no essays."""
    lost, bad = Gathered(pages, lost_rows, _bare), Gathered(found, bad_rows, _bare)
    names = ["url", "site", "rule", "reason"]
    rows = [
        Rejected(row.pop("page_id"), "page", 0, stage="extract", text="", **row)
        for row in lost.part(0, lost.num_rows).select(["page_id", *names]).to_pylist()
    ]
    rows += [
        Rejected(row.pop("essay_id"), "essay", row.pop("ordinal"), stage="recover", **row)
        for row in bad.part(0, bad.num_rows).select(["essay_id", "ordinal", "text", *names]).to_pylist()
    ]
    return _all(pa.Table.from_batches([to_batch(Rejected, rows)]))


def _all(table: pa.Table) -> Gathered:
    return Gathered((table,), np.arange(table.num_rows, dtype=np.int64), _bare)


def _sorted(files: tuple[pa.Table, ...], keys: list[str], without: frozenset[str] = frozenset()) -> Gathered:
    """Rows in the order of their keys, those of some essays apart."""
    facts = columns(files, [*keys, "essay_id"])
    gone = pc.is_in(facts["essay_id"], value_set=pa.array(sorted(without), pa.large_string()))
    return Gathered(files, sorted_rows(facts, pc.invert(gone), keys), _bare, keys)


def _bare(rows: pa.Table, positions: Indices) -> pa.Table:
    del positions
    return rows


def _funnel(pages: pa.Table, gone: Mask, facts: pa.Table, parts: Parts) -> Funnel:
    shown = pages.filter(pa.array(~gone))
    outcomes = Counter(shown["outcome"].to_pylist())
    lost = shown.filter(pc.equal(shown["outcome"], "rejected"))
    rules = facts["rule"].filter(pa.array(~parts.withdrawn.essays)).to_pylist()
    return Funnel(
        pages=pages.num_rows,
        articles=outcomes["article"],
        lists=outcomes["list"],
        other=outcomes["other"],
        superseded=outcomes["superseded"],
        taken_down=int(gone.sum()),
        pages_rejected=dict(sorted(Counter(lost["rule"].to_pylist()).items())),
        found=facts.num_rows,
        essays_taken_down=int(parts.withdrawn.essays.sum()),
        essays_rejected=dict(sorted(Counter(rule for rule in rules if rule).items())),
        duplicates=parts.verdict.drops.num_rows,
        kept=len(parts.verdict.accepted) - parts.verdict.drops.num_rows,
    )
