"""A build whose processes die in the middle gives the corpus of one that went well."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.cli import main
from crawler.sample.web import SampleWeb
from tests.spark.deadly import while_it_works
from tests.spark.pages import write_archive
from tests.spark.test_build import digests

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("installed")]
PAGES = "pipeline.distributed.reading.ReadFiles"
ARTICLES = "pipeline.distributed.reading.Articles"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """What one machine makes of a folder of pages."""
    write_archive(SampleWeb(seed=6, pages=120), tmp_path / "warc", pages=140, files=3)
    result = CliRunner().invoke(main, ["build", str(tmp_path / "warc"), "-o", str(tmp_path / "here")])
    assert result.exit_code == 0, result.output
    return tmp_path / "here"


@pytest.mark.parametrize(
    ("where", "act", "master"),
    [
        (PAGES, "os._exit(9)", "local[2]"),
        (ARTICLES, "os.kill(executor(), signal.SIGKILL); time.sleep(60)", "local-cluster[2,1,1024]"),
    ],
    ids=["a Python worker", "an executor"],
)
def test_whoever_dies_the_corpus_is_the_same(
    corpus: Path, where: str, act: str, master: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "crawler.submit", "build", "warc", "-o", "there", "--master", master]
    while_it_works(tmp_path, act, command, where=where)
    assert digests(tmp_path / "there") == digests(corpus)
