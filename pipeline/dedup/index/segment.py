"""One segment, read where it lies: nothing is loaded whole, and what was looked at leaves the process again.

Its file is mapped, so it stays readable after it has been deleted. Readahead is off, since a look-up touches
pages far apart; they are asked for together before they are read, so that a cold disk works on all of them at
once. Mapped pages count as memory of the process; they are given back, window by window (the kernel keeps them
cached as long as it likes).
"""

import itertools
import mmap
import os
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xxhash
import zstandard

from pipeline.dedup.index.layout import MARK, Part, Record, spans
from pipeline.dedup.index.parameters import Parameters
from pipeline.dedup.shingles import Hashes
from pipeline.dedup.texts import Rows
from pipeline.errors import InputError

WINDOW = 1 << 21
"""Bytes of a file looked at before they are given back."""
_GAP = 1 << 14
_READ = 1 << 20
_AROUND = 1 << 20
"""Bytes on either side that the kernel may map with a page, as they are cached in one piece."""


class Segment:
    """A file of `pipeline.dedup.index.layout`, open.

    Raises:
        FileNotFoundError: it is gone, as after a merge.
        InputError: it cannot be read, or is not of the size it was written with.
    """

    def __init__(self, folder: Path, record: Record, first: int, parameters: Parameters) -> None:
        self.record = record
        self.first = first
        """Ordinal of its first document."""
        self.parts = spans(record.documents, record.texts, record.ids, parameters)
        self._path = folder / record.file
        self._file, self._map = _mapped(self._path)
        weakref.finalize(self, os.close, self._file)
        if len(self._map) != self.parts["id_offsets"].stop or self._map[: len(MARK)] != MARK:
            raise self.damaged("cut short or not a segment")
        self.entries: Hashes = self._words("entries").reshape(parameters.lists, -1)
        """``uint64[lists, n]``."""
        self.samples: Hashes = self._words("samples").reshape(parameters.lists, -1)
        """``uint64[lists, ceil(n / SAMPLE)]``."""
        self.sketches: Hashes = self._words("sketches").reshape(-1, parameters.words)
        """``uint64[n, words]``."""

    def __len__(self) -> int:
        return self.record.documents

    def damaged(self, what: str) -> InputError:
        """The error to raise where its contents cannot be."""
        return InputError(f"{self._path}: damaged: {what}")

    def texts(self, ordinals: Rows) -> list[bytes]:
        """UTF-8 of some documents, ``int64[m]`` ascending ordinals within the segment.

        Raises:
            InputError: damaged.
        """
        decompress = zstandard.ZstdDecompressor().decompress
        try:
            return [decompress(frame) for frame in self._values("texts", "text_offsets", ordinals)]
        except (zstandard.ZstdError, MemoryError) as error:
            raise self.damaged(f"a text: {error}") from error

    def ids(self, ordinals: Rows) -> list[str]:
        """Ids of some documents, ``int64[m]`` ascending ordinals within the segment.

        Raises:
            InputError: damaged.
        """
        try:
            return [str(value, "utf-8") for value in self._values("ids", "id_offsets", ordinals)]
        except UnicodeDecodeError as error:
            raise self.damaged(f"an id: {error}") from error

    def offsets(self, part: Part) -> Rows:
        """``int64[n + 1]``: mapped, and so to be released."""
        return self._words(part).view(np.int64)

    def blocks(self, part: Part, size: int = WINDOW) -> Iterator[bytes]:
        """A part from its beginning to its end."""
        span = self.parts[part]
        for start in range(span.start, span.stop, size):
            yield os.pread(self._file, min(size, span.stop - start), start)

    def check(self) -> None:
        """Read it whole.

        Raises:
            InputError: it is not what was written.
        """
        checksum, at = xxhash.xxh3_64(), 0
        while block := os.pread(self._file, WINDOW, at):
            checksum.update(block)
            at += len(block)
        if checksum.hexdigest() != self.record.checksum:
            raise self.damaged("its checksum is another")

    def prefetch(self, part: Part, starts: Rows, stops: Rows) -> None:
        """Have pages read that will be looked at: from each of the ascending starts in a part to its stop."""
        base = self.parts[part].start
        new = np.flatnonzero(starts[1:] > stops[:-1] + _GAP) + 1
        firsts, lasts = base + starts[np.append(0, new)], base + stops[np.append(new - 1, -1)]
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
            for start in range(first, last, _READ):  # the kernel reads no more than so much at a request
                os.posix_fadvise(self._file, start, min(_READ, last - start), os.POSIX_FADV_WILLNEED)

    def release(self, part: Part, start: int, stop: int) -> None:
        """Give back the pages of some bytes of a part, and those around them that came with them."""
        first = max(self.parts[part].start + start - _AROUND, 0) // mmap.PAGESIZE * mmap.PAGESIZE
        last = min(self.parts[part].start + stop + _AROUND, len(self._map))
        if first < last:
            self._map.madvise(mmap.MADV_DONTNEED, first, last - first)

    def _words(self, part: Part) -> Hashes:
        span = self.parts[part]
        return np.frombuffer(self._map, np.uint64, span.size // 8, span.start)

    def _values(self, part: Part, offsets: Part, ordinals: Rows) -> Iterator[bytes]:
        """Values of a part whose starts and ends are in another."""
        whole, base = self.offsets(offsets), self.parts[part].start
        for window in windows(ordinals * 8):
            wanted = ordinals[window]
            self.prefetch(offsets, wanted * 8, wanted * 8 + 16)
            starts, stops = whole[wanted], whole[wanted + 1]
            self.release(offsets, int(wanted[0]) * 8, int(wanted[-1]) * 8 + 16)
            if (starts < 0).any() or (starts > stops).any() or (stops > self.parts[part].size).any():
                raise self.damaged(f"{offsets} are out of range")
            self.prefetch(part, starts, stops)
            for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
                yield os.pread(self._file, stop - start, base + start)


def windows(positions: Rows) -> Iterator[slice]:
    """Cut ascending positions in a part, bytes, so that each slice spans at most `WINDOW`."""
    if len(positions):
        number = positions // WINDOW
        cuts = np.flatnonzero(number[1:] != number[:-1]) + 1
        edges = [0, *cuts.tolist(), len(positions)]
        yield from (slice(start, stop) for start, stop in itertools.pairwise(edges))


def _mapped(path: Path) -> tuple[int, mmap.mmap]:
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        mapped = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
        mapped.madvise(mmap.MADV_RANDOM)
    except (OSError, ValueError) as error:  # ValueError: empty
        os.close(file)
        raise InputError(f"{path}: damaged: {error}") from error
    return file, mapped
