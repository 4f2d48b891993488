"""Parquet shards and the manifest that publishes them."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import OutputError
from pipeline.io import atomic_file, sync_folder, write_json

MANIFEST = "manifest.json"
CARD = "README.md"
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


class Rows(Protocol):
    """A table that need not be in memory as a whole."""

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        ...

    def part(self, start: int, length: int) -> pa.Table:
        """Rows from ``start``, at most so many."""
        ...


def write_table(folder: Path, name: str, rows: Rows) -> list[Shard]:
    """Write one table as zstd Parquet shards named by their content, one empty shard if it has no row.

    Args:
        folder: where to stage them; ``publish`` moves them to the corpus.
        name: of the table.
        rows: sorted as they are to be published.
    """
    count = max(1, -(-rows.num_rows // SHARD_ROWS))
    shards = []
    for number in range(count):
        part = rows.part(number * SHARD_ROWS, SHARD_ROWS)
        data = _parquet(part)
        digest = hashlib.sha256(data).hexdigest()
        file = f"{name}/train-{number:05d}-of-{count:05d}-{digest[:12]}.parquet"
        with atomic_file(folder / file) as out:
            out.write(data)
        shards.append(Shard(file, part.num_rows, len(data), digest))
    return shards


def _parquet(table: pa.Table) -> bytes:
    sink = BytesIO()
    with pq.ParquetWriter(sink, table.schema, compression="zstd", write_page_index=True) as writer:
        if table.num_rows:  # an empty row group makes load_dataset fail, none at all does not
            writer.write_table(table.combine_chunks(), row_group_size=ROW_GROUP_ROWS)
    return sink.getvalue()


def publish(
    staged: Path, corpus: Path, shards: Mapping[str, list[Shard]], facts: Mapping[str, object]
) -> None:
    """Publish a version: staged shards move in, the manifest appears, then files of other versions go.

    A name that carries the hash of its bytes never stands for other bytes, so a reader that goes by the
    manifest is not disturbed; one that goes by file names may see both versions for the moment that the
    renames take.

    Args:
        staged: folder on the same file system with the shards and the card.
        corpus: folder of the corpus.
        shards: files by table.
        facts: what else the manifest says.
    """
    tables = {name: [dataclasses.asdict(shard) for shard in files] for name, files in shards.items()}
    try:
        for shard in (shard for files in shards.values() for shard in files):
            (corpus / shard.file).parent.mkdir(exist_ok=True)
            if not (corpus / shard.file).exists():
                (staged / shard.file).replace(corpus / shard.file)
        for name in shards:
            sync_folder(corpus / name)
        (staged / CARD).replace(corpus / CARD)
        write_json(corpus / MANIFEST, {"format": FORMAT, **facts, "tables": tables})
        current = {shard.file for files in shards.values() for shard in files}
        for name in shards:
            for path in (corpus / name).glob("*.parquet"):
                if path.relative_to(corpus).as_posix() not in current:
                    path.unlink()
    except OSError as error:
        raise OutputError(f"{corpus}: cannot be published ({error.strerror or error})") from error


def table_files(corpus: Path, name: str) -> list[Path]:
    """Files of one table in the published version, in order; none where the version has no such table.

    Raises:
        OutputError: there is no corpus in the folder.
    """
    return [corpus / shard.file for shard in _tables(corpus).get(name, ())]


def published_files(corpus: Path) -> list[Shard]:
    """All files of the published version.

    Raises:
        OutputError: there is no corpus in the folder.
    """
    return [shard for files in _tables(corpus).values() for shard in files]


def _tables(corpus: Path) -> dict[str, list[Shard]]:
    manifest = read_manifest(corpus)
    if manifest is None:
        raise OutputError(f"{corpus}: no corpus here")
    tables = manifest.get("tables")
    if not isinstance(tables, dict):
        raise OutputError(f"{corpus / MANIFEST}: no tables in it")
    return {name: [Shard(**entry) for entry in files] for name, files in tables.items()}
