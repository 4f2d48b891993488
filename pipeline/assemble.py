"""Relational steps between the stages: shuffle by article, last fetch of a page, essays to tables."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clusters import Verdict
from pipeline.engine.local import FileSource
from pipeline.funnel import Funnel
from pipeline.gather import Gathered, Indices, columns, read_tables, sorted_rows
from pipeline.records import Record, batched, schema_of, to_batch
from pipeline.schema import DOCUMENT, DuplicateRow, EssayRow, Page, PageRow, Rejected
from pipeline.sources import Split, read_split

_PAGE_BATCH = 32
_RUN = 20
"""Splits in a stretch that is sampled as one."""
_ARTICLES_A_BUCKET = 500
_MAX_BUCKETS = 256


@dataclass(frozen=True, slots=True)
class SplitSource:
    """Pages of splits of the input that follow each other."""

    splits: tuple[Split, ...]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Pages as stored, a few at a time: bodies are large."""
        pages = itertools.chain.from_iterable(map(read_split, self.splits))
        yield from batched(Page, pages, _PAGE_BATCH)


def runs(splits: Sequence[Split]) -> list[SplitSource]:
    """Splits in longer stretches, over which pages of a site can be counted.

    None reaches over a file's end, so a file more moves no other one's pages.
    """
    files = (list(group) for _, group in itertools.groupby(splits, key=lambda split: split.path))
    return [SplitSource(tuple(group[at : at + _RUN])) for group in files for at in range(0, len(group), _RUN)]


@dataclass(frozen=True, slots=True)
class BucketSource:
    """Documents of one bucket of articles, from all files."""

    paths: tuple[Path, ...]
    bucket: int
    of: int

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Matching rows of every batch."""
        for path in self.paths:
            for batch in FileSource(path).batches():
                inside = batch["bucket"].to_numpy() % self.of == self.bucket
                if inside.any():
                    yield batch.filter(pa.array(inside))


def buckets(documents: Sequence[Path]) -> list[BucketSource]:
    """Partition of the articles; its size follows from the number of documents alone."""
    rows = sum(batch.num_rows for path in documents for batch in FileSource(path).batches())
    count = min(_MAX_BUCKETS, max(1, rows // _ARTICLES_A_BUCKET))
    return [BucketSource(tuple(documents), bucket, count) for bucket in range(count)]


def settle(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Documents sorted by article and page number; of a page fetched twice the best last one counts.

    A fetch that gave an article is better than one that was rejected, a later one better than an
    earlier one. The others stay as rows with the outcome ``superseded``.
    """
    table = pa.Table.from_batches(batches, schema=DOCUMENT)
    unusable = pc.equal(table["outcome"], "rejected")
    ranked = table.select(["page_id", "fetched_at", "source", "offset"]).append_column("unusable", unusable)
    order = pc.sort_indices(
        ranked,
        sort_keys=[
            ("page_id", "ascending"),
            ("unusable", "ascending"),
            ("fetched_at", "descending"),
            ("source", "descending"),
            ("offset", "descending"),
        ],
    ).to_numpy()
    pages = np.asarray(table["page_id"].to_pylist(), dtype=object)[order]
    repeated = np.zeros(len(order), dtype=bool)
    repeated[order[1:]] = pages[1:] == pages[:-1]
    table = _with_outcome(table, repeated)
    keys = [
        ("article_url", "ascending"),
        ("page_no", "ascending"),
        ("url", "ascending"),
        ("source", "ascending"),
    ]
    yield from table.take(pc.sort_indices(table, sort_keys=[*keys, ("offset", "ascending")])).to_batches(256)


def _with_outcome(table: pa.Table, superseded: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> pa.Table:
    column = table.schema.get_field_index("outcome")
    outcome = pc.if_else(pa.array(superseded), "superseded", table["outcome"])
    return table.set_column(column, DOCUMENT.field("outcome"), outcome)


@dataclass(frozen=True, slots=True)
class Assembled:
    """The tables of a corpus, sorted, and the funnel that leads to them."""

    tables: dict[str, Gathered]
    funnel: Funnel


def assemble(
    documents: Sequence[Path],
    essays: Sequence[Path],
    verdict: Verdict,
    small: Mapping[str, pa.Table],
    ledger: Mapping[str, Sequence[Path]],
) -> Assembled:
    """Tables of the corpus from settled documents and recovered essays.

    Args:
        documents: Arrow files of stage ``settle``.
        essays: Arrow files of stage ``restore``, their rows as the verdict counts them.
        verdict: which essays repeat which.
        small: tables that are published as they are.
        ledger: Arrow files of the tables that the essays' edits became, by table.
    """
    pages, found = read_tables(documents), read_tables(essays)
    page_facts = columns(pages, ["site", "url", "source", "offset", "outcome", "rule"])
    facts = columns(found, ["site", "url", "ordinal", "rule"])
    tables = {
        "essays": _kept(found, verdict),
        "duplicates": _dropped(found, verdict),
        "rejected": _rejected(pages, page_facts, found, facts),
        "pages": Gathered(
            pages, sorted_rows(page_facts, None, ["site", "url", "source", "offset"]), _as(PageRow)
        ),
        **{name: _sorted(read_tables(files)) for name, files in ledger.items()},
        **{name: _all(table) for name, table in small.items()},
    }
    funnel = _funnel(page_facts, facts, kept=tables["essays"].num_rows, dropped=verdict.drops.num_rows)
    funnel.check()
    return Assembled(tables, funnel)


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
        rows = rows.append_column("key_hash", _hashes(rows["key"]))
        return _as(EssayRow)(rows.append_column("cluster_size", pa.array(sizes[positions])), positions)

    return Gathered(found, verdict.accepted[stays], finish)


def _dropped(found: tuple[pa.Table, ...], verdict: Verdict) -> Gathered:
    """Rows of `duplicates`: what was dropped, beside the id of the kept essay."""
    drops = verdict.drops
    kept_ids = verdict.ids.take(drops["kept_row"])

    def finish(rows: pa.Table, positions: Indices) -> pa.Table:
        at = pa.array(positions)
        rows = rows.drop_columns(["rule"]).append_column("key_hash", _hashes(rows["key"]))
        rows = rows.append_column("kept_id", kept_ids.take(at))
        rows = rows.append_column("jaccard", drops["jaccard"].take(at))
        return _as(DuplicateRow)(rows.append_column("rule", drops["rule"].take(at)), positions)

    return Gathered(found, verdict.accepted[drops["dropped_row"].to_numpy()], finish)


def _hashes(keys: pa.ChunkedArray) -> pa.Array:
    digests = (hashlib.blake2b(key.as_py().encode(), digest_size=10).hexdigest() for key in keys)
    return pa.array(digests, pa.string())


def _rejected(
    pages: tuple[pa.Table, ...], page_facts: pa.Table, found: tuple[pa.Table, ...], facts: pa.Table
) -> Gathered:
    """Rows of `rejected`: pages that gave no text, then texts that are no essays."""
    lost = Gathered(
        pages,
        sorted_rows(page_facts, pc.equal(page_facts["outcome"], "rejected"), ["site", "url", "source"]),
        _bare,
    )
    bad = Gathered(
        found, sorted_rows(facts, pc.not_equal(facts["rule"], ""), ["site", "url", "ordinal"]), _bare
    )
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


def _sorted(files: tuple[pa.Table, ...]) -> Gathered:
    """All rows, in the order of the essays and of their edits."""
    keys = ["site", "url", "ordinal", "number"]
    return Gathered(files, sorted_rows(columns(files, keys), None, keys), _bare)


def _bare(rows: pa.Table, positions: Indices) -> pa.Table:
    del positions
    return rows


def _funnel(pages: pa.Table, found: pa.Table, *, kept: int, dropped: int) -> Funnel:
    outcomes = Counter(pages["outcome"].to_pylist())
    lost = pages.filter(pc.equal(pages["outcome"], "rejected"))
    return Funnel(
        pages=pages.num_rows,
        articles=outcomes["article"],
        lists=outcomes["list"],
        other=outcomes["other"],
        superseded=outcomes["superseded"],
        pages_rejected=dict(sorted(Counter(lost["rule"].to_pylist()).items())),
        found=found.num_rows,
        essays_rejected=dict(sorted(Counter(rule for rule in found["rule"].to_pylist() if rule).items())),
        duplicates=dropped,
        kept=kept,
    )
