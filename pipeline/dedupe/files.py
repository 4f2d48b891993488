"""The files of a corpus, wherever they are: local folders, object stores, anything that pyarrow or fsspec opens."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import fs

from pipeline.dedupe.target import DUPLICATES, MANIFEST, PASSAGES, TOOL
from pipeline.errors import InputError
from pipeline.place import is_local, is_remote, place, reason

JSONL = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".jsonl.zst", ".ndjson.zst")
KINDS = (".parquet", *JSONL)
__all__ = ["JSONL", "KINDS", "InputFile", "input_files", "place"]


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read."""

    name: str
    """As a person would write it: a path or an address."""
    path: str
    """On its file system."""
    system: fs.FileSystem
    size: int
    """Bytes."""
    changed: int
    """Nanoseconds since 1970; 0 where the file system does not say."""

    @property
    def is_jsonl(self) -> bool:
        """Whether it holds JSON lines; else it is Parquet."""
        return self.path.endswith(JSONL)

    def open(self) -> pa.NativeFile:
        """The file's bytes, from any place.

        Raises:
            InputError: it cannot be read.
        """
        try:
            return self.system.open_input_file(self.path)
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{self.name}: cannot be read ({reason(error)})") from error

    def check_unchanged(self) -> None:
        """See that it is what it was when the files were listed.

        Raises:
            InputError: its size or time is another, or it is gone.
        """
        info = self.system.get_file_info(self.path)
        if not info.is_file or (info.size or 0, info.mtime_ns or 0) != (self.size, self.changed):
            raise InputError(f"{self.name} changed while it was read; start again")

    def __str__(self) -> str:
        return self.name


def input_files(inputs: Sequence[str | Path]) -> tuple[InputFile, ...]:
    """The files to read: those named, and in folders all Parquet and JSONL files, sorted by path.

    Hidden files are left out, and so are the tables of duplicates and passages in a folder that `dedupe` wrote.

    Args:
        inputs: paths, or addresses such as ``s3://bucket/folder``.

    Raises:
        InputError: there is no such file, a folder holds none, a file is of no known kind or given twice.
    """
    files = [file for name in inputs for file in _files_of(str(name))]
    seen: set[tuple[str, str]] = set()
    for file in files:
        key = (file.system.type_name, str(Path(file.path).resolve()) if is_local(file.system) else file.path)
        if key in seen:
            raise InputError(f"{file} is given twice")
        seen.add(key)
    return tuple(files)


def _files_of(name: str) -> list[InputFile]:
    system, path = place(name)
    try:
        info = system.get_file_info(path)
        if info.type == fs.FileType.NotFound:
            raise InputError(f"no such file or folder: {name}")
        if info.type == fs.FileType.Directory:
            return _folder(name, system, path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{name}: cannot be read ({reason(error)})") from error
    if not path.endswith(KINDS):
        raise InputError(f"{name}: neither Parquet nor JSONL (known by the name's end: {', '.join(KINDS)})")
    return [_file(name, info, system)]


def _folder(name: str, system: fs.FileSystem, root: str) -> list[InputFile]:
    found = system.get_file_info(fs.FileSelector(root, recursive=True))
    own = set(_own_outputs(found, system))
    files = []
    for info in sorted(found, key=lambda info: info.path):
        inside = info.path.removeprefix(root.rstrip("/") + "/")
        hidden = any(part.startswith(".") for part in inside.split("/"))
        if not info.is_file or hidden or not info.path.endswith(KINDS) or _is_own_table(info.path, own):
            continue
        files.append(_file(f"{name.rstrip('/')}/{inside}", info, system))
    if not files:
        raise InputError(f"no Parquet or JSONL files in {name}")
    return files


def _is_own_table(path: str, own: set[str]) -> bool:
    """Whether a file is, or lies in, a table of duplicates or passages in one of these folders."""
    folder, _, last = path.rpartition("/")
    outer, _, table = folder.rpartition("/")
    return (last in (DUPLICATES, PASSAGES) and folder in own) or (table == DUPLICATES and outer in own)


def _own_outputs(found: Sequence[fs.FileInfo], system: fs.FileSystem) -> Iterator[str]:
    """Folders that `dedupe` wrote."""
    tables = [info.path.rsplit("/", 2) for info in found]
    folders = {"/".join(parts[:-1]) for parts in tables if parts[-1] == DUPLICATES}
    folders |= {parts[0] for parts in tables if parts[-2:-1] == [DUPLICATES]}
    for info in found:
        folder = info.path.rpartition("/")[0]
        if info.base_name == MANIFEST and folder in folders:
            try:
                with system.open_input_stream(info.path) as file:
                    manifest = json.loads(file.read())
            except (OSError, ValueError):
                continue
            if isinstance(manifest, dict) and manifest.get("tool") == TOOL:
                yield folder


def _file(name: str, info: fs.FileInfo, system: fs.FileSystem) -> InputFile:
    shown = name if is_remote(name) else str(Path(name))
    return InputFile(shown, info.path, system, info.size or 0, info.mtime_ns or 0)
