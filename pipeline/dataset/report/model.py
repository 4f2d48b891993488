"""What a report shows, as plain records: computed in Python, embedded as JSON, drawn by the page's own script."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.dataset.report.figures import Header, Profile, Rights, Run, SiteTotals, Step

Segment = tuple[str, ...]
"""A piece of text with what became of it: its operation, then its texts.

``("=", text)`` as it was; ``("-", text)`` taken out; ``("~", before, after)`` changed; ``("+", text)`` put in.
"""


@dataclass(frozen=True, slots=True)
class RejectedCell:
    """How many a rule rejected on a site."""

    kind: str
    stage: str
    rule: str
    site: str
    count: int


@dataclass(frozen=True, slots=True)
class RejectedExample:
    """One that was rejected."""

    kind: str
    rule: str
    site: str
    url: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Rejections:
    """Why things were rejected."""

    cells: tuple[RejectedCell, ...]
    examples: tuple[RejectedExample, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of an essay on the line of time."""

    cluster: str
    site: str
    published: str
    kept: bool


@dataclass(frozen=True, slots=True)
class SlotText:
    """What the kept essay or copies that differ from it have in a slot."""

    text: str
    count: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where copies differ, between the words of the kept essay around it."""

    slot: int
    kind: str
    before: str
    after: str
    texts: tuple[SlotText, ...]
    variants: int
    copies: int
    """Copies that differ from the kept essay there."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """An essay and its reposts."""

    id: str
    title: str
    url: str
    site: str
    size: int
    sites: int
    first: str
    last: str
    undated: int
    opening: str
    by_site: Mapping[str, int]
    copies: tuple[Copy, ...]
    slots: tuple[Slot, ...]
    slots_total: int


@dataclass(frozen=True, slots=True)
class Clusters:
    """The largest clusters, and how large clusters are."""

    sizes: Mapping[str, int]
    largest: tuple[Cluster, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A kept essay and a repost of it."""

    cluster: str
    title: str
    kept_url: str
    kept_site: str
    kept_published: str
    title_of_repost: str
    url: str
    site: str
    published: str
    jaccard: float
    rule: str
    cut: bool
    """Only the beginnings are compared."""
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A spot of a text with what was done to it, in context."""

    table: str
    rule: str
    site: str
    url: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Edits:
    """What was taken out of texts and repaired in them."""

    removed: Mapping[str, int]
    repaired: Mapping[str, int]
    certain: int
    """Repairs without an alternative."""
    examples: tuple[Edited, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence or paragraph that several kept essays have in common."""

    kind: str
    text: str
    essays: int
    occurrences: int
    url: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report shows."""

    header: Header
    funnel: tuple[Step, ...]
    runs: tuple[Run, ...]
    sites: tuple[SiteTotals, ...]
    rejections: Rejections
    clusters: Clusters
    pairs: tuple[Pair, ...]
    edits: Edits
    passages: tuple[Passage, ...]
    profile: Profile
    rights: Rights
