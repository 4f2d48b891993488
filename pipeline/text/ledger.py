"""Stages `repairs` and `removed_lines`: the edits of essays as rows of two tables, and the way back from them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipeline.edits import REMOVED
from pipeline.records import batched, from_batch
from pipeline.schema import Edit, RemovedLineRow, RepairRow

_BATCH = 4096


@dataclass(frozen=True, slots=True)
class _Entry:
    """What of an essay the rows are made of."""

    essay_id: str
    url: str
    site: str
    ordinal: int
    text: str
    edits: tuple[Edit, ...]


def repair_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Essays in, one row out for each repair."""
    rows = (
        RepairRow(
            essay_id=entry.essay_id,
            url=entry.url,
            site=entry.site,
            ordinal=entry.ordinal,
            number=number,
            start=edit.start,
            end=edit.end,
            kind=edit.kind,
            before=edit.before,
            after=entry.text[edit.start : edit.end],
            certain=edit.score == 1.0,
            score=edit.score,
            source=edit.source,
        )
        for entry in _entries(batches)
        for number, edit in enumerate(entry.edits)
        if edit.kind != REMOVED
    )
    yield from batched(RepairRow, rows, _BATCH)


def removed_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Essays in, one row out for each line or part of one that was taken out."""
    rows = (
        _removed(entry, number, edit)
        for entry in _entries(batches)
        for number, edit in enumerate(entry.edits)
        if edit.kind == REMOVED
    )
    yield from batched(RemovedLineRow, rows, _BATCH)


def _removed(entry: _Entry, number: int, edit: Edit) -> RemovedLineRow:
    text = edit.before.strip()
    lead = edit.before[: len(edit.before) - len(edit.before.lstrip())]
    return RemovedLineRow(
        essay_id=entry.essay_id,
        url=entry.url,
        site=entry.site,
        ordinal=entry.ordinal,
        number=number,
        start=edit.start,
        end=edit.end,
        rule=edit.rule,
        score=edit.score,
        lead=lead,
        text=text,
        trail=edit.before[len(lead) + len(text) :],
    )


def _entries(batches: Iterable[pa.RecordBatch]) -> Iterator[_Entry]:
    for batch in batches:
        yield from from_batch(_Entry, batch)
