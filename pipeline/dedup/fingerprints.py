"""Sketches of texts for containment, and the index that says which texts share a fingerprint.

A fingerprint is a shingle's hash, mixed, upper 32 bits; a text's sketch are those below a limit, about one in a
given rate (Irber et al., "Lightweight compositional analysis of metagenomes with FracMinHash and minimum metagenome
covers", 2022). A short text has a higher limit, so that its sketch is not too small to tell; all other texts then keep
those fingerprints too that a short text asks for. What no other text has finds nothing: it is counted, not stored.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.dedup.exact import table_size
from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import Progress
from pipeline.dedup.shingles import Hashes, Points, Tokens, shingling, window_hashes
from pipeline.dedup.texts import Bytes, Rows, Texts
from pipeline.dedup.verify import Marks, room, set_of

Fingerprints = npt.NDArray[np.uint32]
Bits = npt.NDArray[np.uint8]
Part = tuple[int, Rows, Fingerprints]

SHORTEST = 50
"""Distinct shingles below which a text is not looked for in others: a stock phrase lies in many."""
ALL = 1 << 32
"""Fingerprints that there are."""
_TASK_ROWS = 4096
_ASKED_BITS = 16
_NONE = np.empty(0, np.uint8)


@dataclass(frozen=True, slots=True)
class Sketches:
    """What rows are known by, in the order of the rows."""

    distinct: Rows
    """``int64[m]``: distinct shingles of each row."""
    limits: Rows
    """``int64[m]``: fingerprints below it are a row's own sketch; 0 if the row is too short."""
    parts: list[Part]
    """From some row on: how many fingerprints each row has, and which, with repetitions."""


def sketch_texts(
    texts: Texts,
    rows: Rows,
    tokens: Tokens,
    density: tuple[int, int],
    workers: int | None,
    progress: Progress | None,
) -> Sketches:
    """Each row's own sketch; then a second look at the texts for what short rows ask of all others.

    Args:
        texts: all texts.
        rows: ``int64[m]``: which of them.
        tokens: what shingles are made of.
        density: one shingle in so many is a fingerprint, and how many a short text has on average or more.
        workers: threads, of which the result does not depend.
        progress: told of ``sketches``, rows done and rows in all.
    """
    distinct, limits = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    parts: list[Part] = []
    asked = _NONE

    def sketch(start: int) -> Part:
        task = slice(start, start + _TASK_ROWS)
        return start, *_sketch(texts, rows[task], tokens, density, asked, distinct[task], limits[task])

    starts = range(0, len(rows), _TASK_ROWS)
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        for part in pool.map(sketch, starts):
            parts.append(part)
            if progress:
                progress("sketches", min(part[0] + _TASK_ROWS, len(rows)), len(rows))
        usual = ALL // density[0]
        beyond = np.concatenate([_NONE.astype(np.uint32), *(found[found >= usual] for _, _, found in parts)])
        if len(beyond):
            asked = np.zeros(min(table_size(_ASKED_BITS * len(beyond)), ALL) // 8, np.uint8)
            _mark(beyond, asked)
            parts += pool.map(sketch, starts)
    return Sketches(distinct, limits, parts)


def _sketch(
    texts: Texts,
    rows: Rows,
    tokens: Tokens,
    density: tuple[int, int],
    asked: Bits,
    distinct: Rows,
    limits: Rows,
) -> tuple[Rows, Fingerprints]:
    how = shingling(tokens)
    sizes = texts.sizes()[rows]
    counts = np.zeros(len(rows), np.int64)
    found = np.empty(int(sizes.sum()), np.uint32)
    points, hashes, keys, marks = room(int(sizes.max(initial=0)))
    used = _sketch_rows(
        texts.data, texts.offsets, rows, how.ngram, how.factors, how.in_word, *density, asked,
        points, hashes, keys, marks, distinct, limits, counts, found,
    )  # fmt: skip
    return counts, found[:used].copy()


@compiled
def _sketch_rows(
    data: Bytes,
    offsets: Rows,
    rows: Rows,
    ngram: int,
    factors: Hashes,
    in_word: npt.NDArray[np.bool_],
    rate: int,
    smallest: int,
    asked: Bits,
    points: Points,
    hashes: Hashes,
    keys: Hashes,
    marks: Marks,
    distinct: Rows,
    limits: Rows,
    counts: Rows,
    found: Fingerprints,
) -> int:
    """Fingerprints below each row's limit; once something is asked for, those above it that are."""
    used = 0
    for at in range(len(rows)):
        if len(asked) and not limits[at]:
            continue
        start, end = offsets[rows[at]], offsets[rows[at] + 1]
        count = window_hashes(data, start, end, ngram, factors, in_word, points, hashes)
        if not len(asked):
            distinct[at] = set_of(hashes, count, keys, marks)
            if distinct[at] >= SHORTEST:
                limits[at] = ALL // min(rate, max(1, distinct[at] // smallest))
        before = used
        for window in range(count):
            value = _fingerprint(hashes[window])
            if (value >= limits[at] and _marked(value, asked)) if len(asked) else value < limits[at]:
                found[used] = value
                used += 1
        counts[at] = used - before
    return used


@compiled
def _fingerprint(shingle: int) -> int:
    """Upper 32 bits after MurmurHash3's 64-bit finalizer: those of a multilinear hash follow the characters."""
    value = np.uint64(shingle)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    value ^= value >> np.uint64(33)
    return np.int64(value >> np.uint64(32))  # type: ignore[return-value]


@compiled
def _mark(values: Fingerprints, bits: Bits) -> None:
    for value in values:
        at = np.int64(value) & (8 * len(bits) - 1)
        bits[at >> 3] |= np.uint8(1 << (at & 7))


@compiled
def _marked(value: int, bits: Bits) -> bool:
    """Whether a fingerprint is asked for; sometimes true of one that is not."""
    at = value & (8 * len(bits) - 1)
    return bool((bits[at >> 3] >> (at & 7)) & 1)


@dataclass(frozen=True, slots=True)
class Index:
    """Fingerprints that several texts have, numbered by value; texts by their place in visiting order."""

    own: Rows
    """``int64[m]``: fingerprints in each text's own sketch."""
    shared: Rows
    """``int64[m]``: how many of them another text has too; they come first in its list."""
    starts: Rows
    """``int64[m + 1]``: text i has the fingerprints ``numbers[starts[i]:starts[i + 1]]``."""
    numbers: Fingerprints
    """``uint32[h]``: ascending for each text."""
    runs: Rows
    """``int64[d + 1]``: fingerprint j is in the texts ``places[runs[j]:runs[j + 1]]``."""
    places: Fingerprints
    """``uint32[h]``: ascending for each fingerprint."""


def index_of(sketches: Sketches, visit: Rows) -> Index:
    """The index, in exchange for the parts of the sketches, which are used up.

    Args:
        sketches: of all rows.
        visit: ``int64[m]``: positions of the rows that take part, in visiting order.
    """
    place = np.zeros(len(sketches.limits), np.uint64)
    place[visit] = np.arange(len(visit), dtype=np.uint64)
    keys = np.empty(sum(len(found) for _, _, found in sketches.parts), np.uint64)
    at = 0
    while sketches.parts:
        start, counts, found = sketches.parts.pop()
        key = keys[at : at + len(found)]
        key[:] = found
        key <<= np.uint64(32)
        key |= np.repeat(place[start : start + len(counts)], counts)
        at += len(found)
    keys.sort()
    keys = keys[: _distinct(keys)]
    own, shared, lengths = np.zeros((3, len(visit)), np.int64)
    size = _count(keys, sketches.limits[visit], own, shared, lengths)
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    numbers, places = np.empty((2, starts[-1]), np.uint32)
    runs = np.empty(size + 1, np.int64)
    _fill(keys, starts[:-1].copy(), numbers, runs, places)
    return Index(own, shared, starts, numbers, runs, places)


@compiled
def _distinct(keys: Hashes) -> int:
    """Move the distinct ones of sorted values to the front; their number."""
    used = 0
    for at in range(len(keys)):
        if not at or keys[at] != keys[at - 1]:
            keys[used] = keys[at]
            used += 1
    return used


@compiled
def _run_end(keys: Hashes, at: int) -> int:
    """Where the texts end that share a fingerprint."""
    end = at + 1
    while end < len(keys) and (keys[end] ^ keys[at]) >> np.uint64(32) == 0:
        end += 1
    return end


@compiled
def _count(keys: Hashes, limits: Rows, own: Rows, shared: Rows, lengths: Rows) -> int:
    """How much room `_fill` needs for each text, and how many fingerprints are shared."""
    at, runs = 0, 0
    while at < len(keys):
        end = _run_end(keys, at)
        several = end - at > 1
        runs += several
        for entry in range(at, end):
            place = np.int64(keys[entry] & np.uint64(ALL - 1))
            mine = np.int64(keys[entry] >> np.uint64(32)) < limits[place]
            own[place] += mine
            shared[place] += mine and several
            lengths[place] += several
        at = end
    return runs


@compiled
def _fill(keys: Hashes, ends: Rows, numbers: Fingerprints, runs: Rows, places: Fingerprints) -> None:
    at, number, used = 0, 0, 0
    runs[0] = 0
    while at < len(keys):
        end = _run_end(keys, at)
        if end - at > 1:
            for entry in range(at, end):
                place = np.int64(keys[entry] & np.uint64(ALL - 1))
                places[used] = place
                used += 1
                numbers[ends[place]] = number
                ends[place] += 1
            number += 1
            runs[number] = used
        at = end
