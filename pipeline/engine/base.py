"""The contract between what is done to the data and where it is done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Guard:
    """What happens to a row that hangs or crashes the process that runs its stage."""

    seconds: float
    """Time a row may take; then its process is killed."""
    lost: Callable[[pa.RecordBatch, str], pa.RecordBatch]
    """Output for such a row, of the row and the reason in words."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the pipeline: a pure function on Arrow record batches."""

    name: str
    input: pa.Schema
    output: pa.Schema
    run: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
    """Must survive pickling: a function of a module, or a ``functools.partial`` of one."""
    guard: Guard | None = None
    """None: no row is expected to do harm."""


class Source(Protocol):
    """Input of one task, small enough to be sent to a worker process, which opens it there."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, in an order that never changes."""
        ...


class Progress(Protocol):
    """Told how far a stage has come."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` tasks are finished."""
        ...


class Engine(Protocol):
    """Runs a stage over many sources."""

    def map(self, stage: Stage, sources: Sequence[Source], folder: Path) -> list[Path]:
        """Run the stage on every source; one Arrow IPC file a source, in the sources' order."""
        ...
