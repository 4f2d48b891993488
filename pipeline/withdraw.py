"""What demands take out of a corpus: essays, all copies of one, and the pages that held nothing else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clusters import Verdict, key_hash
from pipeline.gather import columns, read_tables
from pipeline.schema import TakedownRow, Template
from pipeline.takedown import Demand, Takedowns, mark_of

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
    marks: Mapping[Demand, Sequence[str]]
    """By demand, what each essay that it took out is known by: its id, its mark."""


def marks_of(essays: Sequence[Path], takedowns: Takedowns) -> list[tuple[str, str]]:
    """Id and mark of every essay; none where no demand asks for essays."""
    if not takedowns.ask_for_essays:
        return []
    facts = columns(read_tables(essays), ["essay_id", "site", "key"]).to_pydict()
    rows = zip(facts["essay_id"], facts["site"], facts["key"], strict=True)
    return [(essay_id, mark_of(site, key_hash(key)) if key else "") for essay_id, site, key in rows]


def demanded(essays: Sequence[Path], marks: Sequence[tuple[str, str]], takedowns: Takedowns) -> Mask:
    """Essays that are demanded for themselves, ``bool[n]``; they take no part in the search for duplicates."""
    if not marks:
        return np.zeros(sum(file.num_rows for file in read_tables(essays)), np.bool_)
    return np.array(
        [takedowns.essay(*each) is not None and not takedowns.cluster(*each) for each in marks], np.bool_
    )


def withdraw(
    essays: Sequence[Path], marks: Sequence[tuple[str, str]], verdict: Verdict, takedowns: Takedowns
) -> tuple[Withdrawn, Verdict]:
    """All that goes, and the verdict on what is left.

    Args:
        essays: Arrow files of essays.
        marks: as ``marks_of`` has them.
        verdict: near-duplicates among those that are not demanded for themselves.
        takedowns: what is demanded.
    """
    facts = columns(read_tables(essays), ["essay_id", "url", "masked_late"])
    ids, urls = facts["essay_id"].to_pylist(), facts["url"].to_pylist()
    reasons = _clusters(verdict, marks, takedowns)
    for row, each in enumerate(marks):
        if demand := takedowns.essay(*each) or takedowns.cluster(*each):
            reasons.setdefault(row, demand)
    gone = np.zeros(len(ids), np.bool_)
    gone[list(reasons)] = True
    left = {url for url, is_gone in zip(urls, gone, strict=True) if not is_gone}
    touched = {urls[row] for row in reasons}
    late = set(pc.unique(facts["url"].filter(facts["masked_late"])).to_pylist())
    by_demand: dict[Demand, list[str]] = {}
    for row, demand in sorted(reasons.items()):
        by_demand.setdefault(demand, []).append(marks[row][1] or marks[row][0])
    withdrawn = Withdrawn(
        gone,
        frozenset(ids[row] for row in reasons),
        frozenset(touched - left),
        frozenset((touched & left) | late),
        by_demand,
    )
    return withdrawn, _without(verdict, gone)


def _clusters(verdict: Verdict, marks: Sequence[tuple[str, str]], takedowns: Takedowns) -> dict[int, Demand]:
    """Rows of the clusters of which a demand names an essay, whichever, with the demand."""
    if not marks:
        return {}
    kept = verdict.accepted[verdict.drops["kept_row"].to_numpy()].tolist()
    dropped = verdict.accepted[verdict.drops["dropped_row"].to_numpy()].tolist()
    head_of = dict(zip(dropped, kept, strict=True))
    named = {
        head_of.get(row, row): demand
        for row in verdict.accepted.tolist()
        if (demand := takedowns.cluster(*marks[row]))
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


def tombstones(takedowns: Takedowns, pages: Counter[Demand], withdrawn: Withdrawn) -> list[TakedownRow]:
    """A row for each demand, whether it took something out of this version or not."""
    rows = []
    for each in takedowns.demands:
        found = withdrawn.marks.get(each, ())
        marks = tuple(sorted({*each.marks, *found}))
        rows.append(TakedownRow(each.id, each.kind, each.since, each.reason, pages[each], len(found), marks))
    return rows


def unnamed(templates: Sequence[Template], takedowns: Takedowns, articles: frozenset[str]) -> list[Template]:
    """The templates, without the address of a page that must not be published."""
    return [
        replace(each, example="")
        if each.example in articles or takedowns.page((each.example,), each.example)
        else each
        for each in templates
    ]
