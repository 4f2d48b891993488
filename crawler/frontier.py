"""What is still to be fetched, and in what order: Scrapy's scheduler, one queue a site, in memory.

A site has at most as many requests on their way as its file allows, and the next is chosen only
when the pages before it have been read. So the pages of an article that was begun come before new
articles, and a budget that ends cuts between articles.
"""

import heapq
import itertools
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol, cast

from scrapy.core.scheduler import BaseScheduler

from crawler.site import Site
from crawler.tally import SiteCounts, SiteResult

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler

_ORDER = {"continued": 0, "sitemap": 1, "article": 2, "list": 3}


@dataclass(frozen=True, slots=True)
class Task:
    """One page to fetch."""

    site: str
    url: str
    """Canonical URL."""
    kind: Literal["continued", "sitemap", "article", "list"]
    """``continued``: a further page of an article that was fetched."""
    address: str = ""
    """URL to request, where a redirect told another than the canonical one."""
    redirects: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Skip:
    """A URL that was found and is not fetched."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: fetched (``bytes`` received), to be asked for again, or not got and why."""

    state: Literal["fetched", "failed", "skipped", "redirected"]
    reason: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a crawl ends, beside the budgets of the sites."""

    max_pages: int | None = None
    """Pages requested of each site, instead of the budget in its file."""
    max_total: int | None = None
    """Pages requested of all sites."""
    max_minutes: float | None = None
    """Minutes the crawl takes."""


class _Host(Protocol):
    """What the frontier asks of the spider."""

    frontier: "Frontier"

    def request(self, task: Task) -> "Request":
        """The request that fetches a task."""


@dataclass(slots=True)
class _Queue:
    site: Site
    max_pages: int
    deadline: float
    counts: SiteCounts = field(default_factory=SiteCounts)
    heap: list[tuple[int, int, Task]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    active: set[str] = field(default_factory=set)
    requested: int = 0


class Frontier(BaseScheduler):
    """Tasks of all sites; each canonical URL is handed out once, retries and redirects apart."""

    def __init__(self, sites: Sequence[Site], limits: Limits) -> None:
        self._limits = limits
        self._serial = itertools.count()
        self._host: _Host | None = None
        now = time.monotonic()
        self._queues = {
            site.id: _Queue(site, limits.max_pages or site.budget.max_pages, now + _seconds(site, limits))
            for site in sites
        }

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "Frontier":
        """The frontier that the spider brought along."""
        return cast("_Host", crawler.spider).frontier

    def open(self, spider: "Spider") -> None:
        """Remember who turns tasks into requests."""
        self._host = cast("_Host", spider)

    def results(self) -> dict[str, SiteResult]:
        """Counts by site, as they stand."""
        return {name: queue.counts.result() for name, queue in self._queues.items()}

    def close(self, reason: str) -> None:
        """What a budget kept from being fetched is skipped; what a stop left stays pending."""
        del reason
        for queue in self._queues.values():
            self._next(queue)

    def finish(self, task: Task, outcome: Outcome, found: Iterable[Task | Skip] = ()) -> None:
        """One page is dealt with: its outcome and the links found on it, together."""
        queue = self._queues[task.site]
        queue.active.discard(task.url)
        match outcome.state:
            case "fetched":
                queue.counts.bytes += outcome.bytes
                if task.kind in ("article", "continued"):
                    queue.counts.articles += 1
                else:
                    queue.counts.lists += 1
            case "failed":
                queue.counts.failed[outcome.reason] += 1
            case "skipped":
                queue.counts.skipped[outcome.reason] += 1
            case "redirected":
                self._push(queue, task)
        for link in found:
            self._add(queue, link)

    def has_pending_requests(self) -> bool:
        """Whether a site has a task that its budget allows, now or after those on their way."""
        return any(queue.active or self._next(queue) for queue in self._queues.values())

    def enqueue_request(self, request: "Request") -> bool:
        """Take a request from Scrapy: an entry of a site, or a retry."""
        task: Task = request.meta["task"]
        queue = self._queues[task.site]
        if task.url not in queue.active:
            return self._add(queue, task)
        queue.active.discard(task.url)
        self._push(queue, replace(task, retries=request.meta["retry_times"]))
        return True

    def next_request(self) -> "Request | None":
        """The next page that may be asked for, of the sites in turn."""
        for name in list(self._queues):
            queue = self._queues[name]
            if len(queue.active) >= queue.site.politeness.concurrency or not self._next(queue):
                continue
            self._queues[name] = self._queues.pop(name)
            return self._take(queue)
        return None

    def _add(self, queue: _Queue, link: Task | Skip) -> bool:
        if link.url in queue.seen:
            return False
        queue.seen.add(link.url)
        queue.counts.found += 1
        if isinstance(link, Skip):
            queue.counts.skipped[link.reason] += 1
        else:
            self._push(queue, link)
        return True

    def _push(self, queue: _Queue, task: Task) -> None:
        order = 0 if task.redirects else _ORDER[task.kind]
        heapq.heappush(queue.heap, (order, next(self._serial), task))

    def _next(self, queue: _Queue) -> Task | None:
        """First task that the budget allows; those before it are written off."""
        while queue.heap:
            task = queue.heap[0][2]
            if self._may_ask(queue, task):
                return task
            heapq.heappop(queue.heap)
            queue.counts.skipped["budget"] += 1
        return None

    def _may_ask(self, queue: _Queue, task: Task) -> bool:
        if time.monotonic() >= queue.deadline:
            return False
        if task.kind == "continued" or task.redirects or task.retries:
            return True
        requested = sum(each.requested for each in self._queues.values())
        over = self._limits.max_total is not None and requested >= self._limits.max_total
        return not over and queue.requested < queue.max_pages

    def _take(self, queue: _Queue) -> "Request":
        task = heapq.heappop(queue.heap)[2]
        queue.active.add(task.url)
        if not task.retries and not task.redirects:
            queue.requested += 1
        if self._host is None:
            raise RuntimeError("the frontier was not opened")
        return self._host.request(task)


def _seconds(site: Site, limits: Limits) -> float:
    minutes = [each for each in (site.budget.max_minutes, limits.max_minutes) if each is not None]
    return 60 * min(minutes, default=math.inf)
