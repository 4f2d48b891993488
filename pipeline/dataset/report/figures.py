"""What a report counts: the corpus, its funnel, its sites and runs, its makeup, the rights in it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """What the report is about, and where that came from."""

    corpus: str
    version: int
    """0: an older corpus, without numbered versions."""
    origin: tuple[str, ...]
    run: str
    """Id of the run that built it, empty if none did."""
    tools: Mapping[str, str]
    dedup: Mapping[str, str]
    contacts: str
    """What was done with contact data: mask, keep, or empty where the corpus does not say."""
    summary: str
    first_fetch: str
    last_fetch: str
    rows: Mapping[str, int]
    """Rows by table."""
    absent: tuple[str, ...]
    """Tables that it lacks because it was built by an earlier release."""


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of the funnel: a ``total`` comes in, parts go ``away``, the ``rest`` goes on."""

    unit: str
    role: str
    label: str
    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class SiteCrawl:
    """What a run did on a site."""

    site: str
    found: int
    articles: int
    lists: int
    not_modified: int
    failed: int
    skipped: int
    pending: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run by its manifest; ``crawled`` and ``built`` say which halves it has."""

    id: str
    finished: str
    seconds: float
    crawled: bool
    built: bool
    this: bool
    """It built this very corpus."""
    total: SiteCrawl
    sites: tuple[SiteCrawl, ...]
    failures: Mapping[str, int]
    skips: Mapping[str, int]
    kept: int
    duplicates: int
    alarms: tuple[str, ...]
    stages: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SiteTotals:
    """A site's share of the corpus; ``texts`` = kept + duplicates + rejected."""

    site: str
    pages: int
    articles: int
    pages_rejected: int
    texts: int
    kept: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Kept:
    """How many essays of a kind are kept, and how many were dropped as near-duplicates."""

    label: str
    kept: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Essays whose length is from ``start`` up to ``end`` characters; ``end`` 0 is open."""

    start: int
    end: int
    kept: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What the corpus is made of."""

    charsets: Mapping[str, int]
    charset_reasons: Mapping[str, int]
    extractors: Mapping[str, int]
    scripts: tuple[Kept, ...]
    genres: tuple[Kept, ...]
    years: tuple[Kept, ...]
    undated: int
    lengths: tuple[Bin, ...]
    median: int


@dataclass(frozen=True, slots=True)
class ContactKind:
    """Contact data of a kind."""

    kind: str
    pages: int
    found: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Pages that are reserved by a directive."""

    directive: str
    pages: int
    essays: int


@dataclass(frozen=True, slots=True)
class Takedown:
    """A demand that was met."""

    kind: str
    since: str
    reason: str
    pages: int
    essays: int


@dataclass(frozen=True, slots=True)
class Rights:
    """People's data and people's wishes; ``counted`` is false for a corpus that does not know."""

    counted: bool
    contacts: tuple[ContactKind, ...]
    reservations: tuple[Reservation, ...]
    takedowns: tuple[Takedown, ...]
    takedowns_total: int
