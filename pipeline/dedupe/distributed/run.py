"""The command on Spark: input surveyed and split, searched, written; complete or as it was before."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import fs

from pipeline.dedup.minhash import Progress
from pipeline.dedupe.distributed.output import Folder, WriteSplit, empty_duplicates, part_of
from pipeline.dedupe.distributed.reader import (
    CorpusReader,
    groups_of,
    spark_type,
    splits_of,
    survey,
)
from pipeline.dedupe.files import InputFile, input_files, place
from pipeline.dedupe.options import Options
from pipeline.dedupe.source import Columns, Facts, Source, Survey
from pipeline.dedupe.target import (
    MANIFEST,
    TOOL,
    WORK,
    check_output,
    claimed,
    publish_manifest,
    staged,
)
from pipeline.engine.spark import publish
from pipeline.engine.spark.cluster import Cluster
from pipeline.engine.spark.prepare import Task
from pipeline.engine.spark.search import Found, search
from pipeline.engine.spark.session import session
from pipeline.engine.spark.tables import Tables
from pipeline.errors import ConfigError, InputError, OutputError

if TYPE_CHECKING:
    from pipeline.engine.spark.session import DataFrame, Session


def dedupe_on_spark(
    inputs: Sequence[str | Path], options: Options, output: str, cluster: Cluster, progress: Progress
) -> dict[str, object]:
    """Drop near-duplicates of a corpus on Spark.

    Args:
        inputs: paths or addresses of files and folders, readable by all nodes.
        options: what to compare and what to keep.
        output: a path or address, writable by all nodes.
        cluster: where to run.
        progress: told of ``rows decided``.

    Returns:
        The manifest, with where it is.

    Raises:
        CorpusError: input, options or output are unfit, or Spark failed of something that is known.
    """
    if options.contained is not None or options.passages or options.drop_repeats:
        raise ConfigError(
            "--engine spark finds near-duplicates only: no --contained, --passages or --drop-repeats"
        )
    files = tuple(_absolute(file) for file in input_files(inputs))
    if not options.names_input_order:
        files = tuple(sorted(files, key=lambda file: file.name))
    with (
        _publishing(output, inputs) as target,
        session(cluster.master, cluster.settings, "fanwen dedupe") as spark,
    ):
        return {"output": output, **_run(spark, cluster, files, options, target, progress)}


@dataclass(frozen=True, slots=True)
class Target:
    """Where tasks write."""

    folder: Folder
    work: str
    """As Hadoop names it."""
    publish: Callable[[dict[str, object]], None]
    """Writes the manifest, last."""


def _run(
    spark: "Session",
    cluster: Cluster,
    files: tuple[InputFile, ...],
    options: Options,
    target: Target,
    progress: Progress,
) -> dict[str, object]:
    source, reader = _input(spark, files, options, cluster.split_bytes(spark))
    tables = Tables(spark, cluster.work_folder(spark, target.work))

    def check_ids(rows: "DataFrame") -> None:
        if source.id_column and (again := publish.named_twice(rows)):
            name, *places = again
            raise InputError(f"id {name!r} occurs twice: {' and '.join(map(source.place, places))}")

    task = Task(reader, len(reader.splits), options.wanted, options.keep, spark_type(reader.by))
    try:
        found = search(task, tables, cluster.limits(spark), progress, check_ids)
        write = WriteSplit(reader, target.folder, source.schema)
        shards = publish.write_splits(spark, found, len(reader.splits), write, write.SCHEMA)
        counts = publish.counts(found)
        if not counts["dropped"]:
            with target.folder.writer(part_of(0), empty_duplicates()):
                pass
        manifest = _manifest(source, options, found, counts, shards)
        target.publish(manifest)
    finally:
        with contextlib.suppress(Exception):  # what went wrong before matters more
            tables.drop()
    return manifest


def _input(
    spark: "Session", files: tuple[InputFile, ...], options: Options, split_bytes: int
) -> tuple[Source, CorpusReader]:
    """Footers of Parquet files and all of JSONL files are read by tasks, so the driver needs what they say only."""
    look = _Look(files, options.columns)
    seen = sorted(publish.for_each(spark, len(files), look, _Look.SCHEMA), key=lambda row: row["file"])
    schemas = [pa.ipc.read_schema(pa.py_buffer(row["schema"])) for row in seen]
    facts = Survey(files, options.columns, known=schemas)
    for row, schema in zip(seen, schemas, strict=True):
        facts.add(Facts(row["file"], row["rows"], 0, schema))
    source = facts.source()
    splits = splits_of(source.rows, [json.loads(row["groups"]) for row in seen], split_bytes)
    by = source.schema.field(options.order_by).type if options.order_by else None
    columns = Columns(options.text_column, source.id_column or "", options.order_by)
    return source, CorpusReader(files, splits, columns, options.mask, by)


@dataclass(frozen=True, slots=True)
class _Look:
    """The number of a file -> what is to be known of it."""

    files: tuple[InputFile, ...]
    columns: Columns

    SCHEMA = "file int, rows long, schema binary, groups string"

    def __call__(self, number: int) -> pa.RecordBatch:
        facts = survey(self.files[number], number, self.columns)
        groups = json.dumps(groups_of(self.files[number]))
        return pa.record_batch(
            {
                "file": pa.array([number], pa.int32()),
                "rows": pa.array([facts.rows], pa.int64()),
                "schema": pa.array([facts.schema.serialize().to_pybytes()], pa.binary()),
                "groups": pa.array([groups], pa.string()),
            }
        )


def _manifest(
    source: Source, options: Options, found: Found, counts: dict[str, int], shards: list[dict[str, object]]
) -> dict[str, object]:
    work = found.work
    return {
        "version": version("fanwen"),
        "engine": {"name": "spark", **asdict(work), "as_on_one_machine": not work.closed_buckets},
        "parameters": {**options.parameters(), "id_column": source.id_column},
        "banding": asdict(options.wanted.bands),
        "inputs": [
            {"file": file.name, "rows": rows} for file, rows in zip(source.files, source.rows, strict=True)
        ],
        "counts": counts,
        "files": sorted(shards, key=lambda shard: str(shard["file"])),
    }


@contextlib.contextmanager
def _publishing(output: str, inputs: Sequence[str | Path]) -> Iterator[Target]:
    """The output, which replaces an earlier one when the block ends well."""
    scheme, separator, _ = output.partition("://")
    if separator and scheme != "file":
        yield _remote(output)
        return
    folder = Path(output.removeprefix("file://")).absolute()
    check_output(folder, inputs)
    with claimed(folder), staged(folder) as staging:
        os.chmod(staging, 0o777 & ~_umask())  # noqa: PTH101 - executors may be another user
        yield Target(
            Folder(fs.LocalFileSystem(), str(staging)),
            str(folder / WORK),
            lambda manifest: publish_manifest(staging, manifest),
        )


def _remote(output: str) -> Target:
    """A folder of an object store or of HDFS: the manifest goes first and comes last.

    Raises:
        OutputError: it holds something else, or cannot be reached.
    """
    system, path = place(output)
    folder, manifest = Folder(system, path.rstrip("/")), f"{path.rstrip('/')}/{MANIFEST}"
    try:
        found = system.get_file_info(fs.FileSelector(folder.path, recursive=True, allow_not_found=True))
        old = [info.path for info in found if info.is_file]
        if manifest in old:
            with system.open_input_stream(manifest) as file:
                ours = json.loads(file.read()).get("tool") == TOOL
        else:
            ours = not old
        if not ours:
            raise OutputError(
                f"{output} is not empty and not the output of an earlier dedupe; choose another folder"
            )
        for name in [manifest, *old]:
            if name in old and not name.startswith(f"{folder.path}/{WORK}"):
                system.delete_file(name)
                old.remove(name)
    except (OSError, ValueError) as error:
        raise OutputError(f"{output}: cannot be written ({error})") from error

    def publish(said: dict[str, object]) -> None:
        with system.open_output_stream(manifest) as file:
            file.write(json.dumps({"tool": TOOL, **said}, ensure_ascii=False, indent=1).encode() + b"\n")

    return Target(folder, f"{output.rstrip('/')}/{WORK}", publish)


def _absolute(file: InputFile) -> InputFile:
    """A path on this machine as every process understands it."""
    local = isinstance(file.system, fs.LocalFileSystem)
    return replace(file, path=str(Path(file.path).absolute())) if local else file


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
