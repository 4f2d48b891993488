"""Rows of many Arrow files in an order of their own, brought together a part at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Chosen rows of many files in a chosen order, brought together a part at a time.

    Only the part that is asked for is in memory, so a table may be larger than it, and no column of
    text ever grows beyond what Arrow's 32-bit offsets hold.
    """

    files: tuple[pa.Table, ...]
    """Memory-mapped tables."""
    order: Indices
    """``int64[n]``: row numbers, counted through all files."""
    finish: Callable[[pa.Table, Indices], pa.Table]
    """From the rows of a part, and their positions among the chosen ones, to published columns."""
    keys: Sequence[str] = ()
    """Columns that the rows are sorted by, ascending; none if they have no such order."""

    @property
    def num_rows(self) -> int:
        """Number of chosen rows."""
        return len(self.order)

    def part(self, start: int, length: int) -> pa.Table:
        """Chosen rows from ``start``, at most so many."""
        positions = np.arange(start, min(start + length, len(self.order)), dtype=np.int64)
        wanted = self.order[positions]
        bounds = np.cumsum([0, *(file.num_rows for file in self.files)])
        ascending = np.argsort(wanted, kind="stable")
        cuts = np.searchsorted(wanted[ascending], bounds)
        pieces = [
            file.take(pa.array(wanted[ascending[left:right]] - first))
            for file, first, left, right in zip(self.files, bounds, cuts, cuts[1:], strict=False)
            if right > left
        ]
        rows = pa.concat_tables(pieces) if pieces else self.files[0].slice(0, 0)
        back = np.empty(len(wanted), dtype=np.int64)
        back[ascending] = np.arange(len(wanted))
        return self.finish(rows.take(pa.array(back)), positions)


def read_tables(paths: Sequence[Path]) -> tuple[pa.Table, ...]:
    """Arrow files as memory-mapped tables."""
    return tuple(pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in paths)


def columns(files: Sequence[pa.Table], names: list[str]) -> pa.Table:
    """Some columns of all files; text as large_string, which may exceed 2 GiB."""
    table = pa.concat_tables([file.select(names) for file in files])
    schema = pa.schema(
        [field.with_type(pa.large_string()) if field.type == pa.string() else field for field in table.schema]
    )
    return table.cast(schema)


def sorted_rows(facts: pa.Table, mask: pa.ChunkedArray | None, keys: list[str]) -> Indices:
    """Numbers of the rows that the mask lets through, sorted by the keys."""
    order: Indices = pc.sort_indices(facts, sort_keys=[(key, "ascending") for key in keys]).to_numpy()
    order = order.astype(np.int64)
    return order if mask is None else order[mask.to_numpy()[order]]
