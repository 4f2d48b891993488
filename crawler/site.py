"""Site: one validated site file, and all that is asked of it."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from crawler.families import SHIPPED, Table, inherit, parse_table, read_table
from pipeline.errors import ConfigError
from pipeline.pager import PAGE_SUFFIX
from pipeline.schema import SiteRules
from pipeline.urls import SiteUrls

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_ENTRY = re.compile(r"/[\x21-\x7e]*")


def _regex(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if re.search(r"\(\?[a-zA-Z]+\)|\(\?P[<=]|(?<!\\)\\[1-9]", pattern):
        raise ValueError(
            "patterns are joined: no flags for all of it, no named group, no reference to a group"
        )
    return pattern


def _page_regex(pattern: str) -> str:
    if not re.compile(_regex(pattern)).groups:
        raise ValueError("must have a group, the page number; of several groups the one that matches is it")
    return pattern


def _host(name: str) -> str:
    if not _HOST.fullmatch(name):
        raise ValueError(f"{name!r} is not a lower-case host name without port or wildcard")
    return name


def _entry(path: str) -> str:
    if not _ENTRY.fullmatch(path):
        raise ValueError(f"{path!r} is not a path that starts with /")
    return path


def _window(times: str) -> str:
    if not _WINDOW.fullmatch(times):
        raise ValueError(f"{times!r} is not two times of day such as 22:30-06:00")
    return times


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
    """How fast the site is asked, and when."""

    delay: float = Field(default=2.0, ge=1.0, le=3600, description="seconds between two requests, 1 to 3600")
    concurrency: int = Field(default=1, ge=1, le=4, description="requests at a time, 1 to 4")
    windows: tuple[Annotated[str, AfterValidator(_window)], ...] = Field(
        default=(), description="a list of times of day in China (UTC+8) such as 22:30-06:00; none: any time"
    )
    obey_reservations: bool = Field(
        default=True, description="true or false: pages under noindex or tdm-reservation are not stored"
    )


class Budget(_Strict):
    """Where one crawl of the site ends."""

    max_pages: int = Field(default=2000, ge=1, description="pages requested in one crawl, 1 or more")
    max_minutes: float | None = Field(
        default=None, gt=0, description="minutes that one crawl takes, more than 0"
    )
    quotas: dict[Regex, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict,
        description="a table of regular expressions and how many pages that match are requested in one crawl",
    )


class Recheck(_Strict):
    """When a page that is known is asked for again."""

    first_days: float = Field(
        default=7.0, gt=0, le=36_500, description="days until an article is checked the first time"
    )
    least_days: float = Field(
        default=1.0, gt=0, le=36_500, description="days after which a page that keeps changing is"
    )
    most_days: float = Field(
        default=180.0, gt=0, le=36_500, description="days after which a page that never changes is"
    )
    known_lists: int = Field(
        default=2,
        ge=1,
        description="list pages without a new link after which their pager is left, 1 or more",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.least_days <= self.most_days:
            raise ValueError(f"least_days must not be more than most_days, {self.most_days:g}")
        return self


class Clean(_Strict):
    """What the pipeline removes on this site beyond its own rules."""

    drop_lines: tuple[Regex, ...] = Field(default=(), description="a list of regular expressions")


class Site(_Strict):
    """One site, as its file describes it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="the file's name without .toml")
    name: str = Field(min_length=1, description="the site's name, for people")
    known_from: str = Field(min_length=1, description="how these rules are known")
    enabled: bool = Field(
        default=True, description="true or false: a site that is not enabled is crawled only when it is named"
    )
    family: str = Field(
        default="", description="the name of a family whose keys hold where this file has none"
    )
    scheme: Literal["http", "https"] = Field(description="http or https")
    hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        description="a list of host names, the canonical one first, then its mirrors", min_length=1
    )
    entries: Entries = Field(default_factory=Entries, description="a table")
    patterns: Rules = Field(alias="rules", description="a table")
    pages: Annotated[str, AfterValidator(_page_regex)] = Field(
        default=PAGE_SUFFIX,
        description="a regular expression whose group is the page number in an article's URL",
    )
    politeness: Politeness = Field(default_factory=Politeness, description="a table")
    budget: Budget = Field(default_factory=Budget, description="a table")
    recheck: Recheck = Field(default_factory=Recheck, description="a table")
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
    """The site that a file and its families describe.

    Raises:
        ConfigError: a file is missing, no TOML, or invalid; names file, key and what was expected.
    """
    return _site(path, read_table(path))


def read_site(path: Path, text: str) -> Site:
    """The same of a text that is to be the file's.

    Raises:
        ConfigError: as ``load_site``.
    """
    return _site(path, parse_table(path, text))


def load_sites(folder: Path | None = None, ids: Sequence[str] | None = None) -> list[Site]:
    """Sites of a folder (by default those that fanwen ships), in the order of their ids; or those named.

    Raises:
        ConfigError: a file is invalid, an id has no file, or two files claim one host.
    """
    folder = SHIPPED if folder is None else folder
    paths = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    if not paths:
        raise ConfigError(f"{folder}: no site file (*.toml) in this folder")
    for name in ids or ():
        if name not in paths:
            raise ConfigError(f"site {name}: no such site file in {folder}; there are {', '.join(paths)}")
    sites = {name: load_site(path) for name, path in paths.items()}
    _check_hosts(paths, sites)
    return [sites[name] for name in (dict.fromkeys(ids) if ids else sites)]


def load_crawled(folder: Path | None = None, ids: Sequence[str] | None = None) -> list[Site]:
    """Sites that a crawl goes to: those named, enabled or not, else all of the folder that are enabled.

    Raises:
        ConfigError: as ``load_sites``.
    """
    return [site for site in load_sites(folder, ids) if ids or site.enabled]


def _site(path: Path, table: Table) -> Site:
    try:
        site = Site.model_validate(inherit(path, table, _check_family))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_explain(error.errors()[0])}") from error
    if site.id != path.stem:
        raise ConfigError(
            f"{path}: id: expected {path.stem!r}, the file's name without .toml, found {site.id!r}"
        )
    return site


def _check_family(path: Path, table: Table) -> None:
    """A family is a site with gaps: what stands in it must be valid, what does not may be missing."""
    if own := [key for key in ("id", "name", "hosts") if key in table]:
        raise ConfigError(f"{path}: {own[0]}: unknown key, a family has none; it stands in each site's file")
    try:
        Site.model_validate(table)
    except ValidationError as error:
        if wrong := [problem for problem in error.errors() if problem["type"] != "missing"]:
            raise ConfigError(f"{path}: {_explain(wrong[0])}") from error


def _check_hosts(paths: dict[str, Path], sites: dict[str, Site]) -> None:
    owners: dict[str, str] = {}
    for name, site in sites.items():
        for host in site.hosts:
            owner = owners.setdefault(host, name)
            if owner != name or site.hosts.count(host) > 1:
                raise ConfigError(
                    f"{paths[name]}: hosts: expected each host once, {host} stands in {paths[owner]}"
                )


def _explain(problem: "ErrorDetails") -> str:
    """A problem of a file in one line: key, what was expected, what was found."""
    key = ".".join(str(part) for part in problem["loc"])
    fields, expected = _expectation(problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{key}: unknown key, expected one of {', '.join(fields)}"
    if problem["type"] == "missing":
        return f"{key}: missing, expected {expected}"
    found = (
        str(problem["ctx"]["error"]) if problem["type"] == "value_error" else f"found {problem['input']!r}"
    )
    return f"{key}: expected {expected}; {found}".replace("\n", " ")


def _expectation(place: Sequence[str | int]) -> tuple[dict[str, "FieldInfo"], str]:
    """Keys of the table that a place lies in, and what is expected there."""
    fields, expected = fields_of(Site), ""
    for part in place:
        if not isinstance(part, str) or part not in fields:
            break
        expected = fields[part].description or ""
        table = fields[part].annotation
        if not (isinstance(table, type) and issubclass(table, BaseModel)):
            break
        fields = fields_of(table) if part != place[-1] else fields
    return fields, expected


def fields_of(model: type[BaseModel]) -> dict[str, "FieldInfo"]:
    """Keys of a table of a site file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
