"""What tasks do to Arrow batches: the local engine's own functions, handed what a partition holds.

Each class is a function for ``mapInArrow`` with what it needs to know; `SCHEMA` is what it gives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.bands import band_keys, chains
from pipeline.dedup.cluster import greedy_star
from pipeline.dedup.exact import Digests, content_digests, first_copies
from pipeline.dedup.minhash import EMPTY, Signatures, Sketch, signatures
from pipeline.dedup.order import characters
from pipeline.dedup.search import Wanted
from pipeline.dedup.texts import Rows, Texts, texts_of
from pipeline.dedup.verify import agreement, least_agreement, shares
from pipeline.engine.spark.shelf import Shelf

Batches = Iterator[pa.RecordBatch]
SIGN = np.uint64(1 << 63)
"""Makes of a hash a number of Spark's, of the same order."""
_BAND = np.uint64(0x9E3779B97F4A7C15)
_SLICE = 4096


class Reader(Protocol):
    """The input, in splits; small enough to be sent with every task, which opens its split itself."""

    def rows(self, split: int) -> Batches:
        """``row`` (int64, its number in the whole input), ``name`` (string, its id), ``text`` (large string), ``by``."""
        ...

    def texts(self, split: int) -> Batches:
        """``row`` and ``text`` only."""
        ...


@dataclass(frozen=True, slots=True)
class Digest:
    """Numbers of splits -> a row a row of the input, with the hash and the signature of its text."""

    reader: Reader
    sketch: Sketch

    SCHEMA: ClassVar[str] = (
        "row long, split int, name string, missing boolean, hi long, lo long, size long, rank int, signature binary"
    )
    """And ``by``. ``hi``, ``lo`` are null where the text has no token, since that equals nothing; ``size`` is in
    characters; ``rank`` is 0 where ``by`` is a value, 1 where it is no number, 2 where it is null."""

    def __call__(self, batches: Batches) -> Batches:
        """See above."""
        for batch in batches:
            for split in batch.column(0).to_pylist():
                for rows in self.reader.rows(split):
                    yield self._digested(rows, split)

    def _digested(self, rows: pa.RecordBatch, split: int) -> pa.RecordBatch:
        texts = texts_of(rows.column("text"))
        digests = content_digests(texts)
        signed = self._signed(texts, digests)
        nothing = (texts.sizes() == 0) | (signed == EMPTY).all(axis=1)
        by, stored = rows.column("by"), (digests ^ SIGN).view(np.int64)
        rank = pc.if_else(by.is_null(), 2, pc.if_else(pc.is_null(by, nan_is_null=True), 1, 0))
        return pa.record_batch(
            {
                "row": rows.column("row"),
                "split": pa.array(np.full(len(rows), split, np.int32)),
                "name": rows.column("name").cast(pa.string()),
                "missing": rows.column("text").is_null(),
                "hi": pa.array(stored[:, 0], mask=nothing),
                "lo": pa.array(stored[:, 1], mask=nothing),
                "size": pa.array(characters(texts)),
                "rank": pc.cast(rank, pa.int32()),
                "signature": _column(signed),
                "by": pc.if_else(pc.equal(rank, 0), by, pa.scalar(None, by.type)),
            }
        )

    def _signed(self, texts: Texts, digests: Digests) -> Signatures:
        """Each text once, since a template fills whole batches with copies."""
        first = first_copies(digests, np.arange(len(texts)))
        return signatures(texts, np.unique(first), self.sketch, workers=1)[first]


@dataclass(frozen=True, slots=True)
class Edges:
    """Signatures -> the buckets that rows are in, an edge a band."""

    wanted: Wanted

    SCHEMA: ClassVar[str] = "key long, pos long"

    def __call__(self, batches: Batches) -> Batches:
        """``pos``, ``signature`` -> see above."""
        bands = self.wanted.bands
        offsets = (np.arange(bands.bands, dtype=np.uint64) * _BAND)[:, None]
        for batch in batches:
            signed = matrix(batch.column("signature"), self.wanted.sketch.num_perm)
            keys = band_keys(signed, np.arange(len(batch)), bands) + offsets
            yield pa.record_batch(
                {
                    "key": pa.array(keys.view(np.int64).ravel()),
                    "pos": pa.array(np.tile(batch.column("pos").to_numpy(), bands.bands)),
                }
            )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chosen rows -> what they are compared by."""

    reader: Reader

    SCHEMA: ClassVar[str] = "pos long, signature binary, text string"

    def __call__(self, batches: Batches) -> Batches:
        """``split``, ``row``, ``pos``, ``signature``, ascending by the first two -> see above."""
        for split, table in of_splits(batches):
            rows = table.column("row").to_numpy()
            for batch in self.reader.texts(split):
                numbers = batch.column("row").to_numpy()
                start, stop = np.searchsorted(rows, [numbers[0], numbers[-1] + 1])
                if start < stop:
                    texts = batch.column("text").take(pa.array(rows[start:stop] - numbers[0]))
                    some = table.select(["pos", "signature"]).slice(start, stop - start)
                    yield from some.append_column("text", texts.cast(pa.string())).to_batches()


@dataclass(frozen=True, slots=True)
class Sift:
    """Pairs with both signatures -> the pairs that are worth an exact comparison."""

    wanted: Wanted

    SCHEMA: ClassVar[str] = "kept long, pos long"

    def __call__(self, batches: Batches) -> Batches:
        """``kept``, ``pos``, ``kept_signature``, ``signature`` -> see above."""
        permutations = self.wanted.sketch.num_perm
        least = least_agreement(permutations, self.wanted.threshold)
        for batch in batches:
            count = len(batch)
            both = np.concatenate(
                [matrix(batch.column(name), permutations) for name in ("kept_signature", "signature")]
            )
            close = agreement(both, np.arange(count), np.arange(count, 2 * count)) >= least
            yield batch.select(["kept", "pos"]).filter(pa.array(close))


@dataclass(frozen=True, slots=True)
class Verify:
    """Pairs with both texts -> those at or above the threshold, exactly."""

    wanted: Wanted

    SCHEMA: ClassVar[str] = "pos long, kept long, jaccard double, containment double"

    def __call__(self, batches: Batches) -> Batches:
        """``kept``, ``pos``, ``kept_text``, ``text`` -> see above; fast where pairs of one kept row are together."""
        for batch in batches:
            if not len(batch):
                continue
            texts = texts_of(pa.chunked_array([batch.column("kept_text"), batch.column("text")]))
            kept = batch.column("kept").to_numpy()
            begins = np.concatenate(([True], kept[1:] != kept[:-1]))
            left = np.maximum.accumulate(np.where(begins, np.arange(len(kept)), 0))
            jaccard, containment = shares(
                texts,
                left,
                np.arange(len(kept)) + len(kept),
                self.wanted.sketch.tokens,
                self.wanted.threshold,
            )
            found = pa.record_batch(
                {
                    "pos": batch.column("pos"),
                    "kept": batch.column("kept"),
                    "jaccard": pa.array(jaccard),
                    "containment": pa.array(containment),
                }
            )
            yield found.filter(pa.array(jaccard >= self.wanted.threshold))


@dataclass(frozen=True, slots=True)
class Block:
    """All rows of one partition, by the local algorithm -> those that go, each with the row that stays."""

    wanted: Wanted

    SCHEMA: ClassVar[str] = Verify.SCHEMA

    def __call__(self, batches: Batches) -> Batches:
        """``pos``, ``signature``, ``text`` in any order -> see above."""
        positions, signed_parts = list[Rows](), list[Signatures]()

        def texts() -> Iterator[Texts]:
            for batch in batches:
                positions.append(batch.column("pos").to_numpy().copy())  # or all of the batch would stay
                signed_parts.append(matrix(batch.column("signature"), self.wanted.sketch.num_perm).copy())
                yield texts_of(batch.column("text"))

        shelf = Shelf(texts())
        if not len(shelf.texts):
            return
        position, signed = np.concatenate(positions), np.concatenate(signed_parts)
        order = np.argsort(position, kind="stable")
        links = chains(band_keys(signed, order, self.wanted.bands), order, workers=1)
        star = greedy_star(
            shelf.texts,
            signed,
            links,
            order,
            threshold=self.wanted.threshold,
            tokens=self.wanted.sketch.tokens,
            after_block=lambda _: shelf.release(),
        )
        went = np.flatnonzero(star.kept_row != np.arange(len(position)))
        for start in range(0, len(went), _SLICE):
            some = went[start : start + _SLICE]
            yield pa.record_batch(
                {
                    "pos": pa.array(position[some]),
                    "kept": pa.array(position[star.kept_row[some]]),
                    "jaccard": pa.array(star.jaccard[some]),
                    "containment": pa.array(star.containment[some]),
                }
            )


def of_splits(batches: Batches) -> Iterator[tuple[int, pa.Table]]:
    """What there is of each split, where batches are sorted by ``split``."""
    split, parts = -1, list[pa.RecordBatch]()
    for batch in batches:
        splits = batch.column("split").to_numpy()
        for part in np.split(np.arange(len(splits)), np.flatnonzero(np.diff(splits)) + 1):
            if not len(part):
                continue
            if splits[part[0]] != split and parts:
                yield split, pa.Table.from_batches(parts)
                parts = []
            split = int(splits[part[0]])
            parts.append(batch.slice(int(part[0]), len(part)))
    if parts:
        yield split, pa.Table.from_batches(parts)


def matrix(column: pa.Array, permutations: int) -> Signatures:
    """Signatures as rows of a matrix, ``uint32[n, permutations]``."""
    stored = column.cast(pa.binary(4 * permutations))
    first = 4 * permutations * stored.offset
    return np.frombuffer(stored.buffers()[1], np.uint32, len(stored) * permutations, first).reshape(
        -1, permutations
    )


def _column(signed: Signatures) -> pa.Array:
    """The other way round."""
    stored = pa.py_buffer(np.ascontiguousarray(signed))
    width = pa.binary(4 * signed.shape[1])
    return pa.FixedSizeBinaryArray.from_buffers(width, len(signed), [None, stored]).cast(pa.binary())
