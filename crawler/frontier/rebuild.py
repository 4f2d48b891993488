"""What the archive tells about pages, for a frontier that was lost: what is stored is not fetched again."""

import hashlib
import logging
import re
from pathlib import Path

from crawler.frontier.frontier import Frontier
from crawler.frontier.task import Stored
from crawler.site import Site
from pipeline.sources import find_splits, read_split
from pipeline.urls import host_of

_LOG = logging.getLogger("fanwen.frontier")


def rebuild(frontier: Frontier, archive: Path) -> int:
    """Enter the archived pages of sites that a new frontier does not know as fetched; their links are not read.

    A rebuild that is killed begins again; a site that is crawled later for the first time has its own.

    Returns:
        Pages entered.

    Raises:
        OutputError: the frontier's file cannot be written.
    """
    sites = frontier.unread()
    if not sites:
        return 0
    segments = sorted(archive.glob("*.warc.gz"))
    if not segments:
        frontier.mark_read(all_sites=True)
        return 0
    owners = {host: site for site in sites for host in site.hosts}
    count = 0
    for split in find_splits(segments):
        stored: list[tuple[str, str, str, Stored]] = []
        for page in read_split(split):
            site = owners.get(host_of(page.url))
            if site is None or page.error or page.fetched_at is None:
                continue
            kind = _kind(site, page.url)
            digest = hashlib.blake2b(page.body, digest_size=16).digest()
            fetched = Stored(
                digest=digest, fetched_at=page.fetched_at.timestamp(), days=site.recheck.first_days
            )
            stored.append((site.id, site.urls.canonical(page.url), kind, fetched))
        frontier.enter(stored)
        count += len(stored)
    frontier.mark_read(all_sites=False)
    _LOG.warning("frontier rebuilt from the archive: %d pages", count)
    return count


def _kind(site: Site, url: str) -> str:
    kind = site.urls.kind(url)
    if kind in ("article", "list"):
        return kind
    return "sitemap" if re.search(r"\.xml(\.gz)?$", url) else "continued"
