"""The search on one screen: prepared texts in, for each row whether it stays or which kept row it repeats."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.dedup.bands import Bands, Behind, Keys, chains, choose_bands
from pipeline.dedup.cluster import Star, greedy_star
from pipeline.dedup.contain import Contained, Drop, contained
from pipeline.dedup.exact import Digests, first_copies
from pipeline.dedup.minhash import EMPTY, Progress, Signatures, Sketch
from pipeline.dedup.shingles import Tokens
from pipeline.dedup.texts import Rows, Texts
from pipeline.dedup.verify import Shares, jaccard

Rules = npt.NDArray[np.int8]
STAYS, EXACT, NEAR, CONTAINED = range(4)
RULES = ("", "exact", "near", "contained")
"""Names of the above."""
_SLICE = 1 << 16


def _nothing() -> None:
    """What there is to release of arrays in memory."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What counts as a repetition."""

    threshold: float = 0.8
    """Jaccard similarity from which on a text repeats another, in (0, 1]."""
    sketch: Sketch = Sketch()
    contained: float | None = None
    """Share of a text's shingles from which on it lies in another; None: not looked for."""
    drop: Drop = "part"
    """Which of the two goes then."""

    @property
    def bands(self) -> Bands:
        """How signatures are cut."""
        return choose_bands(self.threshold, self.sketch.num_perm)


@dataclass(frozen=True, slots=True)
class Sketched:
    """Texts with what they are compared by; arrays may be files mapped into memory."""

    texts: Texts
    digests: Digests
    """``uint64[n, 2]``."""
    signatures: Signatures
    """``uint32[n, num_perm]``; of rows that repeat an earlier one to the byte it may be anything."""
    keys: Sequence[Keys] | Keys
    """Of each band ``uint64[n]``, likewise."""
    release: Callable[[], None] = _nothing
    """Gives back memory that mapped files have taken; called now and then while they are read."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Rows that repeat a text which an earlier search kept: they go before any of these rows is compared."""

    row: Rows
    """``int64[k]``: the first of each text."""
    jaccard: Shares
    """``float64[k]``: exact similarity to the text kept earlier."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the search did; all but ``seconds`` is the same in every run."""

    rows: int
    identical: int
    """Rows whose text is, to the byte, that of another row; never compared."""
    bands: Bands
    candidates: int
    """Pairs of rows that shared a bucket and were compared by signature, or by sketch for containment."""
    verified: int
    """Pairs that were compared exactly."""
    hot_buckets: int
    """Buckets of 64 rows and more: compared with the rows kept from them only; that loses no pair."""
    largest_bucket: int
    short: int
    """Texts too short to be looked for in others."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Decided:
    """What the search says of each row."""

    kept_row: Rows
    """``int64[n]``: the kept row for which it goes; the row itself where it stays."""
    jaccard: Shares
    """``float64[n]``: exact similarity to that row; 1 where it stays."""
    containment: Shares
    """``float64[n]``: exact share of the shingles of the smaller of the two that the larger one has (of a near-duplicate:
    of its own shingles that the kept row has); 1 where it stays, NaN where it went for one kept earlier."""
    rule: Rules
    """``int8[n]``: `STAYS`, `EXACT` (the same shingles), `NEAR` or `CONTAINED`."""
    earlier: Rows
    """``int64[n]``: of a row that went for one kept earlier, its place in `Earlier`, whose row that is; else -1."""
    statistics: Statistics

    def kept(self) -> Rows:
        """Rows that stay, ascending."""
        return np.flatnonzero(self.rule == STAYS)

    def dropped(self) -> Rows:
        """Rows that go, ascending."""
        return np.flatnonzero(self.rule != STAYS)


def decide(
    sketched: Sketched,
    visit: Rows,
    wanted: Wanted,
    *,
    earlier: Earlier | None = None,
    behind: Behind | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Decided:
    """Who stays.

    Args:
        sketched: the texts.
        visit: ``int64[n]``: all rows in visiting order.
        wanted: what counts as a repetition.
        earlier: rows that went before.
        behind: room for `pipeline.dedup.bands.Chains`, ``int32[bands, n]``.
        workers: threads.
        progress: told of ``comparison``, and of what containment reports.

    Raises:
        ValueError: the threshold is out of its range.
    """
    begin = time.perf_counter()
    if not 0 < wanted.threshold <= 1:
        raise ValueError("threshold must be in (0, 1]")
    first = first_copies(sketched.digests, visit)
    rows = distinct(sketched, visit, first, wanted.sketch.tokens)
    search = _Search(sketched, rows, wanted, behind, workers, progress)
    if earlier is not None:
        search.without(earlier)
    search.near(rows[search.rule[rows] == STAYS])
    if wanted.contained is not None:
        search.contain(wanted.contained)
    statistics = Statistics(
        rows=len(visit),
        identical=int(_is_one_of(rows, len(visit))[first].sum()) - len(rows),
        bands=wanted.bands,
        candidates=search.candidates + int(search.star.work[0]),
        verified=search.verified + int(search.star.work[1]),
        hot_buckets=search.hot,
        largest_bucket=search.largest,
        short=search.short,
        seconds=time.perf_counter() - begin,
    )
    return _with_copies(search, rows, first, statistics)


def distinct(sketched: Sketched, visit: Rows, first: Rows, tokens: Tokens) -> Rows:
    """The first of each text that has a token, in visiting order: ``int64[m]``.

    Args:
        sketched: the texts.
        visit: ``int64[n]``: all rows in visiting order.
        first: ``int64[n]``: for each row the first of the same content.
        tokens: what a text may be without; a text that is not empty has characters.
    """
    rows: Rows = visit[(first[visit] == visit) & (sketched.texts.sizes()[visit] > 0)]
    if tokens.kind == "characters":
        return rows
    parts = [rows[:0]]
    for start in range(0, len(rows), _SLICE):
        some = rows[start : start + _SLICE]
        parts.append(some[(sketched.signatures[some, :2] != EMPTY).any(axis=1)])
        sketched.release()
    return np.concatenate(parts)


@dataclass(slots=True)
class _Search:
    sketched: Sketched
    rows: Rows
    wanted: Wanted
    behind: Behind | None
    workers: int | None
    progress: Progress | None
    star: Star = field(init=False)
    rule: Rules = field(init=False)
    earlier: Rows = field(init=False)
    hot: int = 0
    largest: int = 0
    candidates: int = 0
    verified: int = 0
    short: int = 0

    def __post_init__(self) -> None:
        count = len(self.sketched.texts)
        self.star = Star.of(count)
        self.rule = np.zeros(count, np.int8)
        self.earlier = np.full(count, -1, np.int64)

    def without(self, earlier: Earlier) -> None:
        """Take out what repeats a text kept earlier."""
        self.earlier[earlier.row] = np.arange(len(earlier.row))
        self.rule[earlier.row] = np.where(earlier.jaccard == 1, EXACT, NEAR)
        self.star.jaccard[earlier.row] = earlier.jaccard
        self.star.containment[earlier.row] = np.nan

    def near(self, order: Rows) -> None:
        """Near-duplicates among some rows that stay so far, visited in this order."""
        links = chains(
            self.sketched.keys,
            order,
            out=self.behind,
            workers=self.workers,
            release=self.sketched.release,
        )
        self.hot, self.largest = max(self.hot, links.hot), max(self.largest, links.largest)

        def after_block(done: int) -> None:
            self.sketched.release()
            if self.progress:
                self.progress("comparison", done, len(order))

        greedy_star(
            self.sketched.texts,
            self.sketched.signatures,
            links,
            order,
            threshold=self.wanted.threshold,
            tokens=self.wanted.sketch.tokens,
            star=self.star,
            after_block=after_block,
        )
        went = order[self.star.kept_row[order] != order]
        self.rule[went] = np.where(self.star.jaccard[went] == 1, EXACT, NEAR)

    def contain(self, least: float) -> None:
        """Containment among the rows that stay.

        Rows that went for one that goes now are visited again, behind all that stay; those that stay then
        may go for containment themselves, but none that was kept before. So the rows in question get fewer in each
        round, and in the end each row that went names one that stays.
        """
        may_go = self.rows[self.rule[self.rows] == STAYS]
        while len(may_go):
            stay = self.rows[self.rule[self.rows] == STAYS]
            found = contained(
                self.sketched.texts,
                stay,
                least=least,
                tokens=self.wanted.sketch.tokens,
                drop=self.wanted.drop,
                may_go=may_go,
                workers=self.workers,
                progress=self.progress,
            )
            self._note(found)
            orphans = self.rows[np.isin(self.star.kept_row[self.rows], found.gone)]
            self.star.kept_row[orphans], self.rule[orphans] = orphans, STAYS
            self.star.jaccard[orphans] = self.star.containment[orphans] = 1
            if len(orphans):
                self.near(np.concatenate((stay[self.rule[stay] == STAYS], orphans)))
            may_go = orphans[self.rule[orphans] == STAYS]

    def _note(self, found: Contained) -> None:
        self.star.kept_row[found.gone], self.rule[found.gone] = found.kept_row, CONTAINED
        self.star.containment[found.gone] = found.containment
        by_kept = np.argsort(found.kept_row, kind="stable")
        self.star.jaccard[found.gone[by_kept]] = jaccard(
            self.sketched.texts,
            found.kept_row[by_kept],
            found.gone[by_kept],
            self.wanted.sketch.tokens,
        )
        self.candidates += found.candidates
        self.verified += found.verified
        self.short = max(self.short, found.short)
        self.sketched.release()


def _with_copies(search: _Search, rows: Rows, first: Rows, statistics: Statistics) -> Decided:
    """From the distinct texts back to all rows: copies share the fate of their first."""
    own = np.arange(len(first))
    of = np.where(_is_one_of(rows, len(first))[first], first, own)
    rule = search.rule[of]
    rule[(of != own) & (rule == STAYS)] = EXACT
    return Decided(
        search.star.kept_row[of],
        search.star.jaccard[of],
        search.star.containment[of],
        rule,
        search.earlier[of],
        statistics,
    )


def _is_one_of(rows: Rows, count: int) -> npt.NDArray[np.bool_]:
    flags = np.zeros(count, np.bool_)
    flags[rows] = True
    return flags
