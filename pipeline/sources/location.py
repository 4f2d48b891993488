"""A file or folder of the input, on this machine or at any address, and what opens it."""

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
from pyarrow import fs

from pipeline.errors import InputError
from pipeline.place import is_local, is_remote, place, reason, shown

_BUFFER = 1 << 22
"""Bytes asked for at a time: every request to an object store takes its time."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where something lies; a task on another machine finds it there too, if that machine can."""

    name: str
    """As a person would write it, without keys."""
    path: str
    """On its file system; a local one is absolute, for a task may run in another folder."""
    system: fs.FileSystem = field(hash=False)

    @property
    def is_local(self) -> bool:
        """Whether it is a file of this machine, which is read without pyarrow: faster, whatever its name's bytes."""
        return is_local(self.system)

    @property
    def base(self) -> str:
        """The last part of its name."""
        return as_text(self.name.rpartition("/")[2] if is_remote(self.name) else Path(self.name).name)

    def below(self, inside: str) -> "Location":
        """What lies in this folder."""
        name = f"{self.name}/{inside}" if is_remote(self.name) else str(Path(self.name, inside))
        return Location(name, f"{self.path.rstrip('/')}/{inside}", self.system)

    def open(self, buffer: int = _BUFFER) -> BinaryIO:
        """The file's bytes, at any position.

        Args:
            buffer: bytes asked for at a time at an address; local files are read in the usual way.

        Raises:
            OSError: a local file cannot be read.
            InputError: one at an address cannot be read, now or when it is read from.
        """
        if self.is_local:
            return Path(self.path).open("rb")
        try:
            file = self.system.open_input_file(self.path)
        except Exception as error:
            raise self.failure(error) from error
        return cast("BinaryIO", io.BufferedReader(_Remote(file, self), buffer))

    def failure(self, error: Exception) -> InputError:
        """What to say of an error of its file system, whatever kind that raises."""
        return InputError(f"{self.name}: cannot be read ({reason(error, self.path)})")


class _Remote(io.RawIOBase):
    """A file at an address; that it cannot be reached is told apart from what may be wrong with its bytes.

    A damaged file costs its own pages, each with a reason; a network that fails must not.
    """

    def __init__(self, file: pa.NativeFile, location: Location) -> None:
        self._file, self._location = file, location

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            return int(self._file.readinto(buffer))
        except Exception as error:
            raise self._location.failure(error) from error

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return int(self._file.seek(offset, whence))
        except Exception as error:
            raise self._location.failure(error) from error

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def locate(name: str | Path) -> Location:
    """Where a path or an address leads.

    Raises:
        InputError: nothing here opens such an address.
    """
    if not is_remote(name):
        return Location(str(Path(name)), str(Path(name).absolute()), fs.LocalFileSystem())
    system, path = place(str(name))
    return Location(shown(name), path.rstrip("/") or path, system)


def as_text(name: str) -> str:
    """A name as text, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "replace")
