"""Identical texts, found before anything is compared, so that copies cost next to nothing."""

import itertools

import numpy as np
import numpy.typing as npt
import xxhash

from pipeline.dedup.jit import compiled
from pipeline.dedup.texts import Rows, Texts

Digests = npt.NDArray[np.uint64]
_NONE = -1


def content_digests(texts: Texts) -> Digests:
    """128 bits of XXH3 of each text's UTF-8 bytes, ``uint64[n, 2]``."""
    data = texts.data.data
    ends = texts.offsets.tolist()
    digests = b"".join(xxhash.xxh3_128_digest(data[start:end]) for start, end in itertools.pairwise(ends))
    return np.frombuffer(digests, ">u8").astype(np.uint64).reshape(-1, 2)


def first_copies(digests: Digests, order: Rows) -> Rows:
    """For each row the first row of the same content, "first" in the given order.

    Args:
        digests: ``uint64[n, 2]``.
        order: ``int64[n]``, all rows in the order in which they would be kept.

    Returns:
        ``int64[n]``.
    """
    first = np.empty(len(order), np.int64)
    slots = np.full(table_size(len(order)), _NONE, np.int64)
    _first_copies(digests, order, slots, first)
    return first


def table_size(entries: int) -> int:
    """Slots of a hash table that is at most half full: a power of two."""
    return 1 << max(4, (2 * entries - 1).bit_length())


@compiled
def _first_copies(digests: Digests, order: Rows, slots: Rows, first: Rows) -> None:
    mask = len(slots) - 1
    for row in order:
        at = np.int64(digests[row, 1] & np.uint64(mask))
        while slots[at] != _NONE and (
            digests[slots[at], 0] != digests[row, 0] or digests[slots[at], 1] != digests[row, 1]
        ):
            at = (at + 1) & mask
        if slots[at] == _NONE:
            slots[at] = row
        first[row] = slots[at]
