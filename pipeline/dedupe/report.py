"""What the command says while it works and when it is done, on a terminal and in a log."""

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from pipeline.dedup.minhash import Progress
from pipeline.dedupe.output import duplicates_table
from pipeline.dedupe.run import Found
from pipeline.dedupe.target import DUPLICATES

_SECONDS_BETWEEN_LINES = 10.0
_SHOWN_DROPS = 20


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """Progress on standard error: a bar a stage on a terminal, a line now and then otherwise."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _log()
        return
    bars = Bars(
        TextColumn("{task.description:>11}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    tasks: dict[str, TaskID] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total or None)
        bars.update(tasks[stage], completed=done)

    with bars:
        yield show


def summary(found: Found, seconds: float, folder: Path | None, files: list[dict[str, object]]) -> str:
    """The outcome in a few sentences."""
    counts, statistics = found.counts(), found.decided.statistics
    lines = [_read(found, counts), *_went(found, counts, "" if folder else "would be ")]
    if folder:
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        lines.append(
            f"Written: {folder / str(files[0]['file'])}{more}; what went and why: {folder / DUPLICATES}."
        )
    if counts["null_texts"]:
        lines.append(f"{_plural(counts['null_texts'], 'row')} without a text (null) kept.")
    if statistics.hot_buckets:
        lines.append(
            f"Some texts are alike in thousands of rows ({_plural(statistics.hot_buckets, 'hot bucket')}, up to "
            f"{statistics.largest_bucket:,} rows): these are compared with the rows kept of them only, which loses no "
            "pair."
        )
    lines.append(f"{seconds:.1f} s, {counts['rows'] / seconds:,.0f} rows/s.")
    return "\n".join(lines)


def _read(found: Found, counts: dict[str, int]) -> str:
    name = found.source.id_column
    ids = f"ids from column {name!r}" if name else "no id column, so the row number is the id"
    files = _plural(len(found.source.files), "file")
    resumed = f", {found.resumed:,} of them by the run before" if found.resumed else ""
    return f"{_plural(counts['rows'], 'row')} read from {files}{resumed} (text column {found.options.text_column!r}; {ids})."


def _went(found: Found, counts: dict[str, int], would: str) -> Iterator[str]:
    options = found.options
    token = "-character" if options.tokens == "characters" else "-word"
    went = [
        f"{counts['exact']:,} with the same set of {options.ngram}{token} sequences as a kept row",
        f"{counts['near']:,} with a Jaccard similarity of {options.threshold} or more",
    ]
    if options.contained is not None:
        whose = "whose text lies in" if options.contained_drop == "part" else "whose text contains"
        went.append(f"{counts['contained']:,} {whose} a kept row's ({options.contained} or more of it)")
    yield f"{counts['dropped']:,} {would}dropped ({counts['dropped'] / counts['rows']:.1%}): {', '.join(went)}."
    if found.memory:
        yield f"{counts['kept_earlier']:,} of them repeat a row that an earlier run kept."
    yield f"{counts['kept']:,} {would}kept."
    if counts["clusters"]:
        clusters = _plural(counts["clusters"], "cluster")
        yield f"{clusters} of rows alike; the largest has {counts['largest_cluster']:,} rows."


def drops_listed(found: Found) -> str:
    """The first drops, a line each."""
    count = len(found.decided.dropped())
    lines = [
        f"  {row['dropped_id']} repeats {row['kept_id']}{_of_run(found, row['run'])}"
        f" ({row['rule']}, Jaccard {row['jaccard']:.4f})"
        for row in duplicates_table(found, _SHOWN_DROPS).to_pylist()
    ]
    if count > _SHOWN_DROPS:
        lines.append(f"  … and {count - _SHOWN_DROPS:,} more; --json lists them all")
    return "\n".join(lines)


def _of_run(found: Found, run: str | None) -> str:
    return f" of {run}" if run and run != found.run else ""


def as_json(
    found: Found, seconds: float, folder: Path | None, files: list[dict[str, object]]
) -> dict[str, object]:
    """The same figures for programs; of a dry run also every drop."""
    report: dict[str, object] = {
        **found.counts(),
        "seconds": round(seconds, 3),
        "resumed": found.resumed,
        "text_column": found.options.text_column,
        "id_column": found.source.id_column,
        "search": asdict(found.decided.statistics),
    }
    if folder:
        return {**report, "output": str(folder), "files": files}
    drops = duplicates_table(found).select(["dropped_id", "kept_id", "jaccard", "containment", "rule", "run"])
    return {**report, "drops": drops.to_pylist()}


def _log() -> Progress:
    said: dict[str, float] = {}

    def say(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now - said.setdefault(stage, now) >= _SECONDS_BETWEEN_LINES:
            said[stage] = now
            whole = f" of {total:,}" if total else ""
            print(f"dedupe: {stage}: {done:,}{whole}", file=sys.stderr, flush=True)  # noqa: T201

    return say


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
