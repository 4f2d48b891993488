"""The command, run as its entry point does."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import cli

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `dedupe` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["dedupe", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(sys.argv, int(stop.value.code or 0), out, err)

    return call
