"""The command: where it looks and where it writes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.cli.report import report
from pipeline.errors import OutputError
from tests.report.conftest import Make


def test_by_default_the_data_folder(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make()
    data = made / "data"
    data.mkdir()
    for name in ("corpus", "runs"):
        (made / name).rename(data / name)
    monkeypatch.chdir(made)
    result = CliRunner().invoke(report, [])
    assert result.output == "data/report.html\n"
    assert "20260215T023000123Z" in (data / "report.html").read_text("utf-8")


def test_a_corpus_with_the_runs_beside_it(make: Make) -> None:
    data = make()
    result = CliRunner().invoke(report, [str(data / "corpus")])
    assert result.output == f"{data / 'report.html'}\n"
    assert "20260215T023000123Z" in (data / "report.html").read_text("utf-8")


def test_data_and_output_are_told(make: Make, tmp_path: Path) -> None:
    data = make()
    result = CliRunner().invoke(report, ["--data", str(data), "-o", str(tmp_path / "new" / "r.html")])
    assert result.exit_code == 0
    assert (tmp_path / "new" / "r.html").exists()


def test_no_corpus(tmp_path: Path) -> None:
    result = CliRunner().invoke(report, ["--data", str(tmp_path)])
    assert isinstance(result.exception, OutputError)
