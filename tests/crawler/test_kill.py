"""A crawl may be killed at any moment: nothing is lost, nothing is twice, hardly anything is asked for again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from crawler.frontier.database import read_database
from crawler.sample.server import LoopbackProxy, Reply
from pipeline.corpus import build
from pipeline.engine.local import LocalEngine
from tests.crawler.fixture_web import is_page, make_site, stored

ARTICLES = 2_000
PER_LIST = 50
KILLS = 20
ORIGIN = "http://www.fan.example"
CRAWL = """
import sys
from pathlib import Path
from crawler.crawl import crawl
from tests.crawler.fixture_web import make_site
site = make_site(budget={"max_pages": 10_000})
result = crawl([site], Path(sys.argv[1]), run_id="r1", proxy=sys.argv[2], delay=0.0, backoff=0.02)
assert result.total.adds_up(), result
print(result.total.found, result.total.fetched, result.total.pending)
"""


def numbered_web(url: str) -> Reply | None:
    """2,000 articles of their own text in lists of fifty."""
    path = url.removeprefix(ORIGIN)
    if path == "/" or path.startswith("/zongjie/list_"):
        number = 1 if path == "/" else int(path.removeprefix("/zongjie/list_").removesuffix(".html"))
        ids = range((number - 1) * PER_LIST, min(ARTICLES, number * PER_LIST))
        links = "".join(f'<p><a href="/a/{each}.html">第{each}篇</a></p>' for each in ids)
        return page(links + f'<a href="/zongjie/list_{number + 1}.html">下一页</a>') if ids else None
    if path.startswith("/a/"):
        number = int(path.removeprefix("/a/").removesuffix(".html"))
        words = random.Random(number)
        lines = ("".join(chr(words.randrange(0x4E00, 0x9000)) for _ in range(60)) + "。" for _ in range(8))
        body = "".join(f"<p>{line}</p>" for line in lines)
        return page(f"<h1>第{number}号工作总结</h1><div>{body}</div>")
    return None


def page(body: str) -> Reply:
    text = f"<html><head><title>工作总结</title></head><body>{body}</body></html>"
    return Reply(200, {"Content-Type": "text/html; charset=utf-8"}, text.encode())


def start(data: Path, proxy: LoopbackProxy) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CRAWL, str(data), proxy.url]
    root = str(Path(__file__).resolve().parents[2])
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)


def kill_all(process: "subprocess.Popen[str]") -> None:
    """SIGKILL to the crawl and to the process that it crawls with."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in [*map(int, children), process.pid]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the crawling process in /proc")
def test_twenty_kills_lose_nothing_and_repeat_what_was_in_flight(tmp_path: Path) -> None:
    moments = random.Random(20)
    with LoopbackProxy(numbered_web) as proxy:
        for _ in range(KILLS):
            before = len(proxy.log)
            with start(tmp_path, proxy) as process:
                aim = before + moments.randrange(1, 2 * ARTICLES // KILLS - 20)
                while len(proxy.log) < aim and process.poll() is None:
                    time.sleep(0.001)
                time.sleep(moments.random() * 0.01)
                assert process.poll() is None, "the crawl was over before it could be killed"
                kill_all(process)
        with start(tmp_path, proxy) as process:
            output, _ = process.communicate(timeout=120)
        asked = Counter(access.url for access in proxy.log if is_page(access.url))
    found, fetched, pending = map(int, output.split())
    lists = ARTICLES // PER_LIST
    assert (found, fetched, pending) == (ARTICLES + lists + 1, ARTICLES + lists, 0)
    assert len([url for url in asked if "/a/" in url]) == ARTICLES
    assert asked.total() - len(asked) <= KILLS
    assert len(set(stored(tmp_path))) == ARTICLES + lists
    with LocalEngine(2, lambda *_: None) as engine:
        funnel = build(
            [tmp_path / "warc"], tmp_path / "corpus", sites=[make_site().rules()], engine=engine
        ).funnel
    assert funnel.kept + funnel.duplicates == ARTICLES


def test_a_killed_crawl_leaves_no_lock_and_the_next_goes_on(tmp_path: Path) -> None:
    with LoopbackProxy(numbered_web) as proxy:
        with start(tmp_path, proxy) as process:
            while len(proxy.log) < 100:
                time.sleep(0.001)
            process.kill()  # the process that it crawls with is left alone, and ends by itself
        with start(tmp_path, proxy) as process:
            while len(proxy.log) < 200:
                assert process.poll() is None
                time.sleep(0.001)
            kill_all(process)
        asked = Counter(access.url for access in proxy.log if is_page(access.url))
    assert asked.total() - len(asked) <= 1
    database = read_database(tmp_path / "frontier.sqlite")
    assert database is not None
    done = {url for (url,) in database.execute("SELECT url FROM page WHERE state = 'done'")}
    database.close()
    assert set(asked) - done <= set(list(asked)[-2:])
