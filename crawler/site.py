"""Site: one validated site file, and all that is asked of it."""

import re
import tomllib
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from pipeline.errors import ConfigError
from pipeline.schema import SiteRules
from pipeline.urls import SiteUrls

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ENTRY = re.compile(r"/[\x21-\x7e]*")


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


def _page_regex(pattern: str) -> str:
    if re.compile(_regex(pattern)).groups != 1:
        raise ValueError("must have exactly one group, the page number")
    return pattern


def _host(name: str) -> str:
    if not _HOST.fullmatch(name):
        raise ValueError(f"{name!r} is not a lower-case host name without port or wildcard")
    return name


def _entry(path: str) -> str:
    if not _ENTRY.fullmatch(path):
        raise ValueError(f"{path!r} is not a path that starts with /")
    return path


Regex = Annotated[str, AfterValidator(_regex)]
Entry = Annotated[str, AfterValidator(_entry)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Entries(_Strict):
    """Where a crawl of the site starts."""

    pages: tuple[Entry, ...] = Field(default=("/",), description="a list of paths: front page and list pages")
    sitemaps: tuple[Entry, ...] = Field(default=(), description="a list of paths of sitemaps")


class Rules(_Strict):
    """What kind of page stands behind a URL; matched in full against ``path?query``, ignore first."""

    article: tuple[Regex, ...] = Field(
        description="a list of regular expressions, at least one", min_length=1
    )
    list: tuple[Regex, ...] = Field(default=(), description="a list of regular expressions")
    ignore: tuple[Regex, ...] = Field(default=(), description="a list of regular expressions")


class Politeness(_Strict):
    """How fast the site is asked."""

    delay: float = Field(default=2.0, ge=1.0, le=3600, description="seconds between two requests, 1 to 3600")
    concurrency: int = Field(default=1, ge=1, le=4, description="requests at a time, 1 to 4")


class Budget(_Strict):
    """Where one crawl of the site ends."""

    max_pages: int = Field(default=2000, ge=1, description="pages requested in one crawl, 1 or more")
    max_minutes: float | None = Field(
        default=None, gt=0, description="minutes that one crawl takes, more than 0"
    )


class Clean(_Strict):
    """What the pipeline removes on this site beyond its own rules."""

    drop_lines: tuple[Regex, ...] = Field(default=(), description="a list of regular expressions")


class Site(_Strict):
    """One site, as its file describes it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="the file's name without .toml")
    name: str = Field(min_length=1, description="the site's name, for people")
    known_from: str = Field(min_length=1, description="how these rules are known")
    scheme: Literal["http", "https"] = Field(description="http or https")
    hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        description="a list of host names, the canonical one first, then its mirrors", min_length=1
    )
    entries: Entries = Field(default_factory=Entries, description="a table")
    patterns: Rules = Field(alias="rules", description="a table")
    pages: Annotated[str, AfterValidator(_page_regex)] = Field(
        default=r"_(\d+)(?=\.\w+$)",
        description="a regular expression whose group is the page number in an article's path",
    )
    politeness: Politeness = Field(default_factory=Politeness, description="a table")
    budget: Budget = Field(default_factory=Budget, description="a table")
    clean: Clean = Field(default_factory=Clean, description="a table")

    @cached_property
    def urls(self) -> SiteUrls:
        """What the rules say about URLs."""
        return SiteUrls(self.rules())

    def rules(self) -> SiteRules:
        """What the pipeline needs to know of the site."""
        return SiteRules(
            id=self.id,
            scheme=self.scheme,
            hosts=self.hosts,
            article=self.patterns.article,
            lists=self.patterns.list,
            ignored=self.patterns.ignore,
            page_suffix=self.pages,
            drop_lines=self.clean.drop_lines,
        )


def load_site(path: Path) -> Site:
    """The site that a file describes.

    Raises:
        ConfigError: the file is missing, no TOML, or invalid; names file, key and what was expected.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or error
        raise ConfigError(f"{path}: cannot be read: {reason}") from error
    try:
        site = Site.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        raise ConfigError(f"{path}: {_explain(error)}") from error
    if site.id != path.stem:
        raise ConfigError(
            f"{path}: id: expected {path.stem!r}, the file's name without .toml, found {site.id!r}"
        )
    return site


def load_sites(folder: Path | None = None, ids: Sequence[str] | None = None) -> list[Site]:
    """Sites of a folder (by default those that fanwen ships), in the order of their ids; or those named.

    Raises:
        ConfigError: a file is invalid, an id has no file, or two files claim one host.
    """
    folder = Path(str(files("crawler") / "sites")) if folder is None else folder
    paths = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    if not paths:
        raise ConfigError(f"{folder}: no site file (*.toml) in this folder")
    for name in ids or ():
        if name not in paths:
            raise ConfigError(f"site {name}: no such site file in {folder}; there are {', '.join(paths)}")
    sites = {name: load_site(path) for name, path in paths.items()}
    _check_hosts(paths, sites)
    return [sites[name] for name in (dict.fromkeys(ids) if ids else sites)]


def _check_hosts(paths: dict[str, Path], sites: dict[str, Site]) -> None:
    owners: dict[str, str] = {}
    for name, site in sites.items():
        for host in site.hosts:
            owner = owners.setdefault(host, name)
            if owner != name or site.hosts.count(host) > 1:
                raise ConfigError(
                    f"{paths[name]}: hosts: expected each host once, {host} stands in {paths[owner]}"
                )


def _explain(error: ValidationError) -> str:
    """First problem of a site file in one line: key, what was expected, what was found."""
    problem = error.errors()[0]
    names = [part for part in problem["loc"] if isinstance(part, str)]
    key = ".".join(str(part) for part in problem["loc"])
    fields = _fields_beside(names)
    if problem["type"] == "extra_forbidden":
        return f"{key}: unknown key, expected one of {', '.join(fields)}"
    expected = fields[names[-1]].description
    if problem["type"] == "missing":
        return f"{key}: missing, expected {expected}"
    found = (
        str(problem["ctx"]["error"]) if problem["type"] == "value_error" else f"found {problem['input']!r}"
    )
    return f"{key}: expected {expected}; {found}".replace("\n", " ")


def _fields_beside(names: Sequence[str]) -> dict[str, FieldInfo]:
    model: type[BaseModel] = Site
    for name in names[:-1]:
        table = _fields_of(model)[name].annotation
        if isinstance(table, type) and issubclass(table, BaseModel):
            model = table
    return _fields_of(model)


def _fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}
