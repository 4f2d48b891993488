"""Output files as tasks write them: a task that runs twice writes the same file twice."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from pipeline.dedupe.distributed.reader import CorpusReader
from pipeline.dedupe.target import DUPLICATES
from pipeline.errors import OutputError

_RENAMES = ("local", "hdfs")
"""File systems whose files appear before they are whole; object stores' do not."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where to, on any file system that pyarrow or fsspec opens."""

    system: fs.FileSystem
    path: str

    @contextlib.contextmanager
    def writer(self, name: str, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
        """A Parquet file that appears when the block ends.

        Raises:
            OutputError: it cannot be written.
        """
        path = f"{self.path}/{name}"
        folder, _, last = path.rpartition("/")
        renames = self.system.type_name in _RENAMES
        written = f"{folder}/.{last}.{uuid.uuid4().hex[:8]}" if renames else path
        try:
            if renames:
                self.system.create_dir(folder, recursive=True)
            with (
                self.system.open_output_stream(written) as file,
                pq.ParquetWriter(file, schema, compression="zstd") as writer,
            ):
                yield writer
            if renames:
                self.system.move(written, path)
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"cannot write {path}: {error}") from error

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return int(self.system.get_file_info(f"{self.path}/{name}").size or 0)


@dataclass(frozen=True, slots=True)
class WriteSplit:
    """A split and its rows that go -> a file with the rows that stay, and one of the table of duplicates if any go.

    Both are written from one reading. Of the first: its name, rows and bytes.
    """

    reader: CorpusReader
    folder: Folder
    schema: pa.Schema

    SCHEMA: ClassVar[str] = "file string, rows long, bytes long"

    def __call__(self, split: int, gone: pa.Table) -> pa.RecordBatch:
        """``row``, ``kept``, ``kept_id``, ``jaccard``, ``containment``, ``rule``, ascending by row -> see above."""
        count = len(self.reader.splits)
        name, written, names = f"train-{split:05d}-of-{count:05d}.parquet", 0, [pa.nulls(0, pa.string())]
        first, rows = self.reader.splits[split].first, gone["row"].to_numpy()
        with self.folder.writer(name, self.schema) as writer:
            for batch in self.reader.batches(split, self.schema):
                goes = np.isin(np.arange(first, first + len(batch)), rows)
                names.append(self.reader.names(batch, first).filter(pa.array(goes)))
                kept = batch.filter(pa.array(~goes))
                writer.write_batch(kept)
                first, written = first + len(batch), written + len(kept)
        if len(gone):
            self._write_gone(split, gone.append_column("dropped_id", pa.chunked_array(names)))
        return pa.record_batch(
            {
                "file": pa.array([name]),
                "rows": pa.array([written]),
                "bytes": pa.array([self.folder.size(name)]),
            }
        )

    def _write_gone(self, split: int, gone: pa.Table) -> None:
        columns = {name: gone[name] for name in ("dropped_id", "kept_id", "jaccard", "containment", "rule")}
        for side, name in (("dropped", "row"), ("kept", "kept")):
            columns[f"{side}_file"], columns[f"{side}_row"] = self.reader.positions(gone[name].to_numpy())
        columns["run"] = pa.nulls(len(gone), pa.string())
        table = pa.table(columns).cast(empty_duplicates())
        with self.folder.writer(part_of(split), table.schema) as writer:
            writer.write_table(table)


def part_of(split: int) -> str:
    """File of the table of duplicates with the rows that go of a split."""
    return f"{DUPLICATES}/part-{split:05d}.parquet"


def empty_duplicates() -> pa.Schema:
    """Columns of the table of duplicates."""
    text, share, number = pa.string(), pa.float64(), pa.int64()
    return pa.schema(
        [
            ("dropped_id", text),
            ("kept_id", text),
            ("jaccard", share),
            ("containment", share),
            ("rule", text),
            ("dropped_file", text),
            ("dropped_row", number),
            ("kept_file", text),
            ("kept_row", number),
            ("run", text),
        ]
    )
