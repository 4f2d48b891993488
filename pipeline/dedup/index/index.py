"""The index: what earlier runs kept, asked before a batch is searched and told of what was kept of it."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.dedup.exact import Digests
from pipeline.dedup.index import merge
from pipeline.dedup.index.build import Batch, write_batch, write_merged
from pipeline.dedup.index.layout import PARTS
from pipeline.dedup.index.lookup import find_identical, find_near
from pipeline.dedup.index.manifest import NAME, SEGMENT, Manifest, is_leftover, present, publish
from pipeline.dedup.index.parameters import Parameters
from pipeline.dedup.index.queries import NONE, Queries, rows_with_tokens
from pipeline.dedup.index.segment import Segment
from pipeline.dedup.minhash import Signatures
from pipeline.dedup.texts import Rows, Strings, Texts, as_strings, texts_of
from pipeline.dedup.verify import Shares
from pipeline.errors import InputError, OutputError
from pipeline.io import exclusive

_WORKERS = 4
"""Threads of a look-up; they wait for the disk as much as they compute."""
_TRIES = 100


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows of a batch that repeat an indexed document, ascending by row."""

    row: Rows
    """``int64[k]``."""
    ordinal: Rows
    """``int64[k]``: the document's number in order of addition."""
    run: Sequence[str]
    """The run that kept it."""
    id: Sequence[str]
    """Its id in that run."""
    jaccard: Shares
    """``float64[k]``: exact similarity to it."""
    candidates: int
    """Pairs that shared a bucket and were compared by sketch."""
    verified: int
    """Pairs whose texts were compared."""


class Index:
    """One version of an index, which stays readable as it is whatever is written meanwhile."""

    def __init__(self, folder: Path, manifest: Manifest, segments: Sequence[Segment]) -> None:
        self._folder = folder
        self._manifest = manifest
        self._segments = segments
        self._writing = False

    @classmethod
    def open(cls, folder: Path, parameters: Parameters) -> "Index":
        """The present version; an empty one where there is none yet, whose folder the first writer makes.

        Raises:
            InputError: the index has other parameters, or is damaged.
            OutputError: the folder holds something else.
        """
        return cls(folder, *_opened(folder, parameters))

    @property
    def parameters(self) -> Parameters:
        """What it was made with."""
        return self._manifest.parameters

    @property
    def documents(self) -> int:
        """Documents kept by all runs, but for those without a token, which nothing can repeat."""
        return self._manifest.documents

    @property
    def runs(self) -> Sequence[str]:
        """Names of all runs, in order."""
        return [run.name for run in self._manifest.runs]

    def has_run(self, run: str) -> bool:
        """Whether a run is in it, as it is after a run that was killed once it had published."""
        return run in self.runs

    def sizes(self) -> dict[str, int]:
        """Bytes on disk by part, and of the manifest; texts and ids are compressed and plain, respectively."""
        parts: dict[str, int] = {
            part: sum(segment.parts[part].size for segment in self._segments) for part in PARTS
        }
        path = self._folder / NAME
        return {"manifest": path.stat().st_size if path.exists() else 0, **parts}

    def check(self) -> None:
        """Read all of it and compare it with its checksums, as merging does with what it merges.

        Raises:
            InputError: a segment is damaged.
        """
        for segment in self._segments:
            segment.check()

    def matches(
        self,
        texts: Texts,
        digests: Digests,
        signatures: Signatures,
        rows: Rows,
        *,
        release: Callable[[], None] = lambda: None,
    ) -> Matches:
        """For each row that repeats an indexed document, the earliest such document.

        A row whose text is indexed to the byte matches the earliest document of that text; any other row the
        earliest of those that its bands propose and whose exact similarity reaches the threshold. The answer does
        not depend on how documents are spread over segments. Rows without a token match nothing.

        Args:
            texts: the batch.
            digests: ``uint64[n, 2]``.
            signatures: ``uint32[n, num_perm]``, of these rows at least.
            rows: ``int64[m]``: rows to look up, distinct.
            release: called now and then when pages of mapped files that hold the batch may be given back.

        Raises:
            InputError: a segment is damaged.
        """
        rows = np.sort(rows_with_tokens(texts, signatures, rows, release))
        queries = Queries.of(texts, digests, signatures, rows, self._manifest.parameters, release)
        with ThreadPoolExecutor(_WORKERS) as pool:
            for find in (find_identical, find_near):
                for segment in self._segments:
                    find(segment, queries, pool)
        hit = queries.ordinal != NONE
        return self._matches(rows[hit], queries.ordinal[hit], queries.jaccard[hit], queries.work)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder, made if need be, while documents are added; what others added meanwhile is read in.

        Raises:
            LockedError: another process writes.
            InputError: the index that is there now has other parameters, or is damaged.
            OutputError: the folder cannot be written, or holds something else.
        """
        present(self._folder, self._manifest.parameters)
        with exclusive(self._folder):
            self._manifest, self._segments = _opened(self._folder, self._manifest.parameters)
            if not (self._folder / NAME).exists():
                publish(self._folder, self._manifest)
            self._clear()
            self._writing = True
            try:
                yield
            finally:
                self._writing = False

    def add(
        self,
        run: str,
        texts: Texts,
        digests: Digests,
        signatures: Signatures,
        rows: Rows,
        ids: Strings,
    ) -> None:
        """Add the rows that a run kept, within `writing`; they have been added when their manifest is published.

        Segments are merged after that, which publishes again; a merge that fails leaves the index as it was.

        Args:
            run: a name no run in the index has.
            texts: the batch.
            digests: ``uint64[n, 2]``.
            signatures: ``uint32[n, num_perm]``, of these rows at least.
            rows: ``int64[m]``: kept rows, in the order in which they are to be numbered.
            ids: one a text.

        Raises:
            InputError: the run is in the index; ids are no strings.
            OutputError: the folder cannot be written, or the disk is full.
            ValueError: nobody is `writing`, or lengths differ.
        """
        if not self._writing:
            raise ValueError("documents are added while the index is held for writing")
        if self.has_run(run):
            raise InputError(f"{self._folder}: run {run} has been added before")
        names = as_strings(ids)
        if not len(names) == len(texts) == len(digests) == len(signatures):
            raise ValueError("texts, digests, signatures and ids must have one value a row")
        rows = rows_with_tokens(texts, signatures, rows)
        manifest, parameters = self._manifest, self._manifest.parameters
        record = None
        if len(rows):
            batch = Batch(texts, digests, signatures, rows, texts_of(names.take(pa.array(rows))))
            record = write_batch(self._folder / manifest.file, batch, parameters)
        self._publish(manifest.with_run(run, record))
        self._merge()

    def _merge(self) -> None:
        while (first := merge.due([len(segment) for segment in self._segments], merge.FANOUT)) is not None:
            manifest = self._manifest
            record = write_merged(self._folder / manifest.file, self._segments[first:], manifest.parameters)
            self._publish(manifest.merged(first, record))
        self._clear()

    def _publish(self, manifest: Manifest) -> None:
        publish(self._folder, manifest)
        self._manifest, self._segments = _opened(self._folder, manifest.parameters)

    def _clear(self) -> None:
        """Delete what no version to come will read: merged segments, and what a killed writer left."""
        present_files = {segment.file for segment in self._manifest.segments}
        try:
            for path in self._folder.iterdir():
                if is_leftover(path.name) or (path.name.endswith(SEGMENT) and path.name not in present_files):
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"cannot clear {self._folder}: {error.strerror or error}") from error

    def _matches(self, rows: Rows, ordinals: Rows, shares: Shares, work: Rows) -> Matches:
        ids = [""] * len(rows)
        for segment in self._segments:
            within = ordinals - segment.first
            places = np.flatnonzero((within >= 0) & (within < len(segment)))
            distinct, place = np.unique(within[places], return_inverse=True)
            names = segment.ids(distinct)
            for at, number in zip(places.tolist(), place.tolist(), strict=True):
                ids[at] = names[number]
        firsts = np.array([run.first for run in self._manifest.runs], np.int64)
        added = self.runs
        runs = [added[number] for number in np.searchsorted(firsts, ordinals, side="right") - 1]
        return Matches(rows, ordinals, runs, ids, shares, int(work[0]), int(work[1]))


def _opened(folder: Path, parameters: Parameters) -> tuple[Manifest, Sequence[Segment]]:
    """A version with all of its segments open; a later one if its segments are merged away meanwhile."""
    before = None
    for _ in range(_TRIES):
        manifest = present(folder, parameters)
        firsts = np.cumsum([0, *(record.documents for record in manifest.segments)]).tolist()
        try:
            return manifest, [
                Segment(folder, record, first, parameters)
                for record, first in zip(manifest.segments, firsts, strict=False)
            ]
        except FileNotFoundError as error:
            if manifest == before:
                raise InputError(f"{error.filename}: damaged: it is missing") from error
            before = manifest
    raise InputError(f"{folder}: changes faster than it can be read")
