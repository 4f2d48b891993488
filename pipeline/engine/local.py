"""Stages on one machine: a pool of processes, a task a source, an Arrow IPC file a task."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from pipeline.engine.base import Progress, Source, Stage
from pipeline.errors import CorpusError
from pipeline.io import atomic_file


def _silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""


class LocalEngine:
    """A process pool, started when it is first needed; the output does not depend on its size.

    Processes and not threads, because trafilatura crashes under threads. Use it in a ``with`` block,
    which ends the processes.
    """

    def __init__(self, workers: int, progress: Progress = _silent) -> None:
        self._workers = workers
        self._progress = progress
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        if kind is not None and not issubclass(
            kind, Exception
        ):  # stopped: nobody waits for what is half done
            for process in list(self._pool._processes.values()):  # noqa: SLF001 - public from Python 3.14 on
                process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def map(self, stage: Stage, sources: Sequence[Source], folder: Path) -> list[Path]:
        """Run the stage on every source; one Arrow IPC file a source, in the sources' order.

        Raises:
            CorpusError: a worker process died, or what the stage itself raises.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{stage.name}-{number:05d}.arrow" for number in range(len(sources))]
        tasks = list(zip(sources, paths, strict=True))
        self._progress(stage.name, 0, len(tasks))
        for done, _ in enumerate(self._run(stage, tasks), 1):
            self._progress(stage.name, done, len(tasks))
        return paths

    def _run(self, stage: Stage, tasks: Sequence[tuple[Source, Path]]) -> Iterator[None]:
        """Run all tasks; yields as each is done."""
        if self._workers == 1 or len(tasks) == 1:
            for source, path in tasks:
                run_task(stage, source, path)
                yield
            return
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context)
        futures = [self._pool.submit(run_task, stage, source, path) for source, path in tasks]
        try:
            for future in as_completed(futures):
                future.result()
                yield
        except BrokenProcessPool as error:
            raise CorpusError(f"a worker process of stage {stage.name} died (out of memory?)") from error
        finally:
            for future in futures:
                future.cancel()


def run_task(stage: Stage, source: Source, path: Path) -> None:
    """One source through one stage into one file, which appears when it is complete."""
    with atomic_file(path) as file, pa.ipc.new_file(file, stage.output) as writer:
        for batch in stage.run(source.batches()):
            writer.write_batch(batch)


@dataclass(frozen=True, slots=True)
class FileSource:
    """All rows of one Arrow IPC file."""

    path: Path

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches as they were written, memory-mapped."""
        with pa.memory_map(str(self.path)) as file:
            reader = pa.ipc.open_file(file)
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)
