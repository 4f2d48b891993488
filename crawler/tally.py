"""What a crawl did, in numbers that add up: found = fetched + not modified + skipped + failed + pending."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields

QUARANTINE = "quarantine: "
"""How the reasons of skipped pages begin that answered with something other than what they are."""


@dataclass(frozen=True, slots=True)
class SiteResult:
    """What became of the URLs that a run found on one site, or on several; each is counted once.

    A URL is found by a run if it was new to it, left over from an earlier run, or due to be checked again.
    """

    found: int = 0
    articles: int = 0
    """Article pages fetched, continued pages included."""
    lists: int = 0
    """Front pages, list pages and sitemaps fetched."""
    unchanged: int = 0
    """Of the fetched pages those whose bytes were the stored ones."""
    not_modified: int = 0
    """Answered 304: what is stored is what there is."""
    pending: int = 0
    """Still to be fetched: a budget, a crawl window, a stop or a host's silence kept them for another run."""
    bytes: int = 0
    """Bytes of the fetched bodies, as received."""
    failed: Mapping[str, int] = field(default_factory=dict)
    """Requested in vain, by reason: an HTTP status, a network error, too large."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Not requested or not stored, by reason: robots, offsite, ignored, no rule, redirect, …"""

    @property
    def fetched(self) -> int:
        """Pages that came: articles and lists."""
        return self.articles + self.lists

    @property
    def quarantined(self) -> int:
        """Skipped pages that were a captcha, a login form, another's advertisement and the like."""
        return sum(count for reason, count in self.skipped.items() if reason.startswith(QUARANTINE))

    def adds_up(self) -> bool:
        """Whether every URL found is accounted for."""
        settled = self.fetched + self.not_modified + self.pending
        return self.found == settled + sum(self.failed.values()) + sum(self.skipped.values())

    def as_dict(self) -> dict[str, object]:
        """Counts for a manifest."""
        return {"found": self.found, "fetched": self.fetched} | asdict(self)

    def rows(self) -> list[tuple[str, int | str]]:
        """Label and value of each count, for people."""
        rows: list[tuple[str, int | str]] = [
            ("pages found", self.found),
            ("fetched", self.fetched),
            ("  article pages", self.articles),
            ("  list pages and sitemaps", self.lists),
        ]
        rows += [("  unchanged", self.unchanged)] if self.unchanged else []
        rows += [("not modified", self.not_modified)] if self.not_modified else []
        rows += [(f"failed: {reason}", count) for reason, count in sorted(self.failed.items())]
        rows += [(f"skipped: {reason}", count) for reason, count in sorted(self.skipped.items())]
        return rows + ([("left for later", self.pending)] if self.pending else [])


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """How far a crawl has come; ``done`` and ``found`` are counts of URLs."""

    done: int
    found: int
    fetched: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """What one crawl did, over all sites and by site."""

    total: SiteResult
    sites: Mapping[str, SiteResult]
    behind: Mapping[str, str]
    """Sites that were left with pages to fetch, and why."""
    seconds: float
    stopped: bool
    """It was told to stop before it was done."""
    resumed: bool
    """It took up a run that had been interrupted."""
    segments: tuple[str, ...]
    """Names of the WARC files written."""

    def as_dict(self) -> dict[str, object]:
        """Counts for a manifest."""
        return self.total.as_dict() | {
            "sites": {name: site.as_dict() for name, site in self.sites.items()},
            "behind": dict(self.behind),
            "seconds": round(self.seconds, 1),
            "stopped": self.stopped,
            "resumed": self.resumed,
            "segments": list(self.segments),
        }

    def rows(self) -> list[tuple[str, int | str]]:
        """Label and value of each count, for people."""
        rate = self.total.fetched / self.seconds if self.seconds else 0.0
        size = f"{self.total.bytes / 1e6:,.1f} MB in {self.seconds:,.1f} s ({rate:,.0f} pages/s)"
        behind = [(f"behind: {site}", why) for site, why in self.behind.items()]
        return [*self.total.rows(), ("received", size), *behind]


def total(sites: Iterable[SiteResult]) -> SiteResult:
    """Sum over sites."""
    results = list(sites)
    sums: dict[str, int] = {}
    reasons: dict[str, dict[str, int]] = {}
    for each in fields(SiteResult):
        values = [getattr(result, each.name) for result in results]
        if each.name in ("failed", "skipped"):
            counts: Counter[str] = Counter()
            for value in values:
                counts.update(value)
            reasons[each.name] = dict(counts)
        else:
            sums[each.name] = sum(values)
    return SiteResult(**sums, **reasons)  # type: ignore[arg-type]
