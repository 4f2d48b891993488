"""Passages are found in two readings of the texts.

They are counted as `masked` has them. A 64-bit hash only says which may be frequent: texts are read once to
find those hashes, and once more to count their passages, each compared to the character with the first of its hash.
"""

import functools
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.exact import table_size
from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import Progress
from pipeline.dedup.passages.cut import Classes, Room, code_point_classes, cut, most_passages, room_for, same
from pipeline.dedup.passages.sentences import masked
from pipeline.dedup.shingles import Hashes, Points
from pipeline.dedup.texts import Bytes, Rows, Texts

Slots = npt.NDArray[np.int32]
T = TypeVar("T")

SCHEMA = pa.schema(
    [
        ("passage", pa.string()),
        ("masked", pa.string()),
        ("kind", pa.string()),
        ("clusters", pa.int64()),
        ("occurrences", pa.int64()),
        ("characters", pa.int64()),
        ("first_id", pa.string()),
        ("first_row", pa.int64()),
    ]
)
_LAST_HASH = (1 << 64) - 1
_TASK_ROWS, _TASK_BYTES = 1024, 1 << 23
_HASH_BYTES, _FREQUENT_BYTES = 16, 88
"""What a hash takes while the frequent ones are looked for, and a frequent one while it is counted."""
_BITS = _LAST_HASH
"""Bits of the hash that are used."""
_NONE = -1


def passages(
    texts: Texts,
    rows: Rows,
    ids: Callable[[Rows], pa.Array],
    *,
    least: int = 3,
    most_memory: int = 1 << 30,
    workers: int | None = None,
    progress: Progress | None = None,
    release: Callable[[], None] = lambda: None,
) -> pa.Table:
    """Passages of `SHORTEST` characters or more that occur in several texts, the most widespread first.

    A paragraph of a single sentence counts as a sentence only.

    Args:
        texts: all texts; they may be a mapped file, which is read twice for each part of the hashes.
        rows: ``int64[m]``: which of them, distinct, in the order that makes an occurrence the first.
        ids: gives the ids of some rows.
        least: texts in which a passage must occur.
        most_memory: bytes beside texts and result; hashes are done in as many parts as that takes.
        workers: threads, of which the result does not depend.
        progress: told of ``passages`` and ``frequent passages``, rows done and rows in all, for each part anew.
        release: called between tasks, where texts are a mapped file that gives memory back.

    Returns:
        `SCHEMA`: the passage as it stands where it is first, without white space around it; as it is `masked`;
        ``sentence`` or ``paragraph``; texts it occurs in; times it occurs; characters, masked; id and row of the
        first text. By ``clusters`` and ``characters`` descending, then by ``masked``.

    Raises:
        ValueError: ``least`` is below 1.
    """
    if least < 1:
        raise ValueError("least must be at least 1")
    found, low, width = [np.empty((0, 7), np.int64)], 0, _LAST_HASH
    threads = workers or os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        search = _Search(texts, rows, least, most_memory, threads, pool, progress, release)
        while low <= _LAST_HASH:
            frequent, high = search.frequent(low, min(low + width, _LAST_HASH))
            size = max(1, most_memory // _FREQUENT_BYTES)
            found += [search.count(frequent[at : at + size]) for at in range(0, len(frequent), size)]
            low, width = high + 1, 2 * (high - low) + 1
    return _table(texts, ids, np.concatenate(found))


def _table(texts: Texts, ids: Callable[[Rows], pa.Array], found: Rows) -> pa.Table:
    as_it_stands = [_decoded(texts, start, end) for start, end in found[:, 1:3].tolist()]
    counted = list(map(masked, as_it_stands))
    columns = {
        "passage": pa.array(as_it_stands, pa.string()),
        "masked": pa.array(counted, pa.string()),
        "kind": pa.array(np.array(["sentence", "paragraph"])[found[:, 3]], pa.string()),
        "clusters": pa.array(found[:, 4]),
        "occurrences": pa.array(found[:, 5]),
        "characters": pa.array(map(len, counted), pa.int64()),
        "first_id": pc.cast(ids(found[:, 0]), pa.string()),
        "first_row": pa.array(found[:, 0]),
    }
    order = [("clusters", "descending"), ("characters", "descending"), ("masked", "ascending")]
    return pa.table(columns, schema=SCHEMA).sort_by(order)


def _decoded(texts: Texts, start: int, end: int) -> str:
    return texts.data[start:end].tobytes().decode()


@dataclass(frozen=True, slots=True)
class _Search:
    texts: Texts
    rows: Rows
    least: int
    most_memory: int
    workers: int
    pool: ThreadPoolExecutor
    progress: Progress | None
    release: Callable[[], None]

    def frequent(self, low: int, high: int) -> tuple[Hashes, int]:
        """Hashes from ``low`` on that ``least`` rows have, ascending, and the last hash that there was room for.

        When the room is full, no hash is kept more than ``least`` times; if that is of little help, the upper half
        of the range is left for later.
        """
        room = np.empty(max(self.most_memory // _HASH_BYTES, _TASK_ROWS + self.least), np.uint64)
        used, limits = 0, np.array([low, high], np.uint64)
        work = functools.partial(_hashes, self.texts, code_point_classes(), limits)
        for found in self._done("passages", work):
            new = found[found <= limits[1]]
            while used + len(new) > len(room):
                room[:used].sort()
                used = _at_most(room[:used], self.least)
                if low < high and used + len(new) > len(room) // 2:
                    high = low + (high - low) // 2
                    limits[1] = high
                    used = int(np.searchsorted(room[:used], limits[1], "right"))
                    new = new[new <= limits[1]]
            room[used : used + len(new)] = new
            used += len(new)
        room[:used].sort()
        return room[: _repeated(room[:used], self.least)].copy(), high

    def count(self, frequent: Hashes) -> Rows:
        """The passages of some hashes that enough rows have: `_tally`'s ``int64[k, 7]``."""
        classes, slots = code_point_classes(), np.full(table_size(len(frequent)), _NONE, np.int32)
        _fill(frequent, slots)
        tallies, longest = np.zeros((len(frequent), 7), np.int64), 0
        others: dict[str, list[int]] = {}
        work = functools.partial(_hits, self.texts, classes, frequent, slots)
        for hits in self._done("frequent passages", work):
            longest = max(longest, int((hits[:, 3] - hits[:, 2]).max(initial=0)))
            differs = np.zeros(len(hits), np.bool_)
            _tally(self.texts.data, hits, classes, np.empty((3, longest), np.uint32), tallies, differs)
            for _, row, start, end, kind in hits[differs].tolist():
                key = masked(_decoded(self.texts, start, end))
                tally = others.setdefault(key, [row, start, end, kind, 0, 0, _NONE])
                tally[4:] = [tally[4] + (tally[6] != row), tally[5] + 1, row]
        apart = np.array([*others.values()], np.int64).reshape(-1, 7)
        return np.concatenate([some[some[:, 4] >= self.least] for some in (tallies, apart)])

    def _done(self, stage: str, work: Callable[[Rows], T]) -> Iterator[T]:
        """Work on all rows, in order, only so far ahead that results do not pile up."""
        rows, texts, done = self.rows, self.texts, 0
        size = max(1, min(_TASK_ROWS, _TASK_BYTES * len(texts) // max(len(texts.data), 1)))
        tasks = (rows[start : start + size] for start in range(0, len(rows), size))
        waiting: deque[Future[T]] = deque()
        while True:
            for task in itertools.islice(tasks, 2 * self.workers - len(waiting)):
                waiting.append(self.pool.submit(work, task))
            if not waiting:
                return
            yield waiting.popleft().result()
            done = min(done + size, len(rows))
            self.release()
            if self.progress:
                self.progress(stage, done, len(rows))


def _hashes(texts: Texts, classes: Classes, limits: Hashes, rows: Rows) -> Hashes:
    """Hashes within limits, ``uint64[2]``, of the passages of some rows, each once a row."""
    sizes = texts.offsets[rows + 1] - texts.offsets[rows]
    found = np.empty(most_passages(int(sizes.sum())), np.uint64)
    bits = np.uint64(_BITS)
    used = _hash_rows(texts.data, texts.offsets, rows, classes, bits, limits, room_for(sizes), found)
    return found[:used].copy()


def _hits(texts: Texts, classes: Classes, frequent: Hashes, slots: Slots, rows: Rows) -> Rows:
    """Passages of some rows that have a frequent hash: its number, row, first byte, end, whether a paragraph."""
    sizes = texts.offsets[rows + 1] - texts.offsets[rows]
    found = np.empty((most_passages(int(sizes.sum())), 5), np.int64)
    bits = np.uint64(_BITS)
    used = _hit_rows(texts.data, texts.offsets, rows, classes, bits, frequent, slots, room_for(sizes), found)
    return found[:used].copy()


@compiled
def _hash_rows(
    data: Bytes,
    offsets: Rows,
    rows: Rows,
    classes: Classes,
    bits: np.uint64,
    limits: Hashes,
    room: Room,
    found: Hashes,
) -> int:
    hashes, used = room[3], 0
    for row in rows:
        count = cut(data, offsets[row], offsets[row + 1], classes, bits, room)
        before = used
        for at in range(count):
            if limits[0] <= hashes[at] <= limits[1]:
                found[used] = hashes[at]
                used += 1
        found[before:used].sort()
        used = before + _at_most(found[before:used], 1)
    return used


@compiled
def _hit_rows(
    data: Bytes,
    offsets: Rows,
    rows: Rows,
    classes: Classes,
    bits: np.uint64,
    frequent: Hashes,
    slots: Slots,
    room: Room,
    found: Rows,
) -> int:
    hashes, spans, used = room[3], room[4], 0
    for row in rows:
        count = cut(data, offsets[row], offsets[row + 1], classes, bits, room)
        for at in range(count):
            slot = _slot(hashes[at], frequent, slots)
            if slots[slot] != _NONE:
                found[used, 0], found[used, 1] = slots[slot], row
                found[used, 2:] = spans[at]
                used += 1
    return used


@compiled
def _at_most(hashes: Hashes, most: int) -> int:
    """Move sorted values to the front, each at most so many times; how many there are then."""
    used, run = 0, 0
    for at in range(len(hashes)):
        run = run + 1 if at and hashes[at] == hashes[at - 1] else 1
        if run <= most:
            hashes[used] = hashes[at]
            used += 1
    return used


@compiled
def _repeated(hashes: Hashes, least: int) -> int:
    """Move the sorted values that are there so many times to the front, once each; how many there are."""
    used, run = 0, 0
    for at in range(len(hashes)):
        run = run + 1 if at and hashes[at] == hashes[at - 1] else 1
        if run == least:
            hashes[used] = hashes[at]
            used += 1
    return used


@compiled
def _fill(frequent: Hashes, slots: Slots) -> None:
    for number in range(len(frequent)):
        slots[_slot(frequent[number], frequent, slots)] = number


@compiled
def _slot(value: int, frequent: Hashes, slots: Slots) -> int:
    """Where a hash is, or would be."""
    mask = len(slots) - 1
    at = np.int64(value & np.uint64(mask))
    while slots[at] != _NONE and frequent[slots[at]] != value:
        at = (at + 1) & mask
    return at  # type: ignore[return-value]


@compiled
def _tally(
    data: Bytes, hits: Rows, classes: Classes, room: Points, tallies: Rows, differs: npt.NDArray[np.bool_]
) -> None:
    """Count those of each hash that are, masked, like its first; mark the others.

    Args:
        data: ``uint8[]``.
        hits: ``int64[m, 5]``: `_hits`.
        classes: `code_point_classes`.
        room: ``uint32[3, s]``, for the longest passage so far.
        tallies: ``int64[k, 7]``: of each hash the first one's row, first byte, end and whether it is a paragraph;
            rows, times, and the last row so far.
        differs: ``bool[m]``.
    """
    for at in range(len(hits)):
        tally, row = tallies[hits[at, 0]], hits[at, 1]
        if not tally[5]:
            tally[:4] = hits[at, 1:]
        elif not same(data, tally[1], tally[2], hits[at, 2], hits[at, 3], classes, room):
            differs[at] = True
            continue
        tally[4] += not tally[5] or tally[6] != row
        tally[5] += 1
        tally[6] = row
