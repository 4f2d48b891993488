"""In which order rows are visited, that is, which of several alike stays."""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.exact import Digests
from pipeline.dedup.jit import compiled
from pipeline.dedup.texts import Bytes, Rows, Texts
from pipeline.errors import InputError

Keep = Literal["first", "longest", "best"]
Sortable: TypeAlias = pa.Array | pa.ChunkedArray | npt.NDArray[np.generic]


def visiting_order(texts: Texts, digests: Digests, keep: Keep, by: Sortable | None = None) -> Rows:
    """All rows, the one first that is kept before all others.

    Args:
        texts: all texts.
        digests: ``uint64[n, 2]``; what is otherwise equal goes by them, so that the outcome does not depend on
            the order of the rows.
        keep: ``first``: the lowest value of ``by``, or the lowest row without one; ``longest``: the most
            characters, then the lowest value; ``best``: the highest value.
        by: a value a row; rows without one come last.

    Returns:
        ``int64[n]``.

    Raises:
        InputError: values cannot be sorted, or ``best`` has none.
    """
    if by is None and keep == "first":
        return np.arange(len(texts))
    if by is None and keep == "best":
        raise InputError("to keep the best, a column says what is best")
    keys: list[npt.NDArray[np.generic]] = [digests[:, 1], digests[:, 0]]
    if by is not None:
        keys.append(_ranks(by, descending=keep == "best"))
    if keep == "longest":
        keys.append(-characters(texts))
    return np.lexsort(keys)


def characters(texts: Texts) -> Rows:
    """Code points of each text, ``int64[n]``."""
    counts = np.empty(len(texts), np.int64)
    _characters(texts.data, texts.offsets, counts)
    return counts


@compiled
def _characters(data: Bytes, offsets: Rows, counts: Rows) -> None:
    for row in range(len(counts)):
        count = 0
        for at in range(offsets[row], offsets[row + 1]):
            count += data[at] & 0xC0 != 0x80
        counts[row] = count


def _ranks(by: Sortable, *, descending: bool) -> Rows:
    values = by if isinstance(by, pa.Array | pa.ChunkedArray) else pa.array(by)
    try:
        ranks = pc.rank(
            values,
            sort_keys="descending" if descending else "ascending",
            tiebreaker="dense",
        )
    except pa.ArrowException as error:
        raise InputError(f"values of type {values.type} have no order") from error
    return np.asarray(ranks.to_numpy(zero_copy_only=False), np.int64)
