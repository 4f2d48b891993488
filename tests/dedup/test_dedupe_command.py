"""The `dedupe` command: what goes in, what comes out, what is said when something is wrong."""

import gzip
import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from click.testing import CliRunner

from pipeline import cli
from pipeline.dedupe import dedupe

Rows = list[dict[str, object]]
Run = Callable[..., subprocess.CompletedProcess[str]]

CHANCE = random.Random(17)
ESSAY = "".join(chr(CHANCE.randrange(0x4E00, 0x5200)) for _ in range(300))
REPOST = ESSAY[:150] + "二〇一九" + ESSAY[150:]
OTHER = ESSAY[::-1]
ROWS: Rows = [
    {"id": "a", "text": ESSAY, "likes": 3, "tags": ["总结"]},
    {"id": "b", "text": OTHER, "likes": 1, "tags": []},
    {"id": "c", "text": REPOST, "likes": 9, "tags": ["总结", "转载"]},
    {"id": "d", "text": None, "likes": 0, "tags": ["空"]},
    {"id": "e", "text": ESSAY, "likes": 2, "tags": []},
]


def jsonl(rows: Rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def written(path: Path) -> pa.Table:
    return pa.concat_tables(pq.read_table(file) for file in sorted(path.glob("train-*.parquet")))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


class TestOutput:
    def test_kept_rows_keep_their_columns_and_their_order(
        self, run: Run, corpus: Path, tmp_path: Path
    ) -> None:
        assert run(corpus, "-o", "out").returncode == 0
        assert written(tmp_path / "out").to_pylist() == [ROWS[0], ROWS[1], ROWS[3]]
        assert written(tmp_path / "out").schema == pq.read_schema(corpus)

    def test_duplicates_say_what_went_and_why(self, run: Run, tmp_path: Path) -> None:
        pq.write_table(pa.Table.from_pylist(ROWS[:2]), tmp_path / "1.parquet")
        pq.write_table(pa.Table.from_pylist(ROWS[2:]), tmp_path / "2.parquet")
        run("1.parquet", "2.parquet", "-o", "out")
        near, exact = pq.read_table(tmp_path / "out/duplicates.parquet").to_pylist()
        assert near.pop("jaccard") == pytest.approx(292 / 304)
        assert near.pop("containment") == pytest.approx(292 / 300)
        assert near == {
            "dropped_id": "c",
            "kept_id": "a",
            "rule": "near",
            "dropped_file": "2.parquet",
            "dropped_row": 0,
            "kept_file": "1.parquet",
            "kept_row": 0,
            "run": None,
        }
        assert (exact["dropped_id"], exact["rule"], exact["jaccard"], exact["dropped_row"]) == (
            "e",
            "exact",
            1.0,
            2,
        )

    def test_counts_in_the_manifest_add_up(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        run(corpus, "-o", "out")
        manifest = json.loads((tmp_path / "out/manifest.json").read_text())
        assert manifest["tool"] == "dedupe"
        assert manifest["counts"] == {
            "rows": 5,
            "kept": 3,
            "dropped": 2,
            "exact": 1,
            "near": 1,
            "contained": 0,
            "kept_earlier": 0,
            "clusters": 1,
            "largest_cluster": 3,
            "null_texts": 1,
        }
        assert [file["rows"] for file in manifest["files"]] == [3]

    def test_the_same_bytes_every_time(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        for name in ("one", "two"):
            run(corpus, "-o", name)
        names = sorted(path.name for path in (tmp_path / "one").iterdir())
        assert names == ["duplicates.parquet", "manifest.json", "train-00000-of-00001.parquet"]
        assert all(
            (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names
        )

    def test_large_output_is_spread_over_shards(
        self, run: Run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pipeline.dedupe.output._SHARD_BYTES", 1000)
        run(corpus, "-o", "out")
        names = sorted(path.name for path in (tmp_path / "out").glob("train-*"))
        assert names == ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
        assert written(tmp_path / "out")["id"].to_pylist() == ["a", "b", "d"]

    def test_an_earlier_output_is_replaced_whole(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        run(corpus, "-o", "out")
        (tmp_path / "out/train-00001-of-00002.parquet").write_bytes(b"from an earlier run of more shards")
        (tmp_path / "out/notes.txt").write_text("mine")
        assert run(corpus, "-o", "out", "--keep", "longest").returncode == 0
        assert written(tmp_path / "out")["id"].to_pylist() == ["b", "c", "d"]
        assert (tmp_path / "out/notes.txt").read_text() == "mine"

    def test_an_output_can_be_read_again(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        run(corpus, "-o", "out")
        done = run("out", "-o", "again")
        assert "0 dropped" in done.stdout
        assert written(tmp_path / "again").equals(written(tmp_path / "out"))

    def test_summary_in_words(self, run: Run, corpus: Path) -> None:
        done = run(corpus, "-o", "out")
        assert "5 rows read from 1 file (text column 'text'; ids from column 'id')." in done.stdout
        assert "2 dropped (40.0%)" in done.stdout
        assert "1 row without a text (null) kept." in done.stdout

    def test_summary_for_programs(self, run: Run, corpus: Path) -> None:
        report = json.loads(run(corpus, "-o", "out", "--json").stdout)
        assert (report["rows"], report["kept"], report["dropped"]) == (5, 3, 2)
        assert report["search"]["bands"]["rows"] == 6

    def test_keep_longest(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        run(corpus, "-o", "out", "--keep", "longest")
        assert written(tmp_path / "out")["id"].to_pylist() == ["b", "c", "d"]

    def test_threshold(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        run(corpus, "-o", "out", "--threshold", "0.99")
        assert written(tmp_path / "out")["id"].to_pylist() == ["a", "b", "c", "d"]


class TestInput:
    @pytest.mark.parametrize(
        ("name", "pack"),
        [
            ("c.jsonl", bytes),
            ("c.ndjson", bytes),
            ("c.jsonl.gz", gzip.compress),
            ("c.jsonl.zst", zstandard.compress),
            ("two.jsonl.zst", lambda data: zstandard.compress(data[:500]) + zstandard.compress(data[500:])),
        ],
    )
    def test_json_lines(self, run: Run, tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
        (tmp_path / name).write_bytes(pack(jsonl(ROWS)))
        assert run(name, "-o", "out").returncode == 0
        assert written(tmp_path / "out").to_pylist() == [ROWS[0], ROWS[1], ROWS[3]]

    def test_folders_are_read_with_all_that_is_in_them(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "in/deep").mkdir(parents=True)
        (tmp_path / "in/deep/1.jsonl").write_bytes(jsonl(ROWS[:2]))
        pq.write_table(pa.Table.from_pylist(ROWS[2:]), tmp_path / "in/z.parquet")
        (tmp_path / "in/README.md").write_text("no corpus")
        (tmp_path / "in/.cache.jsonl").write_text("no corpus either")
        run("in", "-o", "out")
        assert written(tmp_path / "out")["id"].to_pylist() == ["a", "b", "d"]

    def test_columns_that_only_some_files_have_are_null_in_the_others(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "1.jsonl").write_bytes(jsonl([{"id": "x", "text": ESSAY, "site": "s"}]))
        (tmp_path / "2.jsonl").write_bytes(jsonl([{"id": "y", "text": OTHER, "score": 1.5}]))
        run("1.jsonl", "2.jsonl", "-o", "out")
        assert written(tmp_path / "out").to_pylist() == [
            {"id": "x", "text": ESSAY, "site": "s", "score": None},
            {"id": "y", "text": OTHER, "site": None, "score": 1.5},
        ]

    def test_without_an_id_column_the_row_number_is_the_id(self, run: Run, tmp_path: Path) -> None:
        pq.write_table(pa.table({"text": [OTHER, ESSAY, REPOST]}), tmp_path / "c.parquet")
        done = run("c.parquet", "-o", "out")
        assert "the row number is the id" in done.stdout
        (drop,) = pq.read_table(tmp_path / "out/duplicates.parquet").to_pylist()
        assert (drop["dropped_id"], drop["kept_id"]) == ("2", "1")

    def test_row_numbers_can_be_asked_for(self, run: Run, tmp_path: Path) -> None:
        pq.write_table(pa.table({"id": ["same", "same"], "text": [ESSAY, OTHER]}), tmp_path / "c.parquet")
        assert run("c.parquet", "-o", "out", "--id-column", "").returncode == 0

    def test_other_column_names_and_integer_ids(self, run: Run, tmp_path: Path) -> None:
        pq.write_table(pa.table({"nr": [7, 8], "body": [ESSAY, REPOST]}), tmp_path / "c.parquet")
        run("c.parquet", "-o", "out", "--text-column", "body", "--id-column", "nr")
        (drop,) = pq.read_table(tmp_path / "out/duplicates.parquet").to_pylist()
        assert (drop["dropped_id"], drop["kept_id"]) == ("8", "7")

    def test_more_rows_than_one_batch(self, run: Run, tmp_path: Path) -> None:
        rows: Rows = [{"n": number, "text": f"{number}号文件" * 3} for number in range(9_000)]
        rows += [{"n": 9_000, "text": "5号文件" * 3, "late": True}]
        (tmp_path / "c.jsonl").write_bytes(jsonl(rows) + b"\n")
        run("c.jsonl", "-o", "out")
        assert written(tmp_path / "out")["n"].to_pylist() == list(range(9_000))


class TestPassages:
    SAID = "我们坚持以人民为中心的发展思想，扎实推进各项工作。"

    @pytest.mark.parametrize("mask", ["none", "zh"])
    def test_what_kept_rows_have_in_common(self, run: Run, tmp_path: Path, mask: str) -> None:
        rows: Rows = [
            {"id": name, "text": f"{text[:90]}。{self.SAID}{text[90:]}。"}
            for name, text in (("a", ESSAY), ("b", OTHER), ("c", ESSAY[150:] + OTHER[50:]), ("d", ESSAY))
        ]
        (tmp_path / "c.jsonl").write_bytes(jsonl(rows))
        done = run("c.jsonl", "-o", "out", "--passages", "--mask", mask)
        assert done.returncode == 0, done.stderr
        table = pq.read_table(tmp_path / "out/passages.parquet")
        assert table.select(["passage", "clusters", "occurrences", "first_id"]).to_pylist() == [
            {"passage": self.SAID, "clusters": 3, "occurrences": 3, "first_id": "a"}
        ]
        assert run("out", "--dry-run").returncode == 0  # the table is no input

    def test_without_them_the_table_of_an_earlier_run_goes(
        self, run: Run, corpus: Path, tmp_path: Path
    ) -> None:
        run(corpus, "-o", "out", "--passages")
        assert (tmp_path / "out/passages.parquet").exists()
        run(corpus, "-o", "out")
        assert not (tmp_path / "out/passages.parquet").exists()

    def test_what_a_text_says_twice_can_be_taken_out(self, run: Run, tmp_path: Path) -> None:
        rows: Rows = [{"id": "a", "text": f"{self.SAID}{ESSAY}。{self.SAID}"}, {"id": "b", "text": None}]
        (tmp_path / "c.jsonl").write_bytes(jsonl(rows))
        run("c.jsonl", "-o", "out", "--drop-repeats")
        assert written(tmp_path / "out")["text"].to_pylist() == [f"{self.SAID}{ESSAY}。", None]


class TestWithoutWriting:
    def test_dry_run_says_what_would_go(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        done = run(corpus, "--dry-run", "-o", "out")
        assert "2 would be dropped" in done.stdout
        assert "c repeats a (near, Jaccard 0.96" in done.stdout
        assert list(tmp_path.iterdir()) == [corpus]

    def test_dry_run_lists_all_for_programs(self, run: Run, corpus: Path) -> None:
        report = json.loads(run(corpus, "--dry-run", "--json").stdout)
        assert [drop["dropped_id"] for drop in report["drops"]] == ["c", "e"]

    def test_explain_shows_the_cluster_and_what_differs(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        done = run(corpus, "--explain", "c")
        assert done.returncode == 0
        assert "3 rows alike" in done.stdout
        assert "c (dropped) against a (kept), Jaccard 0.9605" in done.stdout
        assert "[-二〇一九-]" in done.stdout
        assert "e (dropped)" not in done.stdout
        assert list(tmp_path.iterdir()) == [corpus]

    def test_explain_a_kept_row_compares_all_that_went_for_it(self, run: Run, corpus: Path) -> None:
        done = run(corpus, "--explain", "a")
        assert "c (dropped) against a (kept)" in done.stdout
        assert "The texts are identical." in done.stdout

    def test_explain_a_row_without_duplicates(self, run: Run, corpus: Path) -> None:
        assert "b is kept, and no other row repeats it." in run(corpus, "--explain", "b").stdout

    def test_explain_for_programs(self, run: Run, corpus: Path) -> None:
        cluster = json.loads(run(corpus, "--explain", "e", "--json").stdout)
        assert cluster["kept_id"] == "a"
        assert [member["id"] for member in cluster["dropped"]] == ["c", "e"]

    def test_help_has_examples(self) -> None:
        shown = CliRunner().invoke(cli.command, ["--help"])
        assert "dedupe corpus.parquet -o out" in shown.output

    def test_help_loads_nothing_heavy(self) -> None:
        probe = "import sys, pipeline.cli; print({'numpy', 'numba', 'pyarrow', 'datasketch', 'rich'} & set(sys.modules))"
        shown = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
        assert shown.stdout.strip() == "set()"


def table(**columns: object) -> Callable[[Path], None]:
    return lambda folder: pq.write_table(pa.table(columns), folder / "c.parquet")


def lines(data: bytes, name: str = "c.jsonl") -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return write


def truncated_parquet(folder: Path) -> None:
    table(id=list(range(1000)), text=[f"{ESSAY}{number}" for number in range(1000)])(folder)
    path = folder / "c.parquet"
    path.write_bytes(path.read_bytes()[:-2000])


def damaged_parquet(folder: Path) -> None:
    pq.write_table(pa.table({"text": [ESSAY] * 10}), folder / "c.parquet", compression="zstd")
    data = bytearray((folder / "c.parquet").read_bytes())
    data[4:60] = bytes(56)
    (folder / "c.parquet").write_bytes(data)


def bytes_as_strings(folder: Path) -> None:
    column = pa.array([b"fine", b"\xff\xfe"]).view(pa.string())
    pq.write_table(pa.table({"text": column}), folder / "c.parquet")


GOOD = jsonl(ROWS)


class TestBadInput:
    @pytest.mark.parametrize(
        ("make", "name", "message"),
        [
            (lines(b""), "missing.jsonl", "no such file or folder: missing.jsonl"),
            (lines(b"", "c.csv"), "c.csv", "neither Parquet nor JSONL"),
            (lines(b"", "c.txt"), ".", "no Parquet or JSONL files in ."),
            (lines(b""), "c.jsonl", "no rows in c.jsonl"),
            (
                table(id=pa.array([], pa.string()), text=pa.array([], pa.string())),
                "c.parquet",
                "no rows in c.parquet",
            ),
            (table(id=[1], body=["x"]), "c.parquet", "c.parquet has no column 'text'; it has id, body"),
            (lines(jsonl([{"body": "x"}])), "c.jsonl", "c.jsonl has no column 'text'; it has body"),
            (lines(jsonl([{}])), "c.jsonl", "c.jsonl has no column 'text'; it has no columns"),
            (table(text=[1, 2]), "c.parquet", "column 'text' is int64, not string"),
            (
                lines(GOOD + b'{"id": "a", "text": "x"}'),
                "c.jsonl",
                "id 'a' occurs twice: row 0 of c.jsonl and row 5",
            ),
            (table(id=["a", None], text=["x", "y"]), "c.parquet", "row 1 of c.parquet has no id"),
            (lines(GOOD + b'{"text": "\xff"}\n'), "c.jsonl", "c.jsonl, line 6: not valid UTF-8"),
            (lines(GOOD + b"\n{oops}\n"), "c.jsonl", "c.jsonl, line 7: not valid JSON"),
            (lines(b"[" * 100_000), "c.jsonl", "c.jsonl, line 1: not valid JSON"),
            (lines(GOOD + b"[1]\n"), "c.jsonl", "c.jsonl, line 6: a JSON object is expected, not list"),
            (lines(GOOD + b'{"text": 5}\n'), "c.jsonl", "column 'text' cannot be read"),
            (lines(b'{"text": "\\ud800"}\n'), "c.jsonl", "column 'text' cannot be read"),
            (lines(b'{"text": "x", "n": 99999999999999999999}\n'), "c.jsonl", "column 'n' cannot be read"),
            (lines(gzip.compress(GOOD)[:-9], "c.jsonl.gz"), "c.jsonl.gz", "c.jsonl.gz: damaged or cut short"),
            (lines(GOOD, "c.jsonl.gz"), "c.jsonl.gz", "c.jsonl.gz: cannot be read"),
            (
                lines(zstandard.compress(GOOD)[:-9], "c.jsonl.zst"),
                "c.jsonl.zst",
                "c.jsonl.zst: damaged or cut short",
            ),
            (lines(GOOD, "c.jsonl.zst"), "c.jsonl.zst", "c.jsonl.zst: damaged or cut short"),
            (truncated_parquet, "c.parquet", "c.parquet: not readable as Parquet"),
            (damaged_parquet, "c.parquet", "c.parquet: damaged Parquet"),
            (bytes_as_strings, "c.parquet", "c.parquet: column 'text'"),
            (lines(GOOD, "c.parquet"), "c.parquet", "c.parquet: not readable as Parquet"),
            (lines(b'{"text": "x", "meta": {}}\n'), "c.jsonl", "cannot be written as Parquet"),
        ],
    )
    def test_one_line_says_what_is_wrong_and_nothing_is_written(
        self, run: Run, tmp_path: Path, make: Callable[[Path], None], name: str, message: str
    ) -> None:
        make(tmp_path)
        done = run(name, "-o", "../out" if name == "." else "out")
        errors = [line for line in done.stderr.splitlines() if not line.startswith(PROGRESS)]
        assert (done.returncode, done.stdout) == (2, "")
        assert len(errors) == 1
        assert errors[0].startswith("dedupe: ")
        assert message in errors[0]
        assert not (tmp_path / "out").exists()

    def test_explain_an_unknown_id(self, run: Run, corpus: Path) -> None:
        done = run(corpus, "--explain", "zz")
        assert done.returncode == 2
        assert "dedupe: no row has the id 'zz'" in done.stderr

    def test_files_that_do_not_fit_together(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "1.jsonl").write_bytes(jsonl([{"text": "甲", "n": 1}]))
        (tmp_path / "2.jsonl").write_bytes(jsonl([{"text": "乙", "n": "one"}]))
        done = run("1.jsonl", "2.jsonl", "-o", "out")
        assert done.returncode == 2
        assert "the files do not fit together" in done.stderr

    def test_a_file_given_twice(self, run: Run, corpus: Path) -> None:
        assert "is given twice" in run(corpus, corpus, "-o", "out").stderr

    def test_no_output_folder(self, run: Run, corpus: Path) -> None:
        done = run(corpus)
        assert done.returncode == 2
        assert "-o DIR" in done.stderr


PROGRESS = ("dedupe: rows read", "dedupe: signatures", "dedupe: comparison", "dedupe: writing")


class TestBadOutput:
    def test_a_folder_with_something_else_in_it(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/train-00000-of-00001.parquet").write_bytes(b"somebody's data")
        done = run(corpus, "-o", "out")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "out is not empty and not the output of an earlier dedupe" in done.stderr
        assert (tmp_path / "out/train-00000-of-00001.parquet").read_bytes() == b"somebody's data"

    def test_a_file(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("a file")
        assert "is a file" in run(corpus, "-o", "out").stderr

    def test_a_folder_inside_the_input(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        corpus.rename(tmp_path / "in/corpus.parquet")
        assert "lies inside the input folder" in run("in", "-o", "in/out").stderr

    def test_a_full_disk_leaves_the_earlier_output_as_it_was(self, run: Run, tmp_path: Path) -> None:
        pq.write_table(pa.table({"text": [ESSAY, REPOST]}), tmp_path / "small.parquet")
        run("small.parquet", "-o", "out")
        before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        texts = [f"{number}{os.urandom(500).hex()}" for number in range(500)]
        pq.write_table(pa.table({"text": texts}), tmp_path / "large.parquet")
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
            done = run("large.parquet", "-o", "out")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert done.returncode == 2
        assert "cannot write" in done.stderr
        assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before

    def test_what_a_killed_run_left_is_cleared_away(self, run: Run, corpus: Path, tmp_path: Path) -> None:
        (tmp_path / "out/.dedupe-killed").mkdir(parents=True)
        (tmp_path / "out/.dedupe-killed/train-00000-of-00001.parquet").write_bytes(b"half")
        assert run(corpus, "-o", "out").returncode == 0
        assert not (tmp_path / "out/.dedupe-killed").exists()


class TestPythonApi:
    def test_a_table_in_two(self) -> None:
        done = dedupe(pa.Table.from_pylist(ROWS))
        assert done.kept["id"].to_pylist() == ["a", "b", "d"]
        assert done.duplicates["dropped_id"].to_pylist() == ["c", "e"]
        assert done.duplicates["kept_id"].to_pylist() == ["a", "a"]

    def test_row_numbers_where_there_is_no_id(self) -> None:
        done = dedupe(pa.table({"body": [ESSAY, REPOST]}), text_column="body", keep="longest")
        assert done.duplicates.select(["dropped_id", "kept_id"]).to_pylist() == [
            {"dropped_id": "0", "kept_id": "1"}
        ]
