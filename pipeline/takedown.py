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
_HOST = re.compile(r"[^\s/:@.]+(?:\.[^\s/:@.]+)+(?::\d+)?")
_NEEDLESS = re.compile(r"https?://(?:www\.)?")


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that must go."""

    id: str
    kind: Kind
    since: date | None = None
    reason: str = ""
    marks: tuple[str, ...] = ()
    """What an essay or cluster that was met before is known by, should its id change: see ``mark_of``."""


class Takedowns:
    """All demands, asked for pages and essays."""

    def __init__(self, demands: Iterable[Demand] = ()) -> None:
        every = {(each.kind, each.id): each for each in demands}
        self.demands = tuple(every[key] for key in sorted(every))
        self._by_id: dict[str, dict[str, Demand]] = {kind: {} for kind in KINDS}
        for each in self.demands:
            self._by_id[each.kind] |= dict.fromkeys((*each.marks, each.id), each)

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
            if demand := addresses.get(address_id(url)):
                return demand
        hosts = self._by_id["host"]
        names = {name for url in urls for name in _domains(host_of(url))} if hosts else ()
        return next((hosts[key] for name in sorted(names) if (key := host_id(name)) in hosts), None)

    @property
    def ask_for_essays(self) -> bool:
        """Whether an essay or a cluster is demanded."""
        return bool(self._by_id["essay"] or self._by_id["cluster"])

    def essay(self, essay_id: str, mark: str = "") -> Demand | None:
        """The demand for an essay itself, by its id or mark."""
        essays = self._by_id["essay"]
        return essays.get(essay_id) or essays.get(mark)

    def cluster(self, essay_id: str, mark: str = "") -> Demand | None:
        """The demand for all copies of an essay, by id or mark of one of them."""
        clusters = self._by_id["cluster"]
        return clusters.get(essay_id) or clusters.get(mark)

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


def address_id(url: str) -> str:
    """What a demand for a page is kept as: its address whatever its scheme, its letters' case and its ``www.``."""
    return stable_id("url", _NEEDLESS.sub("", url.lower(), count=1).rstrip("/"))


def mark_of(site: str, key_hash: str) -> str:
    """What a text is known by on its site, wherever it stands there: hash of its duplicate key."""
    return stable_id("text", site, key_hash)


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
    demands = {(each.kind, each.id): each for each in earlier}
    for entry in entries:
        key = entry.kind, entry.id(places)
        if entry.lifted:
            demands.pop(key, None)
        else:
            marks = demands[key].marks if key in demands else ()
            demands[key] = Demand(key[1], entry.kind, entry.since, entry.reason, marks)
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
        kind, value = named[0], self.value
        if kind == "url" and not host_of(value):
            raise ValueError(f"url {value!r} is no web address")
        if kind == "host" and not _HOST.fullmatch(value):
            raise ValueError(f"host {value!r} is no host name (such as www.example.com)")
        if kind in ("essay", "cluster") and not _ID.fullmatch(value):
            raise ValueError(f"{kind} {value!r} is no id (20 hexadecimal digits, as in the tables)")
        return self

    @property
    def value(self) -> str:
        """What is named, in its one spelling."""
        text = str(getattr(self, self.kind)).strip()
        if self.kind == "url":
            return text
        text = text.lower()
        if self.kind != "host":
            return text
        return text.removeprefix("*").strip(".").removesuffix(":80").removesuffix(":443").rstrip(".")

    @property
    def kind(self) -> Kind:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    def id(self, places: Places) -> str:
        """What the demand is kept as."""
        if self.kind == "url":
            return address_id(places.locate(self.value).article_url)
        return host_id(self.value) if self.kind == "host" else self.value


_FILE = TypeAdapter(dict[Literal["takedown"], list[_Entry]])


def _entries(path: Path) -> list[_Entry]:
    try:
        table: Mapping[str, object] = tomllib.loads(path.read_text("utf-8-sig"))
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
