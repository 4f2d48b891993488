"""The lineage of a template: the copies of an essay over time and sites, and the slots in which they differ."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.clusters import Verdict
from pipeline.gather import Gathered, Indices, read_tables
from pipeline.records import batched, from_batch, schema_of
from pipeline.schema import ClusterRow, Copy, Filling
from pipeline.text.slots import slots_of

_MEMBERS = 500
"""Copies that one task takes at least, if there are so many; clusters are never torn."""
_BATCH = 64
_LAST = date.max
_LAST_FETCH = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClusterSource:
    """The copies of some clusters, the kept one of each first."""

    paths: tuple[Path, ...]
    rows: Indices
    """``int64[n]``: row numbers, counted through all files."""
    heads: Indices
    """``int64[n]``: for each copy, the position in ``rows`` of the kept one."""
    jaccard: tuple[float, ...]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The copies as ``Copy``."""
        gathered = Gathered(read_tables(self.paths), self.rows, lambda rows, _: rows.select(_READ))
        table = gathered.part(0, len(self.rows))
        table = table.append_column("cluster_id", table["essay_id"].take(pa.array(self.heads)))
        table = table.append_column("kept", pa.array(self.heads == np.arange(len(self.rows))))
        table = table.append_column("jaccard", pa.array(self.jaccard, pa.float64()))
        yield from table.select(_COPY.names).cast(_COPY).combine_chunks().to_batches()


_COPY = schema_of(Copy)
_READ = [name for name in _COPY.names if name not in ("cluster_id", "kept", "jaccard")]


def cluster_sources(essays: Sequence[Path], verdict: Verdict) -> list[ClusterSource]:
    """Sources of stage ``clusters``, in the order of the kept essays."""
    drops = verdict.drops.sort_by([("kept_row", "ascending"), ("dropped_row", "ascending")])
    kept = drops["kept_row"].to_numpy()
    dropped = drops["dropped_row"].to_numpy()
    jaccard = drops["jaccard"].to_numpy()
    starts = (
        np.flatnonzero(np.concatenate(([True], kept[1:] != kept[:-1]))) if len(kept) else np.empty(0, int)
    )
    sources: list[ClusterSource] = []
    rows: list[int] = []
    heads: list[int] = []
    similar: list[float] = []
    for start, end in itertools.pairwise([*starts.tolist(), len(kept)]):
        head = len(rows)
        rows += [int(kept[start]), *dropped[start:end].tolist()]
        heads += [head] * (end - start + 1)
        similar += [1.0, *jaccard[start:end].tolist()]
        if len(rows) >= _MEMBERS or end == len(kept):
            numbers = verdict.accepted[np.array(rows, np.int64)]
            sources.append(ClusterSource(tuple(essays), numbers, np.array(heads, np.int64), tuple(similar)))
            rows, heads, similar = [], [], []
    return sources


def cluster_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Copies in, cluster by cluster; rows of table ``clusters`` out, in order of time."""
    copies = (copy for batch in batches for copy in from_batch(Copy, batch))
    clusters = itertools.groupby(copies, key=lambda copy: copy.cluster_id)
    rows = itertools.chain.from_iterable(_rows(list(members)) for _, members in clusters)
    yield from batched(ClusterRow, rows, _BATCH)


def _rows(members: Sequence[Copy]) -> Iterator[ClusterRow]:
    kept, *others = members
    slots, fillings = slots_of(kept.text_hans, [other.text_hans for other in others])
    places = {slot.number: slot for slot in slots}
    own = {slot.number: kept.text_hans[slot.start : slot.end] for slot in slots}
    differing = (
        {each.slot: each.text for each in of_copy if each.text != own[each.slot]} for of_copy in fillings
    )
    texts = [own, *differing]
    order = sorted(range(len(members)), key=lambda at: _age(members[at]))
    for number, at in enumerate(order, 1):
        copy = members[at]
        yield ClusterRow(
            cluster_id=copy.cluster_id,
            number=number,
            essay_id=copy.essay_id,
            kept=copy.kept,
            url=copy.url,
            site=copy.site,
            title=copy.title,
            published=copy.published,
            fetched_at=copy.fetched_at,
            jaccard=copy.jaccard,
            fillings=tuple(
                Filling(slot, places[slot].kind, places[slot].start, places[slot].end, text)
                for slot, text in sorted(texts[at].items())
            ),
        )


def _age(copy: Copy) -> tuple[date, datetime, str]:
    return copy.published or _LAST, copy.fetched_at or _LAST_FETCH, copy.essay_id
