"""How a site's rules fit the URLs that are known of it, what they yield, and what has changed."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.dataset as ds

from crawler.discover.shapes import Cluster, Token, coarse, tokens_of
from crawler.fixtures import fixtures_path, load_fixtures
from crawler.folder import Data
from crawler.frontier.counts import Counts
from crawler.frontier.database import read_database
from crawler.site import Site
from crawler.tally import SiteResult, total
from crawler.templates import template_rows
from pipeline.dataset.versions import read_manifest, table_files
from pipeline.errors import CorpusError
from pipeline.sources import find_splits, read_split
from pipeline.urls import Kind

Row = tuple[str, int | str]
_NAMES: dict[Kind, str] = {"article": "article", "list": "list", "ignore": "ignored", "other": "no rule fits"}
_SHAPES = 10
_EARLIER = 5
"""Runs that the last one is held against."""
_FEWEST = 20
"""URLs without which a share says nothing."""
_OFFSITE = ("offsite", "unlisted host")
"""Why links that lead to other hosts are skipped."""
_CHANGE = 0.05
"""Difference of two shares that is told as a change."""


def check_site(site: Site, data: Data, folder: Path | None = None) -> list[Row]:
    """Facts of a valid site file, and how its rules fare; rows for a terminal, details indented.

    Args:
        site: whose file it is.
        data: what was crawled; URLs come from the frontier, or from the archive where there is none.
        folder: where the site file and its fixtures lie, None for those that fanwen ships.

    Raises:
        CorpusError: frontier, archive, corpus or fixtures cannot be read.
    """
    rows: list[Row] = [("name", site.name), ("hosts", ", ".join(site.hosts))]
    rows += [("family", site.family)] if site.family else []
    rows += [] if site.enabled else [("enabled", "no: crawled only when it is named")]
    rows += [("rules known from", site.known_from), *_fixture_rows(site, folder)]
    db = read_database(data.frontier)
    if db is None:
        return [*rows, *_fit_rows(site, "archived pages", _archived(site, data)), *_essay_rows(site, data)]
    try:
        urls = (url for (url,) in db.execute("SELECT url FROM page WHERE site = ?", (site.id,)))
        rows += _fit_rows(site, "known URLs", (url for url in urls if site.urls.owns(url)))
        rows += _fetch_rows(site, db)
        rows += _essay_rows(site, data)
        return rows + _change_rows(site, db)
    except sqlite3.Error as error:
        raise CorpusError(f"{data.frontier}: cannot be read: {error}") from error
    finally:
        db.close()


def _fixture_rows(site: Site, folder: Path | None) -> list[Row]:
    path = fixtures_path(site.id, folder)
    fixtures = load_fixtures(path)
    if fixtures is None:
        return [("fixtures", f"none; URLs and their kinds would stand in {path}")]
    failures = list(fixtures.failures(site))
    rows: list[Row] = [("fixtures", f"{len(fixtures) - len(failures)} of {len(fixtures)} hold")]
    return rows + [("  fails", failure) for failure in failures]


def _archived(site: Site, data: Data) -> set[str]:
    files = sorted(data.warc.glob("*.warc.gz"))
    pages = (page for split in (find_splits(files) if files else ()) for page in read_split(split))
    return {site.urls.canonical(page.url) for page in pages if site.urls.owns(page.url)}


def _fit_rows(site: Site, what: str, urls: Iterable[str]) -> list[Row]:
    """URLs by what today's rules make of them, and the shapes of those that no rule fits."""
    kinds: Counter[Kind] = Counter()
    unmatched: dict[tuple[Token, ...], Cluster] = {}
    for url in urls:
        kind = site.urls.kind(url)
        kinds[kind] += 1
        if kind == "other":
            path = url.removeprefix(site.urls.origin)
            tokens = tokens_of(path)
            unmatched.setdefault(coarse(tokens), Cluster()).add(path, tokens)
    count = sum(kinds.values())
    if not count:
        return [(what, "none yet")]
    rows: list[Row] = [(what, count)]
    rows += [
        (f"  {_NAMES[kind]}", f"{number:,} ({number / count:.0%})") for kind, number in kinds.most_common()
    ]
    most = sorted(unmatched.values(), key=lambda cluster: (-cluster.count, cluster.example))
    rows += [
        (f"  unmatched {each.pattern}", f"{each.count:,}, e.g. {each.example}") for each in most[:_SHAPES]
    ]
    rest = most[_SHAPES:]
    return rows + ([(f"  {len(rest)} more shapes", sum(each.count for each in rest))] if rest else [])


def _fetch_rows(site: Site, db: sqlite3.Connection) -> list[Row]:
    query = (
        "SELECT COALESCE(SUM(fetched_at IS NOT NULL), 0), COALESCE(SUM(state = 'failed'), 0),"
        " COALESCE(SUM(state = 'pending'), 0) FROM page WHERE site = ? AND kind IN ('article', 'continued')"
    )
    fetched, failed, pending = db.execute(query, (site.id,)).fetchone()
    rows: list[Row] = [("article pages fetched", fetched)]
    return rows + [
        (f"  {what}", count) for what, count in (("failed", failed), ("pending", pending)) if count
    ]


def _essay_rows(site: Site, data: Data) -> list[Row]:
    """What the last build made of the site's pages."""
    if read_manifest(data.corpus) is None:
        return []
    outcomes = Counter(
        ds.dataset(table_files(data.corpus, "pages"))
        .to_table(columns=["outcome"], filter=ds.field("site") == site.id)["outcome"]
        .to_pylist()
    )
    kept, dropped = (
        ds.dataset(table_files(data.corpus, name)).count_rows(filter=ds.field("site") == site.id)
        for name in ("essays", "duplicates")
    )
    articles = outcomes["article"]
    if not articles:
        return [("essays in the corpus", f"{kept + dropped:,}")]
    each = f"{(kept + dropped) / articles:.2f} an article page, {dropped:,} of them near-duplicates"
    rejected = outcomes["rejected"]
    rows: list[Row] = [("essays in the corpus", f"{kept + dropped:,}: {each}")]
    share = f"{rejected:,} ({rejected / (articles + rejected):.0%} of what was to be an article)"
    rows += [("  pages rejected", share)] if rejected else []
    return [*rows, *template_rows(site.id, data.corpus)]


@dataclass(frozen=True, slots=True)
class _Share:
    """A part of a whole that is watched from run to run."""

    words: str
    part: int
    whole: int


def _change_rows(site: Site, db: sqlite3.Connection) -> list[Row]:
    """The last run against those before it."""
    query = (
        "SELECT id FROM run WHERE id IN (SELECT run FROM tally WHERE site = ?) ORDER BY started DESC LIMIT ?"
    )
    runs = [run for (run,) in db.execute(query, (site.id, _EARLIER + 1))]
    if len(runs) < 2:
        return [("against earlier runs", "one run only" if runs else "no run yet")]
    last, *earlier = (Counts(db, run).result(site.id, 0) for run in runs)
    rows: list[Row] = [("against earlier runs", f"{runs[0]} and {len(earlier)} before it")]
    return rows + list(map(_change_row, _shares(last), _shares(total(earlier))))


def _shares(result: SiteResult) -> tuple[_Share, ...]:
    unmatched = result.skipped.get("no rule", 0)
    offsite = sum(result.skipped.get(reason, 0) for reason in _OFFSITE)
    failed = sum(result.failed.values())
    answered = result.fetched + result.not_modified + result.quarantined
    return (
        _Share("no rule fits", unmatched, result.found - offsite),
        _Share("articles among fetched pages", result.articles, result.fetched),
        _Share("unchanged among fetched pages", result.unchanged + result.not_modified, answered),
        _Share("quarantined", result.quarantined, answered),
        _Share("failed", failed, answered + failed),
    )


def _change_row(now: _Share, before: _Share) -> Row:
    if now.whole < _FEWEST or before.whole < _FEWEST:
        few = min(now.whole, before.whole)
        return f"  {now.words}", f"too few to tell ({few})"
    shares = now.part / now.whole, before.part / before.whole
    change = shares[0] - shares[1]
    word = "rising" if change > _CHANGE else "falling" if change < -_CHANGE else "steady"
    return f"  {now.words}", f"{shares[1]:.0%} -> {shares[0]:.0%}, {word}"
