"""A batch as it is looked up: all that is needed of it but the texts, and what has been found."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pipeline.dedup.exact import Digests
from pipeline.dedup.index.keys import fill_entries, packed
from pipeline.dedup.index.parameters import Parameters
from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import EMPTY, Signatures
from pipeline.dedup.shingles import Hashes
from pipeline.dedup.texts import Bytes, Rows, Texts
from pipeline.dedup.verify import Shares

NONE = np.iinfo(np.int64).max
_CHUNK = 1 << 14
"""Rows read at a time."""


@dataclass(slots=True)
class Queries:
    """A batch, and what is found for it."""

    texts: Texts
    rows: Rows
    """``int64[q]``: a query's row."""
    parameters: Parameters
    entries: Hashes
    """``uint64[lists, q]``: sorted, the query in the lower half."""
    sketches: Hashes
    """``uint64[q, words]``."""
    ordinal: Rows
    """``int64[q]``: of the match; `NONE` as long as there is none."""
    jaccard: Shares
    """``float64[q]``."""
    work: Rows = field(default_factory=lambda: np.zeros(2, np.int64))
    """``int64[2]``: pairs compared by sketch, pairs compared on their texts."""

    release: Callable[[], None] = lambda: None
    """Called when pages of the batch that have been read may be given back."""

    @classmethod
    def of(
        cls,
        texts: Texts,
        digests: Digests,
        signatures: Signatures,
        rows: Rows,
        parameters: Parameters,
        release: Callable[[], None],
    ) -> "Queries":
        """Nothing is found yet."""
        entries = np.empty((parameters.lists, len(rows)), np.uint64)
        sketches = np.empty((len(rows), parameters.words), np.uint64)
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            for number in range(parameters.lists):
                part = entries[number, start : start + _CHUNK]
                fill_entries(signatures, digests, chunk, number, parameters, part)
                part += np.uint64(start)
            sketches[start : start + _CHUNK] = packed(signatures, chunk, parameters.words)
            release()
        entries.sort(axis=1)
        plain = Texts(texts.data.view(np.ndarray), texts.offsets.view(np.ndarray))
        return cls(
            plain, rows, parameters, entries, sketches, np.full(len(rows), NONE), np.zeros(len(rows)),
            release=release,
        )  # fmt: skip


def taken(texts: Texts, rows: Rows) -> Texts:
    """A copy of some texts."""
    offsets = np.append(0, np.cumsum(texts.offsets[rows + 1] - texts.offsets[rows]))
    data = np.empty(offsets[-1], np.uint8)
    _copy(texts.data, texts.offsets, rows, data)
    return Texts(data, offsets)


def rows_with_tokens(
    texts: Texts, signatures: Signatures, rows: Rows, release: Callable[[], None] = lambda: None
) -> Rows:
    """Those of some rows, in their order, whose text has a token: all others repeat nothing."""
    kept = []
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        empty = (signatures[chunk, :2] == EMPTY).all(axis=1)
        kept.append(chunk[~empty & (texts.offsets[chunk + 1] > texts.offsets[chunk])])
        release()
    return np.concatenate(kept) if kept else rows


@compiled
def _copy(data: Bytes, offsets: Rows, rows: Rows, out: Bytes) -> None:
    at = 0
    for row in rows:
        size = offsets[row + 1] - offsets[row]
        out[at : at + size] = data[offsets[row] : offsets[row + 1]]
        at += size
