"""A Spark session, and what Spark says when something is wrong, in one line."""

import contextlib
import importlib.util
import logging
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pipeline import errors
from pipeline.engine.spark.quiet import LOG, quiet
from pipeline.errors import ConfigError, CorpusError, InputError

if TYPE_CHECKING:
    import pyspark.sql

    Session: TypeAlias = pyspark.sql.SparkSession
    DataFrame: TypeAlias = pyspark.sql.DataFrame

_HERE = "local[*,4]"
"""This machine's processors; a task is tried four times, since Spark's own ``local[*]`` gives up with the first worker lost."""
_SETTINGS = {
    "spark.python.daemon.module": "pipeline.engine.spark.daemon",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
}
_NEEDED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
"""What any session must have, whoever began it: moments as they are, and not as far as nanoseconds reach."""
_JAVA = "spark.driver.extraJavaOptions"
_SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseParallelGC")
"""Java compiles at leisure: on one machine that was half of the processor time, for plans that run once."""
_NOT_COMPILED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
"""Likewise."""
_PANDAS = "PySpark does not yet fully support pandas"
"""Nothing here uses pandas."""
_TASKS_A_CORE = 2
_OURS = re.compile(r"pipeline\.errors\.(\w+): (.+)")
_MISMATCH = re.compile(
    r"Python in worker has different version:?\s*'?([\d.]+)'?.*?driver:?\s*'?([\d.]+)", re.DOTALL
)
_KNOWN = (
    (r"No module named '?(pipeline|numba|xxhash|pyarrow)\b", "the workers cannot import {0}: install fanwen on every node"),
    (r"JAVA_GATEWAY_EXITED", "Java did not start; Spark needs Java 17 or later (JAVA_HOME says which)"),
    (r"UnsupportedClassVersionError", "this Java is too old; Spark needs Java 17 or later (JAVA_HOME says which)"),
    (r"(?:All masters are unresponsive|Could not parse Master URL[^\n]*|Invalid master URL[^\n]*)", "no such Spark master: {whole}"),
    (r"No space left on device", "a Spark node's disk is full; spark.local.dir says where Spark writes"),
    (r"(?:No FileSystem for scheme \"?|org\.apache\.hadoop\.fs\.)(s3a|S3AFileSystem|gs|abfss)[^\n]*", "Spark cannot write tables to {0}: add its package (for S3 --spark-conf spark.jars.packages=org.apache.hadoop:hadoop-aws:VERSION), or set spark.fanwen.workDir"),
    (r"bigger than (?:local )?spark\.driver\.maxResultSize", "the driver was given more than spark.driver.maxResultSize: raise it, and spark.driver.memory"),
    (r"java\.lang\.OutOfMemoryError[^\n]*|Container killed by YARN for exceeding[^\n]*", "a Spark node has too little memory ({whole}): raise spark.driver.memory, spark.executor.memory or its memoryOverhead"),
    (r"(?:Permission denied|Mkdirs failed)[^\n]*", "a Spark node cannot write: {whole}; all nodes must run as one user"),
    (r"Python worker exited unexpectedly", "a Python worker died four times (out of memory? raise spark.executor.memoryOverhead)"),
    (r"Path does not exist: (\S+)", "Spark does not find {0}; the working folder must be one that all nodes share"),
)  # fmt: skip
"""Patterns in what Spark says, and what that means."""


def check() -> None:
    """See that Spark can be started at all.

    Raises:
        ConfigError: pyspark or Java is missing; the message says what to install.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise ConfigError("Spark is not installed: pip install 'fanwen[spark]'")
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").is_file() if home else shutil.which("java")):
        where = f"there is none in JAVA_HOME={home}" if home else "no java on the PATH, no JAVA_HOME"
        raise ConfigError(f"Spark needs Java 17 or later: {where}")


def settings_of(given: Sequence[str]) -> dict[str, str]:
    """Spark properties written as ``key=value``.

    Raises:
        ConfigError: one is not.
    """
    pairs = [text.partition("=") for text in given]
    for key, equals, value in pairs:
        if not key.strip() or not equals:
            raise ConfigError(f"--spark-conf {key}{equals}{value}: write it as key=value")
    return {key.strip(): value.strip() for key, _, value in pairs}


@contextlib.contextmanager
def session(master: str | None, settings: Mapping[str, str], name: str) -> "Iterator[Session]":
    """The session of this process, a new one that ends with the block where there is none.

    Args:
        master: where to run. By default what ``spark-submit`` was told, else this machine.
        settings: Spark properties.
        name: of the application, as Spark shows it.

    Raises:
        CorpusError: what Spark failed of, where that is known.
    """
    warnings.filterwarnings("ignore", _PANDAS, FutureWarning)
    logging.getLogger("py4j").setLevel(logging.WARNING)
    from pyspark.sql import SparkSession  # noqa: PLC0415 - see `check`

    with _plainly():
        found = SparkSession.getActiveSession()
        if found is not None:
            with _with(found, {**_NEEDED, **settings}):
                yield found
            return
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.Builder().appName(name)
        if where := master or _default_master(settings):
            builder = builder.master(_forgiving(where))
        for key, value in _properties(where, settings).items():
            builder = builder.config(key, value)
        with quiet():
            spark = builder.getOrCreate()
        spark.sparkContext.setLogLevel(os.environ.get("FANWEN_SPARK_LOG", "OFF"))
        here = (spark.sparkContext.master or "").startswith("local[")
        if here and "spark.sql.shuffle.partitions" not in dict(spark.sparkContext.getConf().getAll()):
            spark.conf.set(
                "spark.sql.shuffle.partitions", str(_TASKS_A_CORE * spark.sparkContext.defaultParallelism)
            )
        try:
            yield spark
        finally:
            with contextlib.suppress(Exception):  # the JVM may be gone
                spark.stop()


@contextlib.contextmanager
def _with(spark: "Session", settings: Mapping[str, str]) -> Iterator[None]:
    """A session that somebody else began, with other properties for a while; those of its start stay as they are."""
    ours = {
        key: value
        for key, value in settings.items()
        if key.startswith("spark.fanwen.") or spark.conf.isModifiable(key)
    }
    before = {key: spark.conf.get(key, None) for key in ours}
    for key, value in ours.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, old in before.items():
            spark.conf.unset(key) if old is None else spark.conf.set(key, old)


def _default_master(settings: Mapping[str, str]) -> str | None:
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ or "spark.master" in settings
    return None if submitted else os.environ.get("MASTER", _HERE)


def _properties(master: str | None, settings: Mapping[str, str]) -> dict[str, str]:
    """Ours and those given; Java's options hold for the Java that is started here, not by ``spark-submit``."""
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return {**_SETTINGS, **settings, **_NEEDED}
    here = (settings.get("spark.master") or master or "").startswith("local")
    options = [f"-Dlog4j2.configurationFile={LOG.as_uri()}", *(_SHORT_LIVED if here else ())]
    java = " ".join([*options, settings.get(_JAVA, "")]).strip()
    return {**_SETTINGS, **(_NOT_COMPILED if here else {}), **settings, **_NEEDED, _JAVA: java}


def _forgiving(master: str) -> str:
    """``local[n]`` as ``local[n,4]``: a worker that dies must not end the run."""
    return re.sub(r"^local\[(\d+|\*)\]$", r"local[\1,4]", "local[1]" if master == "local" else master)


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    """Failures that are known, in one line; all others keep their traceback.

    Raises:
        CorpusError: see above.
    """
    try:
        yield
    except CorpusError:
        raise
    except Exception as error:
        known = explained(str(error))
        if known is None:
            raise
        raise known from error


def explained(said: str) -> CorpusError | None:
    """What a failure of Spark comes to; None if that is not known."""
    if ours := _OURS.search(said):
        kind = getattr(errors, ours[1], InputError)
        return kind(ours[2]) if issubclass(kind, CorpusError) else None
    if mismatch := _MISMATCH.search(said):
        return ConfigError(
            f"the workers run Python {mismatch[1]}, the driver {mismatch[2]}: set PYSPARK_PYTHON to the same one on every node"
        )
    for pattern, meaning in _KNOWN:
        if match := re.search(pattern, said):
            return ConfigError(meaning.format(*match.groups(), whole=match[0]))
    return None
