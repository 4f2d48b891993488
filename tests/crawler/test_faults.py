"""Sites that refuse, answers that make no sense, and faults of our own: none is asked for again and again."""

import subprocess
import sys
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.job import Job
from crawler.middleware import RECEIVED
from crawler.policies import location_of
from crawler.sample.server import Reply
from crawler.spider import ReportSpider
from pipeline.errors import OutputError
from tests.crawler.fixture_web import HOST, Run, Web, add_article, make_site


def test_an_answer_that_cannot_be_read_is_not_asked_for_again_at_once(web: Web, run: Run) -> None:
    web.add(HOST + "/", "/a/1.html", "/a/2.html")
    web.add(HOST + "/a/1.html", status=503, **{"Retry-After": f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"})
    add_article(web, "/a/2.html")
    assert run().total.failed == {"http 503": 1}
    assert web.log.count(HOST + "/a/1.html") == 3


def test_a_site_that_refuses_page_after_page_is_left(web: Web, run: Run) -> None:
    web.add(HOST + "/", *(f"/a/{number}.html" for number in range(40)))
    for number in range(40):
        web.add(f"{HOST}/a/{number}.html", status=403)
    result = run()
    assert result.behind == {"fan": "http 403, 6 times in a row"}
    assert sum("/a/" in url for url in web.log) == 6


def test_a_host_that_shows_captchas_to_all_is_left_and_none_is_a_soft_404(web: Web, run: Run) -> None:
    captcha = "<title>安全验证</title><p>请完成下方滑块验证后继续访问</p><div id='captcha'></div>"
    web.add(HOST + "/", *(f"/a/{number}.html" for number in range(40)))
    front = web.pages[HOST + "/"]
    wall = Reply(200, {"Content-Type": "text/html; charset=utf-8"}, captcha.encode())
    web.proxy.handler = lambda url: (
        None if url.endswith((".txt", ".json")) else front if url == HOST + "/" else wall
    )
    result = run()
    assert list(result.total.skipped) == ["quarantine: anti-bot"]
    assert result.behind == {"fan": "anti-bot, 6 times in a row"}


def test_a_crawl_delay_beyond_all_patience_leaves_the_site(web: Web, run: Run) -> None:
    web.text(HOST + "/robots.txt", "User-agent: *\nCrawl-delay: 100000")
    web.add(HOST + "/")
    assert run().behind == {"fan": "crawl delay"}


@pytest.mark.parametrize(
    ("sent", "path"), [("/范.html".encode(), "/%E8%8C%83.html"), (b"/\xb7\xb6.html", "/%B7%B6.html")]
)
def test_a_redirect_to_raw_bytes_leads_to_those_bytes(sent: bytes, path: str) -> None:
    response = Response(HOST + "/", 302, {"Location": sent})
    assert location_of(response) == HOST + path


def test_a_page_that_we_fail_on_is_settled_and_the_site_given_a_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(sites=(make_site(),), data=tmp_path, run_id="r1", proxy="http://127.0.0.1:1", min_free=0)
    spider = ReportSpider(job)

    def fail(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(spider._reception, "judge", fail)
    task = spider.frontier.next("fan", ())
    assert task is not None
    spider.parse(Response(task.url, request=Request(task.url, meta={"task": task, RECEIVED: None})))
    assert spider.frontier.next("fan", ()) is None
    assert spider.frontier.results()["fan"].failed == {"error: RuntimeError": 1}
    assert spider.scheduler.lanes["fan"].failures == 1
    spider.closed("finished")


def test_a_frontier_that_cannot_be_written_ends_the_crawl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(sites=(make_site(),), data=tmp_path, run_id="r1", proxy="http://127.0.0.1:1", min_free=0)
    spider, said = ReportSpider(job), list[str]()

    def fail(*_: object) -> None:
        raise OutputError("disk full")

    monkeypatch.setattr(spider, "abort", said.append)
    monkeypatch.setattr(spider.scheduler, "_take", fail)
    spider.scheduler.open(spider)
    assert spider.scheduler.next_request() is None
    assert said == ["disk full"]
    spider.closed("aborted")


@pytest.mark.parametrize("orders", [b"stop\n", b"stop\nstop\n"])
def test_a_stop_that_comes_before_the_crawl_has_begun_is_not_forgotten(
    web: Web, tmp_path: Path, orders: bytes
) -> None:
    web.add(HOST + "/", *(f"/a/{number}.html" for number in range(200)))
    job = Job(sites=(make_site(),), data=tmp_path, run_id="r1", proxy=web.proxy.url, delay=0.1, min_free=0)
    (tmp_path / "warc").mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "crawler.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as worker:
        assert worker.stdin
        worker.stdin.write(job.model_dump_json().encode() + b"\n" + orders)
        worker.stdin.flush()
        assert worker.wait(60) == 0
    assert len(web.log) < 20
