"""Any address as a file system and a path on it, and its name without keys, for wherever others may read it."""

import importlib
import re
from pathlib import Path

import pyarrow as pa
from pyarrow import fs

from pipeline.errors import InputError

_LONGEST = 200
_LOGIN = re.compile(r"(?<=://)[^/@:]*:(?!\d+(?:/|$))[^@]*@")
"""User and password before a host, whatever signs the password has; a port is none."""


def place(name: str) -> tuple[fs.FileSystem, str]:
    """File system and path of a path or an address.

    Raises:
        InputError: nothing here opens such an address.
    """
    scheme, separator, _ = name.partition("://")
    if not separator:
        return fs.LocalFileSystem(), name
    try:
        system, path = fs.FileSystem.from_uri(name)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if isinstance(error, pa.ArrowInvalid) and "Unrecognized filesystem" not in str(error):
            raise InputError(f"{shown(name)}: no such address ({reason(error, name)})") from error
        return _by_fsspec(name, scheme)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{shown(name)}: cannot be reached ({reason(error, name)})") from error
    return system, path


def _by_fsspec(name: str, scheme: str) -> tuple[fs.FileSystem, str]:
    try:
        url_to_fs = importlib.import_module("fsspec.core").url_to_fs
        system, path = url_to_fs(name)
    except ImportError as error:
        raise InputError(
            f"{shown(name)}: to read {scheme}://, install fsspec and what it needs for it ({reason(error, name)})"
        ) from error
    except Exception as error:
        raise InputError(f"{shown(name)}: {reason(error, name)}") from error
    return fs.PyFileSystem(fs.FSSpecHandler(system)), path


def below(name: str, inside: str) -> str:
    """Address of something in a folder; the folder's options stay at the end."""
    base, mark, options = name.partition("?")
    return f"{base.rstrip('/')}/{inside}{mark}{options}"


def is_remote(name: str | Path) -> bool:
    """Whether it is an address, not a path."""
    return "://" in str(name)


def is_local(system: fs.FileSystem) -> bool:
    """Whether its files are those of this machine."""
    return isinstance(system, fs.LocalFileSystem)


def shown(name: str | Path) -> str:
    """An address without its options and login, which may hold keys; a path as it is."""
    text = str(name)
    return _LOGIN.sub("", text).partition("?")[0].rstrip("/") if is_remote(text) else text


def reason(error: Exception, name: str = "") -> str:
    """First line of what an error says, with no key of the address that led to it."""
    lines = (getattr(error, "strerror", None) or str(error)).strip().splitlines()
    text = str(lines[0]) if lines else type(error).__name__
    if is_remote(name):
        login = _LOGIN.search(name)
        for part in (name, name.partition("?")[2], login.group() if login else ""):
            text = text.replace(part, shown(name) if part == name else "...") if part else text
    return text[:_LONGEST]
