"""Stages on one machine: a pool of processes, a task a source, an Arrow IPC file a task."""

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from pipeline.engine.base import Progress, Source, Stage
from pipeline.engine.task import READING, Note, Task, run_guarded, run_task
from pipeline.errors import CorpusError

TOO_SLOW = "timeout: took longer than {:g} seconds"
CRASHED = "crashed: the process that read it died, twice"
_LOOK = 1.0
"""Seconds after which a process looks whether its parent is still there."""
_STRIKES = 2
"""Times that a process dies of a row before the row is to blame: the first time another may have taken its memory."""


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
        waiting = {task.path: _Waiting(task) for task in tasks}
        while waiting:
            if self._pool is None:
                self._pool = _pool(self._workers)
            try:
                yield from _finish(self._pool, waiting)
            except BrokenProcessPool as error:
                dead = _exit_codes(self._pool)
                self._pool = None
                blamed = [each.blame(dead) for each in waiting.values()]
                if not any(blamed):
                    name = next(iter(waiting.values())).task.stage.name
                    raise CorpusError(f"a worker process of stage {name} died (out of memory?)") from error


@dataclass(slots=True)
class _Waiting:
    """A task that is not done, and what is known of its rows."""

    task: Task
    lost: dict[int, str] = field(default_factory=dict)
    """Reasons by number: rows that are given up."""
    strikes: Counter[int] = field(default_factory=Counter)

    def submit(self, pool: ProcessPoolExecutor) -> "Future[None]":
        if self.task.stage.guard:
            return pool.submit(run_guarded, self.task, self.lost)
        return pool.submit(run_task, self.task)

    def blame(self, dead: Mapping[int, int]) -> bool:
        """Note what the process died of that was at this task; False if none was, or none of its own accord."""
        note, guard = Note.take(self.task), self.task.stage.guard
        code = dead.get(note.pid, 0) if note else 0
        if note is None or guard is None or note.row == READING or code in (0, -signal.SIGTERM):
            return False
        if code == -signal.SIGALRM:
            self.lost[note.row] = TOO_SLOW.format(guard.seconds)
        else:
            self.strikes[note.row] += 1
            if self.strikes[note.row] >= _STRIKES:
                self.lost[note.row] = CRASHED
        return True


def _finish(pool: ProcessPoolExecutor, waiting: dict[Path, _Waiting]) -> Iterator[None]:
    """Run the tasks that wait, and strike each from the list that is done."""
    futures = {each.submit(pool): path for path, each in waiting.items()}
    try:
        for future in as_completed(futures):
            future.result()
            del waiting[futures[future]]
            yield
    finally:
        for future in futures:
            future.cancel()


def _exit_codes(pool: ProcessPoolExecutor) -> dict[int, int]:
    """How the processes of a broken pool ended; those that its manager ended have SIGTERM."""
    processes = dict(pool._processes or {})  # noqa: SLF001 - nothing public tells which process died
    pool.shutdown(wait=True, cancel_futures=True)
    return {pid: process.exitcode or 0 for pid, process in processes.items()}


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


def seldom_collect() -> None:
    """Pages leave no cycles behind, so looking for them after every 700 objects is time lost."""
    gc.set_threshold(50_000, 20, 50)


def _begin() -> None:
    seldom_collect()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """A process whose parent was killed waits for work that never comes: nobody else would end it."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_begin)


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
