"""Where a corpus lies: a folder, or a prefix of an object store; a file appears whole or not at all."""

import filecmp
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from pyarrow import fs

from pipeline.errors import OutputError
from pipeline.io import atomic_file, sync_folder
from pipeline.place import is_remote, reason, shown

_CHUNK = 1 << 22
_COPIES = 16


class Store(Protocol):
    """The files of a corpus by their names, such as ``v00001/essays/train-00000-of-00001.parquet``."""

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None if there is none of that name.

        Raises:
            OutputError: it cannot be read.
        """
        ...

    def names(self) -> list[str]:
        """Names of the files and folders at the top, hidden ones apart."""
        ...

    def put(self, name: str, staged: Path, same: str | None = None) -> None:
        """Take a finished file over; ``same`` is a file of the store that should have the same bytes.

        Raises:
            OutputError: it cannot be written.
        """
        ...

    def adopt(self, names: Mapping[str, str]) -> None:
        """Files that lie in the store under other names, such as those of a hidden folder: new name -> old.

        Raises:
            OutputError: one cannot be copied.
        """
        ...

    def write(self, name: str, data: bytes) -> None:
        """A small file, whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        ...

    def point(self, name: str, folder: str) -> None:
        """Let ``name`` stand for a folder, where that is possible."""
        ...

    def remove(self, folder: str) -> None:
        """Remove a folder with all that is in it."""
        ...

    def age(self, name: str, now: float) -> float:
        """Seconds since a file was written; 0 if there is none."""
        ...

    def size(self, name: str) -> int:
        """Bytes of a file; -1 if there is none."""
        ...


class LocalStore:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __str__(self) -> str:
        return str(self._root)

    def read(self, name: str) -> bytes | None:
        """As ``Store.read``."""
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            raise OutputError(f"{self._root}: is a file, not a folder") from None
        except OSError as error:
            raise OutputError(f"{self._root / name}: cannot be read ({error.strerror or error})") from error

    def names(self) -> list[str]:
        """As ``Store.names``."""
        if not self._root.exists():
            return []
        if not self._root.is_dir():
            raise OutputError(f"{self._root}: is a file, not a folder")
        return sorted(path.name for path in self._root.iterdir() if not path.name.startswith("."))

    def put(self, name: str, staged: Path, same: str | None = None) -> None:
        """Moved, if it lies on the same disk; of bytes that are there already another link."""
        target = self._root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if same is None or not _is_link_of(target, self._root / same, staged):
                staged.replace(target)
            sync_folder(target.parent)
        except OSError as error:
            raise OutputError(f"{target}: cannot be published ({error.strerror or error})") from error

    def adopt(self, names: Mapping[str, str]) -> None:
        """As ``Store.adopt``."""
        for name, old in names.items():
            self.put(name, self._root / old)

    def write(self, name: str, data: bytes) -> None:
        """As ``Store.write``."""
        with atomic_file(self._root / name) as file:
            file.write(data)

    def point(self, name: str, folder: str) -> None:
        """A symbolic link, replaced in one step."""
        link = self._root / f".{name}.tmp"
        try:
            link.unlink(missing_ok=True)
            link.symlink_to(folder, target_is_directory=True)
            link.replace(self._root / name)
            sync_folder(self._root)
        except OSError as error:
            raise OutputError(f"{self._root / name}: cannot be made ({error.strerror or error})") from error

    def remove(self, folder: str) -> None:
        """As ``Store.remove``."""
        shutil.rmtree(self._root / folder, ignore_errors=True)

    def age(self, name: str, now: float) -> float:
        """As ``Store.age``."""
        try:
            return now - (self._root / name).stat().st_mtime
        except OSError:
            return 0.0

    def size(self, name: str) -> int:
        """As ``Store.size``."""
        try:
            return (self._root / name).stat().st_size
        except OSError:
            return -1


def _is_link_of(target: Path, existing: Path, staged: Path) -> bool:
    """Make a link to a file that is there, if its bytes are still those of the staged one and the disk has links."""
    try:
        if not filecmp.cmp(existing, staged, shallow=False):
            return False
        os.link(existing, target)
    except OSError:
        return False
    return True


class ObjectStore:
    """A prefix in a bucket; what is put there appears whole when the upload is complete."""

    def __init__(self, name: str, system: fs.FileSystem, prefix: str) -> None:
        self._name, self._system, self._prefix = name, system, prefix.rstrip("/")

    def __str__(self) -> str:
        return self._name

    def read(self, name: str) -> bytes | None:
        """As ``Store.read``."""
        try:
            with self._system.open_input_stream(self._at(name)) as file:
                return bytes(file.read())
        except FileNotFoundError:
            return None
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"{self._name}/{name}: cannot be read ({reason(error)})") from error

    def names(self) -> list[str]:
        """As ``Store.names``."""
        selector = fs.FileSelector(self._prefix, allow_not_found=True)
        try:
            found = self._system.get_file_info(selector)
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"{self._name}: cannot be reached ({reason(error)})") from error
        return sorted(info.base_name for info in found if not info.base_name.startswith("."))

    def put(self, name: str, staged: Path, same: str | None = None) -> None:
        """Uploaded, whatever is there already: only what is sent is known to be whole."""
        del same
        try:
            with staged.open("rb") as source, self._system.open_output_stream(self._at(name)) as target:
                shutil.copyfileobj(source, target, _CHUNK)
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"{self._name}/{name}: cannot be written ({reason(error)})") from error

    def adopt(self, names: Mapping[str, str]) -> None:
        """Copied within the store, several at a time."""
        try:
            with ThreadPoolExecutor(_COPIES) as pool:
                list(pool.map(lambda pair: self._copy(*pair), names.items()))
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"{self._name}: files cannot be copied ({reason(error)})") from error

    def _copy(self, name: str, old: str) -> None:
        if self._system.type_name != "s3":  # which has no folders
            self._system.create_dir(self._at(name).rpartition("/")[0], recursive=True)
        self._system.copy_file(self._at(old), self._at(name))

    def sweep(self, prefix: str, oldest: float) -> None:
        """Remove hidden folders that killed runs left: their names are ``prefix``, the second they began in, and more."""
        found = self._system.get_file_info(fs.FileSelector(self._prefix, allow_not_found=True))
        for info in found:
            began = info.base_name.removeprefix(prefix).partition("-")[0]
            if info.base_name.startswith(prefix) and began.isdecimal() and int(began) < oldest:
                self.remove(info.base_name)

    def write(self, name: str, data: bytes) -> None:
        """As ``Store.write``."""
        try:
            with self._system.open_output_stream(self._at(name)) as target:
                target.write(data)
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"{self._name}/{name}: cannot be written ({reason(error)})") from error

    def point(self, name: str, folder: str) -> None:
        """Object stores have no links; the manifest says which version is current."""

    def remove(self, folder: str) -> None:
        """As ``Store.remove``."""
        try:
            self._system.delete_dir(self._at(folder))
        except FileNotFoundError:
            return
        except (OSError, pa.ArrowException) as error:
            raise OutputError(f"{self._name}/{folder}: cannot be removed ({reason(error)})") from error

    def age(self, name: str, now: float) -> float:
        """As ``Store.age``."""
        modified = self._system.get_file_info(self._at(name)).mtime
        return now - modified.timestamp() if modified else 0.0

    def size(self, name: str) -> int:
        """As ``Store.size``."""
        info = self._system.get_file_info(self._at(name))
        return int(info.size) if info.is_file else -1

    def _at(self, name: str) -> str:
        return f"{self._prefix}/{name}"


def store_at(place: str | Path) -> LocalStore | ObjectStore:
    """The store of a path, or of an address such as ``s3://bucket/corpus``.

    Raises:
        OutputError: the address cannot be reached, or is of no known kind.
    """
    name, address = str(place), shown(place)
    if not is_remote(name):
        return LocalStore(Path(place))
    try:
        system, prefix = fs.FileSystem.from_uri(name)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise OutputError(f"{address}: cannot be reached ({reason(error, name)})") from error
    try:
        bucket = system.get_file_info(prefix.partition("/")[0])
    except (OSError, pa.ArrowException) as error:
        raise OutputError(f"{address}: cannot be reached ({reason(error)})") from error
    if bucket.type == fs.FileType.NotFound and not isinstance(system, fs.LocalFileSystem):
        raise OutputError(f"{address}: there is no such bucket")
    return ObjectStore(address, system, prefix)
