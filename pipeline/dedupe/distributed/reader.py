"""The input as tasks read it: files in splits, each row numbered as on one machine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedupe.batches import batches, open_parquet
from pipeline.dedupe.files import InputFile
from pipeline.dedupe.mask import masked_texts
from pipeline.dedupe.options import Mask
from pipeline.dedupe.source import Columns, Facts, Part, read
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of one file that one task reads."""

    file: int
    start: int
    """Its first row, in the file."""
    rows: int
    first: int
    """The same row, in the whole input."""


def survey(file: InputFile, number: int, columns: Columns) -> Facts:
    """What is to be known of a file before it is split: of Parquet from its footer, of JSONL from all of it.

    Raises:
        InputError: it is damaged.
    """
    if not file.is_jsonl:
        parquet = open_parquet(file)
        return Facts(number, parquet.metadata.num_rows, 0, parquet.schema_arrow)
    rows, schemas = 0, list[pa.Schema]()
    for part in read((file,), columns):
        rows += part.facts.rows
        schemas = [_wider([*schemas, part.facts.schema], str(file))]
    return Facts(number, rows, 0, schemas[0] if schemas else pa.schema([]))


def groups_of(file: InputFile) -> list[tuple[int, int]]:
    """Rows and bytes of each part of a file that can be read alone; nothing of JSONL."""
    if file.is_jsonl:
        return []
    metadata = open_parquet(file).metadata
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    sizes = [
        sum(group.column(at).total_compressed_size for at in range(group.num_columns)) for group in groups
    ]
    return [(group.num_rows, size) for group, size in zip(groups, sizes, strict=True)]


def splits_of(rows: Sequence[int], groups: Sequence[list[tuple[int, int]]], size: int) -> tuple[Split, ...]:
    """Files cut into parts of about so many bytes, in input order.

    Args:
        rows: of each file.
        groups: as from `groups_of`.
        size: bytes from which on a split is closed.
    """
    splits, first = list[Split](), 0
    for file, (count, parts) in enumerate(zip(rows, groups, strict=True)):
        start, taken, held = 0, 0, 0
        for group, stored in parts or [(count, 0)]:
            taken, held = taken + group, held + stored
            if taken and (held >= size or start + taken == count):
                splits.append(Split(file, start, taken, first + start))
                start, taken, held = start + taken, 0, 0
        first += count
    return tuple(splits)


@dataclass(frozen=True, slots=True)
class CorpusReader:
    """Splits of a corpus; what the engine asks for (`pipeline.engine.spark.kernels.Reader`)."""

    files: tuple[InputFile, ...]
    splits: tuple[Split, ...]
    columns: Columns
    """With the id column that all files have, or the empty string."""
    mask: Mask
    by: pa.DataType | None
    """Common type of the values that rows are chosen by."""

    def rows(self, split: int) -> Iterator[pa.RecordBatch]:
        """See the protocol.

        Raises:
            InputError: a row has no id, a file is damaged or changed.
        """
        for first, part, texts in self._parts(split, self.columns):
            yield pa.record_batch(
                {
                    "row": pa.array(np.arange(first, first + len(texts))),
                    "name": self._names(split, first, part.ids),
                    "text": texts,
                    "by": pa.nulls(len(texts), pa.int32()) if self.by is None else sortable(part.by, self.by),
                }
            )

    def texts(self, split: int) -> Iterator[pa.RecordBatch]:
        """See the protocol."""
        for first, _, texts in self._parts(split, Columns(self.columns.text, "")):
            yield pa.record_batch({"row": pa.array(np.arange(first, first + len(texts))), "text": texts})

    def _parts(self, split: int, columns: Columns) -> Iterator[tuple[int, Part, pa.LargeStringArray]]:
        where = self.splits[split]
        file = self.files[where.file]
        file.check_unchanged()
        done = 0
        for whole in read((file,), columns, (0, where.start)):
            count = min(len(whole.texts), where.rows - done)
            part = replace(
                whole,
                texts=whole.texts.slice(0, count),
                ids=whole.ids.slice(0, count),
                by=whole.by.slice(0, count),
            )
            if count:
                yield where.first + done, part, masked_texts(part, self.mask, 1).texts
            done += count
            if done == where.rows:
                return
        raise InputError(f"{file} changed while it was read; start again")

    def _names(self, split: int, first: int, ids: pa.Array) -> pa.Array:
        if not self.columns.id:
            return pc.cast(pa.array(np.arange(first, first + len(ids))), pa.string())
        if ids.null_count:
            where = self.splits[split]
            row = where.start + first - where.first + pc.index(ids.is_null(), True).as_py()
            raise InputError(f"row {row} of {self.files[where.file]} has no id")
        return pc.cast(ids, pa.string())

    def names(self, batch: pa.RecordBatch, first: int) -> pa.Array:
        """Ids of a batch of all columns; the numbers of its rows, of which the first is told, where there are none."""
        numbers = pa.array(np.arange(first, first + len(batch)))
        return pc.cast(batch.column(self.columns.id) if self.columns.id else numbers, pa.string())

    def batches(self, split: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """A split's rows with all columns."""
        where = self.splits[split]
        file, left = self.files[where.file], where.rows
        file.check_unchanged()
        for batch in batches(file, schema=schema, start=where.start):
            yield batch.slice(0, left)
            left -= min(left, len(batch))
            if not left:
                return

    def positions(self, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[pa.Array, pa.Array]:
        """File, as given, and row in it from 0, of rows of the whole."""
        at = np.searchsorted([split.first for split in self.splits], rows, "right") - 1
        begins = np.array([split.first - split.start for split in self.splits])
        names = pa.array([self.files[split.file].name for split in self.splits], pa.string())
        return names.take(pa.array(at)), pa.array(rows - begins[at])


def spark_type(kind: pa.DataType | None) -> str | None:
    """What Spark calls the type that values are sorted as.

    Raises:
        InputError: there is no such order.
    """
    if kind is None:
        return None
    plain = sortable(pa.nulls(0, kind), kind).type
    names = {pa.int64(): "long", pa.float64(): "double", pa.string(): "string", pa.binary(): "binary"}
    return names.get(plain) or f"decimal({plain.precision},{plain.scale})"


def sortable(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Values as one of the few types that Spark orders as Arrow does; numbers for times, no negative zero.

    Raises:
        InputError: values of this type have no order.
    """
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    try:
        values = pc.cast(values, kind)
        if pa.types.is_floating(kind):
            return pc.add(pc.cast(values, pa.float64()), 0.0)
        if pa.types.is_date32(kind) or pa.types.is_time32(kind):
            values = pc.cast(values, pa.int32())
        return pc.cast(values, _ordered_as(kind))
    except pa.ArrowException as error:
        raise InputError(f"values of type {kind} have no order") from error


def _ordered_as(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.binary()
    if pa.types.is_uint64(kind):
        return pa.decimal128(20, 0)
    return kind if pa.types.is_decimal128(kind) else pa.int64()


def _wider(schemas: list[pa.Schema], where: str) -> pa.Schema:
    try:
        return pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException as error:
        raise InputError(f"{where}: {str(error).splitlines()[0]}") from error
