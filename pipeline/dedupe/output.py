"""What a search leads to, written: kept rows, what went and why, what the kept rows have in common."""

import mmap
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.minhash import Progress
from pipeline.dedup.passages import passages, without_repeats
from pipeline.dedup.search import RULES, STAYS
from pipeline.dedup.texts import Rows, Texts, texts_of
from pipeline.dedupe.run import Found
from pipeline.dedupe.target import (
    DUPLICATES,
    PASSAGES,
    WORK,
    publish_manifest,
    staged,
    write_shards,
    write_table,
)

_SHARD_BYTES = 1 << 28
"""UTF-8 bytes of text in an output file; compressed they are about a third."""

_SLICE = 1 << 18
"""Rows of the table of duplicates that are made at once."""


def write(found: Found, folder: Path, progress: Progress | None = None) -> list[dict[str, object]]:
    """Write kept rows, duplicates and manifest; then let the index know what was kept.

    A run that is killed in between does the same again: nothing has been added to the index yet.

    Returns:
        For each shard its name, rows and bytes.

    Raises:
        OutputError: the folder cannot be written.
    """
    kept = found.decided.kept()
    size = int(found.sizes[kept].sum())
    shards = max(1, min(-(-size // _SHARD_BYTES), len(kept)))
    with staged(folder) as staging:
        batches = map(_less_repeats(found), _kept_batches(found, progress))
        files = write_shards(staging, found.source.schema, batches, len(kept), shards)
        write_table(staging / DUPLICATES, duplicates_table(found, 0).schema, _duplicates(found))
        if found.options.passages:
            table = passages_table(found, folder / WORK, progress)
            write_table(staging / PASSAGES, table.schema, [table])
        publish_manifest(staging, _manifest(found, files))
    if found.memory and found.run:
        found.memory.add(found.run, found.stored, kept, found.names)
    return files


def _duplicates(found: Found) -> Iterator[pa.Table]:
    """All that went and why, a part at a time."""
    for start in range(0, len(found.decided.dropped()), _SLICE):
        yield duplicates_table(found, start + _SLICE, start)


def duplicates_table(found: Found, stop: int | None = None, start: int = 0) -> pa.Table:
    """What went and why (all of it, or some rows), with the place of both: file as given, row in it from 0."""
    decided = found.decided
    dropped = decided.dropped()[start:stop]
    kept = decided.kept_row[dropped]
    columns = {
        "dropped_id": found.names.of(dropped),
        "kept_id": _earlier(found, dropped, "id", found.names.of(kept)),
        "jaccard": pa.array(decided.jaccard[dropped]),
        "containment": pa.array(decided.containment[dropped], from_pandas=True),
        "rule": pa.array(np.array(RULES)[decided.rule[dropped]], pa.string()),
    }
    names = pa.array([file.name for file in found.source.files], pa.string())
    for side, rows in (("dropped", dropped), ("kept", kept)):
        files, numbers = found.source.positions(rows)
        elsewhere = decided.earlier[dropped] >= 0 if side == "kept" else np.zeros(len(dropped), np.bool_)
        columns[f"{side}_file"] = names.take(pa.array(files, mask=elsewhere))
        columns[f"{side}_row"] = pa.array(numbers, pa.int64(), mask=elsewhere)
    own = pa.array([found.run] * len(dropped), pa.string())
    columns["run"] = _earlier(found, dropped, "run", own)
    return pa.table(columns)


def _earlier(found: Found, dropped: Rows, what: Literal["id", "run"], otherwise: pa.Array) -> pa.Array:
    """Id or run of the row for which each one went, where that was kept by an earlier run."""
    if found.matches is None:
        return otherwise
    places = found.decided.earlier[dropped]
    values = pa.array(found.matches.id if what == "id" else found.matches.run, pa.string())
    earlier = values.take(pa.array(places, mask=places < 0))
    return pc.coalesce(earlier, otherwise)


def passages_table(found: Found, work: Path, progress: Progress | None = None) -> pa.Table:
    """Sentences and paragraphs that several kept rows have in common, see `pipeline.dedup.passages`.

    Under a mask, the texts that were compared have no sentences any more, so those of the input are read again.

    Args:
        found: the outcome of a search.
        work: folder for them.
        progress: told of ``passages``.
    """
    kept = found.decided.kept()
    visit = found.stored.visit
    order = visit[found.decided.rule[visit] == STAYS]
    texts, rows = found.stored.sketched.texts, order
    if found.options.mask != "none":
        texts, rows = _as_they_stand(found, work), np.searchsorted(kept, order)
    numbers = kept if found.options.mask != "none" else np.arange(len(found.sizes))
    table = passages(
        texts,
        rows,
        lambda some: found.names.of(numbers[some]),
        most_memory=found.resources.memory // 4,
        workers=found.resources.workers,
        progress=progress,
        release=found.stored.sketched.release,
    )
    first = pa.array(numbers[table["first_row"].to_numpy()], pa.int64())
    return table.set_column(table.schema.get_field_index("first_row"), "first_row", first)


def _as_they_stand(found: Found, work: Path) -> Texts:
    """Texts of the kept rows as the input has them, in a mapped file."""
    work.mkdir(parents=True, exist_ok=True)
    path, sizes = work / "kept.bin", [np.zeros(1, np.int64)]
    with path.open("wb") as file:
        for batch in _kept_batches(found, None):
            texts = texts_of(batch.column(found.options.text_column))
            file.write(texts.data[texts.offsets[0] : texts.offsets[-1]].data)
            sizes.append(texts.sizes())
    offsets = np.cumsum(np.concatenate(sizes))
    if not offsets[-1]:
        return Texts(np.empty(0, np.uint8), offsets)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return Texts(np.frombuffer(mapped, np.uint8), offsets)


def _kept_batches(found: Found, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    stays = found.decided.rule == STAYS
    done = 0
    for batch in found.source.batches():
        chosen = pa.array(stays[done : done + len(batch)])
        done += len(batch)
        if progress:
            progress("writing", done, len(stays))
        yield batch.filter(chosen)


def _less_repeats(found: Found) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """Rows with what their texts say twice taken out, if that is wanted."""
    name = found.options.text_column
    at = found.source.schema.get_field_index(name)

    def shortened(batch: pa.RecordBatch) -> pa.RecordBatch:
        texts = [None if text is None else without_repeats(text) for text in batch.column(at).to_pylist()]
        return batch.set_column(at, batch.schema.field(at), pa.array(texts, batch.schema.field(at).type))

    return shortened if found.options.drop_repeats else lambda batch: batch


def _manifest(found: Found, files: list[dict[str, object]]) -> dict[str, object]:
    return {
        "version": version("fanwen"),
        "parameters": {**found.options.parameters(), "id_column": found.source.id_column},
        "banding": asdict(found.options.wanted.bands),
        **({"run": found.run} if found.run else {}),
        "inputs": [
            {"file": file.name, "rows": rows}
            for file, rows in zip(found.source.files, found.source.rows, strict=True)
        ],
        "counts": found.counts(),
        "files": files,
    }
