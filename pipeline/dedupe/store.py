"""Texts on their way from the files to the search: in memory while they fit, else on disk."""

import mmap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.dedup.near import prepare
from pipeline.dedup.texts import Rows, Texts, texts_of
from pipeline.dedupe.prepared import Preparation, Stored, common_type
from pipeline.dedupe.source import Facts, Part, Survey
from pipeline.dedupe.spool import Spool

_FIRST_BYTES = 1 << 20
_BYTES_A_ROW = 256
"""What a row takes in memory beside its text, signature, keys and links: ids, digests, what is decided of it."""


class Store:
    """Takes parts of the input, gives all rows.

    Args:
        how: how rows are prepared.
        memory: bytes that may be used; what does not fit goes to disk.
        survey: told of every part.
        parameters: all that what goes to disk depends on.
    """

    def __init__(self, how: Preparation, memory: int, survey: Survey, parameters: dict[str, object]) -> None:
        self._how, self._memory, self._survey, self._parameters = how, memory, survey, parameters
        self._texts = _Gathered()
        self._ids: list[pa.Array] = []
        self._by: list[pa.Array] = []
        self._facts: list[Facts] = []
        self._spool: Spool | None = None

    def resume(self, folder: Path) -> int:
        """Take up what an earlier run with the same parameters left in a folder; the rows it had prepared."""
        self._spool = Spool.found(folder, self._parameters, self._how)
        if self._spool is None:
            return 0
        self._spool.replay(self._survey)
        return self._spool.rows

    def add(self, part: Part, folder: Callable[[], Path]) -> None:
        """The next rows.

        Args:
            part: they themselves.
            folder: makes an empty folder for what does not fit into memory, when that is needed.

        Raises:
            OutputError: the disk is full, or cannot be written.
        """
        self._survey.add(part.facts)
        if self._spool is None and self._needs(part) > self._memory:
            self._spool = self._spilt(Spool.new(folder(), self._parameters, self._how))
        texts = texts_of(part.texts)
        if self._spool is not None:
            self._spool.add(texts, part.ids, part.by, part.facts)
            return
        self._texts.add(texts)
        self._ids.append(part.ids.cast(pa.large_string()))
        self._by.append(part.by)
        self._facts.append(part.facts)

    def finish(self) -> Stored:
        """All rows that were added."""
        if self._spool is not None:
            return self._spool.finish(self._memory)
        how = self._how
        sketched, visit = prepare(
            self._texts.texts(),
            how.wanted,
            keep=how.keep,
            order=common_type(self._by),
            workers=how.workers,
            progress=how.progress,
        )
        return Stored(sketched, visit, pa.chunked_array(self._ids, pa.large_string()), None)

    def _needs(self, part: Part) -> int:
        """Bytes that all rows so far take with a further part."""
        rows = sum(map(len, self._texts.sizes)) + len(part.texts)
        sketch, bands = self._how.wanted.sketch, self._how.wanted.bands
        row = 4 * sketch.num_perm + 12 * bands.bands + _BYTES_A_ROW
        return self._texts.used + int(part.texts.nbytes) + rows * row

    def _spilt(self, spool: Spool) -> Spool:
        """What is in memory goes to disk, as the parts that it came in."""
        texts, start = self._texts.texts(), 0
        for ids, by, facts in zip(self._ids, self._by, self._facts, strict=True):
            offsets = texts.offsets[start : start + facts.rows + 1]
            spool.add(Texts(texts.data, offsets), ids, by, facts)
            start += facts.rows
        self._texts, self._ids, self._by, self._facts = _Gathered(), [], [], []
        return spool


@dataclass(slots=True)
class _Gathered:
    """Texts in one buffer that grows where it is: no text is held twice, and memory is touched once."""

    data: mmap.mmap = field(default_factory=lambda: _anonymous(_FIRST_BYTES))
    used: int = 0
    sizes: list[Rows] = field(default_factory=list)

    def add(self, texts: Texts) -> None:
        """Copy texts in."""
        new = texts.data[texts.offsets[0] : texts.offsets[-1]]
        room = len(self.data)
        while room < self.used + len(new):
            room *= 2
        if room > len(self.data):
            self.data.resize(room)
        np.frombuffer(self.data, np.uint8)[self.used : self.used + len(new)] = new
        self.used += len(new)
        self.sizes.append(texts.sizes())

    def texts(self) -> Texts:
        """All of them."""
        sizes = np.concatenate(self.sizes) if self.sizes else np.empty(0, np.int64)
        return Texts(np.frombuffer(self.data, np.uint8)[: self.used], np.concatenate(([0], np.cumsum(sizes))))


def _anonymous(size: int) -> mmap.mmap:
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
