"""ReportSpider: the one spider, driven by site files."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
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

from crawler.archive import WarcArchive, recover
from crawler.frontier import Frontier, Outcome, Task
from crawler.frontier.rebuild import rebuild
from crawler.job import Job
from crawler.middleware import RECEIVED
from crawler.policies import Policies, Trouble
from crawler.reception import Reception, Verdict, check_space, retried
from crawler.scheduler import Scheduler
from crawler.site import Site, load_crawled
from pipeline.errors import ConfigError, OutputError
from pipeline.io import exclusive

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

_LOG = logging.getLogger("fanwen.pages")
_FAILURES: dict[type[BaseException], str] = {
    DownloadTimeoutError: "timeout",
    DownloadCancelledError: "too large",
    DownloadConnectionRefusedError: "connection refused",
    CannotResolveHostError: "unknown host",
    DownloadFailedError: "connection lost",
    ResponseDataLossError: "cut off",
}
_FINAL = ("too large",)
"""Failures that another try would not change."""


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
        self._alone = ExitStack()
        self._sites = {site.id: site for site in job.sites}
        self._by_host = {host: site for site in job.sites for host in site.hosts}
        check_space(job.data, job.min_free)
        for folder in (job.folder.warc, job.folder.quarantine):
            recover(folder)
        info = {"software": "fanwen", "http-header-user-agent": job.user_agent}
        self.archive = WarcArchive(job.folder.warc, job.run_id, info=info)
        self._quarantine = WarcArchive(job.folder.quarantine, job.run_id, info=info)
        self.frontier = Frontier(job.folder.frontier, job.sites, job.run_id)
        rebuild(self.frontier, job.folder.warc)
        self.frontier.begin()
        self.policies = Policies(self.frontier)
        self.scheduler = Scheduler(job, self.frontier, self.policies)
        self._reception = Reception(
            self.frontier, self.policies, self.archive, self._quarantine, job.min_free
        )

    @classmethod
    def from_crawler(
        cls, crawler: "Crawler", job: Job | None = None, sites: str = "", data: str = "data", **ignored: str
    ) -> "ReportSpider":
        """Spider for a job, or for ``scrapy crawl report -a sites=ID,ID -a data=FOLDER``.

        A job of the second kind holds the data folder itself.

        Raises:
            ConfigError: the job may not be done, see ``Job.check``.
            LockedError: another run holds the data folder.
        """
        if unknown := [name for name in ignored if not name.startswith("_")]:  # scrapyd adds its own
            raise ConfigError(f"{unknown[0]}: no argument of this spider; those are sites and data")
        settings = crawler.settings
        alone = ExitStack()
        if job is None:
            job = _job_of(settings.get("FANWEN_CONTACT"), sites, data)
            alone.enter_context(exclusive(job.data))
        job.check()
        settings.set("DOWNLOAD_TIMEOUT", job.timeout, "spider")
        settings.set("USER_AGENT", job.user_agent, "spider")
        most = sum(site.politeness.concurrency for site in job.sites)
        settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", most, "spider")
        spider = cls(job)
        spider._alone = alone
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """No request: all of them come from the frontier."""
        requests: tuple[Request, ...] = ()
        for request in requests:
            yield request

    def request(self, task: Task) -> Request:
        """The request that fetches a task; its answer comes to ``parse`` whatever the status."""
        meta = {"task": task, "dont_redirect": True, "handle_httpstatus_all": True}
        return Request(
            task.target, headers=_conditions(task), callback=self.parse, errback=self.failed, meta=meta
        )

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
        """Settle what a response is the answer to."""
        task: Task = response.meta["task"]
        site = self._sites[task.site]
        with self._answering(task):
            if task.is_policy:
                self._note(task, self.policies.learn(site, task, response))
            else:
                self._settle(task, self._reception.judge(site, task, response, response.meta[RECEIVED]))

    def failed(self, failure: "Failure") -> None:
        """Settle what no response came for."""
        task: Task = failure.request.meta["task"]  # type: ignore[attr-defined]
        error = failure.value
        reason = str(error) if isinstance(error, IgnoreRequest) else _failure_name(error)
        with self._answering(task):
            if task.is_policy:
                self._note(task, self.policies.learn_failure(task, reason))
            elif reason in _FINAL:
                self._settle(task, Verdict(Outcome("failed", reason)))
            else:
                self._settle(task, retried(task, reason))

    def closed(self, reason: str) -> None:
        """Complete the archive, and let go of the data folder."""
        del reason
        try:
            self.archive.close()
            self._quarantine.close()
        except OutputError as error:
            self.error = self.error or str(error)
        finally:
            self._alone.close()

    @contextmanager
    def _answering(self, task: Task) -> Iterator[None]:
        """A task comes to its end, whatever happens; a disk that cannot be written ends the crawl."""
        try:
            yield
        except OutputError as error:
            self.abort(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the page must not be asked for for ever
            _LOG.exception("error", extra={"facts": {"site": task.site, "url": task.url}})
            self._give_up(task, f"error: {type(error).__name__}")
        finally:
            self.scheduler.lanes[task.site].answered(task.url, self.scheduler.crawl_delay(task))

    def _give_up(self, task: Task, reason: str) -> None:
        """An answer that we fail on is not asked for again at once."""
        try:
            if not task.is_policy:
                self.frontier.settle(task, Outcome("failed", reason))
            self._note(task, Trouble(reason))
        except OutputError as error:
            self.abort(str(error))

    def _settle(self, task: Task, verdict: Verdict) -> None:
        outcome = verdict.outcome
        news = self.frontier.settle(task, outcome, verdict.found)
        self._note(task, verdict.trouble)
        if outcome.state in ("fetched", "skipped") and task.is_first:
            if task.kind != "list":
                news = int(outcome.state == "fetched")
            self.scheduler.yields[task.site].record(task.url, task.kind, news)
        facts = {"site": task.site, "url": task.url, "kind": task.kind, "outcome": outcome.state}
        _LOG.info("page", extra={"facts": facts | {"reason": outcome.reason, "bytes": outcome.bytes}})

    def _note(self, task: Task, trouble: Trouble | None) -> None:
        lane = self.scheduler.lanes[task.site]
        if trouble is None:
            lane.succeeded()
        else:
            _LOG.info(
                "trouble", extra={"facts": {"site": task.site, "url": task.url, "reason": trouble.reason}}
            )
            lane.failed(trouble.reason, trouble.wait)


def _job_of(contact: str | None, sites: str, data: str) -> Job:
    """A crawl without a run around it, checked before anything is touched."""
    known = load_crawled(ids=[name for name in sites.split(",") if name])
    run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"
    job = Job(sites=tuple(known), data=Path(data).resolve(), run_id=run_id, contact=contact or None)
    job.check()
    return job


def _failure_name(error: BaseException | None) -> str:
    return next((name for kind, name in _FAILURES.items() if isinstance(error, kind)), type(error).__name__)


def _conditions(task: Task) -> dict[str, str]:
    """Headers that ask for a page only if it has changed since it was fetched."""
    before = task.before
    if before is None or before.fetched_at is None or not before.digest:
        return {}
    since = format_datetime(datetime.fromtimestamp(before.fetched_at, UTC), usegmt=True)
    headers = {"If-Modified-Since": before.modified or since}
    return headers | ({"If-None-Match": before.etag} if before.etag else {})
