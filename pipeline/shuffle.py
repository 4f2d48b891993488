"""From stored pages to articles: what a task reads, and all pages of an article in one place, in order."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine.local import FileSource
from pipeline.records import batched
from pipeline.schema import DOCUMENT, Page
from pipeline.sources import Split, read_split
from pipeline.takedown import Takedowns

TAKEN_DOWN = "taken_down"
"""Outcome of a page that must not be published; no row of `pages` has it."""
_PLACE = ("source", "offset", "digest", "bytes")
"""Where a fetch lies; two inputs may have files of one name, so what was read ends a tie, and not who came first."""
_PAGE_BATCH = 32
_RUN = 20
"""Splits in a stretch that is sampled as one."""
_ARTICLES_A_BUCKET = 500
_MAX_BUCKETS = 256
BUCKETS = 1 << 16
"""Hashes that an article may have."""


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

    None reaches over the end of what a task on another machine is given: a file, or a group of saved pages. So a
    file more moves no other one's pages.
    """
    files = (list(group) for _, group in itertools.groupby(splits, key=lambda split: split.stored))
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


@dataclass(frozen=True, slots=True)
class ArticleSource:
    """Some articles of a file of settled documents."""

    path: Path
    articles: frozenset[str]
    """Their canonical URLs."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Matching rows of every batch, in their order."""
        wanted = pa.array(sorted(self.articles), pa.string())
        for batch in FileSource(self.path).batches():
            yield batch.filter(pc.is_in(batch["article_url"], value_set=wanted))


def buckets(documents: Sequence[Path]) -> list[BucketSource]:
    """Partition of the articles; its size follows from the number of documents alone."""
    rows = sum(batch.num_rows for path in documents for batch in FileSource(path).batches())
    count = min(_MAX_BUCKETS, max(1, rows // _ARTICLES_A_BUCKET))
    return [BucketSource(tuple(documents), bucket, count) for bucket in range(count)]


Served = Mapping[tuple[str, str, str], float]
"""By site, shape and name of a template, how far it is trusted."""


def settle(
    batches: Iterable[pa.RecordBatch], takedowns: Takedowns, served: Served
) -> Iterator[pa.RecordBatch]:
    """Documents sorted by article and page number; of a page fetched twice the best last one counts.

    A fetch that gave an article is better than one that was rejected, a later one better than an
    earlier one. The others stay as rows with the outcome ``superseded``; whatever falls under a
    demand has the outcome ``taken_down``. A page that a template served is trusted as far as its template is
    now, which every sample changes a little, so that a page need not be read again for it.
    """
    table = pa.Table.from_batches(batches, schema=DOCUMENT)
    unusable = pc.equal(table["outcome"], "rejected")
    ranked = table.select(["page_id", "fetched_at", *_PLACE]).append_column("unusable", unusable)
    order = pc.sort_indices(
        ranked,
        sort_keys=[
            ("page_id", "ascending"),
            ("unusable", "ascending"),
            ("fetched_at", "descending"),
            *((name, "descending") for name in _PLACE),
        ],
    ).to_numpy()
    pages = np.asarray(table["page_id"].to_pylist(), dtype=object)[order]
    repeated = np.zeros(len(order), dtype=bool)
    repeated[order[1:]] = pages[1:] == pages[:-1]
    table = _with_outcome(_with_confidence(table, served), repeated, "superseded")
    if takedowns:
        table = _with_outcome(table, _taken(table, takedowns), TAKEN_DOWN)
    keys = [(name, "ascending") for name in ("article_url", "page_no", "url", *_PLACE)]
    yield from table.take(pc.sort_indices(table, sort_keys=keys)).to_batches(256)


def _with_outcome(
    table: pa.Table, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]", outcome: str
) -> pa.Table:
    column = table.schema.get_field_index("outcome")
    outcomes = pc.if_else(pa.array(rows), outcome, table["outcome"])
    return table.set_column(column, DOCUMENT.field("outcome"), outcomes)


def _with_confidence(table: pa.Table, served: Served) -> pa.Table:
    column = table.schema.get_field_index("confidence")
    names = (table[name].to_pylist() for name in ("site", "shape", "extractor", "confidence"))
    values = [served.get((site, shape, reader), own) for site, shape, reader, own in zip(*names, strict=True)]
    return table.set_column(column, DOCUMENT.field("confidence"), pa.array(values, pa.float64()))


def _taken(table: pa.Table, takedowns: Takedowns) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Pages that are demanded, and the other pages of an article one of whose pages is, ``bool[n]``."""
    columns = (table[name].to_pylist() for name in ("fetched_url", "url", "article_url"))
    rows = list(zip(*columns, strict=True))
    demands = [takedowns.page((fetched, url), article) for fetched, url, article in rows]
    whole = {row[2] for row, demand in zip(rows, demands, strict=True) if demand and demand.kind == "url"}
    return np.array(
        [demand is not None or row[2] in whole for row, demand in zip(rows, demands, strict=True)], np.bool_
    )
