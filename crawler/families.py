"""Families: what several sites have in common, said once in a file that their site files name."""

import re
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from pipeline.errors import ConfigError

Table = dict[str, object]
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
SHIPPED = Path(str(files("crawler") / "sites"))
"""Folder of the site files that fanwen brings along; its families are there for every folder."""


def read_table(path: Path) -> Table:
    """A TOML file as it stands.

    Raises:
        ConfigError: it is missing, not UTF-8 or no TOML.
    """
    try:
        return parse_table(path, path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or error
        raise ConfigError(f"{path}: cannot be read: {reason}") from error


def parse_table(path: Path, text: str) -> Table:
    """The same of a text that is, or is to be, the file's.

    Raises:
        ConfigError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not TOML: nested too deeply") from error


def inherit(path: Path, table: Table, check: Callable[[Path, Table], None]) -> Table:
    """The table of a site file with what its family, and the family's family, say beside it.

    Tables are merged key by key and the nearer value wins; lists are values and replaced as a whole.

    Args:
        path: the site's file; its families are looked for in ``families/`` beside it, then among the shipped.
        table: what stands in it.
        check: raises ConfigError if a family's file and its table are not valid by themselves.

    Raises:
        ConfigError: a family is unknown, not valid, or its own ancestor.
    """
    seen: list[str] = []
    merged, file = table, path
    while isinstance(name := table.get("family"), str) and name:
        if name in seen:
            raise ConfigError(f"{file}: family: expected no circle, found {' -> '.join([*seen, name])}")
        seen.append(name)
        file = _find(file, name, path.parent)
        table = read_table(file)
        check(file, table)
        merged = _merge(table, merged)
    return merged


def _find(file: Path, name: str, folder: Path) -> Path:
    places = [folder / "families", SHIPPED / "families"]
    found = [place / f"{name}.toml" for place in places] if _NAME.fullmatch(name) else []
    for path in found:
        if path.is_file():
            return path
    known = sorted({path.stem for place in places for path in place.glob("*.toml")})
    raise ConfigError(f"{file}: family: expected one of {', '.join(known)}; found {name!r}")


def _merge(far: Table, near: Table) -> Table:
    merged = dict(far)
    for key, value in near.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
