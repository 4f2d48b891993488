"""What goes into the frontier and comes out of it."""

from dataclasses import dataclass
from typing import Literal

PageKind = Literal["continued", "sitemap", "article", "list"]
"""``continued``: a further page of an article that was fetched."""
PolicyKind = Literal["robots", "tdmrep", "probe"]
"""What is asked of a host before its pages: robots.txt, TDM reservations, a page that cannot exist."""

TAKEDOWN = "takedown"
"""Why a page is skipped that it was demanded to take down; it is due in each run, since a demand may be lifted."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a page that was fetched, to ask whether it has changed."""

    etag: str = ""
    modified: str = ""
    """Last-Modified header."""
    digest: bytes = b""
    """16 bytes of BLAKE2b over the unpacked body."""
    fetched_at: float | None = None
    """Unix time in seconds."""
    days: float = 0.0
    """Interval after which it was to be checked again."""


@dataclass(frozen=True, slots=True)
class Task:
    """One page to fetch."""

    site: str
    url: str
    """Canonical URL."""
    kind: PageKind | PolicyKind
    address: str = ""
    """URL to request, where a redirect told another than the canonical one."""
    redirects: int = 0
    retries: int = 0
    shape: str = ""
    """Shape of a list's URL."""
    stale: int = 0
    """Lists of known links only, one after another, that led to this list."""
    modified_at: float | None = None
    """When it was modified last, as a sitemap has it; Unix time in seconds."""
    before: Stored | None = None
    """What was stored, if it was fetched before."""

    @property
    def target(self) -> str:
        """URL that is requested."""
        return self.address or self.url

    @property
    def is_first(self) -> bool:
        """Whether the page was never fetched."""
        return self.before is None or self.before.fetched_at is None

    @property
    def is_policy(self) -> bool:
        """Whether it is about the host, and no page."""
        return self.kind in ("robots", "tdmrep", "probe")


@dataclass(frozen=True, slots=True)
class Skip:
    """A URL that was found and is not fetched."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task."""

    state: Literal["fetched", "not modified", "failed", "skipped", "again"]
    reason: str = ""
    bytes: int = 0
    """Size of the body as received."""
    changed: bool = True
    """The bytes are not those that are stored."""
    stored: Stored | None = None
    """What to remember of a fetched page."""
    rights: str = ""
    """Reservations that the page or its host states, as they stand there."""
    again: Task | None = None
    """The task as it is to be tried again."""
