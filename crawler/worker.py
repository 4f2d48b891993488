"""The crawling process: Scrapy's reactor runs once in a process, so every crawl has one of its own.

A job comes as one JSON line on standard input; progress, then a result or an error, go out as JSON
lines on standard output. When standard input ends, the crawl stops after the requests on their way:
so a crawl never outlives the process that asked for it.
"""

import json
import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.defer import deferred_from_coro

from crawler.job import Job
from crawler.spider import ReportSpider
from crawler.tally import CrawlProgress, CrawlResult, total
from pipeline.errors import CorpusError, OutputError

if TYPE_CHECKING:
    import asyncio

_PROGRESS_SECONDS = 0.5


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
        now = total(spider.frontier.results().values())
        failed, skipped = sum(now.failed.values()), sum(now.skipped.values())
        seconds = time.monotonic() - self._started
        progress = CrawlProgress(now.fetched, now.articles, failed, skipped, now.pending, now.bytes, seconds)
        self.send("progress", asdict(progress))

    def result(self) -> CrawlResult:
        """What the crawl did."""
        spider = _spider(self._crawler)
        sites = spider.frontier.results()
        return CrawlResult(
            **asdict(total(sites.values())),
            seconds=time.monotonic() - self._started,
            stopped=self._crawler.stats.get_value("finish_reason") != "finished",
            segments=tuple(path.name for path in spider.archive.segments),
            sites=sites,
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
    job = Job.model_validate_json(sys.stdin.buffer.readline())
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(ReportSpider)
    report = _Report(crawler, pipe)
    task = process.crawl(crawler, job=job)
    threading.Thread(target=_stop_at_end, args=(crawler,), daemon=True).start()
    process.start()
    try:
        _check(crawler, task)
        report.send("result", asdict(report.result()))
    except CorpusError as error:
        report.send("error", {"kind": type(error).__name__, "message": str(error)})


def _check(crawler: Crawler, task: "asyncio.Task[None]") -> None:
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error
    if message := _spider(crawler).error:
        raise OutputError(message)


def _spider(crawler: Crawler) -> ReportSpider:
    if not isinstance(crawler.spider, ReportSpider):
        raise CorpusError("the crawl ended before it began")
    return crawler.spider


def _stop_at_end(crawler: Crawler) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

    reactor.callFromThread(lambda: deferred_from_coro(crawler.stop_async()))


if __name__ == "__main__":
    main()
