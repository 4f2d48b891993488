"""One crawl, from start to counts; importable and without Scrapy in the caller's process."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

from crawler.archive import recover
from crawler.job import Job
from crawler.site import Site
from crawler.tally import CrawlProgress, CrawlResult, SiteResult
from pipeline import errors
from pipeline.errors import CorpusError, OutputError

__all__ = ["CrawlProgress", "CrawlResult", "SiteResult", "crawl"]

_ROOT = Path(__file__).resolve().parents[1]


def crawl(  # noqa: PLR0913 - keywords, all but two optional
    sites: Sequence[Site],
    warc_folder: Path,
    *,
    run_id: str,
    proxy: str | None = None,
    contact: str | None = None,
    delay: float | None = None,
    max_pages: int | None = None,
    max_total: int | None = None,
    max_minutes: float | None = None,
    on_progress: Callable[[CrawlProgress], None] | None = None,
    log_file: Path | None = None,
) -> CrawlResult:
    """Fetch the sites into WARC segments named after the run; one crawl at a time may write a folder.

    Segments that a killed crawl left in the folder are repaired first. SIGINT and SIGTERM stop the
    crawl after the requests on their way (``stopped`` in the result), a second one at once.

    Args:
        sites: what to crawl.
        warc_folder: where the segments go; made if need be.
        run_id: prefix of the segments' names.
        proxy: ``http://127.0.0.1:PORT``; every request goes there, none to the network.
        contact: URL or mail address for the User-Agent; by default FANWEN_CONTACT of the environment.
            Must be there for real sites, that is, without a proxy.
        delay: seconds between two requests to a site, instead of its file's; real sites get 1 at least.
        max_pages: pages requested of each site, instead of the budget in its file.
        max_total: pages requested of all sites.
        max_minutes: time after which no new page is requested.
        on_progress: called about twice a second.
        log_file: Scrapy's log is appended here.

    Raises:
        ConfigError: the crawl may not be done as asked.
        OutputError: the folder cannot be written.
        CorpusError: the crawling process died, or was killed by a second signal.
    """
    job = Job(
        sites=tuple(sites),
        warc_folder=warc_folder.resolve(),
        run_id=run_id,
        proxy=proxy,
        contact=contact or os.environ.get("FANWEN_CONTACT") or None,
        delay=delay,
        max_pages=max_pages,
        max_total=max_total,
        max_minutes=max_minutes,
    )
    job.check()
    try:
        job.warc_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{warc_folder}: cannot be written: {error.strerror or error}") from error
    recover(job.warc_folder)
    with _log(log_file) as log:
        return _run(job, log, on_progress or (lambda _: None))


def _run(job: Job, log: IO[bytes], on_progress: Callable[[CrawlProgress], None]) -> CrawlResult:
    start = log.seek(0, os.SEEK_END)
    with _worker(log) as worker, _signals(worker):
        result = None
        if worker.stdin and worker.stdout:
            with suppress(BrokenPipeError):
                worker.stdin.write(job.model_dump_json().encode() + b"\n")
                worker.stdin.flush()
            result = _listen(worker.stdout, on_progress)
        code = worker.wait()
    if result is None:
        recover(job.warc_folder)
        log.seek(start)
        raise CorpusError(f"the crawl's process ended with code {code}: {_last_line(log)}")
    return result


def _listen(lines: IO[bytes], on_progress: Callable[[CrawlProgress], None]) -> CrawlResult | None:
    """The result, None if the process ended without one.

    Raises:
        CorpusError: the process reported an error.
    """
    for line in lines:
        message = json.loads(line)
        if "progress" in message:
            on_progress(CrawlProgress(**message["progress"]))
        elif "error" in message:
            raise getattr(errors, message["error"]["kind"], CorpusError)(message["error"]["message"])
        else:
            return _result(message["result"])
    return None


def _result(values: dict[str, object]) -> CrawlResult:
    sites, segments = values.pop("sites"), values.pop("segments")
    if not isinstance(sites, dict) or not isinstance(segments, list):
        raise TypeError("not a crawl's result")
    by_site = {name: SiteResult(**site) for name, site in sites.items()}
    return CrawlResult(**values, sites=by_site, segments=tuple(segments))  # type: ignore[arg-type]


@contextmanager
def _worker(log: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    """The crawling process; it is gone when the block ends."""
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "crawler.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # Ctrl-C comes to us, and we pass it on
    )
    try:
        with worker:
            try:
                yield worker
            except BaseException:
                worker.kill()
                raise
    finally:
        worker.kill()


@contextmanager
def _signals(worker: "subprocess.Popen[bytes]") -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the worker's input, the second kills it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        if worker.stdin and not worker.stdin.closed:
            worker.stdin.close()
        else:
            worker.kill()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _log(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        with tempfile.TemporaryFile() as file:
            yield file
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    with file:
        yield file


def _last_line(log: IO[bytes]) -> str:
    lines = log.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it left no message")
