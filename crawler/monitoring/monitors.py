"""Monitors: what a person who looks once a month must be told about a run.

They are Spidermon's, run in the parent process after crawl and build; each that fails is one alarm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from spidermon import Monitor, MonitorLoader, MonitorRunner, MonitorSuite  # type: ignore[import-untyped]

from crawler.frontier import TAKEDOWN
from crawler.tally import QUARANTINE, CrawlResult, SiteResult, total
from pipeline.funnel import Funnel

ANSWERS = ("http 404", "http 410")
"""A page that is gone is an answer, not a failure of the site."""

_GONE = QUARANTINE + "soft 404"
_COUNTS = frozenset({"articles", "pages_rejected", "found", "kept", "duplicates"})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a monitor fails; shares are of 1."""

    failed: float = 0.1
    """Requests of all sites. One site in trouble stays below it, trouble of our own (network, DNS) does not."""
    failed_of_site: float = 0.25
    """Requests of one site. Old sites lose a page here and there; a quarter lost means it blocks us or breaks."""
    quarantined: float = 0.1
    """Pages of one site that were a captcha, a login form, …: a site that asks now and then stays below it."""
    usual: float = 0.2
    """Pages of one site against its median, and against what it found. Nights differ by two or three times."""
    texts: float = 0.5
    """Article pages that gave a text. The sample web gives 97 in 100, a layout that changed next to none."""
    essays: float = 0.4
    """Texts that are essays, duplicates included: 98 in 100 of the sample web; the rest was cut, too short, …"""
    least_requests: int = 20
    """Requests or pages below which no share is judged: one bad page of five says nothing."""
    least_runs: int = 3
    """Earlier runs below which there is no median."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the monitors look at."""

    crawl: CrawlResult
    funnel: Funnel | None
    past: Sequence[Mapping[str, object]]
    limits: Thresholds


def alarms(
    crawl: CrawlResult,
    funnel: Funnel | None,
    past: Sequence[Mapping[str, object]],
    thresholds: Thresholds = Thresholds(),
) -> tuple[str, ...]:
    """A line for each monitor that failed, those of the whole run first; a monitor that crashes is one, too.

    Args:
        crawl: what this run fetched.
        funnel: what its build made of the archive; None if there was none.
        past: manifests of earlier runs, the latest first.
        thresholds: where a monitor fails.
    """
    load = MonitorLoader().load_suite_from_monitor
    sites = [load(_SiteMonitor, name=site) for site in crawl.sites]
    suite = MonitorSuite(name="run", monitors=[load(_RunMonitor, name="run"), *sites])
    outcome = MonitorRunner().run(suite, facts=_Facts(crawl, funnel, past, thresholds))
    return tuple(
        " ".join((each.reason or f"{each.monitor.name} crashed: {_last_line(each.error)}").split())
        for each in outcome.monitor_results
        if each.error
    )


class _RunMonitor(Monitor):  # type: ignore[misc]
    """The run as a whole."""

    def test_counts(self) -> None:
        """Every URL is accounted for."""
        facts = _facts(self)
        if not facts.crawl.total.adds_up() or facts.crawl.total != total(facts.crawl.sites.values()):
            self.fail(f"the counts of the crawl do not add up: {_sum(facts.crawl.total)}")

    def test_essays(self) -> None:
        """What was fetched ends up as essays."""
        facts = _facts(self)
        if facts.crawl.total.articles and (facts.funnel is None or not facts.funnel.kept):
            self.fail(f"no essay came out of {facts.crawl.total.articles:,} article pages")

    def test_failures(self) -> None:
        """Most requests of a run succeed."""
        facts = _facts(self)
        if line := _too_many_failures(facts.crawl.total, facts.limits.failed, facts.limits.least_requests):
            self.fail(line)

    def test_nothing(self) -> None:
        """A run that finds pages fetches some."""
        crawl = _facts(self).crawl
        if (
            any(_wanted(crawl, site) for site in crawl.sites)
            and not _answered(crawl.total)
            and not crawl.stopped
        ):
            self.fail(f"nothing was fetched of {crawl.total.found:,} URLs found{_why(crawl.total)}")

    def test_yield(self) -> None:
        """Article pages give texts, and texts are essays: those that came since the last build, if they tell."""
        facts = _facts(self)
        if facts.funnel is None:
            return
        pages, texts = _yields(facts.funnel.as_dict())
        built = (run.get("funnel") for run in facts.past)
        earlier = next((each for each in built if isinstance(each, Mapping) and each.keys() >= _COUNTS), None)
        before = _yields(earlier) if earlier else ((0, 0), (0, 0))
        lines = (
            _too_few(
                pages, before[0], facts.limits.texts, facts.limits.least_requests, "article pages gave a text"
            ),
            _too_few(texts, before[1], facts.limits.essays, facts.limits.least_requests, "texts are essays"),
        )
        if any(lines):
            self.fail("; ".join(filter(None, lines)))


class _SiteMonitor(Monitor):  # type: ignore[misc]
    """One site, which gives the monitor its name."""

    def test_counts(self) -> None:
        """Every URL of the site is accounted for."""
        if not self._site.adds_up():
            self._alarm(f"the counts do not add up: {_sum(self._site)}")

    def test_failures(self) -> None:
        """Most requests to the site succeed."""
        limits = _facts(self).limits
        if line := _too_many_failures(self._site, limits.failed_of_site, limits.least_requests):
            self._alarm(line)

    def test_pages(self) -> None:
        """The site gives about as many pages as it used to, unless little was due."""
        facts, site = _facts(self), self._site
        wanted = _wanted(facts.crawl, self.monitor_name)
        earlier = [count for run in facts.past if (count := _answered_in(run, self.monitor_name)) is not None]
        if not _answered(site):
            if _answered(facts.crawl.total) and wanted and not facts.crawl.stopped:
                self._alarm(f"nothing was fetched of {site.found:,} URLs found{self._left()}")
        elif len(earlier) >= facts.limits.least_runs and not facts.crawl.stopped:
            usual = median(earlier)
            if _answered(site) < facts.limits.usual * min(usual, wanted):
                found = f"{site.found:,} URLs found{self._left()}"
                self._alarm(f"{_answered(site):,} pages fetched where {usual:,g} are usual, {found}")

    def test_quarantine(self) -> None:
        """The site shows us its pages, and not a captcha."""
        limits = _facts(self).limits
        count = self._site.quarantined - self._site.skipped.get(_GONE, 0)
        shown = _answered(self._site) + count
        if shown >= limits.least_requests and count > limits.quarantined * shown:
            self._alarm(f"{count:,} of {shown:,} pages were put into quarantine{_why(self._site)}")

    @property
    def _site(self) -> SiteResult:
        return _facts(self).crawl.sites[self.monitor_name]

    def _alarm(self, line: str) -> None:
        self.fail(f"{self.monitor_name}: {line}")

    def _left(self) -> str:
        behind = _facts(self).crawl.behind.get(self.monitor_name)
        return _why(self._site) + (f"; left behind: {behind}" if behind else "")


def _facts(monitor: Monitor) -> _Facts:
    facts: _Facts = monitor.data.facts
    return facts


def _wanted(crawl: CrawlResult, name: str) -> int:
    """URLs found of a site without those that it was demanded to leave; none of a site that is left as a whole."""
    site = crawl.sites[name]
    return 0 if crawl.behind.get(name) == TAKEDOWN else site.found - site.skipped.get(TAKEDOWN, 0)


def _answered(site: SiteResult) -> int:
    return site.fetched + site.not_modified


def _answered_in(run: Mapping[str, object], site: str) -> int | None:
    """What a site answered in an earlier run; None if it was not crawled then."""
    value: object = run
    for key in ("crawl", "sites", site):
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not value.keys() >= {"fetched", "not_modified"}:
        return None
    return int(value["fetched"]) + int(value["not_modified"])


def _too_many_failures(site: SiteResult, most: float, least: int) -> str:
    failed = sum(count for reason, count in site.failed.items() if reason not in ANSWERS)
    requests = _answered(site) + site.quarantined + sum(site.failed.values())
    if requests < least or failed <= most * requests:
        return ""
    return f"{failed:,} of {requests:,} requests failed{_why(site)}"


def _yields(funnel: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of a build: article pages with a text and all of them, texts that are essays and all of them."""
    articles, found = funnel["articles"], funnel["found"] - funnel.get("essays_taken_down", 0)
    pages = articles + sum(funnel["pages_rejected"].values())
    return (articles, pages), (funnel["kept"] + funnel["duplicates"], found)


def _too_few(now: tuple[int, int], before: tuple[int, int], share: float, least: int, what: str) -> str:
    """Line about a yield, judged by what is new; by all where the news are few or the build began anew."""
    good, count = now[0] - before[0], now[1] - before[1]
    new = before[1] > 0 and count >= least and 0 <= good <= count
    good, count = (good, count) if new else now
    if count < least or good >= share * count:
        return ""
    return f"only {good:,} of {count:,} {'new ' if new else ''}{what}"


def _why(site: SiteResult) -> str:
    """The most frequent reasons why pages did not come, in brackets."""
    barred = {reason: count for reason, count in site.failed.items() if reason not in ANSWERS}
    barred |= {
        reason: count for reason, count in site.skipped.items() if reason not in ("offsite", "ignored")
    }
    if site.pending:
        barred["left for later"] = site.pending
    most = sorted(barred.items(), key=lambda item: (-item[1], item[0]))[:3]
    return f" ({', '.join(f'{reason}: {count:,}' for reason, count in most)})" if most else ""


def _sum(site: SiteResult) -> str:
    failed, skipped = sum(site.failed.values()), sum(site.skipped.values())
    return (
        f"{site.found:,} found, but {site.fetched:,} fetched, {site.not_modified:,} not modified,"
        f" {failed:,} failed, {skipped:,} skipped, {site.pending:,} left"
    )


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
