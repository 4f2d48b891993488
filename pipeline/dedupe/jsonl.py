"""JSON lines, plain or compressed, as Arrow batches; every complaint names the file and the line."""

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

import pyarrow as pa
import zstandard

from pipeline.dedupe.files import InputFile
from pipeline.errors import InputError

_BATCH_ROWS, _BATCH_BYTES = 4096, 1 << 26
_CHUNK_BYTES = 1 << 20

Row = dict[str, object]


def jsonl_batches(
    file: InputFile, schema: pa.Schema | None = None, *, start: int = 0
) -> Iterator[pa.RecordBatch]:
    """Rows of a JSONL file, blank lines left out.

    Args:
        file: its name has one of the endings for JSON lines.
        schema: columns and types wanted; by default each batch has those that its own rows call for.
        start: rows to pass over.

    Raises:
        InputError: the file cannot be read, a line is no JSON object or no UTF-8, a column mixes types.
    """
    rows: list[Row] = []
    first, passed, size = 1, 0, 0
    for number, line in enumerate(_lines(file), start=1):
        if len(rows) == _BATCH_ROWS or size > _BATCH_BYTES:
            yield _batch(rows, schema, f"{file}, line {first} and following")
            rows, first, size = [], number, 0
        if not line.strip():
            continue
        if passed < start:
            passed += 1
            continue
        plain = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        rows.append(_row(plain, f"{file}, line {number}"))
        size += len(line)
    if rows:
        yield _batch(rows, schema, f"{file}, line {first} and following")


def _row(line: bytes, where: str) -> Row:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not valid UTF-8 (byte {error.start} of the line)") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not valid JSON ({error})") from error
    if not isinstance(row, dict):
        raise InputError(f"{where}: a JSON object is expected, not {type(row).__name__}")
    return row


def _batch(rows: list[Row], schema: pa.Schema | None, where: str) -> pa.RecordBatch:
    if schema:
        columns = [_column(rows, field.name, field.type, where) for field in schema]
        return pa.RecordBatch.from_arrays(columns, schema=schema)
    names = list(dict.fromkeys(name for row in rows for name in row))
    if unfit := next((name for name in names if not _is_unicode(name)), None):
        raise InputError(f"{where}: column name {unfit!r} is no valid Unicode")
    if not names:  # a batch made of no columns would have no rows
        return pa.RecordBatch.from_struct_array(pa.array(rows, pa.struct([])))
    return pa.record_batch([_column(rows, name, None, where) for name in names], names)


def _is_unicode(name: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _column(rows: list[Row], name: str, kind: pa.DataType | None, where: str) -> pa.Array:
    try:
        return pa.array([row.get(name) for row in rows], kind)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError) as error:
        raise InputError(f"{where}: column {name!r} cannot be read: {error}") from error


def _lines(file: InputFile) -> Iterator[bytes]:
    rest = b""
    for chunk in _chunks(file):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    yield rest


def _chunks(file: InputFile) -> Iterator[bytes]:
    try:
        with file.open() as stored:
            if file.path.endswith(".zst"):
                yield from _zstd_chunks(stored)
                return
            plain = gzip.GzipFile(fileobj=cast("BinaryIO", stored)) if file.path.endswith(".gz") else stored
            while chunk := plain.read(_CHUNK_BYTES):
                yield chunk
    except (EOFError, zlib.error, zstandard.ZstdError) as error:
        raise InputError(f"{file}: damaged or cut short ({error})") from error
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error})") from error


def _zstd_chunks(file: pa.NativeFile) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor()
    frame = decompressor.decompressobj()
    pending = False
    while chunk := file.read(_CHUNK_BYTES):
        while chunk:
            yield frame.decompress(chunk)
            chunk, pending = frame.unused_data, not frame.eof
            if frame.eof:
                frame = decompressor.decompressobj()
    if pending:
        raise EOFError("the last frame is not complete")
