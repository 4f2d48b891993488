"""Texts that lie inside others: a copy cut short, or one essay of seven on a page, which Jaccard does not see.

The containment of A in B is ``|A ∩ B| / |A|`` on shingle sets, A having no more shingles than B. What is looked up
is A's sketch (`pipeline.dedup.fingerprints`): the share of it that B has estimates the containment.

If A must share t of its s fingerprints with B, then B has one of any s - t + 1 of them: the rarest are looked up,
so clauses that thousands of texts share are hardly ever (Chaudhuri, Ganti, Kaushik, "A primitive operator for
similarity joins in data cleaning", 2006; Bayardo, Ma, Srikant, "Scaling up all pairs similarity search", 2007).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.dedup.bands import Behind
from pipeline.dedup.fingerprints import ALL, Fingerprints, Index, index_of, sketch_texts
from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import Progress
from pipeline.dedup.shingles import Hashes, Points, Tokens, shingling, window_hashes
from pipeline.dedup.texts import Bytes, Rows, Texts
from pipeline.dedup.verify import Marks, Shares, compare, least_agreement, room, set_of

Drop = Literal["part", "whole"]

MISS = 1e-4
"""Probability that a pair at the least containment is set aside by its sketches alone."""
_SKETCH = 16
"""Fingerprints that the sketch of a short text has on average, or more."""
_LARGE = 512
_BLOCK = 1 << 14
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Contained:
    """Texts that go because of containment, each with the text that stays for it."""

    gone: Rows
    """``int64[k]``: rows that go, ascending."""
    kept_row: Rows
    """``int64[k]``: the row that stays and contains it (``part``), or that stays and lies in it (``whole``)."""
    containment: Shares
    """``float64[k]``: exact share of the smaller one's shingles that the larger one has."""
    candidates: int
    """Pairs compared by sketch."""
    verified: int
    """Pairs whose exact containment was counted."""
    short: int
    """Texts of fewer than `SHORTEST` distinct shingles, which stay and are nobody's reason to go."""


def contained(
    texts: Texts,
    rows: Rows,
    *,
    least: float,
    tokens: Tokens,
    drop: Drop = "part",
    may_go: Rows | None = None,
    rate: int = 16,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Contained:
    """Texts that lie in another one, or that others lie in.

    ``part``: texts are visited from the most distinct shingles to the fewest; one goes if a text visited before,
    which stays, contains it. ``whole``: from the fewest to the most; one goes if a text visited before, which
    stays, lies in it. Ties, such as equal sets, are visited in the order of ``rows``; nothing else depends on it.
    Whoever goes names one that stays, at an exact containment of ``least`` or more; if A lies in B and B in C, but
    A less than that in C, then A stays although B is gone. A text that is spread over several others, a part in
    each, stays. A containment of exactly ``least`` is missed with a probability of about `MISS`, a higher one
    less often.

    In ``part`` the one named shares most of the sketch; in ``whole`` it is the first visited. Memory: 12 bytes a
    fingerprint, 20 if all are shared; a fingerprint is one shingle in ``rate``, or one that a short text asks for.

    Args:
        texts: all texts.
        rows: ``int64[m]``: which of them to compare, distinct.
        least: containment from which on a text lies in another, in (0, 1].
        tokens: what shingles are made of.
        drop: which goes.
        may_go: ``int64[k]``: only these may; all by default.
        rate: one shingle in so many is looked up; texts of fewer than ``16 * rate`` have more of theirs looked up.
        workers: threads, of which the result does not depend.
        progress: called with ``sketches`` and ``containment``, rows done and rows in all.

    Raises:
        ValueError: ``least`` or ``rate`` is out of its range.
    """
    if not 0 < least <= 1:
        raise ValueError("least must be in (0, 1]")
    if not 1 <= rate < ALL:
        raise ValueError("rate must be at least 1")
    sketches = sketch_texts(texts, rows, tokens, (rate, _smallest(least)), workers, progress)
    visit = np.argsort(sketches.distinct if drop == "whole" else -sketches.distinct, kind="stable")
    visit = visit[sketches.limits[visit] > 0]
    stays = np.zeros(len(visit), np.bool_) if may_go is None else ~np.isin(rows[visit], may_go)
    visited = _Visited(rows[visit], sketches.distinct[visit], stays)
    found = _decide(texts, tokens, visited, index_of(sketches, visit), least, drop, progress)
    went = np.flatnonzero(found.partner != _NOBODY)
    went = went[np.argsort(visited.rows[went])]
    return Contained(
        gone=visited.rows[went],
        kept_row=visited.rows[found.partner[went]],
        containment=found.containment[went],
        candidates=int(found.work[0]),
        verified=int(found.work[1]),
        short=len(rows) - len(visit),
    )


@dataclass(frozen=True, slots=True)
class _Visited:
    """Texts that take part, in visiting order."""

    rows: Rows
    """``int64[m]``: where they stand."""
    distinct: Rows
    """``int64[m]``: distinct shingles."""
    stays: npt.NDArray[np.bool_]
    """``bool[m]``: whether it stays in any case."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is decided of the texts, in visiting order."""

    partner: Rows
    """``int64[m]``: the place of the one that stays, for which a text goes; `_NOBODY` where it stays."""
    containment: Shares
    """``float64[m]``: of the smaller of the two."""
    work: Rows
    """``int64[2]``: pairs compared by sketch, pairs compared exactly."""


def _decide(
    texts: Texts,
    tokens: Tokens,
    visited: _Visited,
    index: Index,
    least: float,
    drop: Drop,
    progress: Progress | None,
) -> _Found:
    """Who goes: every text in its turn, against those that its rarest fingerprints lead to."""
    how, count = shingling(tokens), len(visited.rows)
    found = _Found(np.full(count, _NOBODY, np.int64), np.ones(count), np.zeros(2, np.int64))
    space = room(int(texts.sizes()[visited.rows].max(initial=0)))
    overlaps = _least_overlaps(index.own, least)
    seen, close = np.full(count, _NOBODY, np.int32), np.empty(count, np.int64)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        _visit(
            start, stop, drop == "whole", least, texts.data, texts.offsets, visited.rows, visited.distinct, visited.stays, how.ngram,
            how.factors, how.in_word, overlaps, index.own, index.shared, index.starts, index.numbers, index.runs,
            index.places, seen, close, *space, found.partner, found.containment, found.work,
        )  # fmt: skip
        if progress:
            progress("containment", stop, count)
    return found


def _smallest(least: float) -> int:
    """Mean size of sketches at which a pair at the least containment has none in common with `MISS` (Poisson)."""
    return max(_SKETCH, math.ceil(-math.log(MISS) / least))


def _least_overlaps(own: Rows, least: float) -> Rows:
    """For each size of a sketch how much of it another text must share, at least 1: ``int64[max + 1]``.

    The overlap of a pair at the least containment is hypergeometric, of less spread than the binomial that
    `least_agreement` goes by; sketches of more than `_LARGE` go by Hoeffding's bound, which takes no summing.
    """
    table = np.ones(int(own.max(initial=0)) + 1, np.int64)
    for size in np.unique(own).tolist():
        bound = math.floor(size * least - math.sqrt(size * -math.log(MISS) / 2))
        table[size] = max(least_agreement(size, least, MISS) if size <= _LARGE else bound, 1)
    return table


@compiled
def _visit(
    start: int,
    stop: int,
    whole: bool,
    least: float,
    data: Bytes,
    offsets: Rows,
    rows: Rows,
    distinct: Rows,
    stays: npt.NDArray[np.bool_],
    ngram: int,
    factors: Hashes,
    in_word: npt.NDArray[np.bool_],
    overlaps: Rows,
    own: Rows,
    shared: Rows,
    starts: Rows,
    numbers: Fingerprints,
    runs: Rows,
    places: Fingerprints,
    seen: Behind,
    close: Rows,
    points: Points,
    hashes: Hashes,
    keys: Hashes,
    marks: Marks,
    partner: Rows,
    containment: Shares,
    work: Rows,
) -> None:
    for place in range(start, stop):
        if partner[place] != _NOBODY or (stays[place] and not whole):
            continue
        found = _close(
            place,
            whole,
            overlaps[own[place]],
            shared[place],
            starts,
            numbers,
            runs,
            places,
            partner,
            seen,
            close,
            work,
        )
        if not found:
            continue
        row = rows[place]
        size = window_hashes(data, offsets[row], offsets[row + 1], ngram, factors, in_word, points, hashes)
        needed = _needed(set_of(hashes, size, keys, marks), least)
        for turn in range(found):
            other = close[turn] & (ALL - 1)
            if whole and stays[other]:
                continue
            row = rows[other]
            count = window_hashes(
                data, offsets[row], offsets[row + 1], ngram, factors, in_word, points, hashes
            )
            most = distinct[other] - needed
            common, missing = compare(size, hashes, count, turn + 2, most, keys, marks)
            work[1] += 1
            if missing > most:
                continue
            larger, smaller = (other, place) if whole else (place, other)
            partner[larger], containment[larger] = smaller, common / distinct[place]
            if not whole:
                break


@compiled
def _needed(distinct: int, least: float) -> int:
    """The fewest shingles that are such a share of all, as the division says."""
    needed = int(least * distinct)
    while needed / distinct >= least:
        needed -= 1
    while needed / distinct < least:
        needed += 1
    return needed


@compiled
def _close(
    place: int,
    whole: bool,
    overlap: int,
    shared: int,
    starts: Rows,
    numbers: Fingerprints,
    runs: Rows,
    places: Fingerprints,
    partner: Rows,
    seen: Behind,
    close: Rows,
    work: Rows,
) -> int:
    """Larger texts that have not gone and share enough of a text's own sketch, those that share most in front."""
    found = 0
    if shared < overlap:
        return found
    mine = numbers[starts[place] : starts[place] + shared]
    rarest = np.argsort(runs[mine + 1] - runs[mine], kind="mergesort")[: shared - overlap + 1]
    for number in mine[rarest]:
        at, step = (runs[number + 1] - 1, -1) if whole else (runs[number], 1)
        while runs[number] <= at < runs[number + 1] and (np.int64(places[at]) - place) * step < 0:
            other = np.int64(places[at])
            at += step
            if partner[other] != _NOBODY or seen[other] == place:
                continue
            seen[other] = place
            work[0] += 1
            common = _common(mine, numbers[starts[other] : starts[other + 1]], overlap)
            if common >= overlap:
                close[found] = (shared - common) << 32 | other
                found += 1
    close[:found].sort()
    return found


@compiled
def _common(left: Fingerprints, right: Fingerprints, least: int) -> int:
    """Values that two ascending arrays have in common, or fewer than ``least`` if it cannot be reached."""
    common, at = 0, 0
    for place in range(len(left)):
        if common + len(left) - place < least:
            break
        while at < len(right) and right[at] < left[place]:
            at += 1
        if at < len(right) and right[at] == left[place]:
            common += 1
    return common
