"""The `dedupe` command: near-duplicates dropped from any Parquet or JSONL corpus.

What does the work is imported when there is work to do, so that ``--help`` answers at once.
"""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pipeline.errors import CorpusError

if TYPE_CHECKING:
    from pipeline.dedupe.run import Found, Options

EPILOG = """\b
Examples:
  dedupe corpus.parquet -o out
  dedupe data/ extra.jsonl.zst -o out --text-column content --keep longest
  dedupe corpus.jsonl --dry-run                 what would go
  dedupe corpus.jsonl --explain 4711            why row 4711 goes, what differs

\b
In the output folder:
  train-00000-of-0000N.parquet   the kept rows, all columns, in input order
  duplicates.parquet             each dropped row: its id, the kept row's id, their
                                 exact Jaccard similarity, file and row of both
  manifest.json                  parameters, counts, files; written last

Exit status: 0 done, 2 something is wrong with the input, the options or the output.
"""


@click.command(
    epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder to write to: new, empty, or an earlier output, which is replaced.",
)
@click.option(
    "--text-column",
    metavar="NAME",
    default="text",
    show_default=True,
    help="Column of texts to compare, as they stand.",
)
@click.option(
    "--id-column",
    metavar="NAME",
    help="Column of distinct ids. Without one, and without a column `id`, the row number in input order, "
    "from 0, is the id; '' asks for that.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0.05, 1),
    default=0.8,
    show_default=True,
    help="Jaccard similarity of the n-gram sets from which on a row repeats another.",
)
@click.option(
    "--ngram",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="Characters of an n-gram.",
)
@click.option(
    "--num-perm",
    type=click.IntRange(16, 4096),
    default=128,
    show_default=True,
    help="MinHash permutations, 4 bytes each a row.",
)
@click.option(
    "--keep",
    type=click.Choice(["first", "longest"]),
    default="first",
    show_default=True,
    help="Which of several rows alike stays: the first in input order, or the longest text.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing, say what would go.")
@click.option(
    "--explain", metavar="ID", help="Write nothing, show the rows alike to this one and what differs."
)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON on standard output.")
@click.version_option(package_name="fanwen", prog_name="dedupe")
def command(  # noqa: PLR0913 - one argument an option, that is click's way
    *,
    inputs: tuple[Path, ...],
    output: Path | None,
    text_column: str,
    id_column: str | None,
    threshold: float,
    ngram: int,
    num_perm: int,
    keep: Literal["first", "longest"],
    dry_run: bool,
    explain: str | None,
    as_json: bool,
) -> None:
    """Drop the rows whose text nearly repeats a kept row's; write the rest, all columns, as Parquet.

    INPUT is Parquet or JSONL (.jsonl, .ndjson, also .gz and .zst), files or folders. Candidates are
    found by MinHash; no row goes without a kept row whose exact Jaccard similarity of character
    n-grams reaches the threshold. Rows whose text is null or empty stay.
    """
    if output is None and not dry_run and explain is None:
        raise click.UsageError("say where to write with -o DIR, or use --dry-run or --explain ID")
    from pipeline.dedupe.run import Options

    options = Options(text_column, id_column, threshold, ngram, num_perm, keep)
    if explain is not None:
        _explain(inputs, options, explain, as_json)
    else:
        _dedupe(inputs, options, None if dry_run else output, as_json)


def main() -> None:
    """Entry point: what a person can mend is one line on standard error."""
    try:
        command()
    except CorpusError as error:
        click.echo(f"dedupe: {' '.join(str(error).split())}", err=True)
        sys.exit(error.exit_code)


def _dedupe(inputs: tuple[Path, ...], options: "Options", folder: Path | None, as_json: bool) -> None:
    from pipeline.dedupe import report, run, target

    begin = time.perf_counter()
    if folder:
        target.check_output(folder, inputs)
    with report.progress() as progress:
        found = run.find(inputs, options, progress)
        files = run.write(found, folder, progress) if folder else []
    seconds = time.perf_counter() - begin
    if as_json:
        _print_json(report.as_json(found, seconds, folder, files))
        return
    click.echo(report.summary(found, seconds, folder, files))
    if not folder and len(found.result.drops):
        click.echo(report.drops_listed(found))


def _explain(inputs: tuple[Path, ...], options: "Options", name: str, as_json: bool) -> None:
    from dataclasses import asdict

    from rich.console import Console

    from pipeline.dedupe import explain, report, run

    with report.progress() as progress:
        found: Found = run.find(inputs, options, progress)
    if as_json:
        _print_json(asdict(explain.cluster_of(found, name)))
    else:
        explain.show(found, name, Console())


def _print_json(value: dict[str, object]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))
