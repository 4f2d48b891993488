"""Sorted tables as published shards, each written by a task, with the bytes that one machine gives them."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.assemble import KEYS
from pipeline.clusters import key_hashes
from pipeline.dataset.shards import Shard, shards_of, write_shard
from pipeline.dataset.store import store_at
from pipeline.engine.spark.publish import for_each
from pipeline.place import place
from pipeline.records import schema_of
from pipeline.schema import TABLES

if TYPE_CHECKING:
    from pipeline.engine.spark.session import DataFrame
    from pipeline.engine.spark.tables import Tables


@dataclass(frozen=True, slots=True)
class SortedFiles:
    """A sorted table in Parquet files one behind the other (`pipeline.dataset.shards.Rows`)."""

    name: str
    files: tuple[str, ...]
    ends: tuple[int, ...]
    """Rows in each file and all before it."""

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return self.ends[-1] if self.ends else 0

    @property
    def keys(self) -> Sequence[str]:
        """Columns that they are sorted by."""
        return KEYS.get(self.name, ())

    def part(self, start: int, length: int) -> pa.Table:
        """Rows from ``start``, at most so many, as they are published."""
        schema = schema_of(TABLES[self.name])
        end = min(start + length, self.num_rows)
        parts, first = list[pa.Table](), 0
        for file, last in zip(self.files, self.ends, strict=True):
            if first < end and last > start:
                parts += _rows(file, max(start - first, 0), min(end, last) - first)
            first = last
        if not parts:
            return schema.empty_table()
        rows = pa.concat_tables(parts)
        if "key" in rows.column_names:
            rows = rows.append_column("key_hash", key_hashes(rows["key"]))
        return rows.select(schema.names).cast(schema)


def opened(address: str) -> pa.NativeFile:
    """A file that Spark wrote, by the name that Spark gives it, of whose letters it encodes some."""
    name = quote(unquote(address), safe=":/@")
    system, path = place(re.sub("^s3a://", "s3://", name))
    return system.open_input_file(path)


def _rows(file: str, start: int, end: int) -> Iterator[pa.Table]:
    """Rows of a file between two numbers; only the row groups that have some are read."""
    with opened(file) as source:
        parquet, first = pq.ParquetFile(source), 0
        for group in range(parquet.num_row_groups):
            count = parquet.metadata.row_group(group).num_rows
            if first < end and first + count > start:
                table = parquet.read_row_group(group)
                yield table.slice(max(start - first, 0), min(end - first, count) - max(start - first, 0))
            first += count


@dataclass(frozen=True, slots=True)
class _Count:
    files: tuple[str, ...]

    SCHEMA = "number long, rows long"

    def __call__(self, number: int) -> pa.RecordBatch:
        with opened(self.files[number]) as file:
            return pa.record_batch({"number": [number], "rows": [pq.read_metadata(file).num_rows]})


@dataclass(frozen=True, slots=True)
class _Write:
    place: str
    tables: tuple[SortedFiles, ...]
    shards: tuple[tuple[int, int], ...]
    """Table and number of the shard in it."""
    facts: Mapping[str, str]

    SCHEMA = "file string, rows long, bytes long, sha256 string"

    def __call__(self, number: int) -> pa.RecordBatch:
        table, shard = self.shards[number]
        rows = self.tables[table]
        written = write_shard(store_at(self.place), rows.name, rows, shard, self.facts)
        names = ("file", "rows", "bytes", "sha256")
        return pa.record_batch({name: [getattr(written, name)] for name in names})


def write_tables(
    tables: "Tables", found: Mapping[str, "DataFrame"], place: str, facts: Mapping[str, str]
) -> dict[str, list[Shard]]:
    """Write tables as shards.

    Args:
        tables: where they are.
        found: tables by name, written down in the order of their rows.
        place: folder of a version, which all nodes see.
        facts: key-value metadata of every file.
    """
    kept = {name: sorted(rows.inputFiles()) for name, rows in found.items()}
    every = tuple(file for files in kept.values() for file in files)
    counted = for_each(tables.spark, len(every), _Count(every), _Count.SCHEMA)
    counts = {every[row["number"]]: row["rows"] for row in counted}
    written = [
        SortedFiles(name, tuple(files), tuple(itertools.accumulate(counts[file] for file in files)))
        for name, files in kept.items()
    ]
    wanted = [(at, number) for at, rows in enumerate(written) for number in range(shards_of(rows.num_rows))]
    write = _Write(place, tuple(written), tuple(wanted), facts)
    shards = sorted(for_each(tables.spark, len(wanted), write, write.SCHEMA), key=lambda row: row["file"])
    return {name: [Shard(**row) for row in shards if row["file"].startswith(f"{name}/")] for name in found}
