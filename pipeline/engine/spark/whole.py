"""An input that one task can take, decided there by the local engine's own search."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.bands import band_keys
from pipeline.dedup.order import Keep
from pipeline.dedup.search import RULES, Decided, Sketched, Wanted, decide
from pipeline.dedup.texts import Rows, Texts, texts_of
from pipeline.engine.spark.kernels import SIGN, Batches, Reader, matrix
from pipeline.engine.spark.shelf import Shelf

_SLICE = 4096


@dataclass(frozen=True, slots=True)
class Whole:
    """All rows of the input in one partition -> those that go, each with the row that stays."""

    reader: Reader
    wanted: Wanted
    keep: Keep
    by_value: bool
    """Whether rows are chosen by a value."""

    NEEDS: ClassVar[tuple[str, ...]] = ("row", "split", "hi", "lo", "size", "rank", "by", "signature")
    """Columns, of rows that have a token: see `pipeline.engine.spark.kernels.Digest`."""
    SCHEMA: ClassVar[str] = "row long, split int, kept long, jaccard double, containment double, rule string"

    def __call__(self, batches: Batches) -> Batches:
        """`NEEDS`, in any order -> see above."""
        parts = [batch for batch in batches if len(batch)]
        if not parts:
            return
        signed = np.concatenate(
            [matrix(part.column("signature"), self.wanted.sketch.num_perm) for part in parts]
        )
        rows = pa.Table.from_batches([part.drop_columns(["signature"]) for part in parts])
        del parts
        order = np.lexsort((rows["row"].to_numpy(), rows["split"].to_numpy()))
        rows = rows.take(pa.array(order)).combine_chunks()
        decided = self._decided(rows, signed[order])
        row, split = rows["row"].to_numpy(), rows["split"].to_numpy()
        gone = decided.dropped()
        for start in range(0, len(gone), _SLICE):
            some = gone[start : start + _SLICE]
            yield pa.record_batch(
                {
                    "row": pa.array(row[some]),
                    "split": pa.array(split[some]),
                    "kept": pa.array(row[decided.kept_row[some]]),
                    "jaccard": pa.array(decided.jaccard[some]),
                    "containment": pa.array(decided.containment[some]),
                    "rule": pa.array(RULES, pa.string()).take(pa.array(decided.rule[some])),
                }
            )

    def _decided(self, rows: pa.Table, signed: "np.ndarray[tuple[int, int], np.dtype[np.uint32]]") -> Decided:
        shelf = Shelf(read_texts(self.reader, rows["split"].to_numpy(), rows["row"].to_numpy()))
        digests = np.stack([rows["hi"].to_numpy(), rows["lo"].to_numpy()], axis=1).view(np.uint64) ^ SIGN
        keys = band_keys(signed, np.arange(len(signed)), self.wanted.bands)
        sketched = Sketched(shelf.texts, digests, signed, keys, shelf.release)
        return decide(sketched, visit(rows, self.keep, by_value=self.by_value), self.wanted, workers=1)


def visit(rows: pa.Table, keep: Keep, *, by_value: bool) -> Rows:
    """The local engine's visiting order, from what `Digest` says of texts and values: places in the table.

    Rows are sorted by their number last, which is what the local engine's stable sort comes to.
    """
    keys = [rows["row"].to_numpy()]
    if keep != "first" or by_value:
        values = pc.rank(
            rows["by"], sort_keys="descending" if keep == "best" else "ascending", tiebreaker="dense"
        )
        keys += [rows["lo"].to_numpy(), rows["hi"].to_numpy(), values.to_numpy(), rows["rank"].to_numpy()]
    if keep == "longest":
        keys.append(-rows["size"].to_numpy())
    return np.lexsort(keys)


def read_texts(reader: Reader, splits: Rows, rows: Rows) -> Iterator[Texts]:
    """Texts of some rows, which are sorted by split and number, in that order."""
    for part in np.split(np.arange(len(splits)), np.flatnonzero(np.diff(splits)) + 1):
        wanted = rows[part]
        for batch in reader.texts(int(splits[part[0]])):
            if len(batch):
                numbers = batch.column("row").to_numpy()
                start, stop = np.searchsorted(wanted, [numbers[0], numbers[-1] + 1])
                yield texts_of(batch.column("text").take(pa.array(wanted[start:stop] - numbers[0])))
