"""Stages whose rows may hang or crash a process, in a process of their own beside the task."""

import functools
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.engine.base import Source, Stage
from pipeline.engine.local import FileSource, LocalEngine
from pipeline.engine.spark.shelf import local_folder

_ENDED = "ignore::UserWarning:multiprocessing.resource_tracker"
"""Spark ends its workers without asking; what they leave behind is nothing but names, and nobody's concern."""


def sheltered(stage: Stage, sources: Sequence[Source]) -> Iterator[pa.RecordBatch]:
    """Sources through a stage as on one machine: a page that kills its process costs itself and not the task.

    The process is kept for the next task of the same worker, and ends with it.
    """
    with tempfile.TemporaryDirectory(prefix="fanwen-", dir=local_folder()) as work:
        for path in _engine().map(stage, sources, Path(work)):
            yield from FileSource(path).batches()


@functools.cache
def _engine() -> LocalEngine:
    os.environ["PYTHONWARNINGS"] = _ENDED
    return LocalEngine(workers=1)
