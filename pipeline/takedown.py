"""What is taken out of a corpus on demand, and never fetched or published again.

A demand names a URL, a host, an essay or a cluster. It is kept as an id, so that the corpus can hold
what was taken out of it (table ``takedowns``) without saying where it stood.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from pipeline.errors import ConfigError
from pipeline.schema import SiteRules, stable_id
from pipeline.urls import Places, host_of

Kind = Literal["url", "host", "essay", "cluster"]
KINDS: tuple[Kind, ...] = ("url", "host", "essay", "cluster")
_ID = re.compile(r"[0-9a-f]{20}")
_HOST = re.compile(r"[^\s/:@]+(?::\d+)?")


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that must go."""

    id: str
    kind: Kind
    since: date | None = None
    reason: str = ""


class Takedowns:
    """All demands, asked for pages and essays."""

    def __init__(self, demands: Iterable[Demand] = ()) -> None:
        self.demands = tuple(sorted({each.id: each for each in demands}.values(), key=lambda each: each.id))
        self._by_id: dict[str, dict[str, Demand]] = {kind: {} for kind in KINDS}
        for each in self.demands:
            self._by_id[each.kind][each.id] = each

    def __bool__(self) -> bool:
        return bool(self.demands)

    def page(self, urls: Sequence[str], article_url: str) -> Demand | None:
        """The demand that a page falls under.

        Args:
            urls: its addresses, canonical or not; each one's host counts.
            article_url: canonical URL of the article that it is a page of.
        """
        addresses = self._by_id["url"]
        for url in (*urls, article_url) if addresses else ():
            if demand := addresses.get(stable_id(url)):
                return demand
        hosts = self._by_id["host"]
        names = {name for url in urls for name in _domains(host_of(url))} if hosts else ()
        return next((hosts[key] for name in sorted(names) if (key := host_id(name)) in hosts), None)

    def essay(self, essay_id: str) -> Demand | None:
        """The demand for an essay itself."""
        return self._by_id["essay"].get(essay_id)

    def cluster(self, essay_id: str) -> Demand | None:
        """The demand for all copies of an essay, by the id of one of them."""
        return self._by_id["cluster"].get(essay_id)

    def refuses(self, urls: Sequence[str], article_url: str) -> bool:
        """Whether a page need not be fetched: itself, its host, or the one essay on it must go."""
        first = stable_id(article_url, "1")
        return bool(self.page(urls, article_url) or self.essay(first) or self.cluster(first))


def kind_of(word: str) -> Kind:
    """A kind by its name.

    Raises:
        ValueError: there is none of that name.
    """
    for kind in KINDS:
        if kind == word:
            return kind
    raise ValueError(f"no kind of demand: {word!r}")


def host_id(name: str) -> str:
    """What a demand for a host is kept as."""
    return stable_id("host", name)


def load_takedowns(
    path: Path | None, sites: Sequence[SiteRules], earlier: Iterable[Demand] = ()
) -> Takedowns:
    """The demands of ``takedown.toml``, with those that a corpus holds already: what went stays away.

    Args:
        path: the file; None or one that is not there holds no demand.
        sites: rules that tell the one spelling of an address.
        earlier: demands that were met before; one ends only by ``lifted = true`` in the file.

    Raises:
        ConfigError: the file cannot be read or says something else, with file, entry and what was expected.
    """
    entries = _entries(path) if path is not None and path.exists() else []
    places = Places(sites)
    found = {entry.id(places): entry for entry in entries}
    demands = {each.id: each for each in earlier}
    for key, entry in found.items():
        if entry.lifted:
            demands.pop(key, None)
        else:
            demands[key] = Demand(key, entry.kind, entry.since, entry.reason)
    return Takedowns(demands.values())


class _Entry(BaseModel):
    """One ``[[takedown]]`` of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = None
    host: str | None = None
    essay: str | None = None
    cluster: str | None = None
    since: date | None = None
    reason: str = ""
    note: str = ""
    """For the operator; goes nowhere."""
    lifted: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        named = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(named) != 1:
            raise ValueError("names none or several of url, host, essay, cluster: one entry, one thing")
        kind, value = named[0], getattr(self, named[0])
        if kind == "url" and not host_of(value):
            raise ValueError(f"url {value!r} is no web address")
        if kind == "host" and not _HOST.fullmatch(value):
            raise ValueError(f"host {value!r} is no host name (such as www.example.com)")
        if kind in ("essay", "cluster") and not _ID.fullmatch(value):
            raise ValueError(f"{kind} {value!r} is no id (20 hexadecimal digits, as in the tables)")
        return self

    @property
    def kind(self) -> Kind:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    def id(self, places: Places) -> str:
        """What the demand is kept as."""
        if self.url is not None:
            return stable_id(places.locate(self.url).article_url)
        return host_id(self.host.lower()) if self.host is not None else str(self.essay or self.cluster)


_FILE = TypeAdapter(dict[Literal["takedown"], list[_Entry]])


def _entries(path: Path) -> list[_Entry]:
    try:
        table: Mapping[str, object] = tomllib.loads(path.read_text("utf-8"))
        return _FILE.validate_python(table).get("takedown", [])
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{path}: {where}: {message}") from error


def _domains(host: str) -> Iterable[str]:
    """A host and the domains that it lies in: m.gz85.com, gz85.com, com."""
    labels = host.split(".")
    return (".".join(labels[at:]) for at in range(len(labels)))
