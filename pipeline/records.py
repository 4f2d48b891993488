"""Frozen dataclasses as Arrow tables: a record is written once, its schema follows from it."""

import dataclasses
import functools
import itertools
import types
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

_SCALARS: Mapping[object, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.large_binary(),
    date: pa.date32(),
    datetime: pa.timestamp("ms", tz="UTC"),
}


class Record(Protocol):
    """Any dataclass; what a row looks like to Python code."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]


R = TypeVar("R", bound=Record)


@functools.cache
def schema_of(record: type[Record]) -> pa.Schema:
    """Arrow schema of a record class, so that each table has one definition.

    ``Annotated[str, "..."]`` puts the text into the field's metadata as ``description``;
    ``X | None`` makes the column nullable, ``tuple[X, ...]`` a list, a dataclass a struct.

    Raises:
        TypeError: a field's type has no Arrow counterpart.
    """
    return pa.schema(_fields(record))


def to_batch(record: type[R], rows: Iterable[R]) -> pa.RecordBatch:
    """Rows as one Arrow batch in the record's schema."""
    rows, schema = list(rows), schema_of(record)
    columns = [_array([getattr(row, field.name) for row in rows], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def batched(record: type[R], rows: Iterable[R], size: int) -> Iterator[pa.RecordBatch]:
    """Rows as Arrow batches of at most ``size`` rows."""
    rows = iter(rows)
    while batch := list(itertools.islice(rows, size)):
        yield to_batch(record, batch)


def from_batch(record: type[R], batch: pa.RecordBatch | pa.Table) -> Iterator[R]:
    """The rows of a batch as records; columns that the record does not name are ignored."""
    kinds = _element_types(record)
    columns = [_values(batch.column(name), kinds.get(name)) for name in schema_of(record).names]
    yield from itertools.starmap(record, zip(*columns, strict=True))


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Values as an Arrow array, column by column: a struct for each dataclass would take ten times as long."""
    if pa.types.is_struct(kind):
        children = [_array([getattr(value, field.name) for value in values], field.type) for field in kind]
        return pa.StructArray.from_arrays(children, fields=list(kind))
    if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
        offsets = [0, *itertools.accumulate(map(len, values))]
        elements = _array(list(itertools.chain.from_iterable(values)), kind.value_type)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), elements, type=kind)
    return pa.array(values, kind)


def _fields(record: type[Record]) -> list[pa.Field]:
    hints = get_type_hints(record, include_extras=True)
    fields = []
    for field in dataclasses.fields(record):
        hint, text = _annotation(hints[field.name])
        kind, nullable = _arrow_type(hint)
        metadata = {"description": text} if text else None
        fields.append(pa.field(field.name, kind, nullable=nullable, metadata=metadata))
    return fields


def _annotation(hint: object) -> tuple[object, str]:
    if get_origin(hint) is Annotated:
        inner, text, *_ = get_args(hint)
        return inner, str(text)
    return hint, ""


def _arrow_type(hint: object) -> tuple[pa.DataType, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"no Arrow type for {hint}")
        return _arrow_type(inner[0])[0], True
    if get_origin(hint) is tuple:
        kind, _ = _arrow_type(get_args(hint)[0])
        return pa.list_(pa.field("element", kind, nullable=False)), False
    if isinstance(hint, pa.DataType):
        return hint, False
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return pa.struct(_fields(hint)), False
    if hint in _SCALARS:
        return _SCALARS[hint], False
    raise TypeError(f"no Arrow type for {hint}")


@functools.cache
def _element_types(record: type[Record]) -> Mapping[str, object]:
    """By name of a list's column, what its elements are."""
    return {
        name: get_args(hint)[0] for name, hint in get_type_hints(record).items() if get_origin(hint) is tuple
    }


def _values(column: pa.Array | pa.ChunkedArray, element: object) -> list[Any]:
    """Python values of a column, lists as tuples; dataclasses are built from their fields' columns."""
    if element is None:
        scalars: list[Any] = column.to_pylist()
        return scalars
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if array.null_count:
        raise TypeError("a list is null")
    elements = array.flatten()
    if dataclasses.is_dataclass(element) and isinstance(element, type):
        fields = elements.flatten()
        names = [field.name for field in elements.type]
        parts = [fields[names.index(field.name)].to_pylist() for field in dataclasses.fields(element)]
        values = itertools.starmap(element, zip(*parts, strict=True))
    else:
        values = iter(elements.to_pylist())
    return [tuple(itertools.islice(values, size)) for size in array.value_lengths().to_pylist()]
