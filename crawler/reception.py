"""What a response comes to: whether it is stored, what it leads to, and how the site bears up."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.archive import WarcArchive
from crawler.frontier import Frontier, Outcome, Skip, Stored, Task, key_of
from crawler.links import PageHead, read_head, sitemap_links
from crawler.middleware import Received
from crawler.policies import BARRED, Policies, Trouble, location_of
from crawler.politeness import retry_after
from crawler.site import Site
from crawler.tally import QUARANTINE
from crawler.traps import shape_of, url_trap
from pipeline.errors import OutputError
from pipeline.rights import HEADERS, Rights, rights_of
from pipeline.text.decode import decode
from pipeline.text.quarantine import suspect
from pipeline.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response

MOST_REDIRECTS = 5
MOST_RETRIES = 2
_MOST_PAGES = 100
"""Pages of one article that are fetched; a pager that goes on is no article's."""
_PAGE_TYPE = re.compile(
    rb"^\s*($|text/html|application/xhtml|text/xml|application/xml|application/(x-)?gzip)", re.IGNORECASE
)
_UNWELCOME = frozenset({401, 403, 451})
"""Statuses that are an answer to who asks; many of them in a row, and the site is left alone."""
_SPACE_CHECKED = 100
"""Records between two looks at the free disk."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of a task, the links found, and what the site suffers from if it does."""

    outcome: Outcome
    found: tuple[Task | Skip, ...] = ()
    trouble: Trouble | None = None


class Reception:
    """Judges the responses of all sites, and stores those that are pages."""

    def __init__(
        self,
        frontier: Frontier,
        policies: Policies,
        archive: WarcArchive,
        quarantine: WarcArchive,
        min_free: int,
    ) -> None:
        self._frontier = frontier
        self._policies = policies
        self._archive = archive
        self._quarantine = quarantine
        self._min_free = min_free
        self._records = 0

    def judge(self, site: Site, task: Task, response: "Response", received: Received) -> Verdict:
        """What became of a page; it is on disk when this returns.

        Raises:
            OutputError: the archive cannot be written, or the disk is nearly full.
        """
        status = response.status
        if status == 304 and task.before is not None:
            return Verdict(Outcome("not modified", stored=task.before))
        if 300 <= status < 400 and response.headers.get(b"Location"):
            return self._redirected(site, task, location_of(response))
        if status == 429 or status >= 500:
            header = (response.headers.get(b"Retry-After") or b"").decode("latin-1")
            return retried(task, f"http {status}", retry_after(header, self._frontier.now()))
        if status != 200:
            trouble = Trouble(f"http {status}") if status in _UNWELCOME else None
            return Verdict(Outcome("failed", f"http {status}"), trouble=trouble)
        if task.kind != "sitemap" and not _PAGE_TYPE.match(response.headers.get(b"Content-Type") or b""):
            return Verdict(Outcome("skipped", "content type"))
        return self._page(site, task, response, received)

    def _page(self, site: Site, task: Task, response: "Response", received: Received) -> Verdict:
        kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        if task.kind == "sitemap":
            head, text = PageHead(), ""
        else:
            text = decode(response.body, kind).text
            head = read_head(response.url, text)
        rights = rights_of([*_stated(response), *head.statements])
        if reason := self._refused(task, head, text):
            return self._set_aside(received, response.url, reason, rights)
        links = () if rights.nofollow else tuple(self._links(site, task, response, head))
        if rights.reserved and site.politeness.obey_reservations:
            return Verdict(Outcome("skipped", rights.reserved, rights=rights.stated), links)
        if other := _canonical(site, task, head.canonical):
            return Verdict(Outcome("skipped", "other canonical", rights=rights.stated), (other, *links))
        return Verdict(self._stored(task, response, received, rights), links)

    def _refused(self, task: Task, head: PageHead, text: str) -> str:
        """Why a response is not the page that was asked for."""
        if not text:
            return ""
        reason = suspect(text, title=head.title)
        if reason in BARRED or task.kind == "list":
            return reason
        return "soft 404" if self._policies.probe(task.target).matches(head.title, text) else reason

    def _set_aside(self, received: Received, url: str, reason: str, rights: Rights) -> Verdict:
        self._write(self._quarantine, url, received)
        outcome = Outcome("skipped", QUARANTINE + reason, rights=rights.stated)
        return Verdict(outcome, trouble=Trouble(reason) if reason in BARRED else None)

    def _stored(self, task: Task, response: "Response", received: Received, rights: Rights) -> Outcome:
        digest = hashlib.blake2b(response.body, digest_size=16).digest()
        before = task.before or Stored()
        stored = Stored(
            (response.headers.get(b"ETag") or b"").decode("latin-1")[:200],
            (response.headers.get(b"Last-Modified") or b"").decode("latin-1")[:60],
            digest,
        )
        size = len(received.body)
        if digest == before.digest:
            return Outcome("fetched", bytes=size, changed=False, stored=stored, rights=rights.stated)
        if task.kind == "article" and not before.digest and self._frontier.is_copy(task, digest):
            return Outcome("skipped", "same bytes as another page", rights=rights.stated)
        self._write(self._archive, response.url, received)
        return Outcome("fetched", bytes=size, stored=stored, rights=rights.stated)

    def _write(self, archive: WarcArchive, url: str, received: Received) -> None:
        if self._records % _SPACE_CHECKED == 0:
            check_space(archive.folder, self._min_free)
        self._records += 1
        archive.write(url, received.status, received.headers, received.body, received.protocol)

    def _redirected(self, site: Site, task: Task, url: str) -> Verdict:
        """Where a redirect leads: to a mirror of the same page, to another page of the site, or away."""
        probe = self._policies.probe(task.target)
        if url and url == probe.target:
            return Verdict(Outcome("skipped", QUARANTINE + "soft 404"))
        if not site.urls.owns(url):
            return Verdict(Outcome("skipped", "redirect"), tuple(filter(None, (_offsite(site, url),))))
        if url == task.target or task.redirects >= MOST_REDIRECTS:
            return Verdict(Outcome("failed", "redirect loop"))
        if not same_page(site.urls.canonical(url), task.url):
            link = link_to(site, task, url, "")
            if isinstance(link, Task):
                link = replace(link, redirects=task.redirects + 1)
            return Verdict(Outcome("skipped", "redirect"), (link,) if link else ())
        return Verdict(Outcome("again", again=replace(task, address=url, redirects=task.redirects + 1)))

    def _links(self, site: Site, task: Task, response: "Response", head: PageHead) -> Iterator[Task | Skip]:
        if task.kind != "sitemap":
            for url, words in head.links:
                if (link := link_to(site, task, url, words)) is not None:
                    yield link
            return
        kind, entries = sitemap_links(response.url, response.body)
        for url, modified_at in entries:
            if kind == "sitemapindex" and site.urls.owns(url):
                yield Task(site.id, site.urls.canonical(url), "sitemap", modified_at=modified_at)
            elif isinstance(link := link_to(site, task, url, ""), Task):
                yield replace(link, modified_at=modified_at)
            elif link is not None:
                yield link


def retried(task: Task, reason: str, wait: float | None = None) -> Verdict:
    """A page that failed for a reason that may pass is asked for again, at the end of the queue."""
    trouble = Trouble(reason, wait)
    if task.retries >= MOST_RETRIES:
        return Verdict(Outcome("failed", reason), trouble=trouble)
    return Verdict(Outcome("again", again=replace(task, retries=task.retries + 1)), trouble=trouble)


def link_to(site: Site, task: Task, url: str, words: str) -> Task | Skip | None:
    """What a link on a page is to the crawl, None if it is not even worth counting."""
    if not site.urls.owns(url):
        return _offsite(site, url)
    url = site.urls.canonical(url)
    kind = site.urls.kind(url)
    in_article = task.kind in ("article", "continued")
    if kind == "other" and in_article and site.urls.continues(task.url, url, words):
        return Task(site.id, url, "continued")
    if kind not in ("article", "list"):
        return Skip(url, "ignored" if kind == "ignore" else "no rule")
    if trap := url_trap(url, is_list=kind == "list"):
        return Skip(url, trap)
    if kind == "list":
        return Task(site.id, url, "list", shape=shape_of(url))
    return _article(site, task, url, in_article=in_article)


def _stated(response: "Response") -> Iterator[str]:
    """What a response's headers state on the use of the page."""
    for name in HEADERS:
        yield from (f"{name}: {value.decode('latin-1')}" for value in response.headers.getlist(name))


def same_page(one: str, other: str) -> bool:
    """Whether two canonical URLs of a site are one page to the frontier."""
    return one == other or key_of("", one) == key_of("", other)


def _article(site: Site, task: Task, url: str, *, in_article: bool) -> Task | Skip:
    article, number = site.urls.article_page(url)
    if number > _MOST_PAGES:
        return Skip(url, "too many pages")
    begun = number > 1 and in_article and site.urls.article_page(task.url)[0] == article
    return Task(site.id, url, "continued" if begun else "article")


def _canonical(site: Site, task: Task, canonical: str) -> Task | None:
    """The page that a page calls its original, where that is another article of the site."""
    if task.kind != "article" or not canonical or not site.urls.owns(canonical):
        return None
    url = site.urls.canonical(canonical)
    if same_page(url, task.url) or site.urls.kind(url) != "article":
        return None
    return Task(site.id, url, "article")


def _offsite(site: Site, url: str) -> Skip | None:
    """Links that lead away are counted by host, those to unlisted hosts of the site's domain together."""
    host = host_of(url)
    if not host:
        return None
    for own in site.hosts:
        domain = own.removeprefix("www.").removeprefix("m.").removeprefix("mip.")
        if host.endswith("." + domain):
            return Skip(f"http://*.{domain}/", "unlisted host")
    return Skip(f"http://{host}/", "offsite")


def check_space(folder: Path, least: int) -> None:
    """Stop before the disk is full.

    Raises:
        OutputError: less than so many bytes are free.
    """
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    if free < least:
        raise OutputError(f"{folder}: {free / 1e9:.1f} GB free, at least {least / 1e9:.1f} GB must stay so")
