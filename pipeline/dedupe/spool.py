"""Texts that do not fit into memory: prepared on disk block by block, and mapped for the search.

A block is what one part of the input gave: its texts, signatures and band keys are appended to a few large files,
then a small file of its own says that they are there. A run that is killed goes on behind the last block.
"""

import json
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dedup.bands import Behind, band_keys
from pipeline.dedup.exact import Digests, content_digests, first_copies
from pipeline.dedup.minhash import signatures
from pipeline.dedup.order import visiting_order
from pipeline.dedup.search import Sketched
from pipeline.dedup.texts import Rows, Texts
from pipeline.dedupe.prepared import Preparation, Stored, common_type
from pipeline.dedupe.source import Facts, Survey
from pipeline.errors import OutputError
from pipeline.io import atomic_file, write_json

_PARAMETERS = "parameters.json"
K = TypeVar("K", bound=np.generic)


@dataclass(slots=True)
class Spool:
    """Rows that are prepared on disk, in blocks."""

    folder: Path
    how: Preparation
    rows: int = 0
    blocks: int = 0
    text_bytes: int = 0
    _maps: list[mmap.mmap] = field(default_factory=list)
    _memory: int = 0

    @classmethod
    def new(cls, folder: Path, parameters: dict[str, object], how: Preparation) -> "Spool":
        """An empty one.

        Args:
            folder: to write to, empty.
            parameters: all that its contents depend on.
            how: how rows are prepared.
        """
        write_json(folder / _PARAMETERS, parameters)
        return cls(folder, how)

    @classmethod
    def found(cls, folder: Path, parameters: dict[str, object], how: Preparation) -> "Spool | None":
        """What an earlier run with the same parameters left, cut back to its last whole block; None if nothing."""
        try:
            known = json.loads((folder / _PARAMETERS).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        if known != json.loads(json.dumps(parameters)):
            return None
        spool = cls(folder, how)
        for block in spool._noted():
            spool._count(block["size"].to_numpy())
        sizes = spool._sizes()
        if not spool.blocks or any(
            not path.exists() or path.stat().st_size < size for path, size in sizes.items()
        ):
            return None
        for path, size in sizes.items():
            os.truncate(path, size)
        return spool

    def replay(self, survey: Survey) -> None:
        """Tell a survey of the parts that are there."""
        for block in self._noted():
            facts = json.loads(block.schema.metadata[b"part"])
            schema = pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(facts["schema"])))
            survey.add(Facts(facts["file"], len(block), facts["null_texts"], schema))

    def add(self, texts: Texts, ids: pa.Array, by: pa.Array, facts: Facts) -> None:
        """The next block.

        Raises:
            OutputError: the disk is full, or cannot be written.
        """
        digests = content_digests(texts)
        first = first_copies(digests, np.arange(len(texts)))
        rows = np.unique(first[texts.sizes() > 0])
        sketches = np.zeros((len(texts), self.how.wanted.sketch.num_perm), np.uint32)
        signatures(texts, rows, self.how.wanted.sketch, out=sketches, workers=self.how.workers)
        keys = np.zeros((self.how.wanted.bands.bands, len(texts)), np.uint64)
        band_keys(sketches, rows, self.how.wanted.bands, keys)
        sketches, keys = sketches[first], keys[:, first]  # any copy may be visited first
        arrays: list[npt.NDArray[np.generic]] = [
            texts.data[texts.offsets[0] : texts.offsets[-1]], sketches, *keys
        ]  # fmt: skip
        for path, array in zip(self._sizes(), arrays, strict=True):
            _append(path, array)
        self._note(ids, by, facts, texts, digests)
        self._count(texts.sizes())

    def finish(self, memory: int) -> Stored:
        """All rows; what the search writes goes to disk too where it would take a quarter of the memory."""
        self._memory = memory
        notes = list(self._noted())
        sizes = np.concatenate([block["size"].to_numpy() for block in notes])
        digests = np.stack(
            [
                np.concatenate([block[name].to_numpy() for block in notes])
                for name in ("digest", "digest_low")
            ],
            axis=1,
        )
        ids = pa.chunked_array([block["id"] for block in notes])
        by = common_type([block["by"] for block in notes])
        text_file, signature_file, *key_files = self._sizes()
        texts = Texts(self._map(text_file, np.uint8), np.concatenate(([0], np.cumsum(sizes))))
        sketched = Sketched(
            texts,
            digests,
            self._map(signature_file, np.uint32).reshape(self.rows, -1),
            [self._map(path, np.uint64) for path in key_files],
            self._release,
        )
        visit = visiting_order(texts, digests, self.how.keep, by)
        return Stored(sketched, visit, ids, self._behind(memory))

    def _behind(self, memory: int) -> Behind | None:
        shape = (self.how.wanted.bands.bands, self.rows)
        if 4 * shape[0] * shape[1] <= memory // 4:
            return None
        path = self.folder / "behind.bin"
        try:
            with path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, 4 * shape[0] * shape[1])
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        return self._map(path, np.int32, write=True).reshape(shape)

    def _map(self, path: Path, kind: type[K], *, write: bool = False) -> npt.NDArray[K]:
        if not path.stat().st_size:
            return np.empty(0, kind)
        with path.open("r+b" if write else "rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE if write else mmap.ACCESS_READ)
        self._maps.append(mapped)
        return np.frombuffer(mapped, kind)

    def _release(self) -> None:
        """Let go of mapped pages when memory is half full: the system maps many around each that is read."""
        if _resident() > self._memory // 2:
            for mapped in self._maps:
                mapped.madvise(mmap.MADV_DONTNEED)

    def _sizes(self) -> dict[Path, int]:
        """The large files, and how much of each belongs to whole blocks."""
        bands = {
            self.folder / f"band-{band:03d}.bin": 8 * self.rows for band in range(self.how.wanted.bands.bands)
        }
        return {
            self.folder / "texts.bin": self.text_bytes,
            self.folder / "signatures.bin": 4 * self.how.wanted.sketch.num_perm * self.rows,
            **bands,
        }

    def _note(self, ids: pa.Array, by: pa.Array, facts: Facts, texts: Texts, digests: Digests) -> None:
        noted = {
            "file": facts.file,
            "null_texts": facts.null_texts,
            "schema": facts.schema.serialize().to_pybytes().hex(),
        }
        table = pa.table(
            {
                "id": ids.cast(pa.large_string()),
                "size": texts.sizes(),
                "digest": np.ascontiguousarray(digests[:, 0]),
                "digest_low": np.ascontiguousarray(digests[:, 1]),
                "by": by,
            }
        ).replace_schema_metadata({"part": json.dumps(noted)})
        with atomic_file(self._block(self.blocks)) as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    def _noted(self) -> Iterator[pa.RecordBatch]:
        number = 0
        while (path := self._block(number)).exists():
            with pa.memory_map(str(path)) as file:
                reader = pa.ipc.open_file(file)
                yield reader.get_batch(0).replace_schema_metadata(reader.schema.metadata)
            number += 1

    def _count(self, sizes: Rows) -> None:
        self.blocks += 1
        self.rows += len(sizes)
        self.text_bytes += int(sizes.sum())

    def _block(self, number: int) -> Path:
        return self.folder / f"block-{number:06d}.arrow"


def _append(path: Path, array: npt.NDArray[np.generic]) -> None:
    try:
        with path.open("ab") as file:
            file.write(np.ascontiguousarray(array).data.cast("B"))
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _resident() -> int:
    """Bytes of memory that this process has."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 1 << 62  # a system that does not say
    return int(pages) * mmap.PAGESIZE
