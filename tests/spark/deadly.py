"""Processes of Spark that die in the middle of a command."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

DEADLY = '''
import os, pathlib, signal, time
from MODULE import NAME

inner = NAME.__call__

def executor():
    """The JVM that this worker's daemon belongs to, if it is an executor of its own."""
    daemon = pathlib.Path(f"/proc/{os.getppid()}/stat").read_text()
    jvm = int(daemon.rpartition(")")[2].split()[1])
    assert b"CoarseGrainedExecutorBackend" in pathlib.Path(f"/proc/{jvm}/cmdline").read_bytes()
    return jvm

def call(self, batches):
    for batch in inner(self, batches):
        try:
            os.close(os.open(MARKER, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            yield batch
        else:
            ACT

NAME.__call__ = call
'''
"""What workers import first: the first task that has something to give does something else, once."""
_QUIET = (
    "spark.driver.bindAddress=127.0.0.1",
    "spark.driver.host=127.0.0.1",
    "spark.sql.adaptive.enabled=false",
    "spark.sql.shuffle.partitions=2",
    "spark.sql.codegen.wholeStage=false",
    "spark.sql.codegen.factoryMode=NO_CODEGEN",
    "spark.shuffle.io.maxRetries=1",
    "spark.shuffle.io.retryWait=200ms",
    "spark.fanwen.finishRows=60",
)


def while_it_works(
    folder: Path,
    act: str,
    command: Sequence[str],
    *properties: str,
    where: str = "pipeline.engine.spark.kernels.Verify",
) -> None:
    """The command in a process of its own, in which a worker does something once."""
    module, _, name = where.rpartition(".")
    site, root = folder / "site", Path(__file__).parents[2]
    site.mkdir()
    (site / "deadly.py").write_text(
        DEADLY.replace("MARKER", repr(str(folder / "marker")))
        .replace("MODULE", module)
        .replace("NAME", name)
        .replace("ACT", act)
    )
    (site / "sitecustomize.py").write_text(
        "import sys\nif any('pyspark' in word for word in sys.orig_argv):\n    import deadly\n"
    )
    path = f"{site}{os.pathsep}{root}"
    given = [*_QUIET, f"spark.executorEnv.PYTHONPATH={path}", *properties]
    command = [*command, "--engine", "spark", *(f"--spark-conf={text}" for text in given)]
    done = subprocess.run(
        command,
        cwd=folder,
        env={
            **os.environ,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYTHONPATH": path,
            "PYSPARK_PYTHON": sys.executable,
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "marker").exists()
