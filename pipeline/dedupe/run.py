"""The command's work: read and search; and the figures it reports."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from pipeline.dedup.index.index import Matches
from pipeline.dedup.minhash import Progress
from pipeline.dedup.search import CONTAINED, EXACT, NEAR, RULES, Decided, decide
from pipeline.dedup.texts import Rows
from pipeline.dedupe.columns import Names, checked_ids
from pipeline.dedupe.files import input_files
from pipeline.dedupe.mask import masked_texts
from pipeline.dedupe.memory import Memory, earlier_of
from pipeline.dedupe.options import Options
from pipeline.dedupe.prepared import Preparation, Stored
from pipeline.dedupe.source import Source, Survey, read
from pipeline.dedupe.store import Store


@dataclass(frozen=True, slots=True)
class Resources:
    """What the work may use; the outcome does not depend on it."""

    memory: int
    """Bytes."""
    workers: int | None = None
    """Threads; all processors by default."""


@dataclass(frozen=True, slots=True)
class Found:
    """A corpus and its near-duplicates, before anything is written."""

    source: Source
    options: Options
    names: Names
    decided: Decided
    sizes: Rows
    """``int64[n]``: bytes of each text."""
    resumed: int
    """Rows that an earlier, killed run had prepared."""
    stored: Stored
    resources: Resources
    memory: Memory | None = None
    run: str | None = None
    """Its name, where it is to be remembered."""
    matches: Matches | None = None
    """Rows that repeat what earlier runs kept."""

    def counts(self) -> dict[str, int]:
        """Figures that add up: ``rows = kept + dropped``, ``dropped = exact + near + contained``."""
        rules = np.bincount(self.decided.rule, minlength=len(RULES))
        sizes = np.bincount(self.decided.kept_row[self.decided.earlier < 0], minlength=1)
        return {
            "rows": len(self.sizes),
            "kept": int(rules[0]),
            "dropped": int(rules[1:].sum()),
            "exact": int(rules[EXACT]),
            "near": int(rules[NEAR]),
            "contained": int(rules[CONTAINED]),
            "kept_earlier": int(np.count_nonzero(self.decided.earlier >= 0)),
            "clusters": int(np.count_nonzero(sizes > 1)),
            "largest_cluster": int(sizes.max()),
            "null_texts": self.source.null_texts,
        }


def find(
    inputs: Sequence[str | Path],
    options: Options,
    resources: Resources,
    work: Path,
    progress: Progress | None = None,
    memory: Memory | None = None,
) -> Found:
    """Read a corpus and search it.

    Args:
        inputs: paths or addresses of files and folders.
        options: what to compare and what to keep.
        resources: what may be used.
        work: a folder for what does not fit into memory; what an earlier run left there is gone on with.
        memory: what earlier runs kept.
        progress: told of ``rows read`` (0 in all: not known), ``signatures`` and ``comparison``.

    Raises:
        InputError: the input is missing, damaged or unfit; the message is one line that says where.
        OutputError: what does not fit into memory cannot be written.
    """
    files = input_files(inputs)
    if not options.names_input_order:
        files = tuple(sorted(files, key=lambda file: file.name))
    survey = Survey(files, options.columns)
    how = Preparation(options.wanted, options.keep, resources.workers, progress)
    parameters = {
        **options.parameters(),
        "version": version("fanwen"),
        "files": [[file.name, file.size, file.changed] for file in files],
    }
    store = Store(how, resources.memory, survey, parameters)
    resumed = store.resume(work)
    for part in read(files, options.columns, survey.passed()):
        store.add(masked_texts(part, options.mask, resources.workers), lambda: _empty(work))
        if progress:
            progress("rows read", survey.rows, 0)
    source = survey.source()
    stored = store.finish()
    names = checked_ids(stored.ids if source.id_column else None, source.place)
    matches = memory.matches(stored) if memory else None
    decided = decide(
        stored.sketched,
        stored.visit,
        options.wanted,
        earlier=earlier_of(matches) if matches else None,
        behind=stored.behind,
        workers=resources.workers,
        progress=progress,
    )
    sizes = stored.sketched.texts.sizes()
    run = memory.next_run(parameters) if memory else None
    return Found(source, options, names, decided, sizes, resumed, stored, resources, memory, run, matches)


def texts_of_rows(found: Found, rows: Sequence[int]) -> dict[int, str]:
    """The texts of some rows as they stand in the input."""
    wanted, texts, at = sorted(set(rows)), dict.fromkeys(rows, ""), 0
    for batch in found.source.batches():
        while wanted and wanted[0] < at + len(batch):
            row = wanted.pop(0)
            texts[row] = batch.column(found.options.text_column)[row - at].as_py() or ""
        at += len(batch)
        if not wanted:
            break
    return texts


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.unlink(missing_ok=True)
    folder.mkdir(parents=True)
    return folder
