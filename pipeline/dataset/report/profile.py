"""What the corpus is made of: encodings, scripts, genres, years, lengths; and its formulaic sentences."""

from pipeline.dataset.report.figures import Bin, Kept, Profile
from pipeline.dataset.report.model import Passage
from pipeline.dataset.report.tables import Tables

_GENRES = 16
_SENTENCES = 40
_PARAGRAPHS = 10
_PASSAGE = 240
_BINS = 32
_WIDTHS = (25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000)

_SCRIPTS = """
    select script, count(*) filter (kept) as n, count(*) filter (not kept) as d from texts
    group by script order by n + d desc, script limit 10
"""
_BY_GENRE = """
    select coalesce(nullif(genre, ''), 'not told by the title'), count(*) filter (kept) as n,
        count(*) filter (not kept) as d from texts group by 1 order by n + d desc, 1
"""
_YEARS = """
    select year(published)::varchar, count(*) filter (kept), count(*) filter (not kept) from texts
    where published is not null group by 1 order by 1 desc limit 40
"""
_LENGTHS = """
    select least(chars // $1, $2) * $1 as low, 0, count(*) filter (kept), count(*) filter (not kept)
    from texts group by low order by low
"""
_PASSAGES = f"""
    with ranked as (
        select kind, passage, essays, occurrences, first_id,
            row_number() over (partition by kind order by essays desc, occurrences desc, masked, passage) as n
        from passages
    ), top as (
        select * from ranked where n <= case when kind = 'sentence' then {_SENTENCES} else {_PARAGRAPHS} end
    )
    select kind, left(passage, {_PASSAGE}), essays, occurrences, coalesce(e.url, '')
    from top left join (select essay_id, url from essays) e on e.essay_id = first_id
    order by kind desc, n
"""


def profile(tables: Tables) -> Profile:
    """Shares and histograms, over pages and over texts, kept and dropped."""
    tables.keep(
        "texts",
        "select true as kept, script, genre, published, chars from essays "
        "union all select false, script, genre, published, chars from duplicates",
    )
    return Profile(
        charsets=_pages(tables, "coalesce(nullif(charset, ''), 'not decoded')"),
        charset_reasons=_pages(tables, "coalesce(nullif(charset_reason, ''), 'not decoded')"),
        extractors=tables.counts(
            "select coalesce(nullif(regexp_extract(extractor, '^[a-z]+'), ''), 'unnamed'), count(*) as n from pages "
            "where outcome = 'article' group by 1 order by n desc, 1 limit 10"
        ),
        scripts=tuple(tables.read(Kept, _SCRIPTS)),
        genres=_genres(tables.read(Kept, _BY_GENRE)),
        years=tuple(reversed(tables.read(Kept, _YEARS))),
        undated=tables.number("select count(*) from texts where published is null"),
        lengths=_lengths(tables),
        median=tables.number("select quantile_disc(chars, 0.5) from texts where kept"),
    )


def passages(tables: Tables) -> tuple[Passage, ...]:
    """The sentences, then the paragraphs, that most kept essays have in common."""
    return tuple(tables.read(Passage, _PASSAGES))


def _pages(tables: Tables, column: str) -> dict[str, int]:
    query = f"select {column}, count(*) as n from pages group by 1 order by n desc, 1 limit 12"
    return tables.counts(query)


def _genres(found: list[Kept]) -> tuple[Kept, ...]:
    rest = found[_GENRES:]
    if not rest:
        return tuple(found)
    others = Kept("others", sum(each.kept for each in rest), sum(each.duplicates for each in rest))
    return (*found[:_GENRES], others)


def _lengths(tables: Tables) -> tuple[Bin, ...]:
    """Lengths in bins of one width, chosen so that one text in a hundred is left for the open last bin."""
    long = tables.number("select quantile_disc(chars, 0.99) from texts")
    width = next((each for each in _WIDTHS if long <= each * _BINS), _WIDTHS[-1])
    last = max(1, -(-long // width))
    found = {each.start: each for each in tables.read(Bin, _LENGTHS, [width, last])}
    empty = Bin(0, 0, 0, 0)
    return tuple(
        Bin(
            at * width,
            0 if at == last else (at + 1) * width,
            found.get(at * width, empty).kept,
            found.get(at * width, empty).duplicates,
        )
        for at in range(last + 1)
        if found
    )
