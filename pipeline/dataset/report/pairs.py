"""Kept essays beside reposts of theirs, with the differences."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.dataset.report.differences import differences
from pipeline.dataset.report.model import Pair, Segment
from pipeline.dataset.report.tables import Tables

CLUSTERS = 10
_CHARS = 1800
"""Characters of each text that are compared."""

_CHOSEN = """
    with ranked as (
        select essay_id, kept_id, jaccard,
            row_number() over (partition by kept_id order by jaccard, md5(essay_id), essay_id) as n,
            count(*) over (partition by kept_id) as total
        from duplicates where kept_id in (select unnest($1))
    )
    select essay_id, kept_id from ranked where n in (1, (total + 1) // 2, total)
"""
_TEXTS = f"""
    with kept as (
        select essay_id, title, url, site, coalesce(published::varchar, '') as published,
            left(text_hans, {_CHARS + 1}) as text
        from essays where essay_id in (select kept_id from chosen)
    ), copies as (
        select essay_id, kept_id, title, url, site, coalesce(published::varchar, '') as published,
            left(text_hans, {_CHARS + 1}) as text, jaccard, rule
        from duplicates where essay_id in (select essay_id from chosen)
    )
    select d.kept_id, e.title, e.url, e.site, e.published, e.text,
        d.title, d.url, d.site, d.published, d.text, d.jaccard, d.rule
    from copies d join kept e on e.essay_id = d.kept_id
    order by d.kept_id, d.jaccard, md5(d.essay_id), d.essay_id
"""


@dataclass(frozen=True, slots=True)
class _Texts:
    cluster: str
    title: str
    kept_url: str
    kept_site: str
    kept_published: str
    kept_text: str
    title_of_repost: str
    url: str
    site: str
    published: str
    text: str
    jaccard: float
    rule: str


def pairs(tables: Tables, clusters: Sequence[str]) -> tuple[Pair, ...]:
    """Of each cluster the least alike repost, one in the middle and the most alike, in the order of the clusters."""
    ids = list(clusters[:CLUSTERS])
    if not ids:
        return ()
    tables.keep("chosen", _CHOSEN, [ids])
    found = sorted(tables.read(_Texts, _TEXTS), key=lambda each: ids.index(each.cluster))
    return tuple(_pair(each) for each in found)


def _pair(each: _Texts) -> Pair:
    cut = max(len(each.kept_text), len(each.text)) > _CHARS
    segments = differences(each.kept_text[:_CHARS], each.text[:_CHARS])
    return Pair(
        cluster=each.cluster,
        title=each.title,
        kept_url=each.kept_url,
        kept_site=each.kept_site,
        kept_published=each.kept_published,
        title_of_repost=each.title_of_repost,
        url=each.url,
        site=each.site,
        published=each.published,
        jaccard=round(each.jaccard, 4),
        rule=each.rule,
        cut=cut,
        segments=_whole(segments) if cut else segments,
    )


def _whole(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Without the end of a cut text, which differs only because the other one was cut elsewhere."""
    last = max((at for at, segment in enumerate(segments) if segment[0] == "="), default=len(segments) - 1)
    return segments[: last + 1]
