"""Lines that were removed and damage that was undone, each in the words around it."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.dataset.report.model import Edited, Edits, Segment
from pipeline.dataset.report.tables import Tables

_A_RULE = 5
_EXAMPLES = 240
_AROUND = 46
"""Characters of context on each side."""
_PIECE = 200
"""Characters shown of what was taken out or repaired."""
_INSIDE = 40
"""Edits shown in one context."""

_SAMPLE = f"""
    select * from (
        select *, row_number() over (partition by source, rule order by on_site, dice, essay_id, number) as turn
        from (
            select *, row_number() over (partition by source, rule, site order by dice, essay_id, number) as on_site
            from (
                select 'removed_lines' as source, rule, site, essay_id, number, "start", "end",
                    md5(essay_id || number) as dice from removed_lines
                union all
                select 'repairs', kind, site, essay_id, number, "start", "end", md5(essay_id || number) from repairs
            )))
    where turn <= {_A_RULE} order by turn, source, rule limit {_EXAMPLES}
"""
_SPOTS = f"""
    with texts as (
        select essay_id, url, text from essays where essay_id in (select essay_id from sample)
        union all select essay_id, url, text from duplicates where essay_id in (select essay_id from sample)
        union all select id, url, text from rejected where id in (select essay_id from sample)
    )
    select source, rule, s.site, s.essay_id, number, any_value(t.url), greatest(s."start" - {_AROUND}, 0) as a,
        any_value(substr(t.text, greatest(s."start" - {_AROUND}, 0) + 1,
            s."end" + {_AROUND} - greatest(s."start" - {_AROUND}, 0))), s."end" + {_AROUND}
    from sample s join texts t on t.essay_id = s.essay_id
    group by all order by source, rule, s.essay_id, number
"""
_AROUND_SPOTS = f"""
    select essay_id, number, 'repairs', kind, "start", "end", left(before, {_PIECE}), left(after, {_PIECE})
    from repairs where essay_id in (select essay_id from sample)
    union all
    select essay_id, number, 'removed_lines', rule, "start", "end", left(lead || text || trail, {_PIECE}), ''
    from removed_lines where essay_id in (select essay_id from sample)
    order by 1, 5, 2
"""


@dataclass(frozen=True, slots=True)
class _Spot:
    table: str
    rule: str
    site: str
    essay_id: str
    number: int
    url: str
    start: int
    text: str
    end: int


@dataclass(frozen=True, slots=True)
class _Edit:
    essay_id: str
    number: int
    table: str
    rule: str
    start: int
    end: int
    before: str
    after: str


def edits(tables: Tables) -> Edits:
    """Counts by rule and examples of each, from as many sites as there is room for."""
    tables.keep("sample", _SAMPLE)
    inside = itertools.groupby(tables.read(_Edit, _AROUND_SPOTS), key=lambda edit: edit.essay_id)
    of_essay = {essay_id: list(found) for essay_id, found in inside}
    spots = tables.read(_Spot, _SPOTS)
    return Edits(
        removed=tables.counts(
            "select rule, count(*) as n from removed_lines group by rule order by n desc, rule"
        ),
        repaired=tables.counts("select kind, count(*) as n from repairs group by kind order by n desc, kind"),
        certain=tables.number("select count(*) from repairs where certain"),
        examples=tuple(
            Edited(
                spot.table, spot.rule, spot.site, spot.url, _segments(spot, of_essay.get(spot.essay_id, ()))
            )
            for spot in spots
        ),
    )


def _segments(spot: _Spot, found: Sequence[_Edit]) -> tuple[Segment, ...]:
    """The text around a spot, every edit in it marked; where two overlap, the first stands."""
    segments: list[Segment] = []
    place, end = spot.start, min(spot.end, spot.start + len(spot.text))
    for edit in itertools.islice(_within(found, place, end), _INSIDE):
        if edit.start < place:
            continue
        if edit.start > place:
            segments.append(("=", spot.text[place - spot.start : edit.start - spot.start]))
        segments.append(_marked(edit, chosen=edit.number == spot.number))
        place = max(place, edit.end)
    if place < end:
        segments.append(("=", spot.text[place - spot.start :]))
    return tuple(segments)


def _within(found: Sequence[_Edit], start: int, end: int) -> Iterable[_Edit]:
    """Edits of a stretch of text, in the order of the text."""
    inside = [edit for edit in found if start <= edit.start and edit.end <= end]
    return sorted(inside, key=lambda edit: (edit.start, edit.number))


def _marked(edit: _Edit, *, chosen: bool) -> Segment:
    mark = ("chosen",) if chosen else ()
    if edit.table == "repairs":
        return ("~", edit.before, edit.after, *mark)
    return ("-", edit.before, edit.rule, *mark)
