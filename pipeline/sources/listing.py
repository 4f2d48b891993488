"""What lies at a location, on this machine or at an address: listed, and not opened."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pyarrow import fs

from pipeline.errors import InputError
from pipeline.sources.location import Location
from pipeline.sources.stored import State

Entry = tuple[str, State]
"""Path below the folder that is listed, and state."""


def state_of(location: Location) -> State | None:
    """State of a file; None if it is a folder.

    Raises:
        InputError: there is neither, or nobody can tell.
    """
    if location.is_local:
        return _local_state(location)
    try:
        info = location.system.get_file_info(location.path)
    except Exception as error:
        raise location.failure(error) from error
    if info.type == fs.FileType.NotFound:
        raise InputError(f"{location.name}: no such file or folder")
    return None if info.type == fs.FileType.Directory else _remote_state(info)


def entries_of(root: Location, exclude: Location | None) -> list[Entry]:
    """Files in a folder and in those within it, hidden ones and one folder apart, sorted by the parts of their paths.

    Args:
        root: the folder.
        exclude: what lies in it, or is it, is left out.

    Raises:
        InputError: an address cannot be listed.
    """
    entries = _local_entries(root, exclude) if root.is_local else _remote_entries(root, exclude)
    return sorted(entries, key=lambda entry: entry[0].split("/"))


def _local_state(location: Location) -> State | None:
    try:
        found = os.stat(location.path)  # noqa: PTH116 - a name of any bytes
    except PermissionError as error:
        raise location.failure(error) from error
    except (OSError, ValueError):
        raise InputError(f"{location.name}: no such file or folder") from None
    return None if stat.S_ISDIR(found.st_mode) else _times(found)


def _local_entries(root: Location, exclude: Location | None) -> Iterator[Entry]:
    folder = Path(root.path)
    outside = Path(exclude.path).resolve() if exclude is not None and exclude.is_local else None
    for file in folder.rglob("*"):
        inside = file.relative_to(folder).as_posix()
        if _is_hidden(inside) or (outside and file.resolve().is_relative_to(outside)):
            continue
        try:
            found = file.stat()
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            yield inside, _times(found)


def _times(found: os.stat_result) -> State:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _remote_entries(root: Location, exclude: Location | None) -> Iterator[Entry]:
    try:
        found = root.system.get_file_info(fs.FileSelector(root.path, recursive=True))
    except Exception as error:
        raise root.failure(error) from error
    outside = f"{exclude.path}/" if exclude is not None and exclude.system == root.system else None
    for info in found:
        inside = info.path.removeprefix(root.path.rstrip("/") + "/")
        if _is_hidden(inside) or (outside and info.path.startswith(outside)):
            continue
        if info.is_file:
            yield inside, _remote_state(info)


def _remote_state(info: fs.FileInfo) -> State:
    return info.size or 0, info.mtime_ns or 0


def _is_hidden(inside: str) -> bool:
    return any(part.startswith(".") for part in inside.split("/"))
