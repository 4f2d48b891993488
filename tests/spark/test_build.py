"""`fanwen build --engine spark`: the corpus of one machine, to the byte."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli import main
from crawler.sample.web import SampleWeb
from pipeline.engine.spark.sheltered import sheltered
from pipeline.schema import stable_id
from tests.pipeline.test_engine import GUARDED, Words
from tests.spark.pages import write_archive, write_folder, write_twins

PAGES = 2000
_PROPERTIES = ("--spark-conf", "spark.fanwen.finishRows=300")
"""Several rounds in the search for duplicates."""
Build = Callable[..., Result]


@pytest.fixture(scope="module")
def web() -> SampleWeb:
    return SampleWeb(seed=41, pages=1720)


@pytest.fixture(scope="module")
def inputs(web: SampleWeb, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A folder of WARC files, one of saved pages, and two with files of the same name."""
    folder = tmp_path_factory.mktemp("pages")
    write_archive(web, folder / "warc", PAGES - 200, files=4)
    write_folder(SampleWeb(seed=42, pages=150), folder / "saved", 160)
    write_twins(SampleWeb(seed=43, pages=20), [folder / "one", folder / "two"], 20)
    return [folder / name for name in ("warc", "saved", "one", "two")]


@pytest.fixture
def demands(web: SampleWeb, tmp_path: Path) -> Path:
    """Something of every kind must go."""
    urls = list(web.urls())
    host = urls[4].split("/")[2]
    file = tmp_path / "takedown.toml"
    named = {
        "url": urls[0],
        "host": host,
        "essay": stable_id(urls[11], "1"),
        "cluster": stable_id(urls[22], "1"),
    }
    file.write_text("".join(f'[[takedown]]\n{kind} = "{what}"\n' for kind, what in named.items()))
    return file


@pytest.fixture
def build() -> Build:
    def call(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["build", *map(str, arguments)])

    return call


def digests(corpus: Path) -> dict[str, str]:
    """All files of a corpus but hidden ones."""
    files = sorted(path for path in corpus.rglob("*") if path.is_file())
    return {
        path.relative_to(corpus).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


@pytest.mark.timeout(900)
def test_two_thousand_pages_give_the_corpus_of_one_machine_to_the_byte(
    build: Build, inputs: list[Path], demands: Path, spark: object, tmp_path: Path
) -> None:
    del spark
    here, there = tmp_path / "here", tmp_path / "语料 库"
    local = build(*inputs, "-o", here, "--takedown", demands, "--json")
    shared = build(*inputs, "-o", there, "--takedown", demands, "--engine", "spark", *_PROPERTIES, "--json")
    assert (local.exit_code, shared.exit_code) == (0, 0), shared.output
    counts, found = (json.loads(each.stdout) for each in (local, shared))
    del counts["seconds"], found["seconds"]
    assert found == counts
    assert counts["pages"] == PAGES
    assert all(
        counts[name] for name in ("superseded", "taken_down", "essays_taken_down", "duplicates", "kept")
    )
    assert digests(there) == digests(here)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engine", "spark", "--cache", "kept"], "--engine spark does not go with --cache"),
        (["--engine", "spark", "--workers", "2"], "--engine spark does not go with --workers"),
        (["--engine", "spark", "--spark-conf", "x"], "--spark-conf x: write it as key=value"),
        (
            ["--engine", "spark", "--spark-conf", "spark.fanwen.finishRows=many"],
            "spark.fanwen.finishRows=many: a whole number is expected",
        ),
        (["--master", "local[2]"], "--master and --spark-conf go with --engine spark"),
        (["--engine", "spark"], "saved: no such file or folder"),
    ],
)
@pytest.mark.usefixtures("installed")
def test_what_does_not_go_together_is_said_before_spark_starts(
    build: Build, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = build("saved", "-o", "corpus", *arguments)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.strip().endswith(message)
    assert not list(tmp_path.iterdir())


def test_without_spark_it_is_said_what_to_install(
    build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = build(tmp_path, "-o", tmp_path / "corpus", "--engine", "spark")
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("Spark is not installed: pip install 'fanwen[spark]'")


def test_a_page_that_kills_its_process_costs_itself_and_not_the_task() -> None:
    [*batches] = sheltered(GUARDED, [Words(("a", "crash", "b")), Words(("hang", "c"))])
    rows = [row["what"] for batch in batches for row in batch.to_pylist()]
    assert rows == [
        "a",
        "b",
        "crash: crashed: the process that read it died, twice",
        "c",
        "hang: timeout: took longer than 1 seconds",
    ]
