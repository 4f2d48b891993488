"""What a crawl did, in numbers that add up: found = fetched + failed + skipped + pending."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class SiteCounts:
    """Counts of one site while its crawl runs; every number is of distinct canonical URLs."""

    found: int = 0
    articles: int = 0
    lists: int = 0
    bytes: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    def result(self) -> "SiteResult":
        """The counts as they stand."""
        fetched = self.articles + self.lists
        pending = self.found - fetched - self.failed.total() - self.skipped.total()
        return SiteResult(
            self.found,
            fetched,
            self.articles,
            self.lists,
            dict(self.failed),
            dict(self.skipped),
            pending,
            self.bytes,
        )


@dataclass(frozen=True, slots=True)
class SiteResult:
    """What became of the URLs that were found on one site, or on several."""

    found: int
    fetched: int
    """Responses stored: articles and lists."""
    articles: int
    """Article pages, continued pages included."""
    lists: int
    """Front pages, list pages and sitemaps."""
    failed: Mapping[str, int]
    """Requested in vain, by reason: an HTTP status, a network error, too large."""
    skipped: Mapping[str, int]
    """Not requested or not stored, by reason: robots, offsite, ignored, no rule, budget, redirect, …"""
    pending: int
    """Still to be fetched when the crawl was stopped."""
    bytes: int
    """Bytes of the stored bodies, as received."""


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """How far a crawl has come."""

    fetched: int
    articles: int
    failed: int
    skipped: int
    pending: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CrawlResult(SiteResult):
    """What one crawl did, over all sites and by site."""

    seconds: float
    stopped: bool
    """It was told to stop before it was done."""
    segments: tuple[str, ...]
    """Names of the WARC files written."""
    sites: Mapping[str, SiteResult]

    def rows(self) -> list[tuple[str, int | str]]:
        """Label and value of each count, for people."""
        rows: list[tuple[str, int | str]] = [
            ("pages fetched", self.fetched),
            ("  article pages", self.articles),
            ("  list pages and sitemaps", self.lists),
        ]
        rows += [(f"failed: {reason}", count) for reason, count in sorted(self.failed.items())]
        rows += [(f"skipped: {reason}", count) for reason, count in sorted(self.skipped.items())]
        rows += [("left for later", self.pending)] if self.pending else []
        rate = self.fetched / self.seconds if self.seconds else 0.0
        return [
            *rows,
            ("received", f"{self.bytes / 1e6:,.1f} MB in {self.seconds:,.1f} s ({rate:,.0f} pages/s)"),
        ]


def total(sites: Iterable[SiteResult]) -> SiteResult:
    """Sum over sites."""
    results = list(sites)
    failed: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for result in results:
        failed.update(result.failed)
        skipped.update(result.skipped)
    names = ("found", "fetched", "articles", "lists", "pending", "bytes")
    sums = {name: sum(getattr(result, name) for result in results) for name in names}
    return SiteResult(failed=dict(failed), skipped=dict(skipped), **sums)
