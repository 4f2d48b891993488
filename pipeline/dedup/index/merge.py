"""When segments are merged: as soon as eight of about one size lie side by side.

A document is written again once for each eightfold growth of the index, and a look-up opens at most seven
segments a size.
"""

from collections.abc import Sequence

FANOUT = 8
_SMALL = 14
"""Bits of the number of documents up to which sizes make no difference."""
_MOST = 1 << 32
"""Ordinals within a segment have 32 bits."""


def due(documents: Sequence[int], fanout: int = FANOUT) -> int | None:
    """The first of the segments at the end that are to become one; nothing if all may stay as they are.

    Args:
        documents: of each segment, in order.
        fanout: segments of one size that are one too many.
    """
    sizes = [_size(count) for count in documents]
    for size in sorted(set(sizes)):
        larger = [place for place, other in enumerate(sizes) if other > size]
        tail = range(larger[-1] + 1 if larger else 0, len(sizes))
        alike = [place for place in tail if sizes[place] == size]
        if len(alike) >= fanout and sum(documents[alike[0] :]) < _MOST:
            return alike[0]
    return None


def _size(documents: int) -> int:
    """Each is up to eight times the one before."""
    return max(documents.bit_length() - _SMALL + 2, 0) // 3
