"""Which essays repeat which, and whose text may show what another one lost."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dedup.longest import longest_runs
from pipeline.dedup.minhash import Sketch
from pipeline.dedup.near import near_duplicates
from pipeline.dedup.passages import passages
from pipeline.dedup.search import Wanted
from pipeline.dedup.shingles import Tokens
from pipeline.dedup.texts import texts_of
from pipeline.engine.local import FileSource
from pipeline.gather import Indices, columns, read_tables, sorted_rows
from pipeline.records import schema_of
from pipeline.schema import DeletedCharacter, PassageRow, Sibling
from pipeline.text.script import to_hans
from pipeline.text.siblings import FROM_SIBLING

THRESHOLD, NGRAM, NUM_PERM = 0.8, 5, 128
"""Near-duplicates: exact Jaccard of the character 5-grams of two keys at or above the threshold."""
WANTED = Wanted(THRESHOLD, Sketch(Tokens(NGRAM), NUM_PERM))
_COMPARED = ["essay_id", "key", "truncated", "repairs", "unrecovered", "published", "chars"]
"""Columns that the choice among near-duplicates goes by."""
MOST_SIBLINGS = 3
"""Copies from other sites that an essay is held against."""
_SIBLING = schema_of(Sibling)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Near-duplicates among the essays that were accepted."""

    accepted: Indices
    """``int64[n]``: row numbers, counted through all files, in the order in which they are published."""
    ids: pa.ChunkedArray
    """Their ids."""
    drops: pa.Table
    """``dropped_row`` and ``kept_row`` (positions in ``accepted``) and what `duplicates` says of the pair
    (``jaccard``, ``rule``, ``containment``, ``longest_run``, ``first``), by ``dropped_row``."""


def key_hash(key: str) -> str:
    """What a duplicate key is published as: 20 hexadecimal digits."""
    return hashlib.blake2b(key.encode(), digest_size=10).hexdigest()


def key_hashes(keys: pa.ChunkedArray) -> pa.Array:
    """``key_hash`` of each key."""
    return pa.array((key_hash(key.as_py()) for key in keys), pa.string())


def find_duplicates(essays: Sequence[Path], without: npt.NDArray[np.bool_], *, workers: int) -> Verdict:
    """Near-duplicates among essays.

    Args:
        essays: Arrow files of stage ``recover``.
        without: ``bool[n]``: essays that take no part, counted through all files.
        workers: threads, of which the result does not depend.
    """
    found = read_tables(essays)
    facts = columns(found, ["site", "url", "ordinal", "rule"])
    taking_part = pc.and_(pc.equal(facts["rule"], ""), pa.array(~without))
    accepted = sorted_rows(facts, taking_part, ["site", "url", "ordinal"])
    compared = columns(found, _COMPARED).take(pa.array(accepted))
    drops = _described(compared, _drops(compared).sort_by("dropped_row"), workers)
    return Verdict(accepted, compared["essay_id"], drops)


def _described(essays: pa.Table, drops: pa.Table, workers: int) -> pa.Table:
    """Each pair with what it has in common, and which of the two is older."""
    kept, dropped = drops["kept_row"].to_numpy(), drops["dropped_row"].to_numpy()
    order = np.argsort(kept, kind="stable")
    runs = longest_runs(texts_of(essays["key"]), kept[order], dropped[order], workers)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    dates = essays["published"]
    older, newer = dates.take(drops["kept_row"]), dates.take(drops["dropped_row"])
    first = pc.if_else(pc.less(older, newer), "kept", pc.if_else(pc.equal(older, newer), "same", "dropped"))
    return drops.append_column("longest_run", pa.array(runs[back])).append_column(
        "first", pc.fill_null(first, "unknown")
    )


def _drops(essays: pa.Table) -> pa.Table:
    """Drops among the essays; the one kept is whole, undamaged, early, long, in that order of weight."""
    preferred = pc.sort_indices(
        pa.table(
            {
                "truncated": essays["truncated"],
                "damaged": pc.greater(pc.add(essays["repairs"], essays["unrecovered"]), 0),
                "published": essays["published"],
                "chars": essays["chars"],
            }
        ),
        sort_keys=[
            ("truncated", "ascending"),
            ("damaged", "ascending"),
            ("published", "ascending"),
            ("chars", "descending"),
        ],
    ).to_numpy()
    order = np.empty(len(preferred), dtype=np.int64)
    order[preferred] = np.arange(len(preferred))
    return near_duplicates(essays["essay_id"], essays["key"], WANTED, order=order).drops


@dataclass(frozen=True, slots=True)
class SiblingSource:
    """Essays of one file, each beside a few of its near-duplicates from other sites."""

    paths: tuple[Path, ...]
    """All files, which the siblings' rows are counted through."""
    number: int
    """Which of them."""
    bounds: Indices
    """``int64[files + 1]``: the number of each file's first row."""
    offsets: Indices
    """``int64[rows + 1]``: where each essay's siblings begin in ``siblings``."""
    siblings: Indices

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Essays as stored, with the column ``siblings``; of the other files only those that hold one are opened."""
        places = np.searchsorted(self.bounds, self.siblings, "right") - 1
        found = {
            place: read_tables([self.paths[place]])[0].select(_SIBLING.names)
            for place in np.unique(places).tolist()
        }
        at = 0
        for batch in FileSource(self.paths[self.number]).batches():
            offsets = self.offsets[at : at + batch.num_rows + 1]
            inside = slice(offsets[0], offsets[-1])
            texts = [
                found[place].slice(int(row - self.bounds[place]), 1)
                for row, place in zip(self.siblings[inside], places[inside].tolist(), strict=True)
            ]
            table = pa.concat_tables(texts).combine_chunks() if texts else _SIBLING.empty_table()
            values = table.to_struct_array().combine_chunks()
            lists = pa.ListArray.from_arrays(pa.array(offsets - offsets[0], pa.int32()), values)
            yield batch.append_column("siblings", lists)
            at += batch.num_rows


def sibling_sources(essays: Sequence[Path], verdict: Verdict) -> list[SiblingSource]:
    """Sources of stage ``restore``: essays beside members of their clusters that stand on other sites."""
    found = read_tables(essays)
    bounds = np.cumsum([0, *(file.num_rows for file in found)])
    sizes = np.zeros(int(bounds[-1]), dtype=np.int64)
    every: list[int] = []
    for row, others in sorted(_siblings(found, verdict).items()):
        sizes[row] = len(others)
        every += others
    offsets, rows = np.concatenate(([0], np.cumsum(sizes))), np.array(every, dtype=np.int64)
    return [
        SiblingSource(
            tuple(essays),
            number,
            bounds,
            offsets[first : last + 1] - offsets[first],
            rows[offsets[first] : offsets[last]],
        )
        for number, (first, last) in enumerate(itertools.pairwise(bounds))
    ]


def _siblings(found: Sequence[pa.Table], verdict: Verdict) -> dict[int, list[int]]:
    """Rows of siblings by row: of each cluster one a site, the kept one first."""
    sites = columns(found, ["site"])["site"].to_pylist()
    kept = verdict.accepted[verdict.drops["kept_row"].to_numpy()].tolist()
    dropped = verdict.accepted[verdict.drops["dropped_row"].to_numpy()].tolist()
    members: dict[int, list[int]] = {}
    for head, row in zip(kept, dropped, strict=True):
        members.setdefault(head, [head]).append(row)
    siblings = {}
    for cluster in members.values():
        first = {sites[row]: row for row in reversed(cluster)}
        shown = sorted(first.values(), key=cluster.index)[: MOST_SIBLINGS + 1] if len(first) > 1 else []
        for row in cluster if shown else ():
            siblings[row] = [other for other in shown if sites[other] != sites[row]][:MOST_SIBLINGS]
    return siblings


def accepted_by_site(essays: Sequence[Path]) -> Counter[str]:
    """How many essays of each site were accepted, from Arrow files of essays."""
    facts = columns(read_tables(essays), ["site", "rule"])
    return Counter(facts["site"].filter(pc.equal(facts["rule"], "")).to_pylist())


def passages_of(essays: Sequence[Path], verdict: Verdict, *, workers: int) -> pa.Table:
    """Table ``passages``: what several kept essays have in common, from Arrow files of stage ``restore``."""
    stays = np.ones(len(verdict.accepted), dtype=np.bool_)
    stays[verdict.drops["dropped_row"].to_numpy()] = False
    rows = pa.array(verdict.accepted[stays])
    texts = texts_of(columns(read_tables(essays), ["text_hans"])["text_hans"].take(rows))
    ids = verdict.ids.filter(pa.array(stays))
    every = np.arange(len(rows), dtype=np.int64)
    found = passages(texts, every, lambda some: ids.take(pa.array(some)), workers=workers)
    schema = schema_of(PassageRow)
    names = ["essays" if name == "clusters" else name for name in found.column_names]
    return found.rename_columns(names).select(schema.names).cast(schema)


def restored_characters(repairs: Sequence[Path]) -> Counter[tuple[str, str]]:
    """How often each character (simplified) was put back, by site, from Arrow files of table ``repairs``."""
    table = columns(read_tables(repairs), ["site", "kind", "after"])
    table = table.filter(pc.equal(table["kind"], FROM_SIBLING))
    pairs = zip(table["site"].to_pylist(), table["after"].to_pylist(), strict=True)
    return Counter((site, char) for site, chars in pairs for char in to_hans(chars))


def with_restored(
    deleted: Iterable[DeletedCharacter], restored: Mapping[tuple[str, str], int]
) -> list[DeletedCharacter]:
    """What sites delete, each with how often it was restored."""
    return [replace(each, restored=restored.get((each.site, each.character), 0)) for each in deleted]
