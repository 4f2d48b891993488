"""What each site contributes to the corpus."""

from collections import defaultdict
from dataclasses import dataclass

from pipeline.dataset.report.figures import SiteTotals
from pipeline.dataset.report.tables import Tables

SITES = 40
OTHERS = "other sites"


@dataclass(frozen=True, slots=True)
class _Count:
    site: str
    what: str
    count: int


_COUNTS = """
    select site, 'pages.' || outcome, count(*) from pages group by all
    union all select site, 'kept', count(*) from essays group by all
    union all select site, 'duplicates', count(*) from duplicates group by all
    union all select site, 'rejected', count(*) from rejected where kind = 'essay' group by all
"""


def totals(tables: Tables) -> tuple[SiteTotals, ...]:
    """The sites with the most pages, the largest first, and all others together last."""
    by_site: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in tables.read(_Count, _COUNTS):
        by_site[each.site][each.what] += each.count
    sites = sorted((_totals(site, counts) for site, counts in by_site.items()), key=_largest)
    rest = sites[SITES:]
    return tuple(sites[:SITES]) + ((_together(rest),) if rest else ())


def _largest(site: SiteTotals) -> tuple[int, int, str]:
    return -site.pages, -site.texts, site.site


def _totals(site: str, counts: dict[str, int]) -> SiteTotals:
    return SiteTotals(
        site=site,
        pages=sum(count for what, count in counts.items() if what.startswith("pages.")),
        articles=counts["pages.article"],
        pages_rejected=counts["pages.rejected"],
        texts=counts["kept"] + counts["duplicates"] + counts["rejected"],
        kept=counts["kept"],
        duplicates=counts["duplicates"],
        rejected=counts["rejected"],
    )


def _together(sites: list[SiteTotals]) -> SiteTotals:
    return SiteTotals(
        site=f"{len(sites):,} {OTHERS}",
        pages=sum(site.pages for site in sites),
        articles=sum(site.articles for site in sites),
        pages_rejected=sum(site.pages_rejected for site in sites),
        texts=sum(site.texts for site in sites),
        kept=sum(site.kept for site in sites),
        duplicates=sum(site.duplicates for site in sites),
        rejected=sum(site.rejected for site in sites),
    )
