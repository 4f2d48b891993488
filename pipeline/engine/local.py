"""Stages on one machine: a pool of processes, a task a source, an Arrow IPC file a task."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from pipeline.engine.base import Progress, Source, Stage
from pipeline.errors import CorpusError
from pipeline.io import atomic_file


def _silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """A process pool; the output does not depend on the number of workers.

    Processes and not threads, because trafilatura crashes under threads.
    """

    workers: int
    progress: Progress = field(default=_silent)

    def map(self, stage: Stage, sources: Sequence[Source], folder: Path) -> list[Path]:
        """Run the stage on every source; one Arrow IPC file a source, in the sources' order.

        Raises:
            CorpusError: a worker process died, or what the stage itself raises.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{stage.name}-{number:05d}.arrow" for number in range(len(sources))]
        self.progress(stage.name, 0, len(sources))
        if self.workers == 1 or len(sources) == 1:
            for done, (source, path) in enumerate(zip(sources, paths, strict=True), 1):
                run_task(stage, source, path)
                self.progress(stage.name, done, len(sources))
            return paths
        self._map_in_pool(stage, sources, paths)
        return paths

    def _map_in_pool(self, stage: Stage, sources: Sequence[Source], paths: list[Path]) -> None:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self.workers, len(sources)), mp_context=context) as pool:
            futures: list[Future[None]] = [
                pool.submit(run_task, stage, source, path)
                for source, path in zip(sources, paths, strict=True)
            ]
            try:
                for done, future in enumerate(as_completed(futures), 1):
                    future.result()
                    self.progress(stage.name, done, len(sources))
            except BrokenProcessPool as error:
                raise CorpusError(f"a worker process of stage {stage.name} died (out of memory?)") from error
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


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
