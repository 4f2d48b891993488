"""A query that was written once works for ever: tables and columns are added, never renamed, changed or taken away."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.records import schema_of
from pipeline.schema import TABLES

PUBLISHED = Path(__file__).parent / "published_columns.txt"
"""``table.column: type`` of all that was ever published, nested fields too; lines are added here, never changed."""


def lines_of(prefix: str, kind: pa.DataType) -> list[str]:
    if pa.types.is_struct(kind):
        return [line for field in kind for line in lines_of(f"{prefix}.{field.name}", field.type)]
    if pa.types.is_list(kind):
        return lines_of(f"{prefix}[]", kind.value_type)
    return [f"{prefix}: {kind}"]


def columns() -> set[str]:
    return {
        line
        for name, record in TABLES.items()
        for field in schema_of(record)
        for line in lines_of(f"{name}.{field.name}", field.type)
    }


def test_no_column_that_was_published_is_gone_or_has_changed() -> None:
    published = set(PUBLISHED.read_text("utf-8").splitlines())
    gone = published - columns()
    assert not gone, f"readers rely on these: {sorted(gone)}"
    new = columns() - published
    assert not new, f"add to {PUBLISHED.name}: {sorted(new)}"


def test_the_list_itself_has_every_column_once() -> None:
    lines = PUBLISHED.read_text("utf-8").splitlines()
    assert lines == sorted(set(lines))


@pytest.mark.parametrize("name", TABLES)
def test_the_first_column_is_what_a_row_is_known_or_grouped_by(name: str) -> None:
    first = schema_of(TABLES[name])[0]
    assert first.type == pa.string()
    assert not first.nullable
