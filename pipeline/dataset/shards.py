"""Parquet shards of a table, whose bytes follow from their rows alone."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.dataset.store import LocalStore, Store

SHARD_ROWS = 50_000
ROW_GROUP_ROWS = 5_000
_LEVEL = 9
"""Of zstd: a fifth smaller than its first level, and still a small part of what a build takes."""
_CHUNKS = {"min_chunk_size": 1 << 20, "max_chunk_size": 1 << 22}
"""Bytes of a page that ends where the content says so: larger ones compress better, smaller ones share more."""
_IDS = ("essay_id", "page_id", "cluster_id", "kept_id", "id")
_FALSE_POSITIVES = 0.01


@dataclass(frozen=True, slots=True)
class Shard:
    """One published file, its path relative to the corpus folder."""

    file: str
    rows: int
    bytes: int
    sha256: str


class Rows(Protocol):
    """A table that need not be in memory as a whole."""

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def keys(self) -> Sequence[str]:
        """Columns that the rows are sorted by, ascending; none if they have no such order."""
        ...

    def part(self, start: int, length: int) -> pa.Table:
        """Rows from ``start``, at most so many."""
        ...


def write_table(folder: Path, name: str, rows: Rows, facts: Mapping[str, str]) -> list[Shard]:
    """Write one table as zstd Parquet shards, one empty shard if it has no row.

    Args:
        folder: of the version; the files lie in its folder ``name``.
        name: of the table.
        rows: sorted as they are to be published.
        facts: key-value metadata of every file; must not change while the input does not.

    Returns:
        The shards, their paths relative to ``folder``.
    """
    store = LocalStore(folder)
    return [write_shard(store, name, rows, number, facts) for number in range(shards_of(rows.num_rows))]


def shards_of(rows: int) -> int:
    """Number of shards that so many rows are written to."""
    return max(1, -(-rows // SHARD_ROWS))


def write_shard(store: Store, name: str, rows: Rows, number: int, facts: Mapping[str, str]) -> Shard:
    """Write one shard of a table, as ``write_table``; whoever writes the others."""
    part = rows.part(number * SHARD_ROWS, SHARD_ROWS)
    data = parquet(part, rows.keys, {**facts, "table": name})
    file = f"{name}/train-{number:05d}-of-{shards_of(rows.num_rows):05d}.parquet"
    store.write(file, data)
    return Shard(file, part.num_rows, len(data), hashlib.sha256(data).hexdigest())


def parquet(table: pa.Table, keys: Sequence[str], facts: Mapping[str, str], *, chunked: bool = True) -> bytes:
    """A table as one Parquet file.

    Args:
        table: the rows.
        keys: columns that they are sorted by.
        facts: key-value metadata.
        chunked: end pages where the content says so, so that files of two versions share most of their bytes.
    """
    sink = BytesIO()
    schema = table.schema.with_metadata({f"fanwen.{key}": value for key, value in sorted(facts.items())})
    distinct = max(1, min(table.num_rows, ROW_GROUP_ROWS))
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=_LEVEL,
        write_page_index=True,
        write_page_checksum=True,
        use_content_defined_chunking=_CHUNKS if chunked else False,
        sorting_columns=[pq.SortingColumn(schema.get_field_index(key)) for key in keys] or None,
        bloom_filter_options={
            column: {"ndv": distinct, "fpp": _FALSE_POSITIVES} for column in _IDS if column in schema.names
        }
        or None,
    ) as writer:
        if table.num_rows:  # an empty row group makes load_dataset fail, none at all does not
            writer.write_table(table.combine_chunks(), row_group_size=ROW_GROUP_ROWS)
    return sink.getvalue()


def files_of(tables: Mapping[str, Sequence[Shard]]) -> Iterator[Shard]:
    """All files of all tables."""
    for shards in tables.values():
        yield from shards
