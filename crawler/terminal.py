"""What the commands say: progress bars on a terminal, plain lines otherwise, one line for an error."""

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import progress as bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from pipeline.engine.base import Progress

_LOG = logging.getLogger("fanwen")
_WIDE = 1_000
"""Columns where nobody looks: a line of a table stays a line for grep."""


@contextmanager
def meter(*, quiet: bool = False) -> Iterator["Progress"]:
    """A progress display on standard error: bars on a terminal, a line a tenth otherwise."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        with _bars() as show:
            yield show
    else:
        yield _Lines()


def _nothing(stage: str, done: int, total: int) -> None:
    """No progress is shown."""


@contextmanager
def _bars() -> Iterator["Progress"]:
    columns = (
        bar.TextColumn("{task.description:>14}"),
        bar.BarColumn(),
        bar.MofNCompleteColumn(),
        bar.TimeElapsedColumn(),
        bar.TimeRemainingColumn(),
    )
    tasks: dict[str, bar.TaskID] = {}
    with bar.Progress(*columns, console=Console(stderr=True)) as progress:

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage)
            progress.update(tasks[stage], completed=done, total=total or None)

        yield show


class _Lines:
    """A log line when a stage starts, at every tenth of it and at its end."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        step = 10 * done // total if total else done // 500
        if self._shown.get(stage) != step:
            self._shown[stage] = step
            _LOG.info("%s: %s%s", stage, f"{done:,}", f" of {total:,}" if total else "")


def say(line: str = "") -> None:
    """One line of a command's result, to standard output."""
    Console(highlight=False, soft_wrap=True).print(line, markup=False)


def mention(line: str) -> None:
    """One line about what is being done, to standard error."""
    _LOG.info("%s", line)


def say_rows(title: str, rows: Iterable[tuple[str, int | str]]) -> None:
    """A small two-column table, to standard output."""
    table = Table(title=title or None, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right" if title else "left")
    for words, value in rows:
        table.add_row(Text(words), f"{value:,}" if isinstance(value, int) else Text(value))
    Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE).print(table)


def say_json(value: object) -> None:
    """A summary for programs, to standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def complain(line: str) -> None:
    """One line about what went wrong, to standard error."""
    sys.stderr.write(f"fanwen: {line}\n")
