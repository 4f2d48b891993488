"""How a site's rules fit what the archive holds of it."""

from collections import Counter

from crawler.run import Data
from crawler.site import Site
from pipeline.sources import find_splits, read_split


def check_site(site: Site, data: Data) -> list[tuple[str, int | str]]:
    """Facts of a valid site file, and the archived pages of the site by what its rules make of them."""
    rows: list[tuple[str, int | str]] = [
        ("name", site.name),
        ("hosts", ", ".join(site.hosts)),
        ("rules known from", site.known_from),
    ]
    kinds = Counter(site.urls.kind(url) for url in _archived(site, data))
    if not kinds:
        return [*rows, ("archived pages", "none yet")]
    total = sum(kinds.values())
    rows.append(("archived pages", total))
    return rows + [(f"  {kind}", f"{count:,} ({count / total:.0%})") for kind, count in kinds.most_common()]


def _archived(site: Site, data: Data) -> set[str]:
    files = sorted(data.warc.glob("*.warc.gz"))
    pages = (page for split in (find_splits(files) if files else ()) for page in read_split(split))
    return {site.urls.canonical(page.url) for page in pages if site.urls.owns(page.url)}
