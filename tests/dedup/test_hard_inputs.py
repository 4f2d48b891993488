"""What an attack on the command found: each of these lost data, said something false, or ended in a traceback."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.dedupe import output, target
from pipeline.dedupe.explain import differences
from pipeline.dedupe.options import Options
from pipeline.dedupe.run import Resources, find
from pipeline.dedupe.target import WORK
from pipeline.errors import InputError

Run = Callable[..., subprocess.CompletedProcess[str]]
ESSAY = "".join(chr(0x4E00 + 7 * place) for place in range(300))
OTHER = ESSAY[::-1]


def corpus(path: str, **columns: object) -> str:
    pq.write_table(pa.table({"text": [ESSAY, ESSAY[:-5], OTHER], **columns}), path)
    return path


def says(done: subprocess.CompletedProcess[str], message: str) -> bool:
    errors = [line for line in done.stderr.splitlines() if not line.startswith("dedupe: signatures")]
    return (done.returncode, len(errors)) == (2, 1) and message in errors[0]


def test_an_input_in_the_output_folder_is_not_overwritten(run: Run) -> None:
    run(corpus("c.parquet"), "-o", "out")
    part = "out/train-00000-of-00001.parquet"
    before = Path(part).read_bytes()
    assert says(run(part, "-o", "out", "--threshold", 0.3), "lies in the output folder")
    assert Path(part).read_bytes() == before


def test_an_output_in_an_input_folder_is_seen_by_its_address_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    corpus("in/c.parquet")
    assert says(run(f"file://{tmp_path}/in", "-o", "in/out"), "lies inside the input folder")


@pytest.mark.parametrize("texts", [[OTHER, ESSAY, ESSAY], [ESSAY], [ESSAY] * 9])
def test_a_file_that_changes_before_it_is_read_again_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    corpus("c.parquet")
    with target.claimed(Path("out")):
        found = find(["c.parquet"], Options(), Resources(1 << 30), Path("out") / WORK)
        pq.write_table(pa.table({"text": texts}), "c.parquet")
        with pytest.raises(InputError, match="changed while it was read"):
            output.write(found, Path("out"))
    assert not list(Path("out").glob("*.parquet"))


def test_explain_names_the_row_that_an_earlier_run_kept(run: Run) -> None:
    pq.write_table(pa.table({"id": ["a"], "text": [ESSAY]}), "1.parquet")
    pq.write_table(pa.table({"id": ["x", "y"], "text": [ESSAY[:-5], ESSAY[:-5]]}), "2.parquet")
    run("1.parquet", "-o", "out", "--index", "seen")
    shown = run("2.parquet", "--explain", "y", "--index", "seen").stdout
    assert "a was kept by run-000001" in shown
    assert "is kept, and no other row" not in shown
    cluster = json.loads(run("2.parquet", "--explain", "y", "--index", "seen", "--json").stdout)
    assert (cluster["kept_id"], [row["id"] for row in cluster["dropped"]]) == ("a", ["x", "y"])
    assert "repeats a of run-000001" in run("2.parquet", "--dry-run", "--index", "seen").stdout


def test_an_output_of_an_index_is_not_replaced_without_it(run: Run) -> None:
    run(corpus("c.parquet"), "-o", "out", "--index", "seen")
    assert says(run("c.parquet", "-o", "out", "--threshold", 0.7), "out holds run-000001")


def test_output_and_index_are_two_folders(run: Run) -> None:
    assert says(run(corpus("c.parquet"), "-o", "x", "--index", "x"), "are two folders")
    assert not Path("x").exists()


def test_two_runs_that_were_killed_before_the_index_knew_have_two_names(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.dedupe.memory.Memory.add", lambda *_: sys.exit(9))
        run(corpus("monday.parquet"), "-o", "monday", "--index", "seen")
    run(corpus("tuesday.parquet"), "-o", "tuesday", "--index", "seen")
    done = run("monday.parquet", "-o", "monday", "--index", "seen")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("ids", [[[1], [2], [3]], [{"a": 1}] * 3, [b"\xff", b"\xfe", b"x"]])
def test_a_column_id_that_can_hold_no_ids_is_left_alone(run: Run, ids: list[object]) -> None:
    done = run(corpus("c.parquet", id=ids), "-o", "out")
    assert done.returncode == 0, done.stderr
    assert "the row number is the id" in done.stdout
    assert pq.read_table("out/train-00000-of-00001.parquet")["id"].to_pylist() == [ids[0], ids[2]]


def test_categories_have_an_order(run: Run) -> None:
    grades = pa.array(["b", "a", "c"]).dictionary_encode()
    run(corpus("c.parquet", grade=grades), "-o", "out", "--order-by", "grade")
    assert pq.read_table("out/duplicates.parquet")["kept_id"].to_pylist() == ["1"]


def test_numbers_that_have_no_common_type(run: Run) -> None:
    corpus("1.parquet", score=[2**60 + 1, 1, 2])
    corpus("2.parquet", score=[0.5, 1.5, 2.5])
    done = run("1.parquet", "2.parquet", "-o", "out", "--order-by", "score")
    assert says(done, "double, int64 have no common order")
    done = run("1.parquet", "2.parquet", "-o", "out")
    assert done.returncode == 2
    assert "1.parquet: column 'score' does not fit" in done.stderr


def test_views_of_strings_are_strings(run: Run) -> None:
    texts = pa.array([ESSAY, ESSAY, OTHER], pa.string_view())
    pq.write_table(pa.table({"text": texts}), "c.parquet")
    done = run("c.parquet", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert pq.read_table("out/train-00000-of-00001.parquet")["text"].to_pylist() == [ESSAY, OTHER]


@pytest.mark.parametrize("option", ["--threshold", "--contained"])
def test_nan_is_no_share(run: Run, option: str) -> None:
    assert says(run(corpus("c.parquet"), "-o", "out", option, "nan"), "not nan")


def test_a_mark_of_byte_order_is_no_part_of_the_first_line(run: Run) -> None:
    Path("c.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps({"text": ESSAY}).encode() + b"\n")
    assert run("c.jsonl", "-o", "out").returncode == 0


def test_a_column_name_that_is_no_unicode(run: Run) -> None:
    Path("c.jsonl").write_bytes(b'{"text": "x", "\\ud800": 1}\n')
    assert says(run("c.jsonl", "-o", "out"), "is no valid Unicode")


def test_types_that_parquet_lacks_are_found_before_the_search(run: Run) -> None:
    Path("c.jsonl").write_bytes(b'{"text": "x", "meta": {}}\n')
    assert says(run("c.jsonl", "-o", "out"), "cannot be written as Parquet")


def test_something_in_the_way_of_the_working_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.dedupe.options._LEAST_MEMORY", 1)
    run(corpus("c.parquet"), "-o", "out")
    Path("out/.dedupe-work").write_text("a file")
    assert run("c.parquet", "-o", "out", "--memory", "1").returncode == 0


def test_long_texts_are_compared_by_clauses() -> None:
    clauses = [f"第{number}条，各单位要认真落实；" for number in range(2_000)]
    changed = [*clauses[:900], "这一条是新的。", *clauses[901:]]
    pieces = differences("".join(clauses), "".join(changed))
    assert [kind for kind, _ in pieces] == ["equal", "dropped", "kept", "equal"]


def test_what_differs_in_a_number_is_no_repetition(run: Run) -> None:
    said = (
        "2019年全镇农民人均纯收入比上一年增长百分之五点三。2020年全镇农民人均纯收入比上一年增长百分之五点三。"
    )
    Path("c.jsonl").write_text(json.dumps({"text": said}), "utf-8")
    run("c.jsonl", "-o", "out", "--drop-repeats")
    assert pq.read_table("out/train-00000-of-00001.parquet")["text"].to_pylist() == [said]
