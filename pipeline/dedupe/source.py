"""The corpus to read: Parquet and JSONL files as one sequence of rows with one schema."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.texts import Rows
from pipeline.dedupe.batches import batches, first_line, open_parquet, writable
from pipeline.dedupe.columns import DEFAULT_ID, check_columns, has_ids
from pipeline.dedupe.files import InputFile
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that matter."""

    text: str = "text"
    id: str | None = None
    """None is ``id`` if every file has such a column, else the row number; the empty string is the row number
    in any case."""
    by: str | None = None
    """What decides which of several rows alike stays."""

    def names(self) -> list[str]:
        """Those to read."""
        return [name for name in (self.text, DEFAULT_ID if self.id is None else self.id, self.by) if name]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is to be known of some rows of one file that follow each other."""

    file: int
    """Which file."""
    rows: int
    null_texts: int
    schema: pa.Schema
    """Of these rows; in JSON lines, with all columns."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of one file that follow each other."""

    facts: Facts
    texts: pa.LargeStringArray
    """Null where there is none."""
    ids: pa.Array
    by: pa.Array


@dataclass(frozen=True, slots=True)
class Source:
    """What was found in the input."""

    files: tuple[InputFile, ...]
    rows: tuple[int, ...]
    """Rows of each file."""
    schema: pa.Schema
    """Columns of all files together; a file that lacks one has nulls in it."""
    null_texts: int
    id_column: str | None

    def position(self, row: int) -> tuple[InputFile, int]:
        """File, and row number within it from 0, of a row of the whole."""
        file, number = self.positions(np.array([row]))
        return self.files[int(file[0])], int(number[0])

    def positions(self, rows: Rows) -> tuple[Rows, Rows]:
        """The same of many rows: numbers of the files, and of the rows in them."""
        ends = np.cumsum(self.rows)
        files = np.searchsorted(ends, rows, "right")
        return files, rows - ends[files] + np.array(self.rows)[files]

    def place(self, row: int) -> str:
        """The same in words."""
        file, number = self.position(row)
        return f"row {number} of {file}"

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows with all columns, in order."""
        for file, rows in zip(self.files, self.rows, strict=True):
            file.check_unchanged()
            found = 0
            for batch in batches(file, schema=self.schema):
                found += len(batch)
                yield batch
            if found != rows:
                raise InputError(f"{file} changed while it was read; start again")


@dataclass(slots=True)
class Survey:
    """What the parts that were read so far say of the files."""

    files: tuple[InputFile, ...]
    columns: Columns
    null_texts: int = 0
    known: Sequence[pa.Schema] | None = None
    """Of each file, where somebody has looked already."""
    _rows: list[int] = field(default_factory=list)
    _schemas: list[pa.Schema | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Schemas of Parquet files are known before they are read, so what is wrong with them is said at once."""
        self._rows = [0] * len(self.files)
        self._schemas = list(self.known) if self.known is not None else list(map(_footer, self.files))
        for file, schema in zip(self.files, self._schemas, strict=True):
            if schema is not None:
                _check_names(schema, file)
        if len(self.files) == 1 and self._schemas[0] is not None:
            self._check(self._schemas[0], self.files[0])

    def add(self, facts: Facts) -> None:
        """Take note of a part."""
        self._rows[facts.file] += facts.rows
        self.null_texts += facts.null_texts
        file = self.files[facts.file]
        if file.is_jsonl:
            known = self._schemas[facts.file]
            schemas = [facts.schema] if known is None else [known, facts.schema]
            self._schemas[facts.file] = _unified(schemas, str(file))

    @property
    def rows(self) -> int:
        """Rows so far."""
        return sum(self._rows)

    def passed(self) -> tuple[int, int]:
        """Where to go on: the last file of which anything was read, and the rows that it gave."""
        file = max((at for at, rows in enumerate(self._rows) if rows), default=0)
        return file, self._rows[file]

    def source(self) -> Source:
        """The files together.

        Raises:
            InputError: there are no rows, a column is missing or of a wrong type, files do not fit together.
        """
        filled = [
            (file, schema)
            for file, rows, schema in zip(self.files, self._rows, self._schemas, strict=True)
            if rows and schema is not None
        ]
        if not filled:
            raise InputError(f"no rows in {', '.join(map(str, self.files))}")
        for file, schema in filled:
            _check_names(schema, file)
            self._check(schema, file)
        schemas = [schema for _, schema in filled]
        if self.columns.by and not any(self.columns.by in schema.names for schema in schemas):
            raise InputError(
                f"no file has a column {self.columns.by!r}; {filled[0][0]} has {', '.join(schemas[0].names)}"
            )
        name = self.columns.id
        if name is None and all(has_ids(schema, DEFAULT_ID) for schema in schemas):
            name = DEFAULT_ID
        return Source(
            files=self.files,
            rows=tuple(self._rows),
            schema=writable(_unified(schemas, "the files do not fit together")),
            null_texts=self.null_texts,
            id_column=name or None,
        )

    def _check(self, schema: pa.Schema, file: InputFile) -> None:
        check_columns(schema, self.columns.text, self.columns.id or None, str(file))


def read(files: Sequence[InputFile], columns: Columns, start: tuple[int, int] = (0, 0)) -> Iterator[Part]:
    """The rows of all files, a few thousand at a time.

    Args:
        files: as from `input_files`.
        columns: which to read.
        start: a file, and the rows of it to pass over.

    Raises:
        InputError: a file is damaged, or texts are none.
    """
    first, passed = start
    for number, file in enumerate(files[first:], start=first):
        for batch in batches(file, columns.names(), start=passed):
            texts = _column(batch, columns.text, file)
            if not (pa.types.is_null(texts.type) or file.is_jsonl):
                check_columns(batch.schema, columns.text, None, str(file))
            yield Part(
                Facts(number, len(batch), texts.null_count, batch.schema),
                _as_text(texts, columns.text, file),
                _ids(batch, columns, file),
                _decoded(_column(batch, columns.by or "", file)),
            )
        passed = 0


def _ids(batch: pa.RecordBatch, columns: Columns, file: InputFile) -> pa.Array:
    """The id column; nothing where there is none, or one that nobody asked for and that can hold no ids."""
    name = DEFAULT_ID if columns.id is None else columns.id
    return _column(batch, name, file) if has_ids(batch.schema, name) else pa.nulls(len(batch))


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _as_text(column: pa.Array, name: str, file: InputFile) -> pa.LargeStringArray:
    try:
        return pc.cast(column, pa.large_string())
    except pa.ArrowException as error:
        raise InputError(f"{file}: column {name!r} is {column.type}, not string") from error


def _column(batch: pa.RecordBatch, name: str, file: InputFile) -> pa.Array:
    if name not in batch.schema.names:
        return pa.nulls(len(batch))
    column = batch.column(name)
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        raise InputError(f"{file}: column {name!r}: {first_line(error)}") from error
    return column


def _footer(file: InputFile) -> pa.Schema | None:
    return None if file.is_jsonl else open_parquet(file).schema_arrow


def _check_names(schema: pa.Schema, file: InputFile) -> None:
    if len(set(schema.names)) < len(schema.names):
        raise InputError(f"{file}: two columns have the same name")


def _unified(schemas: list[pa.Schema], where: str) -> pa.Schema:
    try:
        schema = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException as error:
        raise InputError(f"{where}: {first_line(error)}") from error
    same = all(schema.equals(other, check_metadata=True) for other in schemas)
    return schema if same else schema.remove_metadata()
