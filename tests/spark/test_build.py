"""`fanwen build --engine spark`: the corpus of one machine, to the byte."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli import main
from crawler.sample.web import SampleWeb
from pipeline.schema import stable_id
from tests.spark.pages import write_archive

PAGES = 2000
_PROPERTIES = ("--spark-conf", "spark.fanwen.finishRows=300")
"""Several rounds in the search for duplicates."""
Build = Callable[..., Result]


@pytest.fixture(scope="module")
def web() -> SampleWeb:
    return SampleWeb(seed=41, pages=1720)


@pytest.fixture(scope="module")
def archive(web: SampleWeb, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of WARC files."""
    folder = tmp_path_factory.mktemp("pages") / "warc"
    write_archive(web, folder, PAGES, files=4)
    return folder


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


def test_two_thousand_pages_give_the_corpus_of_one_machine_to_the_byte(
    build: Build, archive: Path, demands: Path, spark: object, tmp_path: Path
) -> None:
    del spark
    here, there = tmp_path / "here", tmp_path / "there"
    local = build(archive, "-o", here, "--takedown", demands, "--json")
    shared = build(archive, "-o", there, "--takedown", demands, "--engine", "spark", *_PROPERTIES, "--json")
    assert (local.exit_code, shared.exit_code) == (0, 0), shared.output
    counts, found = (json.loads(each.stdout) for each in (local, shared))
    del counts["seconds"], found["seconds"]
    assert found == counts
    assert counts["pages"] == PAGES
    assert all(
        counts[name] for name in ("superseded", "taken_down", "essays_taken_down", "duplicates", "kept")
    )
    assert digests(there) == digests(here)
    again = build(archive, "-o", here, "--takedown", demands, "--engine", "spark", "--json")
    assert json.loads(again.stdout)["version"] == 1, "nothing has changed"
