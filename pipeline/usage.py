"""How commands explain themselves, and the options that they share."""

import functools
from collections.abc import Callable
from typing import Any

import click

Command = Callable[..., None]

EPILOG = """\b
Examples:
  dedupe corpus.parquet -o out
  dedupe data/ extra.jsonl.zst -o out --text-column content --keep longest
  dedupe corpus.jsonl --dry-run                 what would go
  dedupe corpus.jsonl --explain 4711            why row 4711 goes, what differs
  dedupe s3://bucket/corpus/ -o out --memory 8GiB --workers 4
  dedupe essays.parquet -o out --mask zh --contained 0.9 --keep best --order-by score
  dedupe today.parquet -o out/today --index seen/      against all that earlier days kept
  dedupe corpus/ -o out --engine spark --master spark://head:7077 --spark-conf spark.executor.memory=8g

\b
In the output folder:
  train-00000-of-0000N.parquet   the kept rows, all columns, in input order
  duplicates.parquet             each dropped row: its id, the kept row's id, their
                                 exact Jaccard similarity and containment, the rule,
                                 file and row of both, the run that kept it
  passages.parquet               with --passages: passage, how many kept rows have it
  manifest.json                  parameters, counts, files; written last

A run that was killed goes on where it was when it is started again with the same options.

Exit status: 0 done, 2 something is wrong with the input, the options or the output,
75 another run writes to the output folder.
"""


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """An option that says its default."""
    return click.option(*names, **{"show_default": settings.get("default") is not None, **settings})


def engine_options(command: Command) -> Command:
    """Where to run, for every command that runs on a cluster too."""
    options = (
        option(
            "--engine",
            type=click.Choice(["local", "spark"]),
            default="local",
            help="This machine, or Apache Spark for what outgrows it (pip install 'fanwen[spark]').",
        ),
        option(
            "--master",
            metavar="URL",
            help="With Spark: where to run; by default what spark-submit says, else here.",
        ),
        option(
            "--spark-conf",
            metavar="KEY=VALUE",
            multiple=True,
            help="With Spark: a property; may be repeated.",
        ),
    )
    return functools.reduce(lambda decorated, each: each(decorated), reversed(options), command)
