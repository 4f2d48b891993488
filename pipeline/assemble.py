"""Relational steps between the stages: shuffle by article, last fetch of a page, essays to tables."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine.local import FileSource
from pipeline.funnel import Funnel
from pipeline.records import schema_of, to_batch
from pipeline.schema import DOCUMENT, TABLES, DuplicateRow, EssayRow, Page, PageRow, Rejected
from pipeline.sources import Split, read_split

_PAGE_BATCH = 32
_ARTICLES_A_BUCKET = 500
_MAX_BUCKETS = 256

Deduplicate = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class SplitSource:
    """Pages of one split of the input."""

    split: Split

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Pages as stored, a few at a time: bodies are large."""
        pages = read_split(self.split)
        while batch := list(itertools.islice(pages, _PAGE_BATCH)):
            yield to_batch(Page, batch)


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
    usable = pc.equal(table["outcome"], "rejected")
    ranked = table.select(["page_id", "fetched_at", "source", "offset"]).append_column("unusable", usable)
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
    """The tables of a corpus, each as sorted rows, and the funnel that leads to them."""

    tables: dict[str, pa.Table]
    funnel: Funnel


def assemble(documents: Sequence[Path], essays: Sequence[Path], deduplicate: Deduplicate) -> Assembled:
    """Tables of the corpus from settled documents and recovered essays.

    Args:
        documents: Arrow files of stage ``settle``.
        essays: Arrow files of stage ``recover``.
        deduplicate: from a table of essays to ``dropped_row``, ``kept_row``, ``jaccard`` and ``rule``.
    """
    pages, found = _read(documents), _read(essays)
    accepted = _sorted(found.filter(pc.equal(found["rule"], "")))
    drops = deduplicate(accepted)
    tables = {
        "essays": _kept(accepted, drops),
        "duplicates": _dropped(accepted, drops),
        "rejected": _rejected(pages, found),
        "pages": _sorted(pages, "offset").select(schema_of(PageRow).names),
    }
    funnel = _funnel(pages, found, tables)
    funnel.check()
    return Assembled({name: table.cast(schema_of(TABLES[name])) for name, table in tables.items()}, funnel)


def _read(paths: Sequence[Path]) -> pa.Table:
    return pa.concat_tables([pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in paths])


def _sorted(table: pa.Table, last: str = "ordinal") -> pa.Table:
    keys = [("site", "ascending"), ("url", "ascending")]
    keys += [("source", "ascending")] if "source" in table.column_names else []
    return table.take(pc.sort_indices(table, sort_keys=[*keys, (last, "ascending")]))


def _kept(essays: pa.Table, drops: pa.Table) -> pa.Table:
    """Rows of `essays`: all that were not dropped, with the size of their cluster."""
    sizes = np.ones(essays.num_rows, dtype=np.int64)
    np.add.at(sizes, drops["kept_row"].to_numpy(), 1)
    mask = np.ones(essays.num_rows, dtype=bool)
    mask[drops["dropped_row"].to_numpy()] = False
    table = essays.append_column("key_hash", _hashes(essays["key"])).append_column(
        "cluster_size", pa.array(sizes)
    )
    return table.filter(pa.array(mask)).select(schema_of(EssayRow).names)


def _dropped(essays: pa.Table, drops: pa.Table) -> pa.Table:
    """Rows of `duplicates`: what was dropped, beside the id of the kept essay."""
    drops = drops.sort_by("dropped_row")
    table = essays.take(drops["dropped_row"]).drop_columns(["rule"])
    table = table.append_column("key_hash", _hashes(table["key"]))
    table = table.append_column("kept_id", essays["essay_id"].take(drops["kept_row"]))
    table = table.append_column("jaccard", drops["jaccard"]).append_column("rule", drops["rule"])
    return table.select(schema_of(DuplicateRow).names)


def _hashes(keys: pa.ChunkedArray) -> pa.Array:
    digests = (hashlib.blake2b(key.as_py().encode(), digest_size=10).hexdigest() for key in keys)
    return pa.array(digests, pa.string())


def _rejected(pages: pa.Table, found: pa.Table) -> pa.Table:
    """Rows of `rejected`: pages that gave no text, then texts that are no essays."""
    lost = pages.filter(pc.equal(pages["outcome"], "rejected"))
    bad = found.filter(pc.not_equal(found["rule"], ""))
    rows = itertools.chain(
        (
            Rejected(
                row["page_id"], "page", row["url"], row["site"], "extract", row["rule"], row["reason"], ""
            )
            for row in lost.select(["page_id", "url", "site", "rule", "reason"]).to_pylist()
        ),
        (
            Rejected(
                row["essay_id"],
                "essay",
                row["url"],
                row["site"],
                "recover",
                row["rule"],
                row["reason"],
                row["text"],
            )
            for row in bad.select(["essay_id", "url", "site", "rule", "reason", "text"]).to_pylist()
        ),
    )
    table = pa.Table.from_batches([to_batch(Rejected, rows)])
    keys = [(name, "ascending") for name in ("site", "url", "kind", "id", "reason")]
    return table.take(pc.sort_indices(table, sort_keys=keys))


def _funnel(pages: pa.Table, found: pa.Table, tables: dict[str, pa.Table]) -> Funnel:
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
        duplicates=tables["duplicates"].num_rows,
        kept=tables["essays"].num_rows,
    )
