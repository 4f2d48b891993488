"""The largest clusters: who copied what, where and when, and in which words the copies differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.dataset.report.model import Cluster, Clusters, Copy, Slot, SlotText
from pipeline.dataset.report.tables import Tables

CLUSTERS = 15
_COPIES = 160
"""Copies of a cluster on the line of time."""
_SLOTS = 12
_TEXTS = 6
"""Texts shown of a slot."""
_TEXT = 48
_CONTEXT = 14
_OPENING = 150
_SITES = 8
_KINDS = ("year", "date", "place", "unit", "number", "placeholder", "words", "passage")

_MEMBERS = """
    select *, row_number() over (
        partition by cluster_id order by kept desc, md5(essay_id), essay_id) as dice
    from (
        select cluster_id, essay_id, kept, site, published from clusters
        union all
        select essay_id, essay_id, true, site, published from essays where not $there and cluster_size > 1
        union all
        select kept_id, essay_id, false, site, published from duplicates where not $there
    )
"""
_LARGEST = f"""
    with top as (
        select cluster_id from members group by cluster_id order by count(*) desc, cluster_id limit {CLUSTERS}
    ), heads as (
        select essay_id, title, url, site, left(text_hans, {_OPENING}) as opening
        from essays where essay_id in (select cluster_id from top)
    )
    select m.cluster_id, count(*) as size, count(distinct m.site), coalesce(min(m.published)::varchar, ''),
        coalesce(max(m.published)::varchar, ''), count(*) - count(m.published),
        any_value(e.title), any_value(e.url), any_value(e.site), any_value(e.opening)
    from members m join heads e on e.essay_id = m.cluster_id
    group by m.cluster_id order by size desc, m.cluster_id
"""
_SIZES = """
    select bin, count(*) from (
        select case when n = 1 then '1' when n = 2 then '2' when n = 3 then '3' when n <= 5 then '4–5'
            when n <= 10 then '6–10' when n <= 20 then '11–20' when n <= 50 then '21–50'
            when n <= 100 then '51–100' else 'over 100' end as bin, n
        from (select cluster_size as n from essays))
    group by bin order by min(n)
"""
_BY_SITE = (
    "select cluster_id, site, count(*) from members where cluster_id in (select unnest($1)) group by all"
)
_POINTS = f"""
    select cluster_id, site, published::varchar, kept from members
    where cluster_id in (select unnest($1)) and published is not null and dice <= {_COPIES}
    order by cluster_id, published, site, kept desc, essay_id
"""
_FILLINGS = f"""
    with filled as (
        select cluster_id, kept, unnest(fillings) as f from clusters where cluster_id in (select unnest($1))
    ), counted as (
        select cluster_id, f.slot as slot, f.kind as kind, f."start" as a, f."end" as z,
            left(f.text, {_TEXT}) as text, kept, count(*) as n
        from filled group by all
    )
    select c.cluster_id, slot, kind, c.text, c.kept, n,
        substr(e.text_hans, greatest(a - {_CONTEXT}, 0) + 1, least(a, {_CONTEXT})),
        substr(e.text_hans, z + 1, {_CONTEXT})
    from counted c
    join (select essay_id, text_hans from essays where essay_id in (select unnest($1))) e
        on e.essay_id = c.cluster_id
    order by c.cluster_id, slot, c.kept desc, n desc, c.text
"""


@dataclass(frozen=True, slots=True)
class _Head:
    id: str
    size: int
    sites: int
    first: str
    last: str
    undated: int
    title: str
    url: str
    site: str
    opening: str


@dataclass(frozen=True, slots=True)
class _Site:
    cluster: str
    site: str
    count: int


@dataclass(frozen=True, slots=True)
class _Filling:
    cluster: str
    slot: int
    kind: str
    text: str
    kept: bool
    count: int
    before: str
    after: str


_Row = TypeVar("_Row", _Site, Copy, _Filling)


def clusters(tables: Tables) -> Clusters:
    """The largest clusters; an older corpus has them without slots.

    Leaves the temporary table ``members`` behind: ``cluster_id, essay_id, kept, site, published, dice``.
    """
    there = "true" if tables.has("clusters") else "false"
    tables.keep("members", _MEMBERS.replace("$there", there))
    heads = tables.read(_Head, _LARGEST)
    ids = [head.id for head in heads]
    sites = _grouped(tables.read(_Site, _BY_SITE, [ids])) if ids else {}
    copies = _grouped(tables.read(Copy, _POINTS, [ids])) if ids else {}
    fillings = _grouped(tables.read(_Filling, _FILLINGS, [ids])) if ids else {}
    return Clusters(
        sizes=tables.counts(_SIZES),
        largest=tuple(
            _cluster(head, sites.get(head.id, []), copies.get(head.id, []), fillings.get(head.id, []))
            for head in heads
        ),
    )


def _grouped(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    groups: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[row.cluster].append(row)
    return groups


def _cluster(head: _Head, sites: list[_Site], copies: list[Copy], fillings: list[_Filling]) -> Cluster:
    slots = _slots(fillings)
    return Cluster(
        id=head.id,
        title=head.title,
        url=head.url,
        site=head.site,
        size=head.size,
        sites=head.sites,
        first=head.first,
        last=head.last,
        undated=head.undated,
        opening=head.opening,
        by_site=_top({each.site: each.count for each in sites}),
        copies=tuple(copies),
        slots=_chosen(slots),
        slots_total=len(slots),
    )


def _top(counts: Mapping[str, int]) -> dict[str, int]:
    """The largest counts, and all others as one."""
    order = sorted(counts, key=lambda name: (-counts[name], name))
    top = {name: counts[name] for name in order[:_SITES]}
    if rest := order[_SITES:]:
        top[f"{len(rest):,} others"] = sum(counts[name] for name in rest)
    return top


def _slots(fillings: list[_Filling]) -> list[Slot]:
    by_slot: dict[int, list[_Filling]] = defaultdict(list)
    for each in fillings:
        by_slot[each.slot].append(each)
    return [_slot(number, texts) for number, texts in by_slot.items()]


def _slot(number: int, texts: Sequence[_Filling]) -> Slot:
    return Slot(
        slot=number,
        kind=texts[0].kind,
        before=texts[0].before,
        after=texts[0].after,
        texts=tuple(SlotText(each.text, each.count, each.kept) for each in texts[:_TEXTS]),
        variants=len(texts),
        copies=sum(each.count for each in texts if not each.kept),
    )


def _chosen(slots: list[Slot]) -> tuple[Slot, ...]:
    """Some of each kind, what tells most first, then in the order of the text."""

    def telling(slot: Slot) -> tuple[int, int, int, int]:
        kind = _KINDS.index(slot.kind) if slot.kind in _KINDS else len(_KINDS)
        return kind, -slot.variants, -slot.copies, slot.slot

    rank: dict[str, int] = defaultdict(int)
    turns = []
    for slot in sorted(slots, key=telling):
        turns.append((rank[slot.kind], telling(slot), slot))
        rank[slot.kind] += 1
    chosen = [slot for _, _, slot in sorted(turns, key=lambda turn: turn[:2])[:_SLOTS]]
    return tuple(sorted(chosen, key=lambda slot: slot.slot))
