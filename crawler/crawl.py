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
from typing import IO, TypedDict, Unpack

from crawler.archive import recover
from crawler.job import Job
from crawler.site import Site
from crawler.tally import CrawlProgress, CrawlResult, SiteResult, total
from pipeline import errors
from pipeline.errors import CorpusError, OutputError

__all__ = ["CrawlProgress", "CrawlResult", "SiteResult", "crawl"]


class How(TypedDict, total=False):
    """How a crawl fetches, and where it ends; all may be left out."""

    proxy: str | None
    """``http://127.0.0.1:PORT``; every request goes there, none to the network."""
    contact: str | None
    """URL or mail address for the User-Agent, by default FANWEN_CONTACT of the environment; must be there
    for real sites, that is, without a proxy."""
    delay: float | None
    """Seconds between two requests to a site, instead of its file's; real sites get 1 at least."""
    backoff: float
    """Seconds that a site is left alone after a failure, doubled with each further one."""
    timeout: float
    """Seconds that a response may take."""
    max_pages: int | None
    """Pages requested of each site, instead of the budget in its file."""
    max_total: int | None
    """Pages requested of all sites."""
    max_minutes: float | None
    """Time after which no new page is requested."""
    min_free: int
    """Bytes that must stay free on the disk."""


_ROOT = Path(__file__).resolve().parents[1]


def crawl(
    sites: Sequence[Site],
    data: Path,
    *,
    run_id: str,
    on_progress: Callable[[CrawlProgress], None] | None = None,
    log_file: Path | None = None,
    **how: Unpack[How],
) -> CrawlResult:
    """Fetch the sites into WARC segments named after the run; one crawl at a time may write a folder.

    What a killed crawl left is repaired and taken up where it was. SIGINT and SIGTERM stop the crawl
    after the requests on their way (``stopped`` in the result), a second one at once.

    Args:
        sites: what to crawl.
        data: folder of the archive ``warc``, of ``quarantine`` and of ``frontier.sqlite``; made if need be.
        run_id: prefix of the segments' names; a run that was interrupted goes on under its id.
        on_progress: called about twice a second.
        log_file: the crawl's log is appended here, one JSON object a line.
        how: see ``How``.

    Raises:
        ConfigError: the crawl may not be done as asked.
        OutputError: the folder cannot be written, or the disk is full.
        LockedError: another crawl writes the folder.
        CorpusError: the crawling process died, or was killed by a second signal.
    """
    how["contact"] = how.get("contact") or os.environ.get("FANWEN_CONTACT") or None
    job = Job(sites=tuple(sites), data=data.resolve(), run_id=run_id, **how)
    job.check()
    try:
        job.folder.warc.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{data}: cannot be written: {error.strerror or error}") from error
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
        recover(job.folder.warc)
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
    sites, segments, _ = values.pop("sites"), values.pop("segments"), values.pop("total")
    if not isinstance(sites, dict) or not isinstance(segments, list):
        raise TypeError("not a crawl's result")
    by_site = {name: SiteResult(**site) for name, site in sites.items()}
    return CrawlResult(total(by_site.values()), by_site, segments=tuple(segments), **values)  # type: ignore[arg-type]


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
    """The first SIGINT or SIGTERM asks the worker to stop, the second kills it."""
    asked = False
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal asked
        if worker.stdin and not asked:
            asked = True
            with suppress(OSError):
                worker.stdin.write(b"stop\n")
                worker.stdin.flush()
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
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it left no message")
    with suppress(ValueError, KeyError, TypeError):
        last = str(json.loads(last)["message"])
    return last
