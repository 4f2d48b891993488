"""Scrapy's scheduler: hands out what the frontier holds, site by site, at each site's pace and within the budgets."""

import math
import time
from typing import TYPE_CHECKING, Protocol, cast

from scrapy.core.scheduler import BaseScheduler
from scrapy.utils.asyncio import call_later

from crawler.frontier import TAKEDOWN, Frontier, Outcome, Task
from crawler.job import Job
from crawler.lane import Lane
from crawler.policies import Policies
from crawler.site import Site
from crawler.takedown import Refusals
from crawler.traps import Yields
from pipeline.errors import OutputError
from pipeline.urls import any_of, path_of

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler


class _Host(Protocol):
    """What the scheduler asks of the spider."""

    scheduler: "Scheduler"

    def request(self, task: Task) -> "Request":
        """The request that fetches a task."""

    def abort(self, message: str) -> None:
        """Stop the crawl."""


class Scheduler(BaseScheduler):
    """Lanes of all sites; a page is handed out only when its host has said that it may be."""

    def __init__(self, job: Job, frontier: Frontier, policies: Policies) -> None:
        self._job = job
        self._frontier = frontier
        self._policies = policies
        self._host: _Host | None = None
        self.crawler: Crawler | None = None
        self._wakes_at = 0.0
        self._refusals = Refusals(job.takedowns(), job.sites)
        started = frontier.now()
        self.lanes = {site.id: _lane(site, job, frontier, started) for site in job.sites}
        for lane in self.lanes.values():
            if self._refusals.covers_site(lane.site):
                lane.closed = TAKEDOWN
        self.yields = {site.id: Yields() for site in job.sites}
        self._quotas = {
            site.id: [(pattern, any_of((pattern,)), most) for pattern, most in site.budget.quotas.items()]
            for site in job.sites
        }

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "Scheduler":
        """The scheduler that the spider brought along."""
        scheduler = cast("_Host", crawler.spider).scheduler
        scheduler.crawler = crawler
        return scheduler

    def open(self, spider: "Spider") -> None:
        """Remember who turns tasks into requests."""
        self._host = cast("_Host", spider)

    def close(self, reason: str) -> None:
        """Keep what each site asked for beyond this run."""
        del reason
        for lane in self.lanes.values():
            self._frontier.hosts.hold(lane.site.id, lane.hold_until, lane.hold_reason, lane.failures)

    def has_pending_requests(self) -> bool:
        """Whether a site has a task for this run, now or after a wait."""
        return any(lane.active or self._has_task(lane) for lane in self.lanes.values())

    def enqueue_request(self, request: "Request") -> bool:
        """Nothing comes back from Scrapy: what is to be fetched is the frontier's alone."""
        raise TypeError(f"not a task of the frontier: {request.url}")

    def next_request(self) -> "Request | None":
        """The next request that may go out now, of the sites in turn."""
        try:
            return self._next_request()
        except OutputError as error:
            if self._host is not None:
                self._host.abort(str(error))
            return None

    def _next_request(self) -> "Request | None":
        shortest = math.inf
        for name in list(self.lanes):
            lane = self.lanes[name]
            if lane.closed or lane.is_full():
                continue
            wait = lane.wait()
            shortest = min(shortest, wait or math.inf)
            if not wait and (task := self._take(lane)) is not None:
                self.lanes[name] = self.lanes.pop(name)
                return self._send(lane, task)
        if shortest < math.inf:
            self._wake_after(shortest)
        return None

    def behind(self) -> dict[str, str]:
        """Sites with pages left, and why they were left."""
        results = self._frontier.results()
        return {
            name: lane.closed or "stopped"
            for name, lane in sorted(self.lanes.items())
            if results[name].pending
        }

    def _has_task(self, lane: Lane) -> bool:
        return not lane.closed and self._frontier.next(lane.site.id, lane.active) is not None

    def _take(self, lane: Lane) -> Task | None:
        """First task of a site that may be fetched; those that may not are settled on the way."""
        guide = self.yields[lane.site.id]
        while (task := self._frontier.next(lane.site.id, lane.active, guide)) is not None:
            policy = self._policies.missing(task)
            if any(self._refusals.covers(each) for each in (task, policy) if each):
                reason = TAKEDOWN
            elif self._over_budget(lane, task):
                return None
            elif policy is not None:
                return None if lane.active else policy
            elif not (reason := self._forbidden(lane, task)):
                return task
            self._frontier.settle(task, Outcome("skipped", reason))
        return None

    def _over_budget(self, lane: Lane, task: Task) -> bool:
        if task.kind == "continued" or task.redirects or task.retries:
            return False
        requested = self._frontier.counts.get(lane.site.id, "requested")
        most = self._job.max_pages or lane.site.budget.max_pages
        total = sum(self._frontier.counts.get(name, "requested") for name in self.lanes)
        over = requested >= most or (self._job.max_total is not None and total >= self._job.max_total)
        if over and not lane.active:
            lane.closed = "page budget"
        return over

    def _forbidden(self, lane: Lane, task: Task) -> str:
        if not self._policies.rules(task.target).allows(task.target):
            return "robots"
        if lane.site.politeness.obey_reservations and self._policies.reserved(task.target):
            return "tdm-reservation"
        if task.redirects or task.retries:
            return ""
        if task.is_first and self.yields[lane.site.id].exhausted(task.url, task.kind):
            return "trap: nothing new"
        return "quota" if self._over_quota(task) else ""

    def _over_quota(self, task: Task) -> bool:
        path = path_of(task.url)
        for pattern, regex, most in self._quotas[task.site]:
            if regex.fullmatch(path):
                if self._frontier.counts.get(task.site, "quota", pattern) >= most:
                    return True
                self._frontier.counts.add(task.site, "quota", pattern)
        return False

    def _send(self, lane: Lane, task: Task) -> "Request":
        if self._host is None:
            raise RuntimeError("the scheduler was not opened")
        if not (task.is_policy or task.retries or task.redirects):
            self._frontier.counts.add(task.site, "requested")
        lane.sent(task.url, task.kind, self.crawl_delay(task))
        return self._host.request(task)

    def crawl_delay(self, task: Task) -> float:
        """Seconds that the robots.txt of a task's host asks for."""
        return self._policies.rules(task.target).delay

    def _wake_after(self, seconds: float) -> None:
        """Have Scrapy ask again; by itself it would after five seconds."""
        at = time.monotonic() + seconds
        engine = self.crawler.engine if self.crawler else None
        if engine is None or engine._slot is None or time.monotonic() < self._wakes_at <= at:  # noqa: SLF001 - there is no public way
            return
        self._wakes_at = at
        call_later(seconds, engine._slot.nextcall.schedule)  # noqa: SLF001


def _lane(site: Site, job: Job, frontier: Frontier, started: float) -> Lane:
    minutes = [each for each in (site.budget.max_minutes, job.max_minutes) if each is not None]
    until, reason, failures = frontier.hosts.held(site.id)
    return Lane(
        site,
        site.politeness.delay if job.delay is None else job.delay,
        job.backoff,
        started + 60 * min(minutes, default=math.inf),
        now=frontier.now,
        hold_until=until,
        hold_reason=reason,
        failures=min(failures, 1),
    )
