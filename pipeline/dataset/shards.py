"""Parquet shards and the manifest that publishes them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import OutputError
from pipeline.io import atomic_file, write_json

MANIFEST = "manifest.json"
FORMAT = "fanwen corpus"
SHARD_ROWS = 50_000
ROW_GROUP_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Shard:
    """One published file, its path relative to the corpus folder."""

    file: str
    rows: int
    bytes: int
    sha256: str


def read_manifest(corpus: Path) -> dict[str, object] | None:
    """Manifest of a published corpus; None for a folder that is empty or not there.

    Raises:
        OutputError: the folder holds something else.
    """
    if not corpus.exists() or (corpus.is_dir() and not any(corpus.iterdir())):
        return None
    if not corpus.is_dir():
        raise OutputError(f"{corpus}: is a file, not a folder")
    try:
        manifest = json.loads((corpus / MANIFEST).read_bytes())
    except FileNotFoundError:
        if all(path.name.startswith(".") for path in corpus.iterdir()):
            return None
        raise OutputError(
            f"{corpus}: not empty and not a corpus (no {MANIFEST}); choose another folder"
        ) from None
    except (OSError, ValueError) as error:
        raise OutputError(f"{corpus / MANIFEST}: cannot be read ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise OutputError(f"{corpus}: its {MANIFEST} is not a corpus's; choose another folder")
    return manifest


def write_table(corpus: Path, name: str, table: pa.Table) -> list[Shard]:
    """Write one table as zstd Parquet shards named by their content, one empty shard if it has no row.

    A name that carries the hash of the bytes is never written twice with other bytes, so a reader of
    the last version is not disturbed while the next one is written.
    """
    count = max(1, -(-table.num_rows // SHARD_ROWS))
    shards = []
    for number in range(count):
        part = table.slice(number * SHARD_ROWS, SHARD_ROWS)
        data = _parquet(part)
        digest = hashlib.sha256(data).hexdigest()
        file = f"{name}/train-{number:05d}-of-{count:05d}-{digest[:12]}.parquet"
        if not (corpus / file).exists():
            with atomic_file(corpus / file) as out:
                out.write(data)
        shards.append(Shard(file, part.num_rows, len(data), digest))
    return shards


def _parquet(table: pa.Table) -> bytes:
    sink = BytesIO()
    with pq.ParquetWriter(sink, table.schema, compression="zstd", write_page_index=True) as writer:
        if table.num_rows:  # an empty row group makes load_dataset fail, none at all does not
            writer.write_table(table.combine_chunks(), row_group_size=ROW_GROUP_ROWS)
    return sink.getvalue()


def publish(corpus: Path, shards: Mapping[str, list[Shard]], facts: Mapping[str, object]) -> None:
    """Publish a version: the manifest appears last, then files of earlier versions go."""
    tables = {
        name: [
            {"file": shard.file, "rows": shard.rows, "bytes": shard.bytes, "sha256": shard.sha256}
            for shard in files
        ]
        for name, files in shards.items()
    }
    write_json(corpus / MANIFEST, {"format": FORMAT, **facts, "tables": tables})
    current = {shard.file for files in shards.values() for shard in files}
    for name in shards:
        for path in (corpus / name).glob("*.parquet"):
            if path.relative_to(corpus).as_posix() not in current:
                path.unlink()


def table_files(corpus: Path, name: str) -> list[Path]:
    """Files of one table in the published version, in order.

    Raises:
        OutputError: there is no corpus in the folder.
    """
    manifest = read_manifest(corpus)
    if manifest is None:
        raise OutputError(f"{corpus}: no corpus here")
    tables = manifest["tables"]
    if not isinstance(tables, dict):
        raise OutputError(f"{corpus / MANIFEST}: no tables in it")
    return [corpus / entry["file"] for entry in tables[name]]
