"""Files as Arrow batches, of Parquet or JSON lines; every complaint names the file."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.dedupe.files import InputFile
from pipeline.dedupe.jsonl import jsonl_batches
from pipeline.errors import InputError

_BATCH_ROWS, _BATCH_BYTES = 8192, 1 << 26


def batches(
    file: InputFile, columns: list[str] | None = None, schema: pa.Schema | None = None, *, start: int = 0
) -> Iterator[pa.RecordBatch]:
    """Batches of a file from a row on; of Parquet only the columns named, of JSONL in the schema given."""
    if file.is_jsonl:
        yield from jsonl_batches(file, schema, start=start)
        return
    parquet = open_parquet(file)
    names = [name for name in parquet.schema_arrow.names if columns is None or name in columns]
    groups, start = _groups_from(parquet, start)
    try:
        for batch in parquet.iter_batches(_batch_rows(parquet), row_groups=groups, columns=names):
            rest = batch.slice(min(start, len(batch)))
            start -= len(batch) - len(rest)
            if len(rest):
                yield rest if schema is None else _fitted(rest, schema, file)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: damaged Parquet ({first_line(error)})") from error


def _batch_rows(parquet: pq.ParquetFile) -> int:
    """Rows to read at once: fewer where they are large."""
    groups = map(parquet.metadata.row_group, range(parquet.num_row_groups))
    largest = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(1, largest)))


def _groups_from(parquet: pq.ParquetFile, start: int) -> tuple[list[int], int]:
    """Row groups behind so many rows, and how many rows of the first of them to pass over."""
    sizes = [parquet.metadata.row_group(at).num_rows for at in range(parquet.num_row_groups)]
    first = 0
    while first < len(sizes) and start >= sizes[first]:
        start -= sizes[first]
        first += 1
    return list(range(first, len(sizes))), start


def _fitted(batch: pa.RecordBatch, schema: pa.Schema, file: InputFile) -> pa.RecordBatch:
    columns = []
    for wanted in schema:
        if wanted.name not in batch.schema.names:
            columns.append(pa.nulls(len(batch), wanted.type))
            continue
        try:
            columns.append(pc.cast(batch.column(wanted.name), wanted.type))
        except pa.ArrowException as error:
            reason = f"column {wanted.name!r} does not fit the other files' {wanted.type}"
            raise InputError(f"{file}: {reason} ({first_line(error)})") from error
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def open_parquet(file: InputFile) -> pq.ParquetFile:
    """A Parquet file, of which only the end has been read.

    Raises:
        InputError: it is none, or cut short.
    """
    try:
        return pq.ParquetFile(file.open())
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: not readable as Parquet ({first_line(error)})") from error


def first_line(error: Exception) -> str:
    """What an error says, without what Arrow adds in further lines."""
    return str(error).strip().split("\n", maxsplit=1)[0]


def writable(schema: pa.Schema) -> pa.Schema:
    """The schema as it will be written; views of strings and bytes become plain ones.

    Raises:
        InputError: Parquet has no such type.
    """
    plain = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    for at, column in enumerate(schema):
        schema = schema.set(at, column.with_type(plain.get(column.type, column.type)))
    try:
        with pq.ParquetWriter(pa.BufferOutputStream(), schema):
            pass
    except pa.ArrowException as error:
        raise InputError(f"a column cannot be written as Parquet: {first_line(error)}") from error
    return schema
