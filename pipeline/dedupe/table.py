"""The Python API: a table in, the table less its near-duplicates out."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from pipeline.dedup.near import near_duplicates
from pipeline.dedup.order import Keep
from pipeline.dedup.search import Statistics
from pipeline.dedupe.columns import DEFAULT_ID, Names, check_columns, checked_ids
from pipeline.dedupe.mask import masked_texts
from pipeline.dedupe.options import Mask, Options
from pipeline.dedupe.source import Facts, Part
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """A table in two: what stays, and what went and why."""

    kept: pa.Table
    """The rows that stay, in their order, with all columns."""
    duplicates: pa.Table
    """``dropped_row``, ``kept_row``, ``dropped_id``, ``kept_id``, ``jaccard``, ``containment``, ``rule``: all that went."""
    statistics: Statistics


def dedupe(  # noqa: PLR0913 - the command's options, by name
    table: pa.Table,
    *,
    text_column: str = "text",
    id_column: str | None = None,
    threshold: float = 0.8,
    ngram: int = 5,
    tokens: Literal["characters", "words"] = "characters",
    num_perm: int = 128,
    keep: Keep = "first",
    order_by: str | None = None,
    mask: Mask = "none",
    contained: float | None = None,
    contained_drop: Literal["part", "whole"] = "part",
    workers: int | None = None,
) -> Deduplicated:
    """Drop the rows whose text repeats a kept row's, each drop verified on the sets of n-grams.

    Args:
        table: any table with a text column; null and empty texts stay.
        text_column: strings to compare.
        id_column: distinct strings or integers; by default ``id`` where there is such a column, else the
            row number from 0 is the id; the empty string asks for that.
        threshold: Jaccard similarity of the sets of n-grams from which on a text repeats another.
        ngram: tokens of an n-gram.
        tokens: ``characters`` (code points) or ``words``, for languages with spaces.
        num_perm: permutations of a MinHash signature.
        keep: which of several rows stays: the ``first`` (in order, or by the lowest value of a column), the
            ``longest``, or the ``best`` by the highest value of a column.
        order_by: that column.
        mask: ``zh`` compares Chinese texts under fanwen's duplicate key (years, placeholders, script, width folded).
        contained: share of a text's n-grams from which on it lies in another and goes; None: not looked for.
        contained_drop: whether then the contained ``part`` goes or the ``whole`` that contains it.
        workers: threads (and processes, for a mask).

    Raises:
        InputError: a column is missing or of the wrong type, an id is missing or occurs twice.
    """
    options = Options(
        text_column, id_column, threshold, ngram, tokens, num_perm, "multilinear", keep, order_by, mask,
        contained, contained_drop,
    )  # fmt: skip
    if id_column is None and DEFAULT_ID in table.column_names:
        id_column = DEFAULT_ID
    check_columns(table.schema, text_column, id_column or None, "the table")
    if order_by is not None and order_by not in table.column_names:
        raise InputError(f"the table has no column {order_by!r}; it has {', '.join(table.column_names)}")
    names = checked_ids(table.column(id_column) if id_column else None, lambda row: f"row {row}")
    texts = table.column(text_column)
    if mask != "none":
        nothing = pa.nulls(len(table))
        part = Part(
            Facts(0, len(table), 0, table.schema),
            texts.cast(pa.large_string()).combine_chunks(),
            nothing,
            nothing,
        )
        texts = masked_texts(part, mask, workers).texts
    found = near_duplicates(
        _all(names, len(table)),
        texts,
        options.wanted,
        keep=keep,
        order=table.column(order_by) if order_by else None,
        workers=workers,
    )
    return Deduplicated(table.take(pa.array(found.kept)), found.drops, found.statistics)


def _all(names: Names, count: int) -> pa.Array:
    return names.ids if names.ids is not None else names.of(np.arange(count))
