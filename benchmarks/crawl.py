"""Crawling: pages per CPU-second with frontier and archive beside bare Scrapy, and what a million known URLs cost.

    python benchmarks/crawl.py [--pages 3000] [--rounds 3] [--known 1000000]

A bare server in a process of its own answers as a proxy, 8 KB a page and keep-alive. Bare Scrapy gets the list of
URLs and drops the bodies; fanwen finds them through list pages, checks robots.txt, and keeps each page durably.
CPU seconds are those of the crawling process: user and system, the start apart (the slope between two sizes).
"""

import argparse
import asyncio
import multiprocessing as mp
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.crawl import crawl
from crawler.frontier import Frontier, Outcome, Stored, Task
from crawler.site import Site

ORIGIN = "http://www.fan.example"
PER_LIST = 100
SCRAPY = """
import sys, scrapy
from scrapy.crawler import AsyncCrawlerProcess
class Bare(scrapy.Spider):
    name = "bare"
    async def start(self):
        for number in range(int(sys.argv[2])):
            yield scrapy.Request(f"http://www.fan.example/a/{number}.html", meta={"proxy": sys.argv[1]})
    def parse(self, response):
        pass
process = AsyncCrawlerProcess({"LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": int(sys.argv[3]), "DOWNLOAD_DELAY": 0})
process.crawl(Bare)
process.start()
"""


def make_site(concurrency: int) -> Site:
    facts = {
        "id": "fan", "name": "fan", "known_from": "a benchmark", "scheme": "http", "hosts": ["www.fan.example"],
        "rules": {"article": [r"/a/\d+\.html"], "list": [r"/list_\d+\.html"]},
        "politeness": {"concurrency": concurrency}, "budget": {"max_pages": 10_000_000},
    }  # fmt: skip
    return Site.model_validate(facts)


def body_of(path: str, pages: int) -> bytes:
    if path.startswith("/a/"):
        number = int(path[3:].removesuffix(".html"))
        beside = "".join(
            f'<li><a href="/a/{(number + step) % pages}.html">相关范文</a></li>' for step in range(1, 11)
        )
        text = "".join(
            f"<p>{number}：{'一年来在各级领导的正确带领下本人认真履行职责完成了各项任务' * 4}。</p>"
            for _ in range(20)
        )
        return f"<html><head><title>第{number}篇</title></head><body>{text}<ul>{beside}</ul></body></html>".encode()
    if path == "/" or path.startswith("/list_"):
        at = 0 if path == "/" else int(path[6:].removesuffix(".html"))
        links = "".join(
            f'<a href="/a/{each}.html">范文</a>'
            for each in range(at * PER_LIST, min(pages, (at + 1) * PER_LIST))
        )
        more = f'<a href="/list_{at + 1}.html">下一页</a>' if (at + 1) * PER_LIST < pages else ""
        return f"<html><body>{links}{more}</body></html>".encode()
    return b""


def serve(pages: int, port: "mp.Queue[int]") -> None:
    """A server that does as little as it can."""

    class Bare(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            for request in data.split(b"\r\n\r\n")[:-1]:
                path = request.split(b" ", 2)[1].decode().removeprefix(ORIGIN)
                body = body_of(path, pages)
                status = b"200 OK" if body else b"404 Not Found"
                head = b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
                self.transport.write(head % (status, len(body)) + body)  # type: ignore[attr-defined]

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", 0)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def bare_server(pages: int) -> Iterator[str]:
    port: mp.Queue[int] = mp.Queue()
    process = mp.Process(target=serve, args=(pages, port), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{port.get(timeout=20)}"
    process.kill()
    process.join()


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_of_scrapy(pages: int, concurrency: int) -> float:
    with bare_server(pages) as proxy:
        before = children_cpu()
        subprocess.run([sys.executable, "-c", SCRAPY, proxy, str(pages), str(concurrency)], check=True)
        return children_cpu() - before


def cpu_of_fanwen(pages: int, concurrency: int) -> float:
    folder = Path(tempfile.mkdtemp())
    with bare_server(pages) as proxy:
        before = children_cpu()
        result = crawl([make_site(concurrency)], folder, run_id="r", proxy=proxy, delay=0.0, min_free=0)
        used = children_cpu() - before
    assert result.total.articles == pages, result
    shutil.rmtree(folder)
    return used


def speed(pages: int, rounds: int) -> None:
    few = max(100, pages // 10)
    for concurrency in (1, 4):
        rates: dict[str, list[float]] = {"bare Scrapy": [], "fanwen": []}
        for _ in range(rounds):
            for name, measure in (("bare Scrapy", cpu_of_scrapy), ("fanwen", cpu_of_fanwen)):
                rates[name].append((pages - few) / (measure(pages, concurrency) - measure(few, concurrency)))
        for name, values in rates.items():
            low, high = min(values), max(values)
            print(
                f"concurrency {concurrency}, {name}: {statistics.median(values):.0f} pages/CPU-s ({low:.0f} to {high:.0f})"
            )


def known(count: int) -> None:
    """Settle pages with ten known and one new link each, with few and with many known URLs."""
    folder = Path(tempfile.mkdtemp())
    site = make_site(1)
    chance = random.Random(1)
    for size in (1_000, count):
        frontier = Frontier(folder / f"{size}.sqlite", [site], "r0")
        for start in range(0, size, 10_000):
            frontier.enter(
                (
                    "fan",
                    f"{ORIGIN}/gongzuozongjie/qita/{number}.html",
                    "article",
                    Stored(
                        os.urandom(8).hex(), "Mon, 23 Nov 2026 03:19:19 GMT", os.urandom(16), time.time(), 7.0
                    ),
                )
                for number in range(start, min(size, start + 10_000))
            )
        frontier.close()
        frontier = Frontier(folder / f"{size}.sqlite", [site], "r1")
        frontier.begin()
        used, number = time.process_time(), 0
        while number < 5_000 and (task := frontier.next("fan", ())):
            links = [
                Task("fan", f"{ORIGIN}/gongzuozongjie/qita/{chance.randrange(size)}.html", "article")
                for _ in range(10)
            ]
            frontier.settle(
                task,
                Outcome("fetched", stored=Stored(digest=os.urandom(16))),
                [*links, Task("fan", f"{ORIGIN}/neu/{number}.html", "article")],
            )
            number += 1
        each = (time.process_time() - used) / number
        size_mb = sum(part.stat().st_size for part in folder.glob(f"{size}.sqlite*")) / 1e6
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{size:,} known URLs: {each * 1e6:.0f} µs CPU a page, file {size_mb:.0f} MB, peak of this process {peak:.0f} MB"
        )
        frontier.close()
    shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--known", type=int, default=1_000_000)
    options = parser.parse_args()
    known(options.known)
    speed(options.pages, options.rounds)


if __name__ == "__main__":
    main()
