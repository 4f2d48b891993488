"""ReportSpider: the one spider, driven by site files."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import Request, Spider
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.utils.defer import deferred_from_coro

from crawler.archive import WarcArchive
from crawler.frontier import Frontier, Limits, Outcome, Skip, Task
from crawler.job import Job
from crawler.links import page_links, sitemap_links
from crawler.middleware import ARCHIVED
from crawler.site import Site, load_sites
from pipeline.errors import OutputError
from pipeline.urls import absolute

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

_MOST_REDIRECTS = 5
_MOST_PAGES = 100
"""Pages of one article that are fetched; a pager that goes on is no article's."""
_JITTER = 0.2
_FAILURES: dict[type[BaseException], str] = {
    DownloadTimeoutError: "timeout",
    DownloadCancelledError: "too large",
    DownloadConnectionRefusedError: "connection refused",
    CannotResolveHostError: "unknown host",
    DownloadFailedError: "connection lost",
    ResponseDataLossError: "cut off",
}


class ReportSpider(Spider):
    """Walks the sites of a job from their entries along list and article pages.

    Links are handed to the frontier with the page they stand on, never to Scrapy: what is known of a
    page changes in one place, after its response is in the archive.
    """

    name = "report"

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self.proxy = job.proxy
        self.error = ""
        self.archive = WarcArchive(
            job.warc_folder, job.run_id, info={"software": "fanwen", "http-header-user-agent": job.user_agent}
        )
        limits = Limits(job.max_pages, job.max_total, job.max_minutes)
        self.frontier = Frontier(job.sites, limits)
        self._sites = {site.id: site for site in job.sites}
        self._by_host = {host: site for site in job.sites for host in site.hosts}

    @classmethod
    def from_crawler(
        cls, crawler: "Crawler", job: Job | None = None, sites: str = "", warcs: str = "warc"
    ) -> "ReportSpider":
        """Spider for a job, or for ``scrapy crawl report -a sites=ID,ID -a warcs=FOLDER``.

        Raises:
            ConfigError: the job may not be done, see ``Job.check``.
        """
        settings = crawler.settings
        if job is None:
            run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            known = load_sites(ids=[name for name in sites.split(",") if name])
            job = Job(sites=tuple(known), warc_folder=Path(warcs), run_id=run_id)
        if not job.contact:
            job = job.model_copy(update={"contact": settings.get("FANWEN_CONTACT") or None})
        job.check()
        settings.set("USER_AGENT", job.user_agent, "spider")
        settings.set("DOWNLOAD_SLOTS", {site.id: _slot(site, job.delay) for site in job.sites}, "spider")
        if job.proxy:  # one host for Scrapy's connection pool, whatever the number of sites
            settings.set(
                "CONCURRENT_REQUESTS_PER_DOMAIN",
                sum(site.politeness.concurrency for site in job.sites),
                "spider",
            )
        spider = cls(job)
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Requests for the entries of all sites."""
        for site in self.job.sites:
            for path in site.entries.sitemaps:
                yield self.request(Task(site.id, site.urls.canonical(path), "sitemap"))
            for path in site.entries.pages:
                yield self.request(Task(site.id, site.urls.canonical(path), "list"))

    def request(self, task: Task) -> Request:
        """The request that fetches a task; its answer comes to ``parse`` whatever the status."""
        meta = {
            "task": task,
            "dont_redirect": True,
            "handle_httpstatus_all": True,
            "retry_times": task.retries,
        }
        return Request(task.address or task.url, callback=self.parse, errback=self.failed, meta=meta)

    def site_at(self, host: str) -> Site | None:
        """Site of the job that a host belongs to."""
        return self._by_host.get(host)

    def abort(self, message: str) -> None:
        """Stop the crawl for a reason that no further page can help."""
        if not self.error:
            self.error = message
            if self.crawler.engine is not None:
                deferred_from_coro(self.crawler.engine.close_spider_async(reason="aborted"))

    def parse(self, response: "Response") -> None:
        """Tell the frontier what became of a page and what it links to."""
        task: Task = response.meta["task"]
        if 300 <= response.status < 400 and (location := response.headers.get(b"Location")):
            self._redirected(task, absolute(response.url, location.decode("latin-1")))
        elif response.status != 200:
            self.frontier.finish(task, Outcome("failed", f"http {response.status}"))
        elif ARCHIVED not in response.meta:
            self.frontier.finish(task, Outcome("skipped", "content type"))
        else:
            self.frontier.finish(
                task, Outcome("fetched", bytes=response.meta[ARCHIVED]), self._found(task, response)
            )

    def failed(self, failure: "Failure") -> None:
        """Tell the frontier that no response came."""
        task: Task = failure.request.meta["task"]  # type: ignore[attr-defined]
        error = failure.value
        if isinstance(error, IgnoreRequest):
            robots = "robots.txt" in str(error)
            self.frontier.finish(
                task, Outcome("skipped", "robots") if robots else Outcome("failed", str(error))
            )
        else:
            self.frontier.finish(task, Outcome("failed", _failure_name(error)))

    def closed(self, reason: str) -> None:
        """Complete the archive."""
        del reason
        try:
            self.archive.close()
        except OutputError as error:
            self.error = self.error or str(error)

    def _redirected(self, task: Task, target: str) -> None:
        """A redirect is a link; one to the same page under another host or scheme is followed at once."""
        site = self._sites[task.site]
        if not site.urls.owns(target) or site.urls.canonical(target) != task.url:
            found = [self._link(site, task, target)] if target else []
            self.frontier.finish(task, Outcome("skipped", "redirect"), found)
        elif task.redirects < _MOST_REDIRECTS:
            again = replace(task, address=target, redirects=task.redirects + 1)
            self.frontier.finish(again, Outcome("redirected"))
        else:
            self.frontier.finish(task, Outcome("failed", "redirect loop"))

    def _found(self, task: Task, response: "Response") -> list[Task | Skip]:
        """Links of a stored page; a page that breaks the parser has none, and costs itself only."""
        try:
            return list(self._links(task, response))
        except Exception:
            self.logger.exception("no links read from %s", response.url)
            return []

    def _links(self, task: Task, response: "Response") -> Iterator[Task | Skip]:
        site = self._sites[task.site]
        if task.kind != "sitemap":
            for url in page_links(response.url, response.body):
                yield self._link(site, task, url)
            return
        form, links = sitemap_links(response.url, response.body)
        for url in links:
            nested = form == "sitemapindex" and site.urls.owns(url)
            yield (
                Task(site.id, site.urls.canonical(url), "sitemap") if nested else self._link(site, task, url)
            )

    @staticmethod
    def _link(site: Site, task: Task, url: str) -> Task | Skip:
        if not site.urls.owns(url):
            return Skip(url, "offsite")
        url = site.urls.canonical(url)
        kind = site.urls.kind(url)
        if kind == "list":
            return Task(site.id, url, kind)
        if kind != "article":
            return Skip(url, "ignored" if kind == "ignore" else "no rule")
        article, number = site.urls.article_page(url)
        if number > _MOST_PAGES:
            return Skip(url, "too many pages")
        begun = (
            number > 1
            and task.kind in ("article", "continued")
            and site.urls.article_page(task.url)[0] == article
        )
        return Task(site.id, url, "continued" if begun else "article")


def _failure_name(error: BaseException | None) -> str:
    return next((name for kind, name in _FAILURES.items() if isinstance(error, kind)), type(error).__name__)


def _slot(site: Site, delay: float | None) -> dict[str, float]:
    """Scrapy varies a delay by its jitter both ways; ours is never shorter than the site's file says."""
    seconds = site.politeness.delay if delay is None else delay
    return {"concurrency": site.politeness.concurrency, "delay": seconds / (1 - _JITTER), "jitter": _JITTER}
