"""Which site a URL belongs to, and its one canonical form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from pipeline.schema import SiteRules, stable_id

_PAGE_SUFFIX = re.compile(r"_(\d{1,3})(?=\.\w{3,5}$)")
_FRONT_PAGES = ("/", "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: its site, its canonical URL, and the article it is a page of."""

    site: str
    url: str
    kind: str
    """article, list or unknown (no site file for the host)."""
    article_url: str
    page_no: int
    rules: SiteRules | None

    @property
    def page_id(self) -> str:
        """Stable id of the canonical URL."""
        return stable_id(self.url)


class Places:
    """Looks URLs up in the rules of the known sites.

    A host without rules is its own site: its URLs are kept as they are, less the fragment, and any of
    its pages may be an article.
    """

    def __init__(self, sites: Sequence[SiteRules]) -> None:
        self._by_host = {host: site for site in sites for host in site.hosts}
        self._article = {
            site.id: re.compile("|".join(f"(?:{rule})" for rule in site.article)) for site in sites
        }
        self._suffix = {site.id: re.compile(site.page_suffix) for site in sites}

    def locate(self, url: str) -> Place:
        """Place of a URL; never fails, whatever the string."""
        try:
            parts = urlsplit(url.strip())
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return Place("", url, "unknown", url, 1, None)
        rules = self._by_host.get(host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if rules is None:
            origin = f"{parts.scheme or 'http'}://{host}" + (f":{port}" if port else "")
            return self._place(host, origin, path, "unknown", _PAGE_SUFFIX, None)
        origin = f"{rules.scheme}://{rules.hosts[0]}"
        kind = "article" if self._article[rules.id].fullmatch(path) else "list"
        return self._place(rules.id, origin, path, kind, self._suffix[rules.id], rules)

    @staticmethod
    def join(place: Place, link: str) -> str:
        """Absolute form of a link on a page, the link itself if it is malformed."""
        try:
            return urljoin(place.url, link.strip())
        except ValueError:
            return link

    @staticmethod
    def _place(
        site: str, origin: str, path: str, kind: str, suffix: re.Pattern[str], rules: SiteRules | None
    ) -> Place:
        match = suffix.search(path)
        number = int(match[1]) if match else 1
        first = path[: match.start()] + path[match.end() :] if match and number > 1 else path
        if path in _FRONT_PAGES:
            kind = "list"
        return Place(site, origin + path, kind, origin + first, number, rules)
