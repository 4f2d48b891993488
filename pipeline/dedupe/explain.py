"""Why a row went, for human eyes: its cluster, and what differs from the row that was kept."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import numpy as np
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pipeline.dedup.search import RULES
from pipeline.dedupe.run import Found, texts_of_rows
from pipeline.errors import InputError

Kind = Literal["equal", "dropped", "kept"]
Piece = tuple[Kind, str]

_TOKEN = re.compile(r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]+|\d+|\s+|.", re.DOTALL)
_CLAUSE = re.compile(r"[^，。；！？,;!?\n]*[，。；！？,;!?\n]+|[^，。；！？,;!?\n]+")
_LONGEST = 4000
"""Characters up to which texts are compared one by one: the time grows with the square."""
_CONTEXT = 30
"""Characters of equal text shown on each side of a difference."""
_BEFORE_ANY = 2 * _CONTEXT + 20
_STYLES = {"equal": "", "dropped": "bold red strike", "kept": "bold green"}
_MARKS = {"equal": ("", ""), "dropped": ("[-", "-]"), "kept": ("{+", "+}")}


@dataclass(frozen=True, slots=True)
class Member:
    """A row of a cluster that was dropped."""

    id: str
    row: int
    jaccard: float
    containment: float | None
    """None of a row that went for one kept earlier."""
    rule: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A kept row and what was dropped for it."""

    kept_id: str
    kept_row: int | None
    """None where an earlier run kept it."""
    kept_run: str | None
    """That run."""
    dropped: tuple[Member, ...]


def cluster_of(found: Found, name: str) -> Cluster:
    """The cluster that the row of this id belongs to.

    Raises:
        InputError: there is no such id.
    """
    row = found.names.row(name, len(found.sizes))
    if row is None:
        raise InputError(f"no row has the id {name!r}")
    decided = found.decided
    earlier, kept_row = int(decided.earlier[row]), int(decided.kept_row[row])
    rows = np.flatnonzero(decided.earlier == earlier if earlier >= 0 else decided.kept_row == kept_row)
    ids = found.names.of(rows).to_pylist()
    if earlier >= 0 and found.matches is not None:
        members = [_member(found, at, called) for called, at in zip(ids, rows.tolist(), strict=True)]
        return Cluster(found.matches.id[earlier], None, found.matches.run[earlier], tuple(members))
    kept_id = ids[rows.tolist().index(kept_row)]
    members = [
        _member(found, at, called) for called, at in zip(ids, rows.tolist(), strict=True) if at != kept_row
    ]
    return Cluster(kept_id, kept_row, None, tuple(members))


def _member(found: Found, row: int, name: str) -> Member:
    decided = found.decided
    containment = float(decided.containment[row])
    return Member(
        name,
        row,
        float(decided.jaccard[row]),
        None if math.isnan(containment) else containment,
        RULES[int(decided.rule[row])],
    )


def show(found: Found, name: str, console: Console) -> None:
    """Print the cluster of a row, each dropped text as what changes it into the kept one.

    Raises:
        InputError: there is no such id.
    """
    cluster = cluster_of(found, name)
    if not cluster.dropped:
        console.print(Text(f"{name} is kept, and no other row repeats it."))
        return
    console.print(_table(found, cluster))
    if cluster.kept_row is None:
        console.print(
            Text(f"{cluster.kept_id} was kept by {cluster.kept_run}; its text is not in this input.")
        )
        return
    shown = [member for member in cluster.dropped if name in {member.id, cluster.kept_id}]
    texts = texts_of_rows(found, [cluster.kept_row, *(member.row for member in shown)])
    for member in shown:
        console.print(_comparison(member, cluster, texts[member.row], texts[cluster.kept_row]))


def differences(dropped: str, kept: str) -> list[Piece]:
    """What two texts share and what only one has, in reading order; of long texts by clauses, not characters."""
    token = _TOKEN if max(len(dropped), len(kept)) <= _LONGEST else _CLAUSE
    left, right = token.findall(dropped), token.findall(kept)
    pieces: list[Piece] = []
    for tag, start, end, other_start, other_end in SequenceMatcher(
        None, left, right, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            pieces.append(("equal", "".join(left[start:end])))
            continue
        if start < end:
            pieces.append(("dropped", "".join(left[start:end])))
        if other_start < other_end:
            pieces.append(("kept", "".join(right[other_start:other_end])))
    return pieces


def _table(found: Found, cluster: Cluster) -> Table:
    table = Table(
        "", "id", "Jaccard", "contained", "rule", "place", title=f"{len(cluster.dropped) + 1} rows alike"
    )
    kept = cluster.kept_run if cluster.kept_row is None else found.source.place(cluster.kept_row)
    table.add_row("kept", Text(cluster.kept_id), "", "", "", Text(kept or ""))
    for member in cluster.dropped:
        place = Text(found.source.place(member.row))
        table.add_row(
            "dropped",
            Text(member.id),
            f"{member.jaccard:.4f}",
            "" if member.containment is None else f"{member.containment:.4f}",
            member.rule,
            place,
        )
    return table


def _comparison(member: Member, cluster: Cluster, dropped: str, kept: str) -> Group:
    head = Text(
        f"\n{member.id} (dropped) against {cluster.kept_id} (kept), Jaccard {member.jaccard:.4f}", "bold"
    )
    if dropped == kept:
        return Group(head, Text("The texts are identical."))
    body = Text()
    for kind, text in _shortened(differences(dropped, kept)):
        opening, closing = _MARKS[kind]
        body.append(f"{opening}{text}{closing}", _STYLES[kind])
    return Group(head, Text("[-only in the dropped text-] {+only in the kept text+}", "dim"), body)


def _shortened(pieces: list[Piece]) -> Iterator[Piece]:
    for number, (kind, text) in enumerate(pieces):
        if kind != "equal" or len(text) <= _BEFORE_ANY:
            yield kind, text
            continue
        before = text[:_CONTEXT] if number else ""
        after = text[-_CONTEXT:] if number + 1 < len(pieces) else ""
        hidden = len(text) - len(before) - len(after)
        yield kind, f"{before} … {hidden} equal characters … {after}"
