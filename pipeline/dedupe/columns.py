"""The two columns that matter, checked: texts to compare, ids to name them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.exact import content_digests, first_copies
from pipeline.dedup.texts import Rows, as_strings, is_text, texts_of
from pipeline.errors import InputError

DEFAULT_ID = "id"
_MOST_DIGITS = 20


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


@dataclass(frozen=True, slots=True)
class Names:
    """How rows are called: by their ids, or by their numbers from 0 where there are none."""

    ids: pa.LargeStringArray | None

    def of(self, rows: Rows) -> pa.StringArray:
        """Names of some rows."""
        if self.ids is None:
            return pc.cast(pa.array(rows), pa.string())
        return pc.cast(self.ids.take(pa.array(rows)), pa.string())

    def row(self, name: str, count: int) -> int | None:
        """The row of this name among so many, if there is one."""
        if self.ids is None:
            short = name.isdecimal() and len(name) < _MOST_DIGITS
            return int(name) if short and int(name) < count and str(int(name)) == name else None
        row = pc.index(self.ids, name).as_py()
        return None if row < 0 else int(row)


def checked_ids(column: pa.ChunkedArray | None, place: Callable[[int], str]) -> Names:
    """Ids as strings, if there is an id column.

    Args:
        column: the id column, if there is one.
        place: says in words where a row stands, for messages.

    Raises:
        InputError: an id is missing or occurs twice.
    """
    if column is None:
        return Names(None)
    if column.null_count:
        raise InputError(f"{place(pc.index(column.is_null(), True).as_py())} has no id")
    ids = as_strings(pc.cast(column, pa.large_string()))
    rows = np.arange(len(ids))
    first = first_copies(content_digests(texts_of(ids)), rows)
    again = np.flatnonzero(first != rows)
    if len(again):
        row = int(again[0])
        raise InputError(f"id {ids[row].as_py()!r} occurs twice: {place(int(first[row]))} and {place(row)}")
    return Names(ids)


def has_ids(schema: pa.Schema, column: str) -> bool:
    """Whether there is such a column and it can hold ids."""
    return column in schema.names and _is_id(schema.field(column).type)


def _is_id(kind: pa.DataType) -> bool:
    return is_text(kind) or pa.types.is_integer(kind)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "no columns"
