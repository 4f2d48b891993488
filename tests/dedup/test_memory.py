"""`dedupe --index`: a daily batch against all that earlier days kept."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 900)]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def indexed(run: Run) -> Run:
    """Runs `dedupe --index seen`."""
    return lambda *arguments: run(*arguments, "--index", "seen")


def essays(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(HAN, k=200)) for _ in range(count)]


def day(name: str, rows: dict[str, str]) -> str:
    path = f"{name}.parquet"
    pq.write_table(pa.table({"id": list(rows), "text": list(rows.values())}), path)
    return path


def kept(out: str) -> list[str]:
    table = pa.concat_tables(pq.read_table(path) for path in sorted(Path(out).glob("train-*.parquet")))
    ids: list[str] = table["id"].to_pylist()
    return ids


def duplicates(out: str) -> list[dict[str, object]]:
    """The table, of each run's name its number."""
    rows: list[dict[str, object]] = pq.read_table(f"{out}/duplicates.parquet").to_pylist()
    return [{**row, "run": str(row["run"]).rpartition("-")[0]} for row in rows]


A, B, C, D = essays(1, 4)


def test_a_row_goes_for_one_that_an_earlier_run_kept(indexed: Run) -> None:
    monday = day("monday", {"a": A, "b": B})
    tuesday = day("tuesday", {"a2": A[:-6] + "二〇二五年", "c": C, "b2": B, "c2": C[3:]})
    assert indexed(monday, "-o", "1").returncode == 0
    done = indexed(tuesday, "-o", "2")
    assert done.returncode == 0, done.stderr
    assert "2 of them repeat a row that an earlier run kept" in done.stdout
    assert kept("2") == ["c"]
    near, same, own = duplicates("2")
    assert (near["dropped_id"], near["kept_id"], near["rule"], near["run"]) == (
        "a2",
        "a",
        "near",
        "run-000001",
    )
    assert (near["kept_file"], near["kept_row"], near["containment"]) == (None, None, None)
    assert 0.8 <= float(str(near["jaccard"])) < 1
    assert (same["dropped_id"], same["kept_id"], same["rule"], same["jaccard"]) == ("b2", "b", "exact", 1.0)
    assert (own["dropped_id"], own["kept_id"], own["run"]) == ("c2", "c", "run-000002")
    assert (own["kept_file"], own["kept_row"]) == ("tuesday.parquet", 1)


def test_copies_of_a_row_that_goes_name_the_same_earlier_row(indexed: Run) -> None:
    indexed(day("monday", {"a": A}), "-o", "1")
    indexed(day("tuesday", {"x": A, "y": A, "z": D}), "-o", "2")
    assert kept("2") == ["z"]
    assert [(row["dropped_id"], row["kept_id"], row["run"]) for row in duplicates("2")] == [
        ("x", "a", "run-000001"),
        ("y", "a", "run-000001"),
    ]


def test_days_one_by_one_keep_what_all_days_at_once_keep(indexed: Run, run: Run) -> None:
    chance = random.Random(5)
    originals = essays(7, 40)
    rows = {}
    for number in range(240):
        text = list(chance.choice(originals))
        for _ in range(chance.randint(0, 8)):
            text[chance.randrange(200)] = chance.choice(HAN)
        rows[f"{number:03d}"] = "".join(text)
    names = list(rows)
    found = []
    for number in range(12):
        some = {name: rows[name] for name in names[number * 20 : number * 20 + 20]}
        assert indexed(day(f"day{number}", some), "-o", f"out{number}").returncode == 0
        found += kept(f"out{number}")
    whole = day("all", rows)
    assert run(whole, "-o", "all").returncode == 0
    assert found == kept("all")


def test_a_batch_of_which_nothing_is_new(indexed: Run) -> None:
    indexed(day("monday", {"a": A}), "-o", "1")
    done = indexed(day("tuesday", {"x": A}), "-o", "2")
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert kept("2") == []
    assert len(duplicates("2")) == 1


def test_a_dry_run_asks_and_adds_nothing(indexed: Run) -> None:
    indexed(day("monday", {"a": A}), "-o", "1")
    tuesday = day("tuesday", {"x": A, "b": B})
    for _ in range(2):
        report = json.loads(indexed(tuesday, "--dry-run", "--json").stdout)
        assert (report["kept"], report["kept_earlier"]) == (1, 1)
    assert "x" in indexed(tuesday, "--explain", "x").stdout


def test_other_options_are_refused_in_one_line(indexed: Run) -> None:
    indexed(day("monday", {"a": A}), "-o", "1")
    done = indexed("monday.parquet", "-o", "2", "--threshold", "0.7", "--ngram", "4")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "threshold" in done.stderr
    assert "ngram" in done.stderr
    assert not Path("2").exists()


def test_the_output_of_a_run_that_the_index_points_to_is_not_replaced(indexed: Run) -> None:
    indexed(day("monday", {"a": A}), "-o", "1")
    done = indexed(day("tuesday", {"b": B}), "-o", "1")
    assert done.returncode == 2
    assert "1 holds run-000001-" in done.stderr
    assert kept("1") == ["a"]


def test_a_folder_of_something_else_is_no_index(indexed: Run) -> None:
    Path("seen").mkdir()
    Path("seen/precious.txt").write_text("data")
    done = indexed(day("monday", {"a": A}), "-o", "1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert Path("seen/precious.txt").read_text() == "data"
    assert not Path("1").exists()


def test_killed_between_output_and_index_the_same_run_is_done_again(
    indexed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monday = day("monday", {"a": A, "b": B})
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.dedupe.memory.Memory.add", lambda *_: sys.exit(9))
        assert indexed(monday, "-o", "1").returncode == 9
    assert indexed(monday, "-o", "1").returncode == 0
    assert kept("1") == ["a", "b"]
    assert indexed(day("tuesday", {"x": A}), "-o", "2").returncode == 0
    assert kept("2") == []
