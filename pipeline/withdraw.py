"""What demands take out of a corpus: essays, all copies of one, and the pages that held nothing else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clusters import Verdict
from pipeline.gather import columns, read_tables
from pipeline.schema import TakedownRow, Template
from pipeline.takedown import Takedowns

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Essays that must not be published; rows are counted through all files of essays."""

    essays: Mask
    """``bool[n]``."""
    ids: frozenset[str]
    articles: frozenset[str]
    """Canonical URLs of articles of which no text is left."""
    torn: frozenset[str]
    """Canonical URLs of articles that lost some text, so their pages cannot be read back from the tables."""
    by_demand: Counter[str]
    """Essays by the id of the demand."""


def demanded(essays: Sequence[Path], takedowns: Takedowns) -> Mask:
    """Essays that are demanded by their own id, ``bool[n]``; they take no part in the search for duplicates."""
    ids = columns(read_tables(essays), ["essay_id"])["essay_id"].to_pylist() if takedowns else []
    if not ids:
        return np.zeros(sum(file.num_rows for file in read_tables(essays)), np.bool_)
    return np.array([takedowns.essay(each) is not None for each in ids], np.bool_)


def withdraw(
    essays: Sequence[Path], own: Mask, verdict: Verdict, takedowns: Takedowns
) -> tuple[Withdrawn, Verdict]:
    """All that goes, and the verdict on what is left.

    Args:
        essays: Arrow files of essays.
        own: as ``demanded`` has it.
        verdict: near-duplicates among the others.
        takedowns: what is demanded.
    """
    facts = columns(read_tables(essays), ["essay_id", "url", "masked_late"])
    ids, urls = facts["essay_id"].to_pylist(), facts["url"].to_pylist()
    rows = np.flatnonzero(own).tolist()
    reasons: dict[int, str] = {row: demand.id for row in rows if (demand := takedowns.essay(ids[row]))}
    if takedowns:
        reasons |= _clusters(verdict, ids, takedowns)
    gone = np.zeros(len(ids), np.bool_)
    gone[list(reasons)] = True
    left = {url for url, is_gone in zip(urls, gone, strict=True) if not is_gone}
    touched = {urls[row] for row in reasons}
    late = set(pc.unique(facts["url"].filter(facts["masked_late"])).to_pylist())
    withdrawn = Withdrawn(
        gone,
        frozenset(ids[row] for row in reasons),
        frozenset(touched - left),
        frozenset((touched & left) | late),
        Counter(reasons.values()),
    )
    return withdrawn, _without(verdict, gone)


def _clusters(verdict: Verdict, ids: Sequence[str], takedowns: Takedowns) -> dict[int, str]:
    """Rows of the clusters that a demand names by one of their essays, with the demand's id."""
    kept = verdict.accepted[verdict.drops["kept_row"].to_numpy()].tolist()
    dropped = verdict.accepted[verdict.drops["dropped_row"].to_numpy()].tolist()
    head_of = dict(zip(dropped, kept, strict=True))
    named = {
        head_of.get(row, row): demand.id
        for row in verdict.accepted.tolist()
        if (demand := takedowns.cluster(ids[row]))
    }
    members = {row: named[head] for row, head in head_of.items() if head in named}
    return named | members


def _without(verdict: Verdict, gone: Mask) -> Verdict:
    """The verdict on the essays that stay; clusters go as a whole, so none loses its kept essay."""
    stays = ~gone[verdict.accepted]
    if stays.all():
        return verdict
    place = np.cumsum(stays) - 1
    drops = verdict.drops.filter(pa.array(stays[verdict.drops["dropped_row"].to_numpy()]))
    for name in ("dropped_row", "kept_row"):
        column = drops.schema.get_field_index(name)
        drops = drops.set_column(column, name, pa.array(place[drops[name].to_numpy()]))
    return replace(
        verdict, accepted=verdict.accepted[stays], ids=verdict.ids.filter(pa.array(stays)), drops=drops
    )


def tombstones(takedowns: Takedowns, pages: Counter[str], essays: Counter[str]) -> list[TakedownRow]:
    """A row for each demand, whether it took something out of this version or not."""
    return [
        TakedownRow(each.id, each.kind, each.since, each.reason, pages[each.id], essays[each.id])
        for each in takedowns.demands
    ]


def unnamed(templates: Sequence[Template], takedowns: Takedowns, articles: frozenset[str]) -> list[Template]:
    """The templates, without the address of a page that must not be published."""
    return [
        replace(each, example="")
        if each.example in articles or takedowns.page((each.example,), each.example)
        else each
        for each in templates
    ]
