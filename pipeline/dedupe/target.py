"""The output folder: shards, table of duplicates, manifest; complete or as it was before."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import OutputError
from pipeline.io import atomic_file, exclusive, sync_folder, write_json

DUPLICATES = "duplicates.parquet"
PASSAGES = "passages.parquet"
MANIFEST = "manifest.json"
TOOL = "dedupe"
WORK = ".dedupe-work"
"""Folder of what does not fit into memory; a run that was killed leaves it to the next one."""
_STAGING = ".dedupe-"
_ROW_GROUP = 10_000


def is_own_output(folder: Path) -> bool:
    """Whether `dedupe` wrote this folder: its manifest says so."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("tool") == TOOL


def check_output(folder: Path, inputs: Sequence[str | Path], *, indexed: bool = False) -> None:
    """See that the output can go there, before any work is done.

    Args:
        folder: of the output.
        inputs: as the user named them.
        indexed: an index will be asked whether it points to what is there.

    Raises:
        OutputError: the folder holds something else, is a file, lies inside the input or holds a part of it, or an
            index points to it.
    """
    for path in map(_local, inputs):
        if path is not None and path.is_dir() and folder.resolve().is_relative_to(path.resolve()):
            raise OutputError(f"output folder {folder} lies inside the input folder {path}")
        if path is not None and path.exists() and path.resolve().is_relative_to(folder.resolve()):
            raise OutputError(f"the input {path} lies in the output folder {folder}; choose another folder")
    if not folder.exists():
        return
    if not indexed and (run := remembered_as(folder)):
        raise OutputError(f"{folder} holds {run} of an index; choose another folder, or name the index")
    if not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder to write to")
    entries = [entry.name for entry in folder.iterdir()]
    unfinished = any(name.startswith(_STAGING) for name in entries)
    if entries and not unfinished and not is_own_output(folder):
        raise OutputError(
            f"{folder} is not empty and not the output of an earlier dedupe; choose another folder"
        )


def remembered_as(folder: Path) -> str:
    """The run of an index whose output a folder holds; empty if it is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return str(manifest.get("run", "")) if isinstance(manifest, dict) else ""


def _local(name: str | Path) -> Path | None:
    """A path or ``file://`` address as a path; None for anything else."""
    scheme, separator, rest = str(name).partition("://")
    if not separator:
        return Path(name)
    return Path(unquote(rest)) if scheme == "file" else None


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """The output folder, held against other runs from the first row read to the last file written.

    What does not fit into memory goes to `WORK` in it. A run that is killed or interrupted leaves that to the next
    one; a run that ends, well or with an error, does not.

    Raises:
        OutputError: the folder cannot be written.
        LockedError: another run writes to it.
    """
    new = not folder.exists()
    with exclusive(folder):
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
        try:
            yield folder
        except KeyboardInterrupt:
            raise
        except BaseException:
            shutil.rmtree(folder / WORK, ignore_errors=True)
            if new and not any(folder.iterdir()):
                folder.rmdir()
            raise
        shutil.rmtree(folder / WORK, ignore_errors=True)


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder to write to, whose files replace those of ``folder`` when the block ends well.

    An earlier output stays whole until then; what a killed run left behind is removed. The manifest
    goes first and comes last, so that it never stands beside files that are not its own.

    Args:
        folder: held by `claimed`.

    Raises:
        OutputError: the folder cannot be written.
    """
    try:
        staging = Path(tempfile.mkdtemp(dir=folder, prefix=_STAGING))
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
    try:
        yield staging
        _publish(staging, folder)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_shards(
    folder: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], rows: int, shards: int
) -> list[dict[str, object]]:
    """Rows as ``train-00000-of-0000N.parquet``, evenly spread, in order.

    Args:
        folder: where to.
        schema: of the batches.
        batches: ``rows`` rows in all.
        rows: their number, at least one.
        shards: how many files.

    Returns:
        For each file its name, rows and bytes.

    Raises:
        OutputError: the folder cannot be written, or a column has a type that Parquet lacks.
    """
    supply, written = _Supply(batches), []
    for number in range(shards):
        size = rows * (number + 1) // shards - rows * number // shards
        path = folder / f"train-{number:05d}-of-{shards:05d}.parquet"
        write_table(path, schema, supply.tables(size))
        written.append({"file": path.name, "rows": size, "bytes": path.stat().st_size})
    return written


def write_table(path: Path, schema: pa.Schema, groups: Iterable[pa.Table]) -> None:
    """One Parquet file, a row group a table.

    Raises:
        OutputError: the file cannot be written, or a column has a type that Parquet lacks.
    """
    try:
        with atomic_file(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for group in groups:
                writer.write_table(group)
    except pa.ArrowException as error:
        raise OutputError(f"cannot write {path.name}: {error}") from error


class _Supply:
    """A stream of batches, handed out in tables of whatever size is asked for."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = iter(batches)
        self._waiting: list[pa.RecordBatch] = []

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """The next ``rows`` rows, at most a row group at once."""
        for start in range(0, rows, _ROW_GROUP):
            yield self._table(min(_ROW_GROUP, rows - start))

    def _table(self, rows: int) -> pa.Table:
        taken: list[pa.RecordBatch] = []
        while rows:
            batch = self._waiting.pop() if self._waiting else next(self._batches)
            taken.append(batch.slice(0, rows))
            if len(batch) > rows:
                self._waiting.append(batch.slice(rows))
            rows -= len(taken[-1])
        return pa.Table.from_batches(taken)


def publish_manifest(folder: Path, manifest: dict[str, object]) -> None:
    """The manifest, which makes the folder an output of `dedupe`."""
    write_json(folder / MANIFEST, {"tool": TOOL, **manifest})


def _publish(staging: Path, folder: Path) -> None:
    (folder / MANIFEST).unlink(missing_ok=True)
    new = {path.name for path in staging.iterdir()}
    for path in folder.iterdir():
        if path.name != staging.name and path.name not in new:
            _remove(path)
    for name in sorted(new - {MANIFEST}):
        if (folder / name).is_dir() or ((staging / name).is_dir() and (folder / name).exists()):
            _remove(folder / name)  # a table of one engine in the place of the other's
        (staging / name).replace(folder / name)
    sync_folder(folder)
    (staging / MANIFEST).replace(folder / MANIFEST)
    sync_folder(folder)


def _remove(path: Path) -> None:
    if path.is_dir():
        if path.name == DUPLICATES or (path.name.startswith(_STAGING) and path.name != WORK):
            shutil.rmtree(path)
    elif path.name in (DUPLICATES, PASSAGES) or path.match("train-*-of-*.parquet"):
        path.unlink()
