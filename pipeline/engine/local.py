"""Stages on one machine: a pool of processes, a task a source, an Arrow IPC file a task."""

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from pipeline.engine.base import Progress, Source, Stage
from pipeline.engine.task import Note, Task, run_guarded, run_task
from pipeline.errors import CorpusError

TOO_SLOW = "timeout: took longer than {:g} seconds"
CRASHED = "crashed: the process that read it died"
_EARLY = 0.9
"""Part of a guard's seconds from which on a process is taken to have died of them."""


def _silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""


class InlineEngine:
    """Stages in this process: for tests and for looking closely; nothing is guarded."""

    def __init__(self, progress: Progress = _silent) -> None:
        self._progress = progress

    def map(self, stage: Stage, sources: Sequence[Source], folder: Path) -> list[Path]:
        """As ``LocalEngine.map``."""
        return _map(stage, sources, folder, self._progress, self._run)

    def _run(self, tasks: Sequence[Task]) -> Iterator[None]:
        for task in tasks:
            run_task(task)
            yield


class LocalEngine:
    """A process pool, started when it is first needed; the output does not depend on its size.

    Processes and not threads, because trafilatura crashes under threads, and because a process that hangs
    can be killed: of a stage with a guard, a row that takes too long or crashes its process costs itself
    only. Use it in a ``with`` block, which ends the processes.
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
            CorpusError: a worker process died in a stage without a guard, or what the stage itself raises.
        """
        return _map(stage, sources, folder, self._progress, self._run)

    def _run(self, tasks: Sequence[Task]) -> Iterator[None]:
        """Run all tasks; yields as each is done."""
        lost: dict[Path, dict[int, str]] = {task.path: {} for task in tasks}
        waiting = {task.path: task for task in tasks}
        while waiting:
            try:
                yield from self._finish(waiting, lost)
            except BrokenProcessPool as error:
                self._pool = None
                stopped = [task for task in waiting.values() if task.note.exists()]
                if not stopped or not _blame(stopped, lost):
                    yield from self._try_alone(stopped, waiting, lost, error)

    def _finish(self, waiting: dict[Path, Task], lost: dict[Path, dict[int, str]]) -> Iterator[None]:
        """Run the tasks that wait, and strike each from the list that is done."""
        if self._pool is None:
            self._pool = _pool(self._workers)
        futures: dict[Future[None], Path] = {
            _submit(self._pool, task, lost[path]): path for path, task in waiting.items()
        }
        try:
            for future in as_completed(futures):
                future.result()
                del waiting[futures[future]]
                yield
        finally:
            for future in futures:
                future.cancel()

    def _try_alone(
        self,
        stopped: Sequence[Task],
        waiting: dict[Path, Task],
        lost: dict[Path, dict[int, str]],
        error: BrokenProcessPool,
    ) -> Iterator[None]:
        """Find the row that crashes its process: the tasks that were under way, each in a process of its own."""
        if not stopped:
            name = next(iter(waiting.values())).stage.name
            raise CorpusError(f"a worker process of stage {name} died (out of memory?)") from error
        for task in stopped:
            with _pool(1) as pool:
                try:
                    _submit(pool, task, lost[task.path]).result()
                except BrokenProcessPool:
                    note = Note.read(task)
                    if note is None:
                        raise CorpusError(
                            f"a worker process of stage {task.stage.name} dies at once"
                        ) from error
                    lost[task.path][note.row] = CRASHED
                else:
                    del waiting[task.path]
                    yield


def _map(
    stage: Stage,
    sources: Sequence[Source],
    folder: Path,
    progress: Progress,
    run: Callable[[Sequence[Task]], Iterator[None]],
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [
        Task(stage, source, folder / f"{stage.name}-{number:05d}.arrow")
        for number, source in enumerate(sources)
    ]
    progress(stage.name, 0, len(tasks))
    for done, _ in enumerate(run(tasks), 1):
        progress(stage.name, done, len(tasks))
    return [task.path for task in tasks]


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=gc.freeze)


def _submit(pool: ProcessPoolExecutor, task: Task, lost: dict[int, str]) -> "Future[None]":
    return pool.submit(run_guarded, task, lost) if task.stage.guard else pool.submit(run_task, task)


def _blame(stopped: Sequence[Task], lost: dict[Path, dict[int, str]]) -> bool:
    """Mark the rows that took too long; False if none did."""
    found = False
    for task in stopped:
        note, guard = Note.read(task), task.stage.guard
        if note and guard and note.seconds >= _EARLY * guard.seconds:
            lost[task.path][note.row] = TOO_SLOW.format(guard.seconds)
            found = True
    return found


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
