"""``fanwen show`` and ``fanwen sql``: looking at what came out."""

import csv
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler import terminal
from crawler.cli.options import corpus_option

if TYPE_CHECKING:
    from pipeline.dataset.look import Found

_EDITS = 20
"""Repairs or removed lines that are shown of an essay, unless all are asked for."""
_FACTS = ("genre", "script", "published", "site", "truncated", "unrecovered", "reserved", "licence")


@click.command()
@click.argument("what", metavar="ID|URL")
@corpus_option
@click.option(
    "--all", "everything", is_flag=True, help="All repairs and removed lines, not the first twenty."
)
def show(*, what: str, corpus: Path, everything: bool) -> None:
    """Print an essay with its page, its cluster, its repairs and removed lines.

    ID: of an essay (kept, dropped or rejected), of a page or of a cluster. URL: of any page.
    """
    from pipeline.dataset.look import find

    for number, found in enumerate(find(corpus, what)):
        if number:
            terminal.say("")
        for line in _lines(found, None if everything else _EDITS):
            terminal.say(line)


@click.command()
@click.argument("statement", required=False, metavar="[QUERY]")
@corpus_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "jsonl"]),
    help="By default a table at a terminal, else CSV.",
)
@click.option(
    "--rows", type=click.IntRange(1), default=40, show_default=True, help="Rows of a table that are shown."
)
def sql(*, statement: str | None, corpus: Path, form: str | None, rows: int) -> None:
    """Run a DuckDB query over the tables by name; without one, say which tables there are.

    The corpus is only read; COPY and INSTALL do what they do in DuckDB. Of several statements the last one is shown.

    \b
    fanwen sql "select genre, count(*) from essays group by all order by 2 desc"
    fanwen sql "select k.title, d.site, d.jaccard from duplicates d join essays k on d.kept_id = k.essay_id"
    fanwen sql --format csv "select * from repairs" > repairs.csv
    echo "from essays limit 3" | fanwen sql -
    """  # noqa: D301 - click wants the character itself
    from pipeline.dataset.look import draw, open_tables, query, summary

    with open_tables(corpus) as connection:
        if statement is None:
            statement = summary(connection)
        elif statement == "-":
            statement = sys.stdin.read()
        if form == "table" or (form is None and sys.stdout.isatty()):
            draw(connection, statement, rows)
            return
        write = _write_jsonl if form == "jsonl" else _write_csv
        write(query(connection, statement))


def _write_csv(rows: Iterator[tuple[object, ...]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for row in rows:
        writer.writerow([_json(value) if isinstance(value, list | dict) else value for value in row])


def _write_jsonl(rows: Iterator[tuple[object, ...]]) -> None:
    names: list[str] = []
    for name in next(rows):
        names.append(f"{name}_{names.count(str(name)) + 1}" if name in names else str(name))
    for row in rows:
        sys.stdout.write(_json(dict(zip(names, row, strict=True))) + "\n")


def _json(value: object) -> str:
    return json.dumps(_finite(value), ensure_ascii=False, default=str)


def _finite(value: object) -> object:
    """The value with what JSON has no word for as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def _lines(found: "Found", most: int | None) -> Iterator[str]:
    """An essay for a terminal."""
    essay = found.essay
    kind = {
        "essays": "kept",
        "duplicates": "dropped as a near-duplicate",
        "rejected": f"rejected: {essay.get('rule')}",
    }
    identity = essay.get("essay_id", essay.get("id"))
    yield f"{essay.get('title') or '(no title)'}   [{identity}, {kind[found.table]}]"
    yield f"{essay['url']}   essay {essay['ordinal']} of its page(s)"
    facts = [f"{name} {essay[name]}" for name in _FACTS if essay.get(name)]
    yield "  ".join(facts)
    if found.table == "rejected":
        yield f"reason: {essay['reason']} (stage {essay['stage']})"
    if found.table == "duplicates":
        yield (
            f"repeats {essay['kept_id']}: Jaccard {essay['jaccard']:.3f}, containment {essay['containment']:.3f}, "
            f"longest common run {essay['longest_run']:,} characters, older: {essay['first']}"
        )
    yield ""
    yield essay["text"]
    yield ""
    for page in found.pages:
        yield (
            f"page {page['page_no']}  {page['fetched_url']}  fetched {page['fetched_at']}  {page['charset']} "
            f"({page['charset_reason']})  read by {page['extractor'] or 'nobody'}  {page['source']} at {page['offset']:,}"
        )
        if page["rights"]:
            yield f"  states: {'; '.join(page['rights'])}"
    yield from _cluster(found)
    yield from _edits(f"repairs ({len(found.repairs):,})", map(_repair, found.repairs), most)
    yield from _edits(f"removed ({len(found.removed):,})", map(_removal, found.removed), most)


def _cluster(found: "Found") -> Iterator[str]:
    if not found.cluster:
        return
    yield f"cluster of {found.cluster_size:,}"
    for row in found.cluster:
        slots = " | ".join(f"{each['text']}" for each in row["fillings"] if each["kind"] != "passage")
        mark = "*" if row["kept"] else " "
        yield f" {mark} {row['published'] or '          '}  {row['site']:<14} {row['essay_id']}  {row['jaccard']:.3f}  {slots[:120]}"
    if found.cluster_size > len(found.cluster):
        yield f"   … {found.cluster_size - len(found.cluster):,} more (table clusters)"


def _edits(heading: str, lines: Iterator[str], most: int | None) -> Iterator[str]:
    shown = list(lines)
    if not shown:
        return
    yield heading
    yield from (f"  {line}" for line in shown[:most])
    if most is not None and len(shown) > most:
        yield f"  … {len(shown) - most:,} more (--all)"


def _repair(row: dict[str, Any]) -> str:
    certain = "" if row["certain"] else f"  ({row['score']:.2f})"
    return f"{row['start']:>6}  {row['kind']}: {_short(row['before'])} → {_short(row['after'])}{certain}"


def _removal(row: dict[str, Any]) -> str:
    return f"{row['start']:>6}  {row['rule']}: {_short(row['text'])}"


def _short(text: str, most: int = 60) -> str:
    plain = json.dumps(text, ensure_ascii=False)
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"
