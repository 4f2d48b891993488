"""The command's work: read, search, write; and the figures it reports."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.dedup.minhash import Progress
from pipeline.dedup.search import CONTAINED, EXACT, NEAR, RULES, Decided, decide
from pipeline.dedup.texts import Rows
from pipeline.dedupe.columns import Names, checked_ids
from pipeline.dedupe.files import input_files
from pipeline.dedupe.mask import masked_texts
from pipeline.dedupe.options import Options
from pipeline.dedupe.prepared import Preparation
from pipeline.dedupe.source import Source, Survey, read
from pipeline.dedupe.store import Store
from pipeline.dedupe.target import DUPLICATES, publish_manifest, staged, write_shards, write_table

_SHARD_BYTES = 1 << 28
"""UTF-8 bytes of text in an output file; compressed they are about a third."""


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

    def counts(self) -> dict[str, int]:
        """Figures that add up: ``rows = kept + dropped``, ``dropped = exact + near + contained``."""
        rules = np.bincount(self.decided.rule, minlength=len(RULES))
        sizes = np.bincount(self.decided.kept_row)
        return {
            "rows": len(self.sizes),
            "kept": int(rules[0]),
            "dropped": int(rules[1:].sum()),
            "exact": int(rules[EXACT]),
            "near": int(rules[NEAR]),
            "contained": int(rules[CONTAINED]),
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
) -> Found:
    """Read a corpus and search it.

    Args:
        inputs: paths or addresses of files and folders.
        options: what to compare and what to keep.
        resources: what may be used.
        work: a folder for what does not fit into memory; what an earlier run left there is gone on with.
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
    decided = decide(
        stored.sketched,
        stored.visit,
        options.wanted,
        behind=stored.behind,
        workers=resources.workers,
        progress=progress,
        release=stored.release,
    )
    return Found(source, options, names, decided, stored.sketched.texts.sizes(), resumed)


def write(found: Found, folder: Path, progress: Progress | None = None) -> list[dict[str, object]]:
    """Write kept rows, duplicates and manifest.

    Returns:
        For each shard its name, rows and bytes.

    Raises:
        OutputError: the folder cannot be written.
    """
    kept = found.decided.kept()
    size = int(found.sizes[kept].sum())
    shards = min(max(1, -(-size // _SHARD_BYTES)), len(kept))
    with staged(folder) as staging:
        batches = _kept_batches(found, progress)
        files = write_shards(staging, found.source.schema, batches, len(kept), shards)
        table = duplicates_table(found)
        write_table(staging / DUPLICATES, table.schema, [table])
        publish_manifest(staging, _manifest(found, files))
    return files


def duplicates_table(found: Found, first: int | None = None) -> pa.Table:
    """What went and why (all of it, or the first few rows), with the place of both: file as given, row in it from 0."""
    decided = found.decided
    dropped = decided.dropped()[:first]
    kept = decided.kept_row[dropped]
    columns = {
        "dropped_id": found.names.of(dropped),
        "kept_id": found.names.of(kept),
        "jaccard": pa.array(decided.jaccard[dropped]),
        "containment": pa.array(decided.containment[dropped]),
        "rule": pa.array(np.array(RULES)[decided.rule[dropped]], pa.string()),
    }
    names = pa.array([file.name for file in found.source.files], pa.string())
    for side, rows in (("dropped", dropped), ("kept", kept)):
        files, numbers = found.source.positions(rows)
        columns[f"{side}_file"] = names.take(pa.array(files))
        columns[f"{side}_row"] = pa.array(numbers, pa.int64())
    return pa.table(columns)


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


def _kept_batches(found: Found, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    stays = found.decided.rule == 0
    done = 0
    for batch in found.source.batches():
        chosen = pa.array(stays[done : done + len(batch)])
        done += len(batch)
        if progress:
            progress("writing", done, len(stays))
        yield batch.filter(chosen)


def _manifest(found: Found, files: list[dict[str, object]]) -> dict[str, object]:
    return {
        "version": version("fanwen"),
        "parameters": {**found.options.parameters(), "id_column": found.source.id_column},
        "banding": asdict(found.options.wanted.bands),
        "inputs": [
            {"file": file.name, "rows": rows}
            for file, rows in zip(found.source.files, found.source.rows, strict=True)
        ],
        "counts": found.counts(),
        "files": files,
    }


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
