"""Where stages run: a row that hangs, or crashes its process, costs itself only."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.engine.base import Guard, Stage
from pipeline.engine.local import FileSource, InlineEngine, LocalEngine
from pipeline.errors import CorpusError

ROWS = pa.schema([pa.field("what", pa.string(), nullable=False)])
SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Words:
    """A source with a row a word."""

    words: tuple[str, ...]

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"what": word} for word in self.words], schema=ROWS)


@dataclass(frozen=True, slots=True)
class Crashing:
    """A source that cannot be read."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"what": "a"}], schema=ROWS)
        os.abort()


def obey(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Do what each row says, then pass it on."""
    for batch in batches:
        for row in batch.to_pylist():
            if row["what"] == "hang":
                time.sleep(60)
            if row["what"] == "slow":
                time.sleep(SECONDS * 0.8)
            if row["what"] == "crash":
                os.abort()
            yield pa.RecordBatch.from_pylist([row], schema=ROWS)


def lost(row: pa.RecordBatch, reason: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{"what": f"{row['what'][0]}: {reason}"}], schema=ROWS)


GUARDED = Stage("obey", ROWS, ROWS, obey, Guard(SECONDS, lost))


def run(engine: InlineEngine | LocalEngine, stage: Stage, folder: Path, *sources: str) -> list[list[str]]:
    paths = engine.map(stage, [Words(tuple(words.split())) for words in sources], folder)
    return [
        [row["what"] for batch in FileSource(path).batches() for row in batch.to_pylist()] for path in paths
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_row_that_hangs_is_given_up_and_all_others_go_on(workers: int, tmp_path: Path) -> None:
    with LocalEngine(workers) as engine:
        found = run(engine, GUARDED, tmp_path, "a b", "c hang d", "e")
    assert found == [["a", "b"], ["c", "d", "hang: timeout: took longer than 1 seconds"], ["e"]]
    assert not list(tmp_path.glob("*.at"))


def test_a_row_that_crashes_its_process_is_found_among_those_under_way(tmp_path: Path) -> None:
    with LocalEngine(2) as engine:
        found = run(engine, GUARDED, tmp_path, "a b c", "d crash e crash", "f")
    gone = "crash: crashed: the process that read it died, twice"
    assert found == [["a", "b", "c"], ["d", "e", gone, gone], ["f"]]


@pytest.mark.parametrize("workers", [1, 2])
def test_hangs_and_crashes_at_once_are_told_apart_whoever_works(workers: int, tmp_path: Path) -> None:
    with LocalEngine(workers) as engine:
        found = run(engine, GUARDED, tmp_path, "a slow crash b", "c slow hang d", "hang e hang")
    slow = "hang: timeout: took longer than 1 seconds"
    assert [sorted(rows) for rows in found] == [
        ["a", "b", "crash: crashed: the process that read it died, twice", "slow"],
        ["c", "d", slow, "slow"],
        ["e", slow, slow],
    ]


def test_a_source_that_crashes_its_reader_ends_the_run_with_one_line(tmp_path: Path) -> None:
    with LocalEngine(2) as engine, pytest.raises(CorpusError, match="a worker process of stage obey died"):
        engine.map(GUARDED, [Words(("a",)), Crashing()], tmp_path)


def test_a_crash_where_nothing_is_guarded_ends_the_run_with_one_line(tmp_path: Path) -> None:
    with (
        LocalEngine(2) as engine,
        pytest.raises(CorpusError, match="a worker process of stage obey died") as caught,
    ):
        run(engine, Stage("obey", ROWS, ROWS, obey), tmp_path, "a", "crash")
    assert "\n" not in str(caught.value)


def test_processes_end_when_the_one_that_began_them_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal, sys\n"
        "from tests.pipeline.test_engine import GUARDED, LocalEngine, run\n"
        "engine = LocalEngine(1)\n"
        "run(engine, GUARDED, pathlib.Path(sys.argv[1]), 'a')\n"
        "print(*engine._pool._processes, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=root, capture_output=True, text=True, check=False
    )
    process = Path("/proc", killed.stdout.strip())
    assert process.name.isdecimal(), killed.stderr
    until = time.monotonic() + 30
    while process.exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not process.exists()


def test_an_exception_of_the_stage_is_the_callers(tmp_path: Path) -> None:
    with LocalEngine(2) as engine, pytest.raises(ZeroDivisionError):
        run(engine, Stage("divide", ROWS, ROWS, divide, Guard(SECONDS, lost)), tmp_path, "a", "b")


def divide(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        assert 1 / (batch.num_rows - 1)
        yield batch


def test_guarded_and_inline_give_the_same(tmp_path: Path) -> None:
    with LocalEngine(2) as engine:
        pooled = run(engine, GUARDED, tmp_path / "pool", "a b", "c", "")
    assert (
        pooled == run(InlineEngine(), GUARDED, tmp_path / "inline", "a b", "c", "") == [["a", "b"], ["c"], []]
    )
