"""What Java says at every start is left out; what goes wrong is not."""

import os
import subprocess
import sys

import pytest

from pipeline.engine.spark.quiet import quiet

SAYS = """
WARNING: Using incubator modules: jdk.incubator.vector
Setting default log level to "WARN".
To adjust logging level use sc.setLogLevel(newLevel).
Exception in thread "main"
"""


def test_errors_of_processes_started_quietly_are_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        started = subprocess.Popen([sys.executable, "-c", f"import sys; sys.stderr.write({SAYS!r})"])
    os.write(2, b"ours\n")
    started.wait()
    said = ""
    while "main" not in said:
        said += capfd.readouterr().err
    assert sorted(filter(None, said.split("\n"))) == ['Exception in thread "main"', "ours"]
