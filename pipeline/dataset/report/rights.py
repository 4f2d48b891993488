"""People's data and people's wishes: contact data, reservations, demands to take down."""

from pipeline.dataset.report.figures import ContactKind, Reservation, Rights, Takedown
from pipeline.dataset.report.tables import Tables

_TAKEDOWNS = 60
_DIRECTIVES = 30
_REASON = 160

_CONTACTS = """
    select c.kind, count(*), sum(c.count)::bigint as n from (select unnest(contacts) as c from pages)
    group by c.kind order by n desc, c.kind
"""
_RESERVED = f"""
    select reserved, sum(page)::bigint as n, sum(essay)::bigint from (
        select reserved, 1 as page, 0 as essay from pages union all select reserved, 0, 1 from essays)
    where reserved != '' group by reserved order by n desc, reserved limit {_DIRECTIVES}
"""
_TAKEN = f"""
    select kind, coalesce(since::varchar, ''), left(reason, {_REASON}), pages, essays from takedowns
    order by since desc nulls last, id limit {_TAKEDOWNS}
"""


def rights(tables: Tables) -> Rights:
    """What was found and what was done; an older corpus did not count it."""
    return Rights(
        counted=tables.has("pages", "contacts"),
        contacts=tuple(tables.read(ContactKind, _CONTACTS)),
        reservations=tuple(tables.read(Reservation, _RESERVED)),
        takedowns=tuple(tables.read(Takedown, _TAKEN)),
        takedowns_total=tables.number("select count(*) from takedowns"),
    )
