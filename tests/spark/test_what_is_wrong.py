"""What a person can mend is one line on standard error, and exit code 2."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import cli
from pipeline.engine.spark import session
from pipeline.errors import ConfigError, CorpusError, InputError

Run = Callable[..., subprocess.CompletedProcess[str]]
ON_SPARK = ("-o", "out", "--engine", "spark")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `dedupe` in a folder that has a small corpus."""
    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table({"id": ["a", "b"], "text": ["一", "二"], "tags": [["x"], ["y"]]}), "in.parquet")

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["dedupe", *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, int(stop.value.code or 0), out, err)

    return call


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("dedupe: ").strip()


def test_spark_is_not_installed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert said(run("in.parquet", *ON_SPARK)) == "Spark is not installed: pip install 'fanwen[spark]'"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("home", "message"),
    [("/nowhere", "there is none in JAVA_HOME=/nowhere"), (None, "no java on the PATH, no JAVA_HOME")],
)
def test_there_is_no_java(run: Run, monkeypatch: pytest.MonkeyPatch, home: str | None, message: str) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("JAVA_HOME", home) if home else monkeypatch.delenv("JAVA_HOME", raising=False)
    assert said(run("in.parquet", *ON_SPARK)) == f"Spark needs Java 17 or later: {message}"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--index", "i", "--memory", "1GiB"], "--engine spark does not go with --index, --memory"),
        (["--explain", "a"], "--engine spark does not go with --explain"),
        (["--dry-run"], "--engine spark does not go with --dry-run"),
        (["--passages"], "--engine spark finds near-duplicates only: no --contained, --passages or --drop-repeats"),
        (["--spark-conf", "spark.x"], "--spark-conf spark.x: write it as key=value"),
        (
            ["--spark-conf", "spark.fanwen.finishRows=many"],
            "spark.fanwen.finishRows=many: a whole number is expected",
        ),
    ],
)  # fmt: skip
def test_options_that_do_not_go_with_spark(run: Run, arguments: list[str], message: str) -> None:
    assert said(run("in.parquet", *ON_SPARK, *arguments)) == message


def test_options_of_spark_without_spark(run: Run) -> None:
    assert said(run("in.parquet", "-o", "out", "--master", "local")) == (
        "--master and --spark-conf go with --engine spark"
    )


@pytest.mark.usefixtures("installed")
def test_a_missing_path_is_known_before_spark_starts(run: Run) -> None:
    assert said(run("nothing.parquet", *ON_SPARK)) == "no such file or folder: nothing.parquet"


@pytest.mark.usefixtures("spark")
class TestInTasks:
    """What tasks find is told as on one machine; the output folder is left as it was."""

    def test_a_damaged_file(self, run: Run) -> None:
        Path("bad.jsonl").write_text('{"text": "a"}\n{"text"')
        assert "bad.jsonl, line 2: not valid JSON" in said(run("in.parquet", "bad.jsonl", *ON_SPARK))
        assert not Path("out").exists()

    def test_a_missing_column(self, run: Run) -> None:
        message = "in.parquet has no column 'body'; it has id, text, tags"
        assert said(run("in.parquet", *ON_SPARK, "--text-column", "body")) == message

    def test_values_without_an_order(self, run: Run) -> None:
        found = said(run("in.parquet", *ON_SPARK, "--keep", "best", "--order-by", "tags"))
        assert found.startswith("values of type list")
        assert found.endswith("have no order")

    def test_an_id_that_occurs_twice(self, run: Run) -> None:
        pq.write_table(pa.table({"id": ["c", "a"], "text": ["一", "二"]}), "more.parquet")
        message = "id 'a' occurs twice: row 0 of in.parquet and row 1 of more.parquet"
        assert said(run("in.parquet", "more.parquet", *ON_SPARK)) == message


@pytest.mark.parametrize(
    ("spark_says", "meaning", "kind"),
    [
        (
            "[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.9 than that in driver: 3.11, PySpark",
            "the workers run Python 3.9, the driver 3.11: set PYSPARK_PYTHON to the same one on every node",
            ConfigError,
        ),
        (
            "Traceback (most recent call last):\n  ...\nModuleNotFoundError: No module named 'pipeline'\n",
            "the workers cannot import pipeline: install fanwen on every node",
            ConfigError,
        ),
        (
            "Job aborted: Traceback ...\npipeline.errors.InputError: a.parquet: damaged Parquet (short)\n\tat org.",
            "a.parquet: damaged Parquet (short)",
            InputError,
        ),
        (
            'org.apache.hadoop.fs.UnsupportedFileSystemException: No FileSystem for scheme "s3a"\n\tat org.',
            (
                "Spark cannot write tables to s3a: add its package (for S3 --spark-conf "
                "spark.jars.packages=org.apache.hadoop:hadoop-aws:VERSION), or set spark.fanwen.workDir"
            ),
            ConfigError,
        ),
        (
            "Job aborted ... Total size of serialized results of 9 tasks (1.1 GiB) is bigger than spark.driver.maxResultSize",
            "the driver was given more than spark.driver.maxResultSize: raise it, and spark.driver.memory",
            ConfigError,
        ),
    ],
)
def test_what_spark_says_in_a_hundred_lines(spark_says: str, meaning: str, kind: type[CorpusError]) -> None:
    error = session.explained(spark_says)
    assert (str(error), type(error)) == (meaning, kind)


def test_what_is_not_known_keeps_its_traceback() -> None:
    assert session.explained("java.lang.NullPointerException") is None
