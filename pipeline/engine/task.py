"""One source through one stage into one file, a row at a time where a row may hang or crash its process."""

import os
import signal
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa

from pipeline.engine.base import Source, Stage
from pipeline.io import atomic_file

READING = -1
"""In place of a row's number: the source is being read."""
_NOTE = struct.Struct("<qq")
_TO_READ = 10
"""Reading the next rows of a source may take so many times what a row may."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker process is to do."""

    stage: Stage
    source: Source
    path: Path
    """Arrow IPC file that appears when all of the source is through."""

    @property
    def note(self) -> Path:
        """File in which a guarded task says who is at which row; gone when it is done."""
        return self.path.with_suffix(".at")


@dataclass(frozen=True, slots=True)
class Note:
    """Where a task was when its process died."""

    pid: int
    row: int

    @classmethod
    def take(cls, task: Task) -> Self | None:
        """The note of a task, which is gone then; None if it had not begun, or is done."""
        try:
            pid, row = _NOTE.unpack(task.note.read_bytes())
        except (FileNotFoundError, struct.error):
            return None
        task.note.unlink()
        return cls(pid, row)


def run_task(task: Task) -> None:
    """The source through the stage, in this process, whatever its rows do to it."""
    _write(task, task.source.batches(), ())


def run_guarded(task: Task, lost: Mapping[int, str]) -> None:
    """The same in a worker process, which the kernel ends if a row takes longer than the stage allows.

    Args:
        task: its stage has a guard.
        lost: reasons by row number: rows that killed a worker, given to the guard and not to the stage.
    """
    guard = task.stage.guard
    assert guard is not None
    refused: list[pa.RecordBatch] = []
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with task.note.open("wb") as file:

        def begin(row: int, seconds: float) -> None:
            os.pwrite(file.fileno(), _NOTE.pack(os.getpid(), row), 0)
            signal.setitimer(signal.ITIMER_REAL, seconds)

        def rows() -> Iterator[pa.RecordBatch]:
            number = 0
            begin(READING, _TO_READ * guard.seconds)
            for batch in task.source.batches():
                for at in range(batch.num_rows):
                    if number in lost:
                        refused.append(guard.lost(batch.slice(at, 1), lost[number]))
                    else:
                        begin(number, guard.seconds)
                        yield batch.slice(at, 1)
                    number += 1
                begin(READING, _TO_READ * guard.seconds)

        try:
            _write(task, rows(), refused)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    task.note.unlink()


def _write(task: Task, batches: Iterator[pa.RecordBatch], more: Iterable[pa.RecordBatch]) -> None:
    """All that the stage makes of the batches, then ``more``, which may fill up meanwhile."""
    with atomic_file(task.path) as file, pa.ipc.new_file(file, task.stage.output) as writer:
        for batch in task.stage.run(batches):
            writer.write_batch(batch)
        for batch in more:
            writer.write_batch(batch)
