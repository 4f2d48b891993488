"""More than fits into memory, kills, any number of workers, any order of files: the same bytes."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.dedupe import output, run, target
from pipeline.dedupe.options import Options, memory_bytes
from pipeline.dedupe.target import WORK
from pipeline.errors import InputError, LockedError

PLENTY, NOTHING = 1 << 40, 1
HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 800)]
ROOT = Path(__file__).parents[2]

KILLED = """
import os, signal, sys
from pathlib import Path
import pipeline.dedupe.batches, pipeline.dedupe.options, pipeline.dedupe.spool, pipeline.dedupe.target
from pipeline.cli import main

left = int(sys.argv.pop(1))

def counted(action):
    def count(*arguments, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return action(*arguments, **named)
    return count

pipeline.dedupe.batches._BATCH_ROWS = 100
pipeline.dedupe.options._LEAST_MEMORY = 1
pipeline.dedupe.spool._append = counted(pipeline.dedupe.spool._append)
Path.replace = counted(Path.replace)
main()
"""


def reposts(seed: int, families: int) -> list[str]:
    chance = random.Random(seed)
    texts = []
    for _ in range(families):
        original = chance.choices(HAN, k=150)
        for _ in range(chance.randint(1, 4)):
            copy = list(original)
            for _ in range(chance.randint(0, 5)):
                copy[chance.randrange(150)] = chance.choice(HAN)
            texts.append("".join(copy))
    chance.shuffle(texts)
    return texts


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three files; what is read at once is little."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pipeline.dedupe.batches._BATCH_ROWS", 100)
    texts: list[str | None] = [*reposts(1, 300), None, ""]
    files = []
    for number in range(3):
        some = texts[number::3]
        ids = [f"{number}-{row}" for row in range(len(some))]
        scores = [hash_of(text) for text in some]
        path = Path(f"{number}.parquet")
        pq.write_table(pa.table({"id": ids, "text": some, "score": scores}), path, row_group_size=130)
        files.append(path)
    rows = [{"id": f"3-{row}", "text": text, "score": row % 7} for row, text in enumerate(reposts(1, 60))]
    Path("3.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return [*files, Path("3.jsonl")]


def hash_of(text: str | None) -> int | None:
    return sum(map(ord, text)) % 11 if text else None


def deduped(
    files: Sequence[Path],
    out: str,
    options: Options,
    *,
    memory: int = PLENTY,
    workers: int = 2,
) -> dict[str, bytes]:
    """What a run writes, by file."""
    folder = Path(out)
    with target.claimed(folder):
        found = run.find(files, options, run.Resources(memory, workers), folder / WORK)
        output.write(found, folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(keep="longest"),
        Options(keep="best", order_by="score", threshold=0.6),
        Options(contained=0.9),
        Options(mask="zh", num_perm=64),
    ],
    ids=["first", "longest", "best", "contained", "masked"],
)
def test_neither_memory_nor_workers_change_a_byte(corpus: list[Path], options: Options) -> None:
    plenty = deduped(corpus, "plenty", options, workers=1)
    assert json.loads(plenty["manifest.json"])["counts"]["dropped"] > 100
    assert deduped(corpus, "little", options, memory=NOTHING, workers=3) == plenty
    assert deduped(corpus, "some", options, memory=400_000) == plenty


@pytest.mark.parametrize("options", [Options(keep="longest"), Options(order_by="score")])
def test_the_order_of_files_counts_only_where_the_policy_names_it(
    corpus: list[Path], options: Options
) -> None:
    assert deduped(corpus[::-1], "backwards", options) == deduped(corpus, "forwards", options)


def test_in_input_order_the_first_stays(corpus: list[Path]) -> None:
    kept = [
        {row["kept_file"] for row in pq.read_table(f"{out}/duplicates.parquet").to_pylist()}
        for out, files in (("forwards", corpus), ("backwards", corpus[::-1]))
        if deduped(files, out, Options())
    ]
    assert "3.jsonl" in kept[1]
    assert "3.jsonl" not in kept[0]


def test_ten_kills_lead_to_the_same_bytes(corpus: list[Path]) -> None:
    expected = deduped(corpus, "expected", Options())
    arguments = [*map(str, corpus), "-o", "out", "--memory", "1", "--json"]
    for kill_at in (1, 5, 30, 31, 20, 25, 28, 17, 26, 24):
        done = killed(kill_at, arguments)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        assert not list(Path("out").glob("*.parquet"))
    assert done.returncode != 0, "it was done before it was killed ten times"
    done = killed(0, arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["resumed"] > 0
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == expected


def killed(kill_at: int, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(kill_at), *arguments],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_was_prepared_with_other_options_is_not_used(corpus: list[Path]) -> None:
    arguments = [*map(str, corpus), "-o", "out", "--memory", "1", "--json"]
    assert killed(60, arguments).returncode == -9
    done = killed(0, [*arguments, "--threshold", "0.9"])
    assert json.loads(done.stdout)["resumed"] == 0
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == deduped(
        corpus, "expected", Options(threshold=0.9)
    )


def test_a_file_that_changed_is_read_again(corpus: list[Path]) -> None:
    arguments = [*map(str, corpus), "-o", "out", "--memory", "1", "--json"]
    assert killed(60, arguments).returncode == -9
    table = pq.read_table(corpus[0])
    pq.write_table(table.slice(1), corpus[0])
    assert json.loads(killed(0, arguments).stdout)["resumed"] == 0


def test_an_output_in_use_is_left_alone(corpus: list[Path]) -> None:
    with target.claimed(Path("out")), pytest.raises(LockedError, match="out: in use by another run"):
        deduped(corpus, "out", Options())


def test_a_full_disk_while_preparing_leaves_nothing(
    corpus: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.dedupe.spool._append", full)
    with pytest.raises(OSError, match="No space"):
        deduped(corpus, "out", Options(), memory=NOTHING)
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GiB", 2 << 30),
        ("500MB", 500_000_000),
        ("80m", 80_000_000),
        ("1.5 GiB", 3 << 29),
        ("100000000", 10**8),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert memory_bytes(text) == size


@pytest.mark.parametrize("text", ["", "lots", "-1GiB", "2 GiBs", "1KiB"])
def test_what_is_no_size_is_said(text: str) -> None:
    with pytest.raises(InputError, match=r"is no size|too little"):
        memory_bytes(text)


def test_files_of_another_file_system(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    texts = reposts(4, 40)
    pq.write_table(pa.table({"text": texts}), tmp_path / "c.parquet")
    memory = fsspec.filesystem("memory")
    memory.pipe("/corpus/c.parquet", (tmp_path / "c.parquet").read_bytes())
    memory.pipe("/corpus/more/d.jsonl", json.dumps({"text": texts[0]}).encode())
    resources = run.Resources(PLENTY, 1)
    found = run.find(["memory://corpus"], Options(), resources, tmp_path / WORK)
    assert [file.name for file in found.source.files] == [
        "memory://corpus/c.parquet",
        "memory://corpus/more/d.jsonl",
    ]
    assert found.decided.kept_row[-1] == 0
    with pytest.raises(InputError, match="no such file or folder: memory://nothing"):
        run.find(["memory://nothing"], Options(), resources, tmp_path / WORK)
    with pytest.raises(InputError, match="nowhere://x"):
        run.find(["nowhere://x/y.parquet"], Options(), resources, tmp_path / WORK)
