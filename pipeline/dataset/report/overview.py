"""The top of the report: what the corpus is, and its funnel."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.dataset.report.figures import Header, Run, Step
from pipeline.dataset.report.plain import as_dict, as_int, as_list, counts
from pipeline.dataset.report.tables import Tables
from pipeline.schema import TABLES

_DAY = "select max(strftime(make_timestamp(epoch_us(fetched_at)), '%Y-%m-%d')) from pages"


def header(tables: Tables, corpus: Path, manifest: Mapping[str, object], runs: Sequence[Run]) -> Header:
    """What the corpus is; the run named is the last one whose build came to this funnel."""
    return Header(
        corpus=corpus.resolve().name,
        version=as_int(manifest.get("version")),
        origin=tuple(map(str, as_list(manifest.get("origin")))),
        run=next((run.id for run in runs if run.this), ""),
        tools={name: str(value) for name, value in as_dict(manifest.get("versions")).items()},
        dedup={name: str(value) for name, value in as_dict(manifest.get("dedup")).items()},
        contacts=str(manifest.get("contacts") or ""),
        summary=_summary(funnel(manifest), tables),
        first_fetch=tables.text(_DAY.replace("max(", "min(")),
        last_fetch=tables.text(_DAY),
        rows={name: tables.number(f"select count(*) from {name}") for name in TABLES if tables.has(name)},
        absent=tables.absent,
    )


def funnel(manifest: Mapping[str, object]) -> tuple[Step, ...]:
    """The funnel's bars in order: pages first, then the texts found on them."""
    facts = as_dict(manifest.get("funnel"))

    def away(unit: str, label: str, key: str) -> list[Step]:
        count = as_int(facts.get(key))
        return [Step(unit, "away", label, "", count)] if count else []

    def rejected(unit: str, key: str) -> list[Step]:
        rules = sorted(counts(facts.get(key)).items(), key=lambda rule: (-rule[1], rule[0]))
        return [Step(unit, "away", f"rejected: {rule}", rule, count) for rule, count in rules if count]

    return (
        Step("pages", "total", "pages read", "", as_int(facts.get("pages"))),
        *away("pages", "list pages", "lists"),
        *away("pages", "sitemaps and other", "other"),
        *away("pages", "superseded by a later fetch", "superseded"),
        *away("pages", "taken down", "taken_down"),
        *rejected("pages", "pages_rejected"),
        Step("pages", "rest", "article pages", "", as_int(facts.get("articles"))),
        Step("texts", "total", "texts found", "", as_int(facts.get("found"))),
        *away("texts", "taken down", "essays_taken_down"),
        *rejected("texts", "essays_rejected"),
        *away("texts", "near-duplicates dropped", "duplicates"),
        Step("texts", "rest", "essays kept", "", as_int(facts.get("kept"))),
    )


def _summary(steps: Sequence[Step], tables: Tables) -> str:
    number = {step.label: step.count for step in steps}
    sites = tables.number("select count(distinct site) from pages")
    dropped = number.get("near-duplicates dropped", 0)
    away = sum(step.count for step in steps if step.rule)
    return (
        f"{_many(number['pages read'], 'page')} of {_many(sites, 'site')} held {_many(number['texts found'], 'text')}; "
        f"{_many(number['essays kept'], 'essay')} {'is' if number['essays kept'] == 1 else 'are'} kept, "
        f"{_many(dropped, 'near-duplicate')} dropped, {_many(away, 'page or text', 'pages and texts')} rejected."
    )


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"
