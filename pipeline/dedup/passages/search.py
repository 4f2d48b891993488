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
import pyarrow as pa

from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import Progress
from pipeline.dedup.passages.count import Count, described
from pipeline.dedup.passages.cut import (
    ALL_BITS,
    Classes,
    Room,
    code_point_classes,
    cut,
    most_passages,
    room_for,
)
from pipeline.dedup.shingles import Hashes
from pipeline.dedup.texts import Bytes, Rows, Texts

T = TypeVar("T")

_LAST_HASH = ALL_BITS
_TASK_ROWS, _TASK_BYTES = 1024, 1 << 23
_HASH_BYTES, _FREQUENT_BYTES = 16, 88
"""What a hash takes while the frequent ones are looked for, and a frequent one while it is counted."""
_BITS = ALL_BITS
"""Bits of the hash that are used."""


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
    order = [("clusters", "descending"), ("characters", "descending"), ("masked", "ascending")]
    return described(texts, np.concatenate(found), ids).sort_by(order)


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
        work = functools.partial(row_hashes, self.texts, code_point_classes(), _BITS, limits)
        for found, _ in self._done("passages", work):
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
        """The passages of some hashes that enough rows have: `Count.found`."""
        count = Count(self.texts, frequent, _BITS)
        for hits in self._done("frequent passages", count.hits):
            count.add(hits)
        return count.found(self.least)

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


def row_hashes(texts: Texts, classes: Classes, bits: int, limits: Hashes, rows: Rows) -> tuple[Hashes, Rows]:
    """What tells which passages may be frequent, without them.

    Args:
        texts: all texts.
        classes: `code_point_classes`.
        bits: those of a hash that are used.
        limits: ``uint64[2]``: the first hash and the last that are wanted.
        rows: ``int64[m]``: which texts.

    Returns:
        ``uint64[k]``, hashes of passages, each once a row, row by row and ascending within; ``int64[m]``, where those
        of each row end.
    """
    sizes = texts.offsets[rows + 1] - texts.offsets[rows]
    found, ends = np.empty(most_passages(int(sizes.sum())), np.uint64), np.empty(len(rows), np.int64)
    room = room_for(sizes)
    _hash_rows(texts.data, texts.offsets, rows, classes, np.uint64(bits), limits, room, found, ends)
    return found[: ends.max(initial=0)].copy(), ends


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
    ends: Rows,
) -> None:
    hashes, used = room[3], 0
    for number in range(len(rows)):
        row = rows[number]
        count = cut(data, offsets[row], offsets[row + 1], classes, bits, room)
        before = used
        for at in range(count):
            if limits[0] <= hashes[at] <= limits[1]:
                found[used] = hashes[at]
                used += 1
        found[before:used].sort()
        used = before + _at_most(found[before:used], 1)
        ends[number] = used


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
