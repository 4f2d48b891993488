"""What the search needs of a corpus, wherever it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.dedup.bands import Behind
from pipeline.dedup.minhash import Progress
from pipeline.dedup.order import Keep
from pipeline.dedup.search import Sketched, Wanted
from pipeline.dedup.texts import Rows
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True)
class Preparation:
    """How rows are prepared."""

    wanted: Wanted
    keep: Keep
    workers: int | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """All rows of the input."""

    sketched: Sketched
    visit: Rows
    """``int64[n]``: all rows in visiting order."""
    ids: pa.ChunkedArray
    behind: Behind | None
    """Room for the search, where memory is short."""


def common_type(chunks: Sequence[pa.Array]) -> pa.ChunkedArray | None:
    """Values that rows are chosen by, of one type; None where no file has them.

    Raises:
        InputError: there is no such type.
    """
    kinds = {chunk.type for chunk in chunks if not pa.types.is_null(chunk.type)}
    if not kinds:
        return None
    try:
        schema = pa.unify_schemas([pa.schema([("by", kind)]) for kind in kinds], promote_options="permissive")
        return pa.chunked_array([chunk.cast(schema.field("by").type) for chunk in chunks])
    except pa.ArrowException as error:
        names = ", ".join(sorted(map(str, kinds)))
        raise InputError(f"values of the types {names} have no common order") from error
