"""A look at an unknown site: a handful of its pages, its links, and what each page seems to be."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crawler.discover.shapes import Token, coarse, fine, has_id, tokens_of
from crawler.links import read_head, sitemap_links
from pipeline.errors import ConfigError, PageRejected
from pipeline.text.decode import decode
from pipeline.text.extract import extract
from pipeline.urls import host_of, path_of

MOST_PAGES = 20
"""Requests that a look at a site takes at most, robots.txt and sitemap included."""
_LOOKS = ((4, 4), (10, 2))
"""Pages of one shape, and of one shape under the same words, that are looked at: first, and if there is time."""
_MOST_IN_SITEMAP = 2_000
_MIRRORS = ("www.", "m.", "wap.", "mip.", "3g.", "mobile.")
_FILES = re.compile(
    r"\.(jpe?g|png|gif|ico|css|js|xml|txt|docx?|xlsx?|pptx?|pdf|zip|rar|apk|mp[34])($|\?)", re.IGNORECASE
)
_SENTENCE = re.compile(r"[。，；,;]")
_PROSE = 200
"""Characters in sentences that the main text of an article has at least."""
_LISTLIKE = re.compile(r"/$|/(index|list)\b|[?&](page|p)=")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a URL answered, redirects followed; status 0 if it was not asked or did not answer."""

    url: str
    status: int
    content_type: str
    body: bytes


Fetch = Callable[[str], Fetched]


@dataclass(frozen=True, slots=True)
class Look:
    """One page that was looked at."""

    path: str
    is_prose: bool
    """Its main text is sentences, as an article's is, and not the texts of links."""
    links: tuple[tuple[str, str], ...]
    """Path and text of its links to the site itself."""
    charset: str
    canonical: str
    title: str


@dataclass(slots=True)
class Survey:
    """All that was seen of a site."""

    fetch: Fetch
    scheme: str
    host: str
    looks: dict[str, Look] = field(default_factory=dict)
    """By path."""
    paths: dict[str, tuple[Token, ...]] = field(default_factory=dict)
    """All paths of the site that were linked, in the order they were found, with their tokens."""
    hosts: Counter[str] = field(default_factory=Counter)
    """Other hosts of the site that are linked: mirrors and subdomains."""
    sitemaps: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    requests: int = 0

    @property
    def base(self) -> str:
        """Host less what tells mirrors apart."""
        return next(
            (self.host.removeprefix(each) for each in _MIRRORS if self.host.startswith(each)), self.host
        )

    def is_mirror(self, host: str) -> bool:
        """Whether a host's name is that of a mirror, and of no other site under the domain."""
        return host == self.base or any(host == each + self.base for each in _MIRRORS)

    def look(self, path: str) -> None:
        """Fetch a page and keep what it shows."""
        page = self._get(f"{self.scheme}://{self.host}{path}")
        if page is not None:
            self.keep(path, page)

    def keep(self, path: str, page: Fetched) -> None:
        """Read a page that was fetched; one that a redirect took elsewhere shows nothing."""
        if not self.is_mirror(host_of(page.url)):
            self.failed.append(path)
            return
        decoded = decode(page.body, page.content_type)
        head = read_head(page.url, decoded.text)
        links = tuple(self._own_links(head.links))
        is_prose = not _LISTLIKE.search(path) and _reads_as_prose(decoded.text, links)
        self.looks[path] = Look(path, is_prose, links, decoded.charset, head.canonical, head.title)
        for known in (path, *(link for link, _ in links)):
            self._know(known)

    def read_sitemaps(self) -> None:
        """Find the sitemaps, by robots.txt or where they usually lie, and the URLs in one of them."""
        origin = f"{self.scheme}://{self.host}"
        robots = self._get(f"{origin}/robots.txt")
        text = robots.body.decode("utf-8", "replace") if robots else ""
        named = re.findall(r"^\s*sitemap\s*:\s*(\S+)", text, re.IGNORECASE | re.MULTILINE)
        for url in [each for each in named if self.is_mirror(host_of(each))][:2] or [f"{origin}/sitemap.xml"]:
            page = self._get(url)
            form, entries = sitemap_links(url, page.body) if page else ("", [])
            if form:
                self.sitemaps.append(path_of(url))
            if form == "sitemapindex" and entries and (page := self._get(entries[0][0])):
                form, entries = sitemap_links(entries[0][0], page.body)
            if form == "urlset":
                for path, _ in self._own_links([(entry, "") for entry, _ in entries[:_MOST_IN_SITEMAP]]):
                    self._know(path)

    def next_path(self) -> str | None:
        """The page that is likely to tell most: of a shape that is frequent and was seldom looked at."""
        tried = Counter(coarse(self.paths[path]) for path in self._tried())
        groups: dict[tuple[Token, ...], list[str]] = {}
        for path, tokens in self.paths.items():
            groups.setdefault(coarse(tokens), []).append(path)
        for most, most_under_words in _LOOKS:
            worth = {
                shape: len(paths) / 4 ** tried[shape]
                for shape, paths in groups.items()
                if tried[shape] < most and (len(paths) > 1 or paths[0].endswith("/") or has_id(shape))
            }
            for shape in sorted(worth, key=lambda each: -worth[each]):
                if (found := self._of_shape(groups[shape], most_under_words)) is not None:
                    return found
        return None

    def _of_shape(self, paths: list[str], most: int) -> str | None:
        """An unseen page of a shape, under the words that were looked at least."""
        tried = Counter(fine(self.paths[path]) for path in self._tried())
        sizes = Counter(fine(self.paths[path]) for path in paths)
        unseen = [path for path in paths if path not in self.looks and path not in self.failed]
        order = {path: (tried[fine(self.paths[path])], -sizes[fine(self.paths[path])]) for path in unseen}
        best = [path for path in unseen if order[path] == min(order.values()) and order[path][0] < most]
        return best[len(best) * min(tried.total(), 3) // 4] if best else None

    def _tried(self) -> list[str]:
        return [path for path in (*self.looks, *self.failed) if path in self.paths]

    def _get(self, url: str) -> Fetched | None:
        if self.requests >= MOST_PAGES:
            return None
        self.requests += 1
        page = self.fetch(url)
        if page.status == 200 and page.body:
            return page
        self.failed.append(path_of(url))
        return None

    def _know(self, path: str) -> None:
        if path not in self.paths and not _FILES.search(path):
            self.paths[path] = tokens_of(path)

    def _own_links(self, links: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        for url, text in links:
            host = host_of(url)
            if host == self.base or host.endswith("." + self.base):
                self.hosts[host] += host != self.host
            if self.is_mirror(host):
                yield path_of(url), text


def survey(url: str, fetch: Fetch) -> Survey:
    """Look at a site, from a page of it on.

    Raises:
        ConfigError: the URL is none, or the page cannot be had.
    """
    try:
        is_page = urlsplit(url).scheme in ("http", "https") and bool(host_of(url)) and url.isascii()
    except ValueError:
        is_page = False
    if not is_page:
        raise ConfigError(
            f"{url}: expected a URL such as https://www.example.org/ (a Chinese host name as xn--...)"
        )
    first = fetch(url)
    if first.status != 200 or not first.body:
        answer = f"answered {first.status}" if first.status else "could not be fetched"
        raise ConfigError(f"{url}: {answer}; a page of the site is needed to begin with")
    if base_of(host_of(first.url)) != base_of(host_of(url)):
        raise ConfigError(f"{url}: leads to another site, {first.url}; begin there if that is meant")
    seen = Survey(fetch, urlsplit(first.url).scheme, host_of(first.url), requests=1)
    start = path_of(first.url)
    seen.keep(start, first)
    if start != "/":
        seen.look("/")
    seen.read_sitemaps()
    while seen.requests < MOST_PAGES and (found := seen.next_path()) is not None:
        seen.look(found)
    return seen


def base_of(host: str) -> str:
    """Host without the prefix that tells a mirror."""
    return next((host.removeprefix(each) for each in _MIRRORS if host.startswith(each)), host)


def _reads_as_prose(html: str, links: tuple[tuple[str, str], ...]) -> bool:
    """Whether the main text is an article's: enough in sentences, little of it the text of links."""
    try:
        lines = [line.text for line in extract(html).lines]
    except PageRejected:
        return False
    texts = {text for _, text in links if text}
    linked = sum(line in texts for line in lines)
    prose = sum(len(line) for line in lines if _SENTENCE.search(line) and line not in texts)
    return prose >= _PROSE and linked <= 0.4 * len(lines)
