"""The Python API: a table in, the table less its near-duplicates out."""

from dataclasses import dataclass

import pyarrow as pa

from pipeline.dedup.near import Keep, Statistics, near_duplicates
from pipeline.dedupe.columns import DEFAULT_ID, check_columns, checked_ids


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """A table in two: what stays, and what went and why."""

    kept: pa.Table
    """The rows that stay, in their order, with all columns."""
    duplicates: pa.Table
    """``dropped_row``, ``kept_row``, ``dropped_id``, ``kept_id``, ``jaccard``, ``rule``: all that went."""
    statistics: Statistics


def dedupe(
    table: pa.Table,
    *,
    text_column: str = "text",
    id_column: str | None = None,
    threshold: float = 0.8,
    ngram: int = 5,
    num_perm: int = 128,
    keep: Keep = "first",
) -> Deduplicated:
    """Drop the rows whose text repeats a kept row's, each drop verified by exact Jaccard similarity.

    Args:
        table: any table with a text column; null and empty texts stay.
        text_column: strings to compare, as they stand.
        id_column: distinct strings or integers; by default ``id`` where there is such a column, else the
            row number from 0 is the id.
        threshold: Jaccard similarity of the sets of character n-grams from which on a text repeats another.
        ngram: characters (code points) of an n-gram.
        num_perm: permutations of a MinHash signature.
        keep: which of several rows stays, the ``first`` or the ``longest``.

    Raises:
        InputError: a column is missing or of the wrong type, an id is missing or occurs twice.
    """
    if id_column is None and DEFAULT_ID in table.column_names:
        id_column = DEFAULT_ID
    check_columns(table.schema, text_column, id_column, "the table")
    column = None if id_column is None else table.column(id_column)
    ids = checked_ids(column, len(table), lambda row: f"row {row}")
    found = near_duplicates(
        ids, table.column(text_column), threshold=threshold, ngram=ngram, num_perm=num_perm, keep=keep
    )
    return Deduplicated(table.take(pa.array(found.kept)), found.drops, found.statistics)
