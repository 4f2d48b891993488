"""One Spark session for all tests; where pyspark or Java is absent they are skipped, and say so."""

import contextlib
import importlib.util
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from pipeline import cli

SMALL = {
    "spark.master": "local[2,4]",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.python.daemon.module": "pipeline.engine.spark.daemon",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.ui.enabled": "false",
}
"""Properties for little data: nothing is compiled or planned twice that runs once."""


@pytest.fixture(scope="session")
def installed() -> None:
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: pip install 'fanwen[spark]'")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("there is no Java")


@pytest.fixture(scope="session")
def spark(request: pytest.FixtureRequest) -> Iterator[object]:
    """A session that `dedupe` finds and uses."""
    request.getfixturevalue("installed")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        builder = SparkSession.Builder().appName("tests")
        for key, value in SMALL.items():
            builder = builder.config(key, value)
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    with contextlib.suppress(Exception):
        session.stop()


@dataclass(frozen=True)
class Output:
    """What `dedupe` wrote."""

    folder: Path

    @property
    def kept(self) -> pa.Table:
        files = sorted(self.folder.glob("train-*.parquet"))
        return pa.concat_tables(pq.read_table(file) for file in files).combine_chunks()

    @property
    def duplicates(self) -> pa.Table:
        path = self.folder / "duplicates.parquet"
        files = sorted(path.glob("part-*.parquet")) if path.is_dir() else [path]
        return pa.concat_tables(pq.read_table(file) for file in files).combine_chunks()


Dedupe = Callable[..., Result]


@pytest.fixture
def dedupe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dedupe:
    """The command in an empty folder; errors that a person can mend come back as ``result.exception``."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, **properties: object) -> Result:
        given = [f"--spark-conf=spark.fanwen.{name}={value}" for name, value in properties.items()]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pyspark")
            warnings.filterwarnings("ignore", category=ResourceWarning)
            return CliRunner().invoke(cli.command, [*map(str, arguments), *given])

    return call
