"""Why pages and texts were rejected: counts by rule and site, and examples of each."""

from pipeline.dataset.report.model import RejectedCell, RejectedExample, Rejections
from pipeline.dataset.report.tables import Tables

_CELLS = 1500
_A_SITE = 3
"""Examples of a rule on one site."""
_A_RULE = 15
_EXAMPLES = 300
_TEXT = 220
_REASON = 160
_URL = 300

_COUNTS = f"""
    select kind, stage, rule, site, count(*) as n from rejected
    group by all order by n desc, rule, site, kind, stage limit {_CELLS}
"""
_SAMPLE = f"""
    with ranked as (
        select kind, rule, site, left(url, {_URL}) as url, left(reason, {_REASON}) as reason, left(text, {_TEXT}) as text,
            md5(id || ordinal) as dice,
            row_number() over (partition by kind, rule, site order by md5(id || ordinal), url) as on_site
        from rejected
    ), chosen as (
        select *, row_number() over (partition by kind, rule order by on_site, dice, url) as of_rule
        from ranked where on_site <= {_A_SITE}
    ), capped as (
        select * from chosen where of_rule <= {_A_RULE} order by of_rule, kind, rule limit {_EXAMPLES}
    )
    select kind, rule, site, url, reason, text from capped order by rule, site, dice, url
"""


def rejections(tables: Tables) -> Rejections:
    """Counts and examples; of each rule examples of as many sites as there is room for."""
    return Rejections(
        cells=tuple(tables.read(RejectedCell, _COUNTS)),
        examples=tuple(tables.read(RejectedExample, _SAMPLE)),
    )
