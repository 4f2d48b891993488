"""URLs in one spelling, and the place a page has among the known sites."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote, urljoin, urlsplit

from pipeline.schema import SiteRules, stable_id

_TRACKING = frozenset(
    {
        *("from", "spm", "share", "isappinstalled", "scene", "wxfrom", "nsukey", "fbclid", "gclid", "bd_vid"),
        *("hmsr", "hmpl", "hmcu", "hmkw", "hmci", "tdsourcetag", "phpsessid", "jsessionid"),
    }
)
_TRACKING_PREFIXES = ("utm_", "share_")
_SESSION = re.compile(r";jsessionid=[^/]*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST_NAME = re.compile(r"(?!.*\.s?html?$)[^@]*\..+|.*:\d+|localhost", re.IGNORECASE)
_NEEDLESS = re.compile(r"%(2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")
"""Percent-encoded characters that mean the same plain (RFC 3986, unreserved)."""
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?[]"
_PAGE_SUFFIX = re.compile(r"_(\d{1,3})(?=\.\w{3,5}$)")
"""How continued pages are numbered on hosts without a site file."""


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
    plain = _NEEDLESS.sub(lambda match: chr(int(match[1], 16)), parts.path)
    path = quote(_resolve(_SESSION.sub("", plain)), safe=_PATH_SAFE, errors="surrogatepass")
    query = "&".join(field for field in parts.query.split("&") if field and not _is_tracking(field))
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
        return self.origin + path_of(url)

    def kind(self, url: str) -> Kind:
        """What stands behind a URL; a continued page is an article, the front page a list."""
        path = path_of(url)
        if self._ignored.fullmatch(path):
            return "ignore"
        if self._article.fullmatch(path) or self._article.fullmatch(self._suffix.sub("", path)):
            return "article"
        return "list" if path == "/" or self._list.fullmatch(path) else "other"

    def article_page(self, url: str) -> tuple[str, int]:
        """Canonical URL of the first page of the article that ``url`` is a page of, and the page's number."""
        return _article_page(self.origin, path_of(url), self._suffix)


def any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """One regular expression that matches where any of these does; nowhere if there is none."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: its site, its canonical URL, and the article it is a page of."""

    site: str
    url: str
    kind: str
    """As ``SiteUrls.kind`` has it, or unknown: no site file for the host."""
    article_url: str
    page_no: int

    @property
    def page_id(self) -> str:
        """Stable id of the canonical URL."""
        return stable_id(self.url)


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
        return Place(site.rules.id, site.canonical(url), site.kind(url), first, number)

    def continued(self, place: Place, links: Sequence[str]) -> tuple[Place, int]:
        """The place, and how many pages its article has, as far as the page's own links tell.

        Where no site file says how pages are numbered, ``name_2.html`` continues ``name.html`` only if
        it links there, and ``name.html`` goes on only if it links to ``name_2.html``.
        """
        first, number = _article_page("", place.article_url, _PAGE_SUFFIX)
        stem = first.rsplit("/", 1)[-1].split(".")[0]
        targets = [self.locate(absolute(place.url, link)) for link in links if stem and stem in link]
        if place.kind != "unknown":
            same = [target.page_no for target in targets if target.article_url == place.article_url]
            return place, max([place.page_no, *same])
        linked = {target.url for target in targets}
        if number > 1 and first in linked:
            place = replace(place, article_url=first, page_no=number)
        count = place.page_no
        while _page_url(place.article_url, count + 1) in linked:
            count += 1
        return place, count


def _article_page(origin: str, path: str, suffix: re.Pattern[str]) -> tuple[str, int]:
    match = suffix.search(path)
    if match is None or not match[1].isdecimal() or int(match[1]) < 2:
        return origin + path, 1
    return origin + path[: match.start()] + path[match.end() :], int(match[1])


def _page_url(first: str, number: int) -> str:
    return re.sub(r"(?=\.\w{3,5}$)", f"_{number}", first)


def _resolve(path: str) -> str:
    parts: list[str] = []
    names = [name for name in path.split("/") if name]
    for name in names:
        if name == "..":
            del parts[-1:]
        elif name != ".":
            parts.append(name)
    folder = path.endswith("/") or (bool(names) and names[-1] in (".", ".."))
    return "/" + "/".join(parts) + ("/" if folder and parts else "")


def _is_tracking(field: str) -> bool:
    name = field.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
