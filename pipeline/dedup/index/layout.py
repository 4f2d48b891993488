"""Where a segment's file holds what.

One file a segment, so that it appears and goes at once. Its parts, each at a multiple of 8 bytes, little-endian::

    mark        8 bytes
    entries     uint64[lists, n]      each list ascending: key << 32 | ordinal within the segment
    samples     uint64[lists, s]      every 512th entry, so that a look-up touches one page of entries
    sketches    uint64[n, words]      two bits a permutation
    texts       n frames of Zstandard, each with a checksum
    text_offsets  int64[n + 1]
    ids         UTF-8
    id_offsets  int64[n + 1]
"""

import sys
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
import numpy.typing as npt
import xxhash

from pipeline.dedup.index.parameters import Parameters

Part = Literal["entries", "samples", "sketches", "texts", "text_offsets", "ids", "id_offsets"]
PARTS: tuple[Part, ...] = (
    "entries",
    "samples",
    "sketches",
    "texts",
    "text_offsets",
    "ids",
    "id_offsets",
)
MARK = b"fanwen 1" if sys.byteorder == "little" else b"1 newnaf"
SAMPLE = 512
"""Entries between two samples: one page of 4,096 bytes."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the manifest says of a segment."""

    file: str
    documents: int
    texts: int
    """Bytes, compressed."""
    ids: int
    """Bytes."""
    checksum: str
    """XXH3, 64 bits, of the whole file."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part within the file, bytes."""

    start: int
    size: int

    @property
    def stop(self) -> int:
        """Where it ends."""
        return self.start + self.size


def spans(documents: int, texts: int, ids: int, parameters: Parameters) -> dict[Part, Span]:
    """The parts of a segment of so many documents, bytes of texts and bytes of ids, in the order of the file."""
    samples = -(-documents // SAMPLE)
    sizes: dict[Part, int] = {
        "entries": 8 * parameters.lists * documents,
        "samples": 8 * parameters.lists * samples,
        "sketches": 8 * parameters.words * documents,
        "texts": texts,
        "text_offsets": 8 * (documents + 1),
        "ids": ids,
        "id_offsets": 8 * (documents + 1),
    }
    at, found = len(MARK), {}
    for part in PARTS:
        found[part] = Span(at, sizes[part])
        at += -(-sizes[part] // 8) * 8
    return found


class Sink:
    """A segment's file while it is written, from its beginning to its end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = xxhash.xxh3_64()
        self._size = 0
        self.write(MARK)

    def write(self, data: bytes | npt.NDArray[np.generic]) -> None:
        """Append."""
        raw = data if isinstance(data, bytes) else np.ascontiguousarray(data).reshape(-1).view(np.uint8).data
        self._hash.update(raw)
        self._file.write(raw)
        self._size += len(raw)

    def end_part(self) -> None:
        """Fill up to where the next part begins."""
        self.write(bytes(-self._size % 8))

    def checksum(self) -> str:
        """Of all that has been written."""
        return self._hash.hexdigest()
