"""Records and Arrow are the same thing; files are whole or not there."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import pyarrow as pa
import pytest

from pipeline.errors import LockedError, OutputError
from pipeline.io import atomic_file, exclusive, write_json
from pipeline.records import from_batch, schema_of, to_batch
from pipeline.schema import TABLES, Document, Line, Page, stable_id


@dataclass(frozen=True, slots=True)
class Inner:
    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class Sample:
    name: Annotated[str, "who"]
    when: datetime | None
    day: date | None
    body: bytes
    tags: tuple[str, ...]
    parts: tuple[Inner, ...]


def test_a_record_survives_the_way_through_arrow() -> None:
    rows = [
        Sample(
            "甲",
            datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
            date(2026, 1, 2),
            b"\x00",
            ("a", "b"),
            (Inner("r", 1),),
        ),
        Sample("乙", None, None, b"", (), ()),
    ]
    assert list(from_batch(Sample, to_batch(Sample, rows))) == rows


def test_schema_carries_nullability_and_descriptions() -> None:
    schema = schema_of(Sample)
    assert schema.field("name").metadata == {b"description": b"who"}
    assert not schema.field("name").nullable
    assert schema.field("when").nullable
    assert schema.field("parts").type.value_type.num_fields == 2


def test_a_type_without_an_arrow_counterpart_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Bad:
        value: complex

    with pytest.raises(TypeError, match="complex"):
        schema_of(Bad)


@pytest.mark.parametrize("name", TABLES)
def test_every_published_column_is_described_or_plainly_named(name: str) -> None:
    undescribed = {field.name for field in schema_of(TABLES[name]) if not field.metadata}
    assert undescribed == set()


def test_documents_inherit_the_page_columns() -> None:
    names = schema_of(Document).names
    assert names[: len(schema_of(TABLES["pages"]).names)] == schema_of(TABLES["pages"]).names
    assert Line("正文") == Line("正文", head=False)
    assert Page("u", 200, "", None, b"", "f", 0).error == ""


def test_stable_ids_do_not_change() -> None:
    assert stable_id("http://www.example.com/a/1.html") == stable_id("http://www.example.com/a/1.html")
    assert stable_id("a", "b") != stable_id("ab")
    assert len(stable_id("")) == 20


def _fail_after(file: BinaryIO) -> None:
    file.write(b"half")
    raise KeyError("plug pulled")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file.bin"
    with pytest.raises(KeyError, match="pulled"), atomic_file(target) as file:
        _fail_after(file)
    assert list(target.parent.iterdir()) == []
    write_json(target, {"语": 1})
    assert target.read_text("utf-8") == '{\n "语": 1\n}\n'


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"), atomic_file(tmp_path / "file" / "x"):
        pass


def test_a_lock_is_held_once_and_let_go(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path),
        pytest.raises(LockedError, match="in use"),
        exclusive(tmp_path),
    ):
        pass
    with exclusive(tmp_path):
        assert pa.__version__
