"""Texts cut into passages, masked and hashed in compiled code; `pipeline.dedup.passages.sentences` has the rules."""

import functools
import unicodedata
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.dedup.jit import compiled
from pipeline.dedup.passages.sentences import CLOSING, MARKS
from pipeline.dedup.shingles import Hashes, Points, code_points
from pipeline.dedup.texts import Bytes, Rows

Classes = npt.NDArray[np.uint8]
Room: TypeAlias = tuple[Points, Points, Rows, Hashes, Rows]
"""For one text: code points, masked ones, where each begins; hashes of passages, their places ``int64[, 3]``."""

SHORTEST = 8
"""Characters of the shortest passage that is counted, masked."""
ALL_BITS = (1 << 64) - 1
"""All bits of a hash; tests use fewer, for passages of one hash."""
_FACTOR = 0x9E3779B97F4A7C15
_LINE_END = ord("\n")
_COUNTED, _SPACE, _DIGIT, _MARK, _CLOSES, _STOP = (1 << bit for bit in range(6))


def room_for(sizes: Rows) -> Room:
    """Room for the longest of some texts, whose sizes are in bytes."""
    longest = int(sizes.max(initial=0))
    most = most_passages(longest)
    points, counted = np.empty((2, longest), np.uint32)
    places, spans = np.empty(longest + 1, np.int64), np.empty((most, 3), np.int64)
    return points, counted, places, np.empty(most, np.uint64), spans


def most_passages(size: int) -> int:
    """Passages that so many bytes can have: sentences do not overlap, nor do paragraphs."""
    return 2 * size // SHORTEST


@functools.cache
def code_point_classes() -> Classes:
    """What each code point is, ``uint8[0x110000]``."""
    every = [chr(point) for point in range(0x110000)]
    categories = np.frombuffer("".join(map(unicodedata.category, every)).encode(), np.uint8)[::2]
    table = np.isin(categories, list(b"LMN")) * np.uint8(_COUNTED)
    table |= np.fromiter(map(str.isspace, every), np.bool_) * np.uint8(_SPACE)
    table |= np.fromiter(map(str.isdecimal, every), np.bool_) * np.uint8(_DIGIT)
    for characters, kind in ((MARKS, _MARK), (CLOSING, _CLOSES), (".", _STOP)):
        table[list(map(ord, characters))] |= kind
    return table


@compiled
def cut(data: Bytes, start: int, end: int, classes: Classes, bits: np.uint64, room: Room) -> int:
    """Passages of one text, line by line: the first of ``room``'s hashes and places; their number.

    Args:
        data: ``uint8[]``, of which ``[start, end)`` is the text, valid UTF-8.
        start: see above.
        end: see above.
        classes: `code_point_classes`.
        bits: those of a hash that are used.
        room: `room_for` the text; of each passage it gets the hash, and the first byte, end and whether a paragraph.
    """
    points, places = room[0], room[2]
    count = code_points(data, start, end, points)
    places[0] = start
    for at in range(count):
        point = points[at]
        places[at + 1] = places[at] + 1 + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000)
    found, line = 0, 0
    while line < count:
        stop = line
        while stop < count and points[stop] != _LINE_END:
            stop += 1
        at, several = line, 0
        while at < stop:
            after = _sentence_end(points, at, stop, classes)
            size = _note(at, after, classes, bits, room, found, False)
            found += size >= SHORTEST
            several += size > 0
            at = after
        if several > 1:
            size = _note(line, stop, classes, bits, room, found, True)
            found += size >= SHORTEST
        line = stop + 1
    return found


@compiled
def _sentence_end(points: Points, at: int, stop: int, classes: Classes) -> int:
    while at < stop:
        kind = classes[points[at]]
        if kind & (_MARK | _STOP):
            behind = _CLOSES | (kind & _MARK)
            after = at + 1
            while after < stop and classes[points[after]] & behind:
                after += 1
            if kind & _MARK or after == stop or classes[points[after]] & _SPACE:
                return after
        at += 1
    return stop


@compiled
def _note(
    start: int, end: int, classes: Classes, bits: np.uint64, room: Room, found: int, paragraph: bool
) -> int:
    """Put a passage down, less the white space around it, unless it is too short; its characters, masked."""
    points, counted, places, hashes, spans = room
    size = _mask(points, start, end, classes, counted)
    if size >= SHORTEST:
        while classes[points[start]] & _SPACE:
            start += 1
        while classes[points[end - 1]] & _SPACE:
            end -= 1
        hashes[found] = _hash(counted, size) & bits
        spans[found, 0], spans[found, 1], spans[found, 2] = places[start], places[end], paragraph
    return size


@compiled
def _mask(points: Points, start: int, end: int, classes: Classes, counted: Points) -> int:
    """`masked`: the first values of ``counted``; their number."""
    while start < end and not classes[points[start]] & _COUNTED:
        start += 1
    while end > start and not classes[points[end - 1]] & _COUNTED:
        end -= 1
    size, before = 0, 0
    for at in range(start, end):
        point = points[at]
        run = classes[point] & (_SPACE | _DIGIT)
        if not run or run != before:
            counted[size] = 32 if run & _SPACE else 48 if run else point
            size += 1
        before = run
    return size


@compiled
def _hash(counted: Points, size: int) -> int:
    """A polynomial over the code points, then MurmurHash3's 64-bit finalizer, for ranges of even size."""
    value = np.uint64(size)
    for at in range(size):
        value = (value + np.uint64(counted[at])) * np.uint64(_FACTOR)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))  # type: ignore[return-value]


@compiled
def same(data: Bytes, start: int, end: int, other: int, stop: int, classes: Classes, room: Points) -> bool:
    """Whether two passages are masked alike; room is ``uint32[3, s]`` for the longer one's bytes."""
    at = 0
    while at < end - start and at < stop - other and data[start + at] == data[other + at]:
        at += 1
    if at == end - start == stop - other:
        return True
    size = _mask(room[0], 0, code_points(data, start, end, room[0]), classes, room[1])
    if size != _mask(room[0], 0, code_points(data, other, stop, room[0]), classes, room[2]):
        return False
    return bool(np.array_equal(room[1, :size], room[2, :size]))
