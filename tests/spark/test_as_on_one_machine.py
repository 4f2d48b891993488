"""Spark keeps the rows that one machine keeps, and drops the others for the same rows, to the bit."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.spark.conftest import Dedupe, Output
from tests.spark.texts import corpus

pytestmark = pytest.mark.usefixtures("spark")


def both(dedupe: Dedupe, folder: Path, *arguments: object, **properties: object) -> tuple[Output, Output]:
    """The outputs of one machine and of Spark."""
    here = dedupe(*arguments, "-o", "here")
    assert here.exit_code == 0, here.output
    there = dedupe(*arguments, "-o", "there", "--engine", "spark", **properties)
    assert there.exit_code == 0, there.exception
    return Output(folder / "here"), Output(folder / "there")


def comparable(table: pa.Table) -> pa.Table:
    """With scores as strings, since NaN equals nothing."""
    return table.set_column(2, "score", table["score"].cast(pa.string()))


@pytest.mark.parametrize(
    ("order", "families", "finish", "rounds"),
    [
        (["--keep", "first"], 3, 0, range(3, 30)),
        (["--keep", "longest", "--order-by", "score"], 40, 150, range(3, 30)),
        (["--keep", "best", "--order-by", "score"], 40, 1000, range(1, 2)),
        (["--keep", "first", "--order-by", "score"], 60, 100_000, range(1, 2)),
    ],
    ids=[
        "first, in rounds of heads",
        "longest, in heads and blocks",
        "best, in one block",
        "first, in one task",
    ],
)
def test_same_rows_stay_and_go_for_the_same(
    dedupe: Dedupe, tmp_path: Path, order: list[str], families: int, finish: int, rounds: range
) -> None:
    table = corpus(seed=7, families=families)
    half = len(table) // 2
    pq.write_table(table[:half], tmp_path / "b.parquet", row_group_size=300)
    pq.write_table(table[half:], tmp_path / "a.parquet")
    here, there = both(
        dedupe, tmp_path, "b.parquet", "a.parquet", *order, finishRows=finish, splitBytes=100_000
    )
    assert comparable(there.kept).equals(comparable(here.kept))
    assert there.duplicates.equals(here.duplicates)
    assert len(here.duplicates) > 5 * families
    manifest = json.loads((there.folder / "manifest.json").read_text())
    assert manifest["engine"]["as_on_one_machine"]
    assert manifest["counts"] == json.loads((here.folder / "manifest.json").read_text())["counts"]
    assert manifest["engine"]["rounds"] in rounds
    assert len(table) > finish or finish == 100_000


def test_json_lines_words_and_no_ids(dedupe: Dedupe, tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(80)]
    texts = [
        " ".join(words),
        " ".join([*words[:-1], "other"]),
        "!!!",
        "!!!",
        "one two",
        None,
        " ".join(words),
    ]
    lines = [json.dumps({"body": text, "n": number}) for number, text in enumerate(texts)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines[:4]))
    (tmp_path / "b.jsonl").write_text("\n".join(lines[4:]))
    here, there = both(
        dedupe,
        tmp_path,
        "a.jsonl",
        "b.jsonl",
        "--text-column",
        "body",
        "--tokens",
        "words",
        "--threshold",
        0.7,
    )
    assert there.kept.equals(here.kept)
    assert there.duplicates.equals(here.duplicates)
    assert there.duplicates["dropped_id"].to_pylist() == ["1", "6"]


def test_an_output_can_be_read_and_replaced_by_either_engine(dedupe: Dedupe, tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"text": ["一二三四五六七八", "一二三四五六七八", "别的"]}), tmp_path / "in.parquet"
    )
    on_spark = ["in.parquet", "-o", "out", "--engine", "spark"]
    assert dedupe(*on_spark).exit_code == 0
    again = dedupe("out", "-o", "again")
    assert "2 rows read from 1 file" in again.output
    assert dedupe("in.parquet", "-o", "out").exit_code == 0
    assert (tmp_path / "out/duplicates.parquet").is_file()
    assert dedupe(*on_spark).exit_code == 0
    assert Output(tmp_path / "out").duplicates["dropped_id"].to_pylist() == ["1"]
    assert not list((tmp_path / "out").glob(".*"))
