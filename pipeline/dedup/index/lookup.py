"""The look-up: which of a batch's texts repeat a document of a segment.

As in the search itself, lists only propose and the exact similarity on the stored text decides. A bucket of
thousands costs no more than it must: its documents are walked by ascending ordinal, in bounded portions, and
not beyond the earliest match found so far.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.dedup.index.keys import HALF, LOW, differing
from pipeline.dedup.index.layout import SAMPLE
from pipeline.dedup.index.queries import NONE, Queries, taken
from pipeline.dedup.index.segment import WINDOW, Segment, windows
from pipeline.dedup.jit import compiled
from pipeline.dedup.shingles import Hashes, Tokens
from pipeline.dedup.texts import Rows, Texts
from pipeline.dedup.verify import Shares, jaccard

_STEP = 64
"""Documents of a bucket looked at first; four times as many each time after."""
_PORTION = 1 << 19
"""Pairs held at a time."""
_HOLD_BYTES = 1 << 24
"""Of the batch's texts, read and held at a time."""
_FETCH_TEXTS, _FETCH_BYTES = 128, 1 << 22
"""Texts compared at a time."""
Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Buckets:
    """What a segment has under the keys of queries."""

    query: Rows
    """``int64[m]``."""
    left: Rows
    """``int64[m]``: the first of its entries that has not been looked at, in the segment's lists one behind
    the other."""
    right: Rows
    """``int64[m]``: behind the last."""


def find_identical(segment: Segment, queries: Queries, pool: Executor) -> None:
    """The earliest document of the very same text, for the queries without a match."""
    _walk(segment, queries, range(queries.parameters.bands, queries.parameters.lists), pool)


def find_near(segment: Segment, queries: Queries, pool: Executor) -> None:
    """The earliest document at or above the threshold, for the queries without a match."""
    _walk(segment, queries, range(queries.parameters.bands), pool)


def _walk(segment: Segment, queries: Queries, lists: range, pool: Executor) -> None:
    asked = queries.ordinal == NONE
    if not asked.any():
        return
    found = list(pool.map(lambda number: _buckets(segment, queries, asked, number), lists))
    query, left, right = (np.concatenate(parts) for parts in zip(*found, strict=True))
    buckets, step = Buckets(query, left, right), _STEP
    limit = np.full(len(asked), len(segment))
    near = lists.stop <= queries.parameters.bands
    while len(buckets.query):
        for portion in _portions(np.minimum(buckets.right - buckets.left, step)):
            pairs = _gather(segment, buckets, portion, step, limit)
            if near:
                queries.work[0] += len(pairs)
                pairs = _gated(segment, queries, pairs)
            _verify(segment, queries, pairs, limit, near=near, pool=pool)
        rest = buckets.left < buckets.right
        buckets = Buckets(buckets.query[rest], buckets.left[rest], buckets.right[rest])
        step = min(4 * step, _PORTION)
    matched = limit < len(segment)
    queries.ordinal[matched] = segment.first + limit[matched]


def _buckets(segment: Segment, queries: Queries, asked: Flags, number: int) -> tuple[Rows, Rows, Rows]:
    """Query, first entry and end of each bucket of a list that is not empty."""
    entries, samples, wanted = segment.entries[number], segment.samples[number], queries.entries[number]
    query, left, right = np.empty((3, len(wanted)), np.int64)
    base, samples_a_window, count = number * len(segment), WINDOW // 8 // SAMPLE, 0
    firsts = range(0, len(samples), samples_a_window)
    cuts = [0, *np.searchsorted(wanted, samples[samples_a_window::samples_a_window]).tolist(), len(wanted)]
    for first, (start, stop) in zip(firsts, itertools.pairwise(cuts), strict=True):
        window = wanted[start:stop]
        if not len(window):
            continue
        _ask_for(
            segment, 8 * base, samples, window, range(first, min(first + samples_a_window, len(samples)))
        )
        found = _find(entries, samples, window, asked, query[count:], left[count:], right[count:])
        count += found
        last = max((first + samples_a_window) * SAMPLE, int(right[:count].max(initial=0)))
        segment.release("entries", 8 * (base + first * SAMPLE), 8 * (base + last))
    return query[:count], base + left[:count], base + right[:count]


def _ask_for(segment: Segment, base: int, samples: Hashes, wanted: Hashes, within: range) -> None:
    """Have the pages read in which queries will be looked for: all of a window, if they are many."""
    page = 8 * SAMPLE
    if 2 * len(wanted) > len(within):
        starts = base + np.array([within.start * page])
        segment.prefetch("entries", starts, starts + len(within) * page)
    else:
        starts = base + np.maximum(np.searchsorted(samples, wanted & ~LOW) - 1, 0) * page
        segment.prefetch("entries", starts, starts + page)


def _portions(counts: Rows) -> Iterator[slice]:
    """Successive buckets of about `_PORTION` pairs together."""
    number = np.cumsum(counts) // _PORTION
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(counts)]
    return (slice(start, stop) for start, stop in itertools.pairwise(edges))


def _gather(segment: Segment, buckets: Buckets, portion: slice, step: int, limit: Rows) -> Hashes:
    """The next documents of some buckets, below the limit of their query.

    Returns:
        ``uint64[m]``: distinct, ascending: ordinal << 32 | query.
    """
    query, left, right = buckets.query[portion], buckets.left[portion], buckets.right[portion]
    pairs = np.empty(int(np.minimum(right - left, step).sum()), np.uint64)
    count, flat = 0, segment.entries.reshape(-1)
    begin = left * 8
    for window in windows(begin):
        found = _take(
            flat, query[window], left[window], right[window], step, len(segment), limit, pairs[count:]
        )
        if found < 0:
            raise segment.damaged("an ordinal is out of range")
        count += found
        segment.release("entries", int(begin[window][0]), int(left[window].max()) * 8)
    pairs = pairs[:count]
    pairs.sort()
    return pairs[np.append(True, pairs[1:] != pairs[:-1])] if count else pairs


def _gated(segment: Segment, queries: Queries, pairs: Hashes) -> Hashes:
    """Those whose sketches are close; pairs as `_gather` has them."""
    most, near = queries.parameters.most_differing, np.empty(len(pairs), np.bool_)
    size = 8 * queries.parameters.words
    begin = (pairs >> HALF).astype(np.int64) * size
    for window in windows(begin):
        segment.prefetch("sketches", begin[window], begin[window] + size)
        _close(pairs[window], queries.sketches, segment.sketches, most, near[window])
        segment.release("sketches", int(begin[window][0]), int(begin[window][-1]) + size)
    return pairs[near]


def _verify(
    segment: Segment, queries: Queries, pairs: Hashes, limit: Rows, *, near: bool, pool: Executor
) -> None:
    """Lower the limits of the queries that match; a query's pairs are compared by ascending ordinal."""
    first = 1
    while len(pairs):
        query, ordinal = (pairs & LOW).astype(np.int64), (pairs >> HALF).astype(np.int64)
        now = _rank(query) < first
        for held in _held(queries, np.unique(query[now])):
            chosen = now & (query >= held[0]) & (query <= held[-1])
            asked, proposed = query[chosen], ordinal[chosen]
            shares = _compared(segment, queries, held, asked, proposed, near=near, pool=pool)
            queries.work[1] += len(shares)
            for at in np.flatnonzero(shares >= queries.parameters.threshold):
                if proposed[at] < limit[asked[at]]:
                    limit[asked[at]], queries.jaccard[asked[at]] = proposed[at], shares[at]
        pairs = pairs[~now & (ordinal < limit[query])]
        first *= 4


def _held(queries: Queries, asked: Rows) -> Iterator[Rows]:
    """Successive ones of some queries, whose texts lie so close that they fit into memory."""
    number = queries.texts.offsets[queries.rows[asked]] // _HOLD_BYTES
    return iter(np.split(asked, np.flatnonzero(np.diff(number)) + 1))


def _compared(
    segment: Segment, queries: Queries, held: Rows, asked: Rows, ordinal: Rows, *, near: bool, pool: Executor
) -> Shares:
    """Similarity of pairs, which come by ascending ordinal; all of their queries are among the held ones."""
    ours = taken(queries.texts, queries.rows[held])
    queries.release()
    place = np.searchsorted(held, asked)
    number = np.cumsum(ours.sizes()[place]) // _FETCH_BYTES + np.arange(len(place)) // _FETCH_TEXTS
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(place)]
    tokens = queries.parameters.sketch.tokens if near else None

    def compare(edge: tuple[int, int]) -> Shares:
        return _shares(segment, ours, place[slice(*edge)], ordinal[slice(*edge)], tokens)

    return np.concatenate(list(pool.map(compare, itertools.pairwise(edges))))


def _rank(query: Rows) -> Rows:
    """For each place how many before it have the same query."""
    order = np.argsort(query, kind="stable")
    ascending = query[order]
    start = np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1]))
    rank = np.empty(len(query), np.int64)
    rank[order] = np.arange(len(query)) - np.repeat(start, np.diff(np.append(start, len(query))))
    return rank


def _shares(segment: Segment, ours: Texts, row: Rows, ordinal: Rows, tokens: Tokens | None) -> Shares:
    """Similarity of each pair on the texts themselves; whether they are identical, without tokens."""
    wanted, stored = np.unique(ordinal, return_inverse=True)
    asked, own = np.unique(row, return_inverse=True)
    theirs, few = segment.texts(wanted), taken(ours, asked)
    if tokens is None:
        pairs = zip(own.tolist(), stored.tolist(), strict=True)
        ends = few.offsets
        return np.array(
            [few.data[ends[a] : ends[a + 1]].tobytes() == theirs[b] for a, b in pairs], np.float64
        )
    left, right = (own, len(few) + stored) if len(few) < len(theirs) else (len(few) + stored, own)
    order = np.argsort(left, kind="stable")  # the set of a text on the left is made once
    result = np.empty(len(row), np.float64)
    result[order] = jaccard(_joined(few, theirs), left[order], right[order], tokens)
    return result


def _joined(ours: Texts, theirs: list[bytes]) -> Texts:
    data = np.concatenate((ours.data, np.frombuffer(b"".join(theirs), np.uint8)))
    ends = ours.offsets[-1] + np.cumsum([len(text) for text in theirs])
    return Texts(data, np.concatenate((ours.offsets, ends)))


@compiled
def _find(
    entries: Hashes, samples: Hashes, wanted: Hashes, asked: Flags, query: Rows, left: Rows, right: Rows
) -> int:
    """Query, first entry and end of the buckets that are not empty; their number. All is ascending."""
    count, page, at = 0, 0, 0
    for place in range(len(wanted)):
        number = np.int64(wanted[place] & np.uint64(0xFFFFFFFF))
        if not asked[number]:
            continue
        last = wanted[place] | np.uint64(0xFFFFFFFF)
        first = last ^ np.uint64(0xFFFFFFFF)
        page = _below(samples, first, page, len(samples))
        at = _below(entries, first, max(at, (page - 1) * SAMPLE), min(page * SAMPLE, len(entries)))
        if at < len(entries) and entries[at] <= last:
            stop = _below(entries, last, at, len(entries))
            stop += stop < len(entries) and entries[stop] == last
            query[count], left[count], right[count] = number, at, stop
            count += 1
    return count


@compiled
def _below(values: Hashes, value: np.uint64, start: int, stop: int) -> int:
    """The first place at or above a value, which is not before ``start``; found from there in growing steps."""
    step = 1
    while start + step <= stop and values[start + step - 1] < value:
        start += step
        step *= 2
    stop = min(stop, start + step - 1)
    while start < stop:
        middle = (start + stop) // 2
        if values[middle] < value:
            start = middle + 1
        else:
            stop = middle
    return start


@compiled
def _take(
    entries: Hashes,
    query: Rows,
    left: Rows,
    right: Rows,
    step: int,
    documents: int,
    limit: Rows,
    pairs: Hashes,
) -> int:
    """Advance ``left`` by up to ``step``, or to the end at the limit; the number of pairs, -1 where damaged."""
    count = 0
    for bucket in range(len(query)):
        stop = min(right[bucket], left[bucket] + step)
        for at in range(left[bucket], stop):
            ordinal = np.int64(entries[at] & np.uint64(0xFFFFFFFF))
            if ordinal >= documents:
                return -1
            if ordinal >= limit[query[bucket]]:
                stop = right[bucket]
                break
            pairs[count] = np.uint64(ordinal) << np.uint64(32) | np.uint64(query[bucket])
            count += 1
        left[bucket] = stop
    return count


@compiled
def _close(pairs: Hashes, ours: Hashes, theirs: Hashes, most: int, near: Flags) -> None:
    for place in range(len(pairs)):
        query, ordinal = pairs[place] & np.uint64(0xFFFFFFFF), pairs[place] >> np.uint64(32)
        near[place] = differing(ours[query], theirs[ordinal]) <= most
