"""The `dedupe` command: near-duplicates dropped from any Parquet or JSONL corpus.

What does the work is imported when there is work to do, so that ``--help`` answers at once.
"""

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.errors import ConfigError, CorpusError, OutputError
from pipeline.usage import EPILOG, engine_options, option

if TYPE_CHECKING:
    from pipeline.dedupe.memory import Memory
    from pipeline.dedupe.options import Options
    from pipeline.dedupe.run import Found, Resources


@click.command(
    epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@option(
    "-o",
    "--output",
    metavar="DIR",
    help="Folder to write to: new, empty, or an earlier output, which is replaced.",
)
@option("--text-column", metavar="NAME", default="text", help="Column of texts to compare.")
@option(
    "--id-column",
    metavar="NAME",
    help="Column of distinct ids. Without one, and without a column `id`, the row number in input order, "
    "from 0, is the id; '' asks for that.",
)
@option(
    "--threshold",
    type=click.FloatRange(0.05, 1),
    default=0.8,
    help="Jaccard similarity of the n-gram sets from which on a row repeats another.",
)
@option("--ngram", type=click.IntRange(1, 100), default=5, help="Tokens of an n-gram.")
@option(
    "--tokens",
    type=click.Choice(["characters", "words"]),
    default="characters",
    help="What n-grams are made of: characters (code points) for any language and for code, words (runs of letters "
    "and digits) for languages with spaces.",
)
@option(
    "--num-perm",
    type=click.IntRange(16, 4096),
    default=128,
    help="MinHash permutations, 4 bytes each a row.",
)
@option(
    "--hash",
    type=click.Choice(["multilinear", "sha1"]),
    default="multilinear",
    help="What MinHash permutes; sha1 gives datasketch's own signatures, and takes longer.",
)
@option(
    "--keep",
    type=click.Choice(["first", "longest", "best"]),
    default="first",
    help="Which of several rows alike stays: the first in input order or by the lowest value of --order-by, the "
    "longest text, or the best by the highest value of --order-by.",
)
@option("--order-by", metavar="COLUMN", help="Column for --keep first and --keep best, and for ties.")
@option(
    "--mask",
    type=click.Choice(["none", "zh"]),
    default="none",
    help="Compare texts as they stand, or Chinese texts with years, numbers, placeholders, script, width and "
    "punctuation folded.",
)
@option(
    "--contained",
    metavar="SHARE",
    type=click.FloatRange(0.05, 1),
    help="Drop rows of whose n-grams this share or more lies in a kept row: copies cut short, essays on a page of "
    "several. 0.9 is a good value.",
)
@option(
    "--contained-drop",
    type=click.Choice(["part", "whole"]),
    default="part",
    help="With --contained: whether the part goes or the whole that contains it.",
)
@option(
    "--passages",
    is_flag=True,
    help="Write passages.parquet too: sentences and paragraphs that three kept rows or more have in common.",
)
@option(
    "--drop-repeats",
    is_flag=True,
    help="Take out of each kept text the sentences that it has said before.",
)
@option(
    "--memory",
    metavar="SIZE",
    help="Memory to use, such as 2GiB; what does not fit goes to the output folder while it works. By default half "
    "of what the machine has.",
)
@option(
    "--index",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Remember what is kept: drop rows that repeat what earlier runs with this index kept, and add to it what "
    "this run keeps.",
)
@option("--workers", type=click.IntRange(1, 1024), help="Threads; by default one a processor.")
@engine_options
@option("--dry-run", is_flag=True, help="Write nothing, say what would go.")
@option("--explain", metavar="ID", help="Write nothing, show the rows alike to this one and what differs.")
@option("--json", "as_json", is_flag=True, help="Report as JSON on standard output.")
@click.version_option(package_name="fanwen", prog_name="dedupe")
def command(
    *,
    inputs: tuple[str, ...],
    output: str | None,
    memory: str | None,
    index: Path | None,
    workers: int | None,
    engine: str,
    master: str | None,
    spark_conf: tuple[str, ...],
    dry_run: bool,
    explain: str | None,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Drop the rows whose text nearly repeats a kept row's; write the rest, all columns, as Parquet.

    INPUT is Parquet or JSONL (.jsonl, .ndjson, also .gz and .zst), files or folders, here or in an object store.
    Candidates are found by MinHash; no row goes without a kept row whose exact Jaccard similarity of n-grams
    reaches the threshold. Rows whose text is null or empty stay.
    """
    if output is None and not dry_run and explain is None:
        raise click.UsageError("say where to write with -o DIR, or use --dry-run or --explain ID")
    from pipeline.dedupe.options import Options, memory_bytes
    from pipeline.dedupe.run import Resources

    options, resources = Options(**chosen), Resources(memory_bytes(memory), workers)
    if engine == "spark":
        from pipeline.dedupe.distributed import command as on_spark

        alone = {
            "index": index,
            "explain": explain,
            "memory": memory,
            "workers": workers,
            "dry-run": dry_run or None,
        }
        on_spark.run(inputs, options, output, (master, spark_conf), alone, as_json=as_json)
        return
    if master or spark_conf:
        raise ConfigError("--master and --spark-conf go with --engine spark")
    if explain is not None:
        _explain(inputs, options, resources, index, explain, as_json)
    elif dry_run or output is None:
        _dry_run(inputs, options, resources, index, as_json)
    else:
        _dedupe(inputs, options, resources, index, Path(output), as_json)


def main() -> None:
    """Entry point: what a person can mend is one line on standard error."""
    try:
        command()
    except CorpusError as error:
        click.echo(f"dedupe: {' '.join(str(error).split())}", err=True)
        sys.exit(error.exit_code)


def _dedupe(
    inputs: tuple[str, ...],
    options: "Options",
    resources: "Resources",
    index: Path | None,
    folder: Path,
    as_json: bool,
) -> None:
    from pipeline.dedupe import output, report, run, target

    begin = time.perf_counter()
    target.check_output(folder, inputs, indexed=index is not None)
    with _memory(index, options, folder) as memory, target.claimed(folder), report.progress() as progress:
        found = run.find(inputs, options, resources, folder / target.WORK, progress, memory)
        files = output.write(found, folder, progress)
    _report(found, time.perf_counter() - begin, folder, files, as_json)


@contextlib.contextmanager
def _memory(index: Path | None, options: "Options", output: Path | None) -> Iterator["Memory | None"]:
    """The index, held for writing if there will be an output."""
    if index is None:
        yield None
        return
    from pipeline.dedupe.memory import Memory, check_not_remembered, open_index

    if output is not None and index.resolve() == output.resolve():
        raise OutputError(f"{index}: the output and the index are two folders")
    opened = open_index(index, options)
    if output is None:
        yield Memory(opened)
        return
    with opened.writing():
        check_not_remembered(output, opened.runs)
        yield Memory(opened)


def _dry_run(
    inputs: tuple[str, ...], options: "Options", resources: "Resources", index: Path | None, as_json: bool
) -> None:
    from pipeline.dedupe import report

    begin = time.perf_counter()
    found = _find(inputs, options, resources, index)
    _report(found, time.perf_counter() - begin, None, [], as_json)
    if not as_json and len(found.decided.dropped()):
        click.echo(report.drops_listed(found))


def _explain(
    inputs: tuple[str, ...],
    options: "Options",
    resources: "Resources",
    index: Path | None,
    name: str,
    as_json: bool,
) -> None:
    from dataclasses import asdict

    from rich.console import Console

    from pipeline.dedupe import explain

    found = _find(inputs, options, resources, index)
    if as_json:
        _print_json(asdict(explain.cluster_of(found, name)))
    else:
        explain.show(found, name, Console())


def _find(inputs: tuple[str, ...], options: "Options", resources: "Resources", index: Path | None) -> "Found":
    """A search whose outcome is not written."""
    from pipeline.dedupe import report, run

    with (
        tempfile.TemporaryDirectory(prefix="dedupe-") as work,
        _memory(index, options, None) as memory,
        report.progress() as progress,
    ):
        return run.find(inputs, options, resources, Path(work) / "work", progress, memory)


def _report(
    found: "Found", seconds: float, folder: Path | None, files: list[dict[str, object]], as_json: bool
) -> None:
    from pipeline.dedupe import report

    if as_json:
        _print_json(report.as_json(found, seconds, folder, files))
    else:
        click.echo(report.summary(found, seconds, folder, files))


def _print_json(value: dict[str, object]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))
