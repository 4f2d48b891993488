"""The two columns that matter, checked: texts to compare, ids to name them."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.shingles import as_texts, is_text
from pipeline.errors import InputError

DEFAULT_ID = "id"


def check_columns(schema: pa.Schema, text_column: str, id_column: str | None, where: str) -> None:
    """See that a table has what is needed of it.

    Raises:
        InputError: a column is missing (the message lists those there are) or of the wrong type.
    """
    for column in (text_column, id_column):
        if column is not None and column not in schema.names:
            raise InputError(f"{where} has no column {column!r}; it has {_listed(schema.names)}")
    if not is_text(schema.field(text_column).type):
        raise InputError(f"{where}: column {text_column!r} is {schema.field(text_column).type}, not string")
    if id_column is not None and not _is_id(schema.field(id_column).type):
        raise InputError(
            f"{where}: column {id_column!r} is {schema.field(id_column).type}, not string or integer"
        )


def checked_ids(
    column: pa.ChunkedArray | None, rows: int, place: Callable[[int], str]
) -> pa.LargeStringArray:
    """Ids as strings; the row number, from 0, where there is no id column.

    Args:
        column: the id column, if there is one.
        rows: number of rows.
        place: says in words where a row stands, for messages.

    Raises:
        InputError: an id is missing or occurs twice.
    """
    if column is None:
        return as_texts([str(row) for row in range(rows)])
    if column.null_count:
        raise InputError(f"{place(pc.index(column.is_null(), True).as_py())} has no id")
    ids = as_texts(pc.cast(column, pa.large_string()))
    if pc.count_distinct(ids).as_py() < rows:
        raise InputError(_repeated(ids, place))
    return ids


def _repeated(ids: pa.LargeStringArray, place: Callable[[int], str]) -> str:
    seen: dict[str, int] = {}
    for row, name in enumerate(ids.to_pylist()):
        if name in seen:
            return f"id {name!r} occurs twice: {place(seen[name])} and {place(row)}"
        seen[name] = row
    raise AssertionError("no id occurs twice")


def has_ids(schema: pa.Schema, column: str) -> bool:
    """Whether there is such a column and it can hold ids."""
    return column in schema.names and _is_id(schema.field(column).type)


def _is_id(kind: pa.DataType) -> bool:
    return is_text(kind) or pa.types.is_integer(kind)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "no columns"
