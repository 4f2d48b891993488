"""URLs in one spelling, and the place a page has among the known sites."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
    if href.startswith("//") and "." not in href[2:].partition("/")[0]:
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
    path = quote(_resolve(_SESSION.sub("", parts.path)), safe=_PATH_SAFE)
    query = "&".join(field for field in parts.query.split("&") if field and not _is_tracking(field))
    return f"{path}?{quote(query, safe=_QUERY_SAFE)}" if query else path


class SiteUrls:
    """What a site's rules say about URLs; the crawler and the pipeline ask the same object."""

    def __init__(self, rules: SiteRules) -> None:
        self.rules = rules
        self.origin = f"{rules.scheme}://{rules.hosts[0]}"
        self._article = any_of(rules.article)
        self._suffix = re.compile(rules.page_suffix)

    def owns(self, url: str) -> bool:
        """Whether the URL's host is the site's, or a mirror of it."""
        return host_of(url) in self.rules.hosts

    def canonical(self, url: str) -> str:
        """The one spelling of a URL of this site: canonical scheme and host, no fragment, no trackers."""
        return self.origin + path_of(url)

    def is_article(self, url: str) -> bool:
        """Whether an article page stands behind the URL, a continued one included."""
        path = path_of(url)
        return bool(self._article.fullmatch(path) or self._article.fullmatch(self._suffix.sub("", path)))

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
    """article, list or unknown (no site file for the host)."""
    article_url: str
    page_no: int

    @property
    def page_id(self) -> str:
        """Stable id of the canonical URL."""
        return stable_id(self.url)


class Places:
    """Looks URLs up in the rules of the known sites.

    A host without rules is its own site: its URLs keep scheme and host, and any of its pages may be an
    article, its front page apart.
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
            origin = f"{scheme}://{host}"
            first, number = _article_page(origin, path, _PAGE_SUFFIX)
            return Place(host, origin + path, "list" if path == "/" else "unknown", first, number)
        first, number = site.article_page(url)
        kind = "article" if site.is_article(url) else "list"
        return Place(site.rules.id, site.canonical(url), kind, first, number)


def _article_page(origin: str, path: str, suffix: re.Pattern[str]) -> tuple[str, int]:
    match = suffix.search(path)
    if match is None or int(match[1]) < 2:
        return origin + path, 1
    return origin + path[: match.start()] + path[match.end() :], int(match[1])


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
