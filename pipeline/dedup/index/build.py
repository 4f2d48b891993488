"""Segments written from their beginning to their end: of a batch, or of other segments."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zstandard

from pipeline.dedup.exact import Digests
from pipeline.dedup.index.keys import HALF, packed, sorted_entries
from pipeline.dedup.index.layout import SAMPLE, Part, Record, Sink
from pipeline.dedup.index.parameters import Parameters
from pipeline.dedup.index.segment import Segment
from pipeline.dedup.minhash import Signatures
from pipeline.dedup.shingles import Hashes
from pipeline.dedup.texts import Rows, Texts
from pipeline.io import atomic_file

LEVEL = 3
"""Of compression."""
_CHUNK = 1 << 14
"""Documents prepared at a time."""
_ENTRIES = 1 << 20
"""Entries merged at a time."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents to be kept, in the order of ``rows``."""

    texts: Texts
    digests: Digests
    """``uint64[n, 2]``."""
    signatures: Signatures
    """``uint32[n, num_perm]``."""
    rows: Rows
    """``int64[m]``: which of them."""
    ids: Texts
    """Of these only, m."""


def write_batch(path: Path, batch: Batch, parameters: Parameters) -> Record:
    """A segment of new documents.

    Raises:
        OutputError: the disk is full, or the folder cannot be written.
    """
    with atomic_file(path) as file:
        sink = Sink(file)
        samples = []
        for number in range(parameters.lists):
            entries = sorted_entries(batch.signatures, batch.digests, batch.rows, number, parameters)
            sink.write(entries)
            samples.append(entries[::SAMPLE])
        sink.write(np.concatenate(samples))
        for start in range(0, len(batch.rows), _CHUNK):
            chunk = batch.rows[start : start + _CHUNK]
            sink.write(packed(batch.signatures, chunk, parameters.words))
        text_offsets = _write_texts(sink, batch)
        id_offsets = batch.ids.offsets - batch.ids.offsets[0]
        sink.write(batch.ids.data[batch.ids.offsets[0] : batch.ids.offsets[-1]])
        sink.end_part()
        sink.write(id_offsets)
        return Record(path.name, len(batch.rows), int(text_offsets[-1]), int(id_offsets[-1]), sink.checksum())


def write_merged(path: Path, segments: Sequence[Segment], parameters: Parameters) -> Record:
    """A segment of all documents of others, whose ordinals follow each other.

    Memory does not grow with them, but for the largest bucket, which is held whole.

    Raises:
        InputError: one is damaged.
        OutputError: the disk is full, or the folder cannot be written.
    """
    for segment in segments:
        segment.check()
    with atomic_file(path) as file:
        sink = Sink(file)
        samples = []
        for number in range(parameters.lists):
            done = 0
            for entries in _merged_entries(segments, number):
                sink.write(entries)
                samples.append(entries[-done % SAMPLE :: SAMPLE])
                done += len(entries)
        sink.write(np.concatenate(samples))
        _copy(sink, segments, "sketches")
        _copy(sink, segments, "texts")
        text_bytes = _write_offsets(sink, segments, "text_offsets")
        _copy(sink, segments, "ids")
        id_bytes = _write_offsets(sink, segments, "id_offsets")
        return Record(path.name, sum(map(len, segments)), text_bytes, id_bytes, sink.checksum())


def _write_texts(sink: Sink, batch: Batch) -> Rows:
    compress = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress
    offsets = np.zeros(len(batch.rows) + 1, np.int64)
    data, starts, stops = batch.texts.data, batch.texts.offsets[:-1], batch.texts.offsets[1:]
    for at in range(0, len(batch.rows), _CHUNK):
        rows = batch.rows[at : at + _CHUNK]
        bounds = zip(starts[rows].tolist(), stops[rows].tolist(), strict=True)
        frames = [compress(data[start:stop].data) for start, stop in bounds]
        offsets[at + 1 : at + 1 + len(rows)] = [len(frame) for frame in frames]
        sink.write(b"".join(frames))
    np.cumsum(offsets, out=offsets)
    sink.end_part()
    sink.write(offsets)
    return offsets


def _merged_entries(segments: Sequence[Segment], number: int) -> Iterator[Hashes]:
    """One list of all segments, in ranges of keys that are small enough to be sorted at once."""
    shifts = np.cumsum([0, *map(len, segments)])
    count = -(-int(shifts[-1]) // _ENTRIES)
    edges = (np.arange(1, count, dtype=np.uint64) << HALF) // np.uint64(count) << HALF
    cuts = [
        [0, *np.searchsorted(segment.entries[number], edges).tolist(), len(segment)] for segment in segments
    ]
    for part in range(count):
        pieces = []
        for segment, shift, cut in zip(segments, shifts, cuts, strict=False):
            pieces.append(segment.entries[number, cut[part] : cut[part + 1]] + np.uint64(shift))
            start = 8 * number * len(segment)
            segment.release("entries", start + 8 * cut[part], start + 8 * cut[part + 1])
        entries = np.concatenate(pieces)
        entries.sort()
        yield entries


def _copy(sink: Sink, segments: Sequence[Segment], part: Part) -> None:
    for block in itertools.chain.from_iterable(segment.blocks(part) for segment in segments):
        sink.write(block)
    sink.end_part()


def _write_offsets(sink: Sink, segments: Sequence[Segment], part: Part) -> int:
    """Offsets of the joined part; its size."""
    sink.write(np.zeros(1, np.int64))
    base = 0
    for segment in segments:
        offsets = segment.offsets(part)
        for start in range(1, len(offsets), _ENTRIES):
            sink.write(offsets[start : start + _ENTRIES] + base)
            segment.release(part, 8 * start, 8 * (start + _ENTRIES))
        base += int(offsets[-1])
    return base
