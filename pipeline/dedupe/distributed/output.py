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

WHOLE = -1
"""In place of a row: the split has to be written, whatever goes of it."""
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
class WriteKept:
    """Rows that go, by split -> a file a split with the rows that stay; its name, rows and bytes."""

    reader: CorpusReader
    folder: Folder
    schema: pa.Schema

    SCHEMA: ClassVar[str] = "file string, rows long, bytes long"

    def __call__(self, split: int, gone: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pa.RecordBatch:
        """Write one split, less some rows of it."""
        count = len(self.reader.splits)
        name, written = f"train-{split:05d}-of-{count:05d}.parquet", 0
        first = self.reader.splits[split].first
        with self.folder.writer(name, self.schema) as writer:
            for batch in self.reader.batches(split, self.schema):
                stays = ~np.isin(np.arange(first, first + len(batch)), gone)
                first += len(batch)
                kept = batch.filter(pa.array(stays))
                writer.write_batch(kept)
                written += len(kept)
        return pa.record_batch(
            {
                "file": pa.array([name]),
                "rows": pa.array([written]),
                "bytes": pa.array([self.folder.size(name)]),
            }
        )


@dataclass(frozen=True, slots=True)
class WriteDuplicates:
    """Sorted rows of the table of duplicates -> a file a partition, named by its first row; its name and rows."""

    reader: CorpusReader
    folder: Folder

    SCHEMA: ClassVar[str] = "file string, rows long"

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """``dropped_id``, ``kept_id``, ``jaccard``, ``containment``, ``rule``, ``row``, ``kept`` -> see above."""
        filled = (self._placed(batch) for batch in batches if len(batch))
        first = next(filled, None)
        if first is None:
            return
        name, written = f"{DUPLICATES}/part-{first[0]:015d}.parquet", 0
        with self.folder.writer(name, first[1].schema) as writer:
            for batch in (first[1], *()):
                writer.write_batch(batch)
                written += len(batch)
            for _, batch in filled:
                writer.write_batch(batch)
                written += len(batch)
        yield pa.record_batch({"file": pa.array([name]), "rows": pa.array([written])})

    def _placed(self, batch: pa.RecordBatch) -> tuple[int, pa.RecordBatch]:
        columns = {
            name: batch.column(name).cast(kind)
            for name, kind in zip(batch.schema.names[:5], empty_duplicates().types[:5], strict=True)
        }
        for side, name in (("dropped", "row"), ("kept", "kept")):
            files, rows = self.reader.positions(batch.column(name).to_numpy())
            columns |= {f"{side}_file": files, f"{side}_row": rows}
        columns["run"] = pa.nulls(len(batch), pa.string())
        return batch.column("row")[0].as_py(), pa.record_batch(columns)


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
