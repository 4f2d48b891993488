"""URLs in one spelling, and the place a page has among the known sites."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from pipeline.pager import firsts, number_of, ways
from pipeline.schema import SiteRules, stable_id
from pipeline.trackers import is_needless, without_session

_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST_NAME = re.compile(r"(?!.*\.s?html?$)[^@]*\..+|.*:\d+|localhost", re.IGNORECASE)
_NEEDLESS = re.compile(r"%(2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
"""Percent-encoded characters that mean the same plain (RFC 3986, unreserved)."""
_DIGITS = re.compile(r"[\d_-]+")
_MIXED = re.compile(r"(?=.*\d)[\w-]+")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?[]"
_ENDING = re.compile(r"(?=\.\w{3,5}$)")
_NUMBERED = re.compile(r"_(\d{1,3})(?=\.\w{3,5}$)")
"""How continued pages are numbered on hosts without a site file, if a link from one to the other says so."""


def absolute(page: str, href: str) -> str:
    """Address that a link on a page means, empty if it is no web address.

    ``//`` and ``//path/``, which these sites write for their own pages, are paths where the part
    after the slashes cannot be a host.
    """
    href = _CONTROL.sub("", href)
    if href.startswith("//") and not _HOST_NAME.fullmatch(href[2:].partition("/")[0]):
        href = "/" + href.lstrip("/")
    if not href or (_SCHEME.match(href) and not href.lower().startswith(("http:", "https:"))):
        return ""
    try:
        return urljoin(page, href)
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """Lower-case host, with its port unless that is the default; empty if the URL is malformed."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    return host if port in (None, 80, 443) else f"{host}:{port}"


def path_of(url: str) -> str:
    """``path?query`` in one spelling: dots resolved, trackers and session ids dropped, rest quoted."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    path = quote(_resolve(_plain(parts.path)), safe=_PATH_SAFE, errors="surrogatepass")
    query = "&".join(field for field in parts.query.split("&") if field and not is_needless(field))
    return f"{path}?{quote(query, safe=_QUERY_SAFE, errors='surrogatepass')}" if query else path


Kind = Literal["article", "list", "ignore", "other"]


class SiteUrls:
    """What a site's rules say about URLs; the crawler and the pipeline ask the same object."""

    def __init__(self, rules: SiteRules) -> None:
        self.rules = rules
        self.origin = f"{rules.scheme}://{rules.hosts[0]}"
        self._article = any_of(rules.article)
        self._list = any_of(rules.lists)
        self._ignored = any_of(rules.ignored)
        self._suffix = re.compile(rules.page_suffix)

    def owns(self, url: str) -> bool:
        """Whether the URL's host is the site's, or a mirror of it."""
        return host_of(url) in self.rules.hosts

    def canonical(self, url: str) -> str:
        """The one spelling of a URL of this site: canonical scheme and host, no fragment, no trackers."""
        path = path_of(url)
        while (page := self._page(path)) and page[1] == 1:
            path = page[0]
        return self.origin + path

    def kind(self, url: str) -> Kind:
        """What stands behind a URL; a continued page is an article, the front page a list."""
        path = path_of(url)
        if self._ignored.fullmatch(path):
            return "ignore"
        if self._article.fullmatch(path) or self._page(path):
            return "article"
        return "list" if path == "/" or self._list.fullmatch(path) else "other"

    def article_page(self, url: str) -> tuple[str, int]:
        """Canonical URL of the first page of the article that ``url`` is a page of, and the page's number."""
        path = path_of(url)
        first, number = self._page(path) or (path, 1)
        return self.origin + first, number

    def continues(self, page: str, link: str, words: str) -> bool:
        """Whether a pager's link on an article's page leads to another page of it that no rule foresees.

        Args:
            page: URL of a page of an article.
            link: absolute URL that the link leads to.
            words: its text; only a number, 下一页, 上一页 and the like say that it is a pager's.
        """
        return self.owns(link) and self.kind(link) != "ignore" and bool(self.pages(page, link, words))

    def pages(self, page: str, link: str, words: str) -> list[tuple[str, int, int]]:
        """How ``continues`` reads the link: first page's URL, numbers of page and link."""
        found = ways(path_of(page), path_of(link), words)
        return [
            (self.origin + first, own, number)
            for first, own, number in found
            if self._article.fullmatch(first) and not self._ignored.fullmatch(first)
        ]

    def may_continue(self, url: str) -> bool:
        """Whether a URL that no rule knows looks like an article's with a page number put in."""
        return any(self._article.fullmatch(first) for first in firsts(path_of(url)))

    def _page(self, path: str) -> tuple[str, int] | None:
        """First page and number, if the path is an article's with a number put in; 1 only as a parameter.

        ``12_1.html`` is no first page: where it exists, it is the second one or an id.
        """
        match = self._suffix.search(path)
        number = number_of(match) if match else 0
        if match is None or number < (1 if "?" in path[: match.start() + 1] else 2):
            return None
        first = path[: match.start()] + path[match.end() :]
        if not self._article.fullmatch(first):
            return None
        listed = self._list.fullmatch(path) and not self._article.fullmatch(path)
        return None if listed else (first, number)


def any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """One regular expression that matches where any of these does; nowhere if there is none."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: its site, its canonical URL, and the article it is a page of."""

    site: str
    url: str
    kind: str
    """As ``SiteUrls.kind`` has it; unknown: no site file for the host; numbered: no rule knows it, but it
    looks like an article's with a page number put in, and its links may prove it."""
    article_url: str
    page_no: int

    @property
    def shape(self) -> str:
        """Pattern of the article's URL: pages of one site and shape are made from one template."""
        return shape_of(path_of(self.article_url))

    @property
    def stem(self) -> str:
        """What the addresses of all pages of the article have in common."""
        return self.article_url.rstrip("/").rsplit("/", 1)[-1].split(".")[0].split("_")[0]

    @property
    def page_id(self) -> str:
        """Stable id of the canonical URL."""
        return stable_id(self.url)


def shape_of(path: str) -> str:
    """Pattern of a ``path?query``: words as w, numbers as 0, ids as x."""
    path, _, query = path.partition("?")
    *folders, name = path.split("/")
    stem, dot, ending = name.rpartition(".")
    parts = [*map(_kind, folders), _kind(stem if dot else name) + (f".{ending.lower()}" if dot else "")]
    fields = sorted(field.partition("=")[0] for field in query.split("&") if field)
    return "/".join(parts) + (f"?{'&'.join(fields)}" if fields else "")


def _kind(part: str) -> str:
    if not part:
        return ""
    return "0" if _DIGITS.fullmatch(part) else "x" if _MIXED.fullmatch(part) else "w"


class Link(NamedTuple):
    """A link as it stands on a page."""

    href: str
    words: str


class Places:
    """Looks URLs up in the rules of the known sites.

    A host without rules is its own site: its URLs keep scheme and host, and any of its pages may be an
    article, its front page apart; what continues what, only links can tell (``continued``).
    """

    def __init__(self, sites: Sequence[SiteRules]) -> None:
        self._by_host = {host: SiteUrls(site) for site in sites for host in site.hosts}

    def locate(self, url: str) -> Place:
        """Place of a URL; never fails, whatever the string."""
        host = host_of(url)
        site = self._by_host.get(host)
        path = path_of(url)
        if site is None:
            scheme = "https" if url.lower().startswith("https:") else "http"
            whole = f"{scheme}://{host}{path}"
            return Place(host, whole, "list" if path == "/" else "unknown", whole, 1)
        first, number = site.article_page(url)
        kind: str = site.kind(url)
        if kind == "other" and site.may_continue(url):
            kind = "numbered"
        return Place(site.rules.id, site.canonical(url), kind, first, number)

    def continued(self, place: Place, links: Sequence[Link]) -> tuple[Place, int]:
        """The place, and how many pages its article has, as far as the page's own links tell.

        Where no site file says how pages are numbered, ``name_2.html`` continues ``name.html`` only if
        it links there, and ``name.html`` goes on only if it links to ``name_2.html``. Other forms count
        only by links whose words are a pager's.
        """
        links = [Link(absolute(place.url, link.href), link.words) for link in links]
        targets = [self.locate(link.href) for link in links]
        site = self._by_host.get(host_of(place.url))
        if site is None:
            place, count = _linked(place, {target.url for target in targets})
        else:
            same = [target.page_no for target in targets if target.article_url == place.article_url]
            count = max([place.page_no, *same])
        if place.page_no == 1:
            read = [way for link in links for way in self._ways(site, place, link)]
            place = _among(place, read, is_known=site is not None)
            count = max([count, place.page_no, *(way[2] for way in read if way[0] == place.article_url)])
        return place, count

    def _ways(self, site: SiteUrls | None, place: Place, link: Link) -> list[tuple[str, int, int]]:
        """How a link reads as one between pages of an article, by full URLs."""
        if site is not None:
            return site.pages(place.url, link.href, link.words) if site.owns(link.href) else []
        target = self.locate(link.href)
        return list(ways(place.url, target.url, link.words)) if target.site == place.site else []


def _linked(place: Place, linked: set[str]) -> tuple[Place, int]:
    """The place among pages ``name_2.html`` of a host without a site file, and their number."""
    match = _NUMBERED.search(place.url)
    if match and int(match[1]) > 1 and (first := _NUMBERED.sub("", place.url)) in linked:
        place = replace(place, article_url=first, page_no=int(match[1]))
    count = place.page_no
    while _ENDING.search(place.article_url) and _page_url(place.article_url, count + 1) in linked:
        count += 1
    return place, count


def _among(place: Place, read: Sequence[tuple[str, int, int]], *, is_known: bool) -> Place:
    """The place as a continued page, if a link to its first page says so; to any other one where rules help."""
    back = [(number, first, own) for first, own, number in read if own > 1 and (is_known or number == 1)]
    if not back:
        return place
    _, first, own = min(back, key=lambda way: way[0])
    return replace(place, kind="article", article_url=first, page_no=own)


def _page_url(first: str, number: int) -> str:
    return _ENDING.sub(f"_{number}", first)


def _plain(path: str) -> str:
    """The path without needless escapes, whatever they leave when they are gone."""
    while (plain := _NEEDLESS.sub(lambda match: chr(int(match[1], 16)), path)) != path:
        path = plain
    return path


def _resolve(path: str) -> str:
    parts: list[str] = []
    names = [name for segment in path.split("/") if (name := without_session(segment))]
    for name in names:
        if name == "..":
            del parts[-1:]
        elif name != ".":
            parts.append(name)
    folder = path.endswith("/") or (bool(names) and names[-1] in (".", ".."))
    return "/" + "/".join(parts) + ("/" if folder and parts else "")
