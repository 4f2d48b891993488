"""The phrases that essays are put together from, as they stand in the data files of this package."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

_COMPOSED = {
    "act": ("{do}{thing}",),
    "result": ("{metric}{change}",),
    "problem": ("{aspect}{lack}",),
    "plan": ("{build}{project}",),
}
"""Forms that any field shares, so that two essays of one field differ."""
COMPOSED_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class Field:
    """A field of work: what its essays are about, and the phrases only they use."""

    name: str
    lists: Mapping[str, tuple[str, ...]]


@functools.cache
def fields() -> tuple[Field, ...]:
    """All fields of work, in the order of the data file."""
    return tuple(
        Field(name, {key: tuple(value.split()) for key, value in lists.items()})
        for name, lists in _read("domains.toml").items()
    )


@functools.cache
def common() -> Mapping[str, tuple[str, ...]]:
    """Lists that every field shares, by name."""
    tables = _read("phrases.toml")
    lists = {key: tuple(value.split()) for key, value in (tables["words"] | tables["names"]).items()}
    lists |= {key: tuple(value.split("\n")[1:-1]) for key, value in tables["sentences"].items()}
    return lists | {f"composed_{key}": value for key, value in _COMPOSED.items()}


def _read(name: str) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))
    return tables
