"""The command's work: read, search, write; and the figures it reports."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.minhash import SEED, Progress
from pipeline.dedup.near import Keep, Result, near_duplicates
from pipeline.dedupe.columns import checked_ids
from pipeline.dedupe.source import Source, input_files, scan
from pipeline.dedupe.target import DUPLICATES, publish_manifest, staged, write_shards, write_table

_SHARD_BYTES = 1 << 28
"""UTF-8 bytes of text in an output file; compressed they are about a third."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose."""

    text_column: str = "text"
    id_column: str | None = None
    threshold: float = 0.8
    ngram: int = 5
    num_perm: int = 128
    keep: Keep = "first"


@dataclass(frozen=True, slots=True)
class Found:
    """A corpus and its near-duplicates, before anything is written."""

    source: Source
    options: Options
    ids: pa.LargeStringArray
    result: Result

    def counts(self) -> dict[str, int]:
        """Figures that add up: ``rows = kept + dropped``, ``dropped = exact + near``."""
        drops, sizes = self.result.drops, np.bincount(self.result.clusters)
        exact = pc.sum(pc.equal(drops["rule"], "exact")).as_py() or 0
        return {
            "rows": len(self.ids),
            "kept": len(self.result.kept),
            "dropped": len(drops),
            "exact": exact,
            "near": len(drops) - exact,
            "clusters": int(np.count_nonzero(sizes > 1)),
            "largest_cluster": int(sizes.max()),
            "null_texts": self.source.null_texts,
        }


def find(inputs: Sequence[Path], options: Options, progress: Progress | None = None) -> Found:
    """Read a corpus and search it.

    Raises:
        InputError: the input is missing, damaged or unfit; the message is one line that says where.
    """
    source = scan(input_files(inputs), options.text_column, options.id_column, progress)
    ids = checked_ids(source.ids, sum(source.rows), source.place)
    result = near_duplicates(
        ids,
        source.texts,
        threshold=options.threshold,
        ngram=options.ngram,
        num_perm=options.num_perm,
        keep=options.keep,
        progress=progress,
    )
    return Found(source, options, ids, result)


def write(found: Found, folder: Path, progress: Progress | None = None) -> list[dict[str, object]]:
    """Write kept rows, duplicates and manifest.

    Returns:
        For each shard its name, rows and bytes.

    Raises:
        OutputError: the folder cannot be written.
    """
    kept = found.result.kept
    size = int(pc.binary_length(found.source.texts).to_numpy()[kept].sum())
    shards = min(max(1, -(-size // _SHARD_BYTES)), len(kept))
    with staged(folder) as staging:
        batches = _kept_batches(found, progress)
        files = write_shards(staging, found.source.schema, batches, len(kept), shards)
        table = duplicates_table(found)
        write_table(staging / DUPLICATES, table.schema, [table])
        publish_manifest(staging, _manifest(found, files))
    return files


def duplicates_table(found: Found) -> pa.Table:
    """What went and why, with the place of both rows: file as given, row in it from 0."""
    drops = found.result.drops
    columns = {name: drops[name] for name in ("dropped_id", "kept_id", "jaccard", "rule")}
    for side in ("dropped", "kept"):
        places = [found.source.position(row) for row in drops[f"{side}_row"].to_pylist()]
        columns[f"{side}_file"] = pa.array([str(file) for file, _ in places], pa.string())
        columns[f"{side}_row"] = pa.array([row for _, row in places], pa.int64())
    return pa.table(columns)


def _kept_batches(found: Found, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    stays = np.zeros(len(found.ids), np.bool_)
    stays[found.result.kept] = True
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
        "parameters": {**asdict(found.options), "id_column": found.source.id_column, "seed": SEED},
        "banding": asdict(found.result.statistics.bands),
        "inputs": [
            {"file": str(file), "rows": rows}
            for file, rows in zip(found.source.files, found.source.rows, strict=True)
        ],
        "counts": found.counts(),
        "files": files,
    }
