"""Passages of some hashes are counted text by text, each compared to the character with the first of its hash."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.exact import table_size
from pipeline.dedup.jit import compiled
from pipeline.dedup.passages.cut import Classes, Room, code_point_classes, cut, most_passages, room_for, same
from pipeline.dedup.passages.sentences import masked
from pipeline.dedup.shingles import Hashes, Points
from pipeline.dedup.texts import Bytes, Rows, Texts

Slots = npt.NDArray[np.int32]

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
_NONE = -1


@dataclass(slots=True)
class Count:
    """Rows may be cut by any thread; what is found is added up in their order, so that the first is known."""

    texts: Texts
    frequent: Hashes
    """``uint64[k]``, distinct: passages of other hashes are left out."""
    bits: int
    """Those of a hash that are used."""
    _slots: Slots = field(init=False)
    _tallies: Rows = field(init=False)
    _others: dict[str, list[int]] = field(init=False, default_factory=dict)
    """Tallies of what is not like the first passage of its hash, as it is masked."""
    _longest: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        code_point_classes()  # threads that call `hits` at once would each work it out
        self._slots = np.full(table_size(len(self.frequent)), _NONE, np.int32)
        self._tallies = np.zeros((len(self.frequent), 7), np.int64)
        _fill(self.frequent, self._slots)

    def hits(self, rows: Rows) -> Rows:
        """Passages of some rows that have one of the hashes, for `add`; several threads may ask at once.

        Returns:
            ``int64[m, 5]``: number of the hash, row, first byte, end, whether a paragraph.
        """
        sizes = self.texts.offsets[rows + 1] - self.texts.offsets[rows]
        found = np.empty((most_passages(int(sizes.sum())), 5), np.int64)
        data, offsets, classes = self.texts.data, self.texts.offsets, code_point_classes()
        bits, room = np.uint64(self.bits), room_for(sizes)
        used = _hit_rows(data, offsets, rows, classes, bits, self.frequent, self._slots, room, found)
        return found[:used].copy()

    def add(self, hits: Rows) -> None:
        """Count them; all of a row come at once, and rows in the order that makes an occurrence the first."""
        self._longest = max(self._longest, int((hits[:, 3] - hits[:, 2]).max(initial=0)))
        room, differs = np.empty((3, self._longest), np.uint32), np.zeros(len(hits), np.bool_)
        _tally(self.texts.data, hits, code_point_classes(), room, self._tallies, differs)
        for _, row, start, end, kind in hits[differs].tolist():
            key = masked(_decoded(self.texts, start, end))
            tally = self._others.setdefault(key, [row, start, end, kind, 0, 0, _NONE])
            tally[4:] = [tally[4] + (tally[6] != row), tally[5] + 1, row]

    def found(self, least: int) -> Rows:
        """Passages that so many rows have, ``int64[k, 7]``.

        Of the first occurrence row, first byte, end and whether it is a paragraph; rows, times, and the last row.
        """
        apart = np.array([*self._others.values()], np.int64).reshape(-1, 7)
        return np.concatenate([some[some[:, 4] >= least] for some in (self._tallies, apart)])


def described(texts: Texts, found: Rows, ids: Callable[[Rows], pa.Array]) -> pa.Table:
    """What `Count.found` gives, as `SCHEMA` has it; ``ids`` gives the ids of some rows."""
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
    return pa.table(columns, schema=SCHEMA)


def _decoded(texts: Texts, start: int, end: int) -> str:
    return texts.data[start:end].tobytes().decode()


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
        hits: ``int64[m, 5]``: `Count.hits`.
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
