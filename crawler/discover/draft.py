"""A first site file for an unknown site, learned from a look at it: a draft for a person to read."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.discover.learn import PAGER, Learned, learn
from crawler.discover.survey import Fetch, Survey, survey
from crawler.fixtures import Fixtures, fixtures_path
from crawler.site import Site, load_sites, read_site
from pipeline.errors import ConfigError, OutputError
from pipeline.urls import Kind, any_of, host_of, path_of

_SECOND_LEVEL = frozenset({"com", "net", "org", "gov", "edu", "ac"})
_WORDS: dict[Kind, str] = {"article": "article", "list": "list", "other": "no rule fits"}


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was written, and what a person should know of it."""

    site: Site
    path: Path
    fixtures: Path
    rows: tuple[tuple[str, int | str], ...]
    """Label and value, for a terminal."""
    warnings: tuple[str, ...]


def discover(url: str, fetch: Fetch, folder: Path) -> Discovery:
    """Look at a site and write ``<id>.toml`` and its fixtures.

    Args:
        url: any page of the site, best its front page.
        fetch: fetches a URL politely; asked for ``survey.MOST_PAGES`` URLs at most.
        folder: of site files; made if it is not there.

    Raises:
        ConfigError: the page cannot be had, no articles were found on the site, or there is a file for it.
        OutputError: the folder cannot be written.
    """
    name = _id_of(host_of(url))
    path, fixtures = folder / f"{name}.toml", fixtures_path(name, folder)
    _refuse_known(folder, path, fixtures, host_of(url))
    seen = survey(url, fetch)
    learned = learn(seen)
    if not learned.article:
        raise ConfigError(
            f"{url}: no articles found on {len(seen.looks)} pages; try the URL of a list, or write {path} by hand"
        )
    text = _site_text(name, url, seen, learned)
    site = read_site(path, text)
    examples = _examples(seen, site)
    _write({path: text, fixtures: _fixtures_text(examples)})
    return Discovery(
        site,
        path,
        fixtures,
        tuple(_rows(seen, site, learned, path)),
        tuple(_warnings(seen, site, learned, examples)),
    )


def _refuse_known(folder: Path, path: Path, fixtures: Path, host: str) -> None:
    for file in (path, fixtures):
        if file.exists():
            raise ConfigError(f"{file}: is there already; it is not overwritten")
    for site in load_sites(folder) if any(folder.glob("*.toml")) else ():
        if host in site.hosts:
            raise ConfigError(f"{host}: stands in {folder / site.id}.toml already")


def _id_of(host: str) -> str:
    labels = host.partition(":")[0].split(".")[:-1] or [host]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    return re.sub(r"[^a-z0-9_-]", "", labels[-1]).lstrip("_-") or "site"


def _site_text(name: str, url: str, seen: Survey, learned: Learned) -> str:
    canonical = Counter(host_of(look.canonical) for look in seen.looks.values() if look.canonical)
    mirrors = [host for host, _ in seen.hosts.most_common() if seen.is_mirror(host)]
    first = next((host for host, _ in canonical.most_common(1) if seen.is_mirror(host)), seen.host)
    hosts = dict.fromkeys([first, seen.host, *(host for host in mirrors if host != first)])
    start = path_of(url)
    begun = ["/"] if start == "/" or any_of(learned.article).fullmatch(start) else ["/", start]
    front = seen.looks.get("/")
    title = re.split(r"[-_|,，—–]", front.title if front else "")[0].strip()
    known = (
        f"looked at on {datetime.now(UTC):%Y-%m-%d}, {len(seen.looks)} pages; all rules are guesses from the forms of"
        f" {len(seen.paths)} URLs"
    )
    lines = [f"id = {_quoted(name)}", f"name = {_quoted(title or first)}", f"known_from = {_quoted(known)}"]
    lines += [f'scheme = "{seen.scheme}"', f"hosts = {_list(hosts)}"]
    lines += [f"pages = {_quoted(learned.pages)}"] if learned.pages else []
    lines += ["", "[entries]", f"pages = {_list(begun)}"]
    lines += [f"sitemaps = {_list(seen.sitemaps)}"] if seen.sitemaps else []
    lines += ["", "[rules]", f"article = {_list(learned.article)}"]
    lines += [f"list = {_list(learned.lists)}"] if learned.lists else []
    return "\n".join(lines) + "\n"


def _examples(seen: Survey, site: Site) -> Fixtures:
    """A few of the URLs that were seen, by what the rules say; what was looked at comes first."""
    ordered = sorted(seen.paths, key=lambda path: path not in seen.looks)
    kinds: dict[str, list[str]] = {"article": [], "list": [], "other": []}
    pages: dict[str, tuple[str, int]] = {}
    for path in ordered:
        first, number = site.urls.article_page(path)
        kind = site.urls.kind(path)
        if kind == "article" and number > 1:
            if not pages:
                pages[path] = (first.removeprefix(site.urls.origin), number)
        elif kind in kinds:
            kinds[kind].append(path)
    return Fixtures(
        article=tuple(kinds["article"][:3]),
        list=tuple(kinds["list"][:3]),
        other=tuple(kinds["other"][:2]),
        pages=pages,
    )


def _fixtures_text(fixtures: Fixtures) -> str:
    lines = [
        f"{kind} = {_list(urls)}"
        for kind, urls in (("article", fixtures.article), ("list", fixtures.list), ("other", fixtures.other))
        if urls
    ]
    pages = [
        f"{json.dumps(url)} = [{_quoted(first)}, {number}]" for url, (first, number) in fixtures.pages.items()
    ]
    return "\n".join([*lines, *(["", "[pages]", *pages] if pages else [])]) + "\n"


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


def _quoted(value: str) -> str:
    """A TOML string; a regular expression stays readable in a literal one."""
    if "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps("".join(char for char in value if char.isprintable()), ensure_ascii=False)


def _write(texts: dict[Path, str]) -> None:
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise ConfigError(f"{path}: is there already; it is not overwritten") from error
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _rows(seen: Survey, site: Site, learned: Learned, path: Path) -> Iterable[tuple[str, int | str]]:
    kinds = Counter(site.urls.kind(each) for each in seen.paths)
    charsets = Counter(look.charset for look in seen.looks.values())
    yield "hosts", ", ".join(site.hosts)
    yield "charset", ", ".join(charset for charset, _ in charsets.most_common())
    yield "pages looked at", len(seen.looks)
    yield "URLs seen", len(seen.paths)
    for kind, words in _WORDS.items():
        yield f"  {words}", f"{kinds[kind]:,} ({kinds[kind] / len(seen.paths):.0%})"
    for what, patterns in (("article", learned.article), ("list", learned.lists)):
        for pattern in patterns:
            yield f"{what} rule", pattern
    if learned.pages:
        yield "pages of an article", learned.pages
    yield "sitemap", ", ".join(seen.sitemaps) or "none found"
    yield "site file", str(path)


def _warnings(seen: Survey, site: Site, learned: Learned, examples: Fixtures) -> Iterable[str]:
    yield from learned.warnings
    if not any(
        path != "/" and PAGER.fullmatch(text) for look in seen.looks.values() for path, text in look.links
    ):
        yield "no pager of a list was seen: add its form to the rules where there is one"
    if not learned.lists:
        yield "no list page was recognised: articles are reached from the front page and the sitemap only"
    others = sorted(host for host in seen.hosts if not seen.is_mirror(host))
    if others:
        yield f"other hosts under the domain are left out: {', '.join(others[:5])}"
    if len(examples) < 3:
        yield f"{len(examples)} fixtures only: add URLs to {site.id}'s by hand"
    failed: Sequence[str] = [path for path in seen.failed if path not in ("/robots.txt", "/sitemap.xml")]
    if failed:
        yield f"could not be read: {', '.join(failed[:5])}"
