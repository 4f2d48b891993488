"""The crawling process: Scrapy's reactor runs once in a process, so every crawl has one of its own.

A job comes as one JSON line on standard input; progress, then a result or an error, go out as JSON
lines on standard output. The line ``stop`` ends the crawl after the requests on their way. When
standard input ends without it, whoever asked for the crawl has died, and so does the process at once:
whatever was settled is on disk.
"""

import json
import logging
import os
import re
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from scrapy.utils.asyncio import call_later, create_looping_call
from scrapy.utils.defer import deferred_from_coro

from crawler.job import Job
from crawler.logs import JsonLines
from crawler.spider import ReportSpider
from crawler.tally import CrawlProgress, CrawlResult, total
from pipeline.errors import CorpusError, LockedError, OutputError
from pipeline.io import exclusive

if TYPE_CHECKING:
    import asyncio

_PROGRESS_SECONDS = 0.5
_ASKED_AGAIN = 0.05
"""Seconds after which a crawl that is beginning is asked to stop once more."""
_LAST_BREATH = 5.0
"""Seconds that a killed crawl may take to let go of the archive."""


class _Report:
    """Sends the state of a crawl up the pipe."""

    def __init__(self, crawler: Crawler, pipe: TextIO) -> None:
        self._crawler = crawler
        self._pipe = pipe
        self._started = time.monotonic()
        self._loop = create_looping_call(self.progress)
        crawler.signals.connect(self._open, signal=signals.spider_opened)
        crawler.signals.connect(self._close, signal=signals.spider_closed)

    def send(self, kind: str, value: object) -> None:
        """One line; a reader that has gone is no error, the crawl is being stopped."""
        with suppress(BrokenPipeError):
            self._pipe.write(json.dumps({kind: value}) + "\n")
            self._pipe.flush()

    def progress(self) -> None:
        """How far the crawl is."""
        spider = _spider(self._crawler)
        progress = CrawlProgress(*spider.frontier.counts.progress(), time.monotonic() - self._started)
        self.send("progress", asdict(progress))

    def result(self) -> CrawlResult:
        """What the crawl did."""
        spider = _spider(self._crawler)
        sites = spider.frontier.results()
        return CrawlResult(
            total=total(sites.values()),
            sites=sites,
            behind=spider.scheduler.behind(),
            seconds=time.monotonic() - self._started,
            stopped=self._crawler.stats.get_value("finish_reason") != "finished",
            resumed=spider.frontier.resumed,
            segments=tuple(path.name for path in spider.archive.segments),
        )

    def _open(self) -> None:
        self._started = time.monotonic()
        self._loop.start(_PROGRESS_SECONDS)

    def _close(self) -> None:
        self._loop.stop()


def main() -> None:
    """Do the job on standard input."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints goes to the log
    orders = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - read for as long as the process lives
    job = Job.model_validate_json(orders.readline())
    settings = Settings({"LOG_ENABLED": False})
    settings.setmodule("crawler.settings", priority="project")
    process = AsyncCrawlerProcess(settings)
    _log_as_json()
    crawler = process.create_crawler(ReportSpider)
    report = _Report(crawler, pipe)
    try:
        with _alone(job.folder.warc):
            task = process.crawl(crawler, job=job)
            threading.Thread(target=_obey, args=(crawler, orders), daemon=True).start()
            process.start()
            _check(crawler, task)
            logging.getLogger("fanwen").info("memory", extra={"facts": {"peak_mb": _peak_memory()}})
            report.send("result", asdict(report.result()))
            _spider(crawler).frontier.close()
    except CorpusError as error:
        report.send("error", {"kind": type(error).__name__, "message": str(error)})


def _peak_memory() -> int:
    """Most megabytes that the process had in memory; on Linux without what it was forked from."""
    with suppress(OSError):
        if found := re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii")):
            return round(int(found[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the archive; a process that is about to end is waited for."""
    deadline = time.monotonic() + _LAST_BREATH
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(exclusive(folder))
                break
            except LockedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield


def _log_as_json() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("charset_normalizer").setLevel(logging.WARNING)


def _check(crawler: Crawler, task: "asyncio.Task[None]") -> None:
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error
    if message := _spider(crawler).error:
        raise OutputError(message)


def _spider(crawler: Crawler) -> ReportSpider:
    if not isinstance(crawler.spider, ReportSpider):
        raise CorpusError("the crawl ended before it began")
    return crawler.spider


def _obey(crawler: Crawler, orders: FileIO) -> None:
    """Stop when asked to, once the engine runs: before that Scrapy forgets it. End when nobody asks any more."""
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

    while orders.readline().strip() == b"stop":
        reactor.callFromThread(_stop, crawler)
    os._exit(1)


def _stop(crawler: Crawler) -> None:
    engine = crawler._engine  # noqa: SLF001 - the public name fails while there is none
    if engine is not None and engine.running:
        deferred_from_coro(crawler.stop_async())
    else:
        call_later(_ASKED_AGAIN, _stop, crawler)


if __name__ == "__main__":
    main()
