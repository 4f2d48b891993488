"""Many texts as one run of UTF-8 bytes, which compiled code reads where Arrow has put them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError

Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]
Strings: TypeAlias = pa.Array | pa.ChunkedArray | Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts one behind the other."""

    data: Bytes
    """``uint8[]``: valid UTF-8."""
    offsets: Rows
    """``int64[n + 1]``: text i is ``data[offsets[i]:offsets[i + 1]]``."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def text(self, row: int) -> str:
        """One of them."""
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes().decode()

    def sizes(self) -> Rows:
        """Bytes of each, ``int64[n]``."""
        return np.diff(self.offsets)


def texts_of(values: Strings) -> Texts:
    """Texts in one buffer, not copied if they are one Arrow array of large strings already.

    Null becomes the empty text, which equals nothing.

    Raises:
        InputError: a value is no string, or no valid Unicode.
    """
    array = as_strings(values)
    _, offsets, data = array.buffers()
    if offsets is None or not len(array):
        return Texts(np.empty(0, np.uint8), np.zeros(1, np.int64))
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return Texts(np.frombuffer(data if data is not None else b"", np.uint8), ends)


def as_strings(values: Strings) -> pa.LargeStringArray:
    """Strings as one Arrow array of large strings; null becomes the empty string.

    Raises:
        InputError: a value is no string, or no valid Unicode.
    """
    try:
        array = (
            values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, pa.large_string())
        )
        if not is_text(array.type):
            raise InputError(f"texts must be strings, not {array.type}")
        array = pc.cast(array, pa.large_string())
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        array = pc.fill_null(array, "") if array.null_count else array
        array.validate(full=True)
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise InputError(f"texts must be strings of valid Unicode: {error}") from error
    return array


def is_text(kind: pa.DataType) -> bool:
    """Whether an Arrow type holds strings, plain or dictionary-encoded (or nothing but nulls)."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    plain = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(fits(kind) for fits in plain)
