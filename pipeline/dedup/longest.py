"""The longest run of characters that two texts have in common, exactly.

A quotation of three sentences and a chance likeness can have the same containment; the longest common run tells
them apart. It is read off a suffix automaton (Blumer et al., "The smallest automaton recognizing the subwords of a
text", 1985), which is made of the left text once for all pairs in a row that share it: no length is guessed, nothing
is compared by hash alone, and a text of n characters costs O(n) whatever it says.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from pipeline.dedup.exact import table_size
from pipeline.dedup.jit import compiled
from pipeline.dedup.shingles import Hashes, Points, code_points
from pipeline.dedup.texts import Bytes, Rows, Texts

Links = npt.NDArray[np.int32]

_BLOCK = 1 << 9
"""Pairs that one thread takes at a time."""
_NONE = -1
_LENGTH, _SUFFIX, _FIRST = 0, 1, 2
"""Of a state: characters of its longest string, the state of its longest suffix that is another, its last edge."""
_TO, _NEXT = 0, 1
"""Of an edge: the state it leads to, the slot of the edge that its state got before."""
_GOLDEN = 0x9E3779B97F4A7C15
_POINT_BITS = 21


def longest_runs(texts: Texts, left: Rows, right: Rows, workers: int = 1) -> Rows:
    """Code points of the longest string that both texts of a pair contain.

    Each thread has room for texts as long as the longest among the pairs in its hand, at most 300 bytes a byte, of
    which Chinese texts use a third.

    Args:
        texts: all texts.
        left: ``int64[m]``; pairs that share it are best given together.
        right: ``int64[m]``.
        workers: threads, of which the result does not depend.

    Returns:
        ``int64[m]``.

    Raises:
        ValueError: ``left`` and ``right`` differ in length, or there is no worker.
    """
    if len(left) != len(right):
        raise ValueError("left and right must have one row a pair")
    result = np.zeros(len(left), np.int64)

    def block(start: int) -> None:
        pairs = slice(start, start + _BLOCK)
        _block(texts, left[pairs], right[pairs], result[pairs])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(block, range(0, len(left), _BLOCK)))
    return result


def _block(texts: Texts, left: Rows, right: Rows, result: Rows) -> None:
    sizes = texts.sizes()
    longest_left = int(sizes[left].max())
    points = np.empty(max(longest_left, int(sizes[right].max())), np.uint32)
    edges = table_size(_most_edges(longest_left))
    _longest_runs(
        texts.data, texts.offsets, left, right, points, np.empty((3, _most_states(longest_left)), np.int32),
        np.empty(edges, np.uint64), np.empty((2, edges), np.int32), result,
    )  # fmt: skip


@compiled
def _most_states(size: int) -> int:
    return max(2 * size, 2)


@compiled
def _most_edges(size: int) -> int:
    return max(3 * size, 3)


@compiled
def _longest_runs(
    data: Bytes,
    offsets: Rows,
    left: Rows,
    right: Rows,
    points: Points,
    states: Links,
    labels: Hashes,
    edges: Links,
    result: Rows,
) -> None:
    centre, shift = -1, 0
    for pair in range(len(left)):
        row = left[pair]
        if row != centre:
            length = code_points(data, offsets[row], offsets[row + 1], points)
            shift = automaton(points, length, states, labels, edges)
            centre = row
        row = right[pair]
        length = code_points(data, offsets[row], offsets[row + 1], points)
        result[pair] = longest_match(points, length, states, labels, edges, shift)


@compiled
def automaton(points: Points, length: int, states: Links, labels: Hashes, edges: Links) -> int:
    """Make the automaton of all strings that a text contains; the shift that `longest_match` finds its edges by.

    Edges stand in a hash table under their state and character, both of which are compared, and each state's
    are linked, so that a state can be split without looking for them.

    Args:
        points: ``uint32[]``, of which the first ``length`` are the text's.
        length: see above.
        states: ``int32[3, 2 * length]`` or more, overwritten.
        labels: ``uint64[s]``, where s is `table_size` of ``3 * length`` or more; overwritten.
        edges: ``int32[2, s]``, overwritten.
    """
    shift = _clear(length, labels)
    states[_LENGTH, 0], states[_SUFFIX, 0], states[_FIRST, 0] = 0, _NONE, _NONE
    last, used = 0, 1
    for at in range(length):
        point = points[at]
        new, used = used, used + 1
        states[_LENGTH, new], states[_FIRST, new] = at + 1, _NONE
        state, slot = last, _slot(last, point, labels, shift)
        while state != _NONE and not labels[slot]:
            _add_edge(state, point, new, slot, states, labels, edges)
            state = states[_SUFFIX, state]
            if state != _NONE:
                slot = _slot(state, point, labels, shift)
        last = new
        if state == _NONE:
            states[_SUFFIX, new] = 0
            continue
        below = edges[_TO, slot]
        if states[_LENGTH, below] != states[_LENGTH, state] + 1:
            _split(state, slot, point, used, states, labels, edges, shift)
            below, used = used, used + 1
        states[_SUFFIX, new] = below
    return shift


@compiled
def longest_match(
    points: Points, length: int, states: Links, labels: Hashes, edges: Links, shift: int
) -> int:
    """Characters of the longest string of a text that the automaton knows.

    Args:
        points: ``uint32[]``, of which the first ``length`` are the text's.
        length: see above.
        states: as `automaton` has left it.
        labels: likewise.
        edges: likewise.
        shift: what `automaton` returned.
    """
    state, run, longest = 0, 0, 0
    for at in range(length):
        slot = _slot(state, points[at], labels, shift)
        while state and not labels[slot]:
            state = states[_SUFFIX, state]
            run = states[_LENGTH, state]
            slot = _slot(state, points[at], labels, shift)
        if labels[slot]:
            state = edges[_TO, slot]
            run += 1
            longest = max(longest, run)
    return longest


@compiled
def _clear(length: int, labels: Hashes) -> int:
    """Empty as much of the table as a text of so many characters needs; by how much its hashes are shifted."""
    size, shift = 16, 60
    while size < 2 * _most_edges(length):
        size *= 2
        shift -= 1
    labels[:size] = 0
    return shift


@compiled
def _label(state: int, point: int) -> int:
    return np.uint64(state + 1) << np.uint64(_POINT_BITS) | np.uint64(point)  # type: ignore[return-value]


@compiled
def _slot(state: int, point: int, labels: Hashes, shift: int) -> int:
    """Where a state's edge of a character stands, or a free slot for it."""
    label = np.uint64(_label(state, point))
    mask = (1 << (64 - shift)) - 1
    at = np.int64((label * np.uint64(_GOLDEN)) >> np.uint64(shift))
    while labels[at] and labels[at] != label:
        at = (at + 1) & mask
    return at  # type: ignore[return-value]


@compiled
def _add_edge(
    state: int, point: int, target: int, slot: int, states: Links, labels: Hashes, edges: Links
) -> None:
    labels[slot] = _label(state, point)
    edges[_TO, slot], edges[_NEXT, slot] = target, states[_FIRST, state]
    states[_FIRST, state] = slot


@compiled
def _split(
    state: int, slot: int, point: int, twin: int, states: Links, labels: Hashes, edges: Links, shift: int
) -> None:
    """Give the shorter strings of the state behind an edge, which now end in one more place, a state of their own."""
    below = edges[_TO, slot]
    states[_LENGTH, twin], states[_FIRST, twin] = states[_LENGTH, state] + 1, _NONE
    states[_SUFFIX, twin], states[_SUFFIX, below] = states[_SUFFIX, below], twin
    edge = states[_FIRST, below]
    while edge != _NONE:
        char = labels[edge] & np.uint64((1 << _POINT_BITS) - 1)
        _add_edge(twin, char, edges[_TO, edge], _slot(twin, char, labels, shift), states, labels, edges)
        edge = edges[_NEXT, edge]
    while state != _NONE and labels[slot] and edges[_TO, slot] == below:
        edges[_TO, slot] = twin
        state = states[_SUFFIX, state]
        if state != _NONE:
            slot = _slot(state, point, labels, shift)
