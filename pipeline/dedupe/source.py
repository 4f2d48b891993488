"""The corpus to read: Parquet and JSONL files as one sequence of rows with one schema."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.dedup.minhash import Progress
from pipeline.dedup.shingles import as_texts
from pipeline.dedupe.columns import DEFAULT_ID, check_columns, has_ids
from pipeline.dedupe.jsonl import SUFFIXES, jsonl_batches
from pipeline.dedupe.target import DUPLICATES, is_own_output
from pipeline.errors import InputError

KINDS = (".parquet", *SUFFIXES)
_BATCH_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Source:
    """What was found in the input."""

    files: tuple[Path, ...]
    rows: tuple[int, ...]
    """Rows of each file."""
    schema: pa.Schema
    """Columns of all files together; a file that lacks one has nulls in it."""
    texts: pa.LargeStringArray
    """Texts of all rows, empty where there is none."""
    null_texts: int
    ids: pa.ChunkedArray | None
    id_column: str | None

    def position(self, row: int) -> tuple[Path, int]:
        """File, and row number within it from 0, of a row of the whole."""
        ends = np.cumsum(self.rows)
        file = int(np.searchsorted(ends, row, "right"))
        return self.files[file], row - int(ends[file]) + self.rows[file]

    def place(self, row: int) -> str:
        """The same in words."""
        file, number = self.position(row)
        return f"row {number} of {file}"

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows with all columns, in order."""
        for file in self.files:
            yield from _batches(file, schema=self.schema)


def input_files(inputs: Sequence[Path]) -> tuple[Path, ...]:
    """The files to read: those named, and in folders all Parquet and JSONL files, sorted by path.

    Hidden files are left out, and so is the table of duplicates in a folder that `dedupe` wrote.

    Raises:
        InputError: there is no such file, a folder holds none, a file is of no known kind or given twice.
    """
    files = [file for path in inputs for file in (_folder(path) if path.is_dir() else [_file(path)])]
    seen: set[Path] = set()
    for file in files:
        if file.resolve() in seen:
            raise InputError(f"{file} is given twice")
        seen.add(file.resolve())
    return tuple(files)


def scan(
    files: Sequence[Path], text_column: str, id_column: str | None, progress: Progress | None = None
) -> Source:
    """Read texts and ids of all files, and see that the files fit together.

    Args:
        files: as from `input_files`.
        text_column: its name.
        id_column: its name; None is ``id`` if every file has such a column, else the row number; the empty
            string is the row number in any case.
        progress: told how many files are read.

    Raises:
        InputError: a file is damaged, lacks a column, has one of a wrong type, or there are no rows.
    """
    parts = []
    for number, file in enumerate(files, start=1):
        parts.append(_scan_file(file, text_column, DEFAULT_ID if id_column is None else id_column))
        if progress:
            progress("files read", number, len(files))
    filled = [part for part in parts if part.rows]
    if not filled:
        raise InputError(f"no rows in {', '.join(map(str, files))}")
    if id_column is None and all(has_ids(part.schema, DEFAULT_ID) for part in filled):
        id_column = DEFAULT_ID
    for part in filled:
        check_columns(part.schema, text_column, id_column or None, str(part.file))
    texts = _strings([chunk for part in filled for chunk in part.texts])
    return Source(
        files=tuple(files),
        rows=tuple(part.rows for part in parts),
        schema=_unified([part.schema for part in filled], "the files do not fit together"),
        texts=as_texts(texts),
        null_texts=texts.null_count,
        ids=_strings([chunk for part in filled for chunk in part.ids]) if id_column else None,
        id_column=id_column or None,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One file's share of the source."""

    file: Path
    rows: int
    schema: pa.Schema
    texts: list[pa.Array]
    ids: list[pa.Array]


def _scan_file(file: Path, text_column: str, id_column: str) -> _Part:
    schemas, texts, ids = [], [], []
    for batch in _batches(file, [text_column, id_column]):
        schemas.append(batch.schema)
        texts.append(_column(batch, text_column, file))
        ids.append(_column(batch, id_column, file))
    schema = _unified(schemas, str(file)) if _is_jsonl(file) else _parquet(file).schema_arrow
    if len(set(schema.names)) < len(schema.names):
        raise InputError(f"{file}: two columns have the same name")
    return _Part(file, sum(map(len, texts)), schema, texts, ids)


def _column(batch: pa.RecordBatch, name: str, file: Path) -> pa.Array:
    if name not in batch.schema.names:
        return pa.nulls(len(batch))
    column = batch.column(name)
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        raise InputError(f"{file}: column {name!r}: {_first_line(error)}") from error
    return column


def _strings(chunks: list[pa.Array]) -> pa.ChunkedArray:
    return pa.chunked_array([pc.cast(chunk, pa.large_string()) for chunk in chunks], pa.large_string())


def _unified(schemas: list[pa.Schema], where: str) -> pa.Schema:
    if not schemas:
        return pa.schema([])
    try:
        schema = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException as error:
        raise InputError(f"{where}: {_first_line(error)}") from error
    same = all(schema.equals(other, check_metadata=True) for other in schemas)
    return schema if same else schema.remove_metadata()


def _batches(
    file: Path, columns: list[str] | None = None, schema: pa.Schema | None = None
) -> Iterator[pa.RecordBatch]:
    """Batches of a file; of Parquet only the columns named, of JSONL in the schema given."""
    if _is_jsonl(file):
        yield from jsonl_batches(file, schema)
        return
    parquet = _parquet(file)
    names = [name for name in parquet.schema_arrow.names if columns is None or name in columns]
    try:
        for batch in parquet.iter_batches(_BATCH_ROWS, columns=names):
            yield batch if schema is None else _fitted(batch, schema)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: damaged Parquet ({_first_line(error)})") from error


def _fitted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [
        pc.cast(batch.column(field.name), field.type)
        if field.name in batch.schema.names
        else pa.nulls(len(batch), field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _parquet(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: not readable as Parquet ({_first_line(error)})") from error


def _is_jsonl(file: Path) -> bool:
    return file.name.endswith(SUFFIXES)


def _file(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"no such file or folder: {path}")
    if not path.name.endswith(KINDS):
        raise InputError(f"{path}: neither Parquet nor JSONL (known by the name's end: {', '.join(KINDS)})")
    return path


def _folder(path: Path) -> list[Path]:
    files = [file for file in path.rglob("*") if file.name.endswith(KINDS) and not _is_aside(file, path)]
    if not files:
        raise InputError(f"no Parquet or JSONL files in {path}")
    return sorted(files)


def _is_aside(file: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
    return hidden or not file.is_file() or (file.name == DUPLICATES and is_own_output(file.parent))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
