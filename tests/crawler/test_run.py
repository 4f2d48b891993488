"""Whole runs: alone on their folder, taken up after a kill, judged, and told about."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from crawler.folder import Data
from crawler.monitoring.status import site_states, status_rows
from crawler.run import Afterwards, RunResult, next_run_id, past_runs
from crawler.run import run as run_once
from pipeline.errors import OutputError
from tests.crawler.fixture_web import Web, make_site, wait_until

HOST = "http://www.fan.example"
SENTENCES = (
    "今年以来，后勤科坚持服务育人的宗旨。",
    "食堂管理方面，严把采购关，没有发生安全事故。",
    "下半年将继续改进工作方法。",
)


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return Data(tmp_path / "data")


def fill(web: Web, articles: int) -> None:
    web.add(HOST + "/", *(f"/a/{number}.html" for number in range(articles)))
    for number in range(articles):
        body = "".join(f"<p>{chr(0x4E00 + number)}{text * 3}</p>" for text in SENTENCES)
        web.text(f"{HOST}/a/{number}.html", f"<h1>第{number}号总结</h1>{body}", "text/html; charset=utf-8")


def do(web: Web, data: Data, webhook: str | None = None, **how: Any) -> RunResult:
    site = make_site()
    options = {"proxy": web.proxy.url, "delay": 0.0, "backoff": 0.02} | how
    return run_once([site], [site], data, options, lambda *_: None, Afterwards(1, webhook))  # type: ignore[arg-type]


@pytest.fixture
def posted() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook on loopback, and what was posted to it."""
    bodies: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", bodies
        server.shutdown()
        thread.join()


def test_a_run_leaves_a_manifest_that_adds_up_a_log_and_metrics(web: Web, data: Data) -> None:
    fill(web, 3)
    web.add(HOST + "/", "/a/0.html", "/a/1.html", "/a/2.html", "/a/404.html", "/x", "http://else.example/")
    result = do(web, data)
    facts = json.loads(data.manifest(result.run_id).read_bytes())
    crawl = facts["crawl"]
    assert crawl["found"] == crawl["fetched"] + crawl["not_modified"] + crawl["pending"] + sum(
        [*crawl["failed"].values(), *crawl["skipped"].values()]
    )
    assert (crawl["articles"], crawl["failed"], crawl["skipped"]) == (
        3,
        {"http 404": 1},
        {"no rule": 1, "offsite": 1},
    )
    lines = [
        json.loads(line) for line in (data.runs / result.run_id / "crawl.jsonl").read_text().splitlines()
    ]
    pages = [line for line in lines if line["message"] == "page"]
    assert {line["url"] for line in pages} == set(web.asked)
    assert 'fanwen_run_urls{outcome="article",reason="",site="fan"} 3.0' in data.metrics.read_text()


def test_a_second_run_over_an_unchanged_site_asks_for_next_to_no_article(web: Web, data: Data) -> None:
    fill(web, 60)
    do(web, data)
    before = len(web.asked)
    again = do(web, data)
    assert [url for url in web.asked[before:] if "/a/" in url] == []
    assert again.crawl.total.found == 1
    assert again.alarms == ()


def test_a_damaged_manifest_stops_neither_the_next_run_nor_status(web: Web, data: Data) -> None:
    fill(web, 1)
    for broken in ("{", "[]", ""):
        manifest = data.manifest("20260101T000000000Z")
        manifest.parent.mkdir(parents=True, exist_ok=True)
        manifest.write_text(broken, encoding="utf-8")
        (facts,) = past_runs(data, 1)
        assert facts == {"run": "20260101T000000000Z", "alarms": [f"{manifest} cannot be read"]}
        assert "cannot be read" in dict(status_rows(data, [facts], {}))["run 20260101T000000000Z"]
    assert do(web, data).crawl.total.articles == 1
    assert [path.name for path in data.root.glob("frontier.sqlite*")] == ["frontier.sqlite"]


def test_an_interrupted_run_is_taken_up_under_its_id(web: Web, data: Data) -> None:
    fill(web, 40)
    code = (
        "import sys; from pathlib import Path; from crawler.run import *; from tests.crawler.fixture_web import make_site\n"
        "site = make_site()\n"
        "run([site], [site], Data(Path(sys.argv[1])), {'proxy': sys.argv[2], 'delay': 0.1}, lambda *_: None, Afterwards(1))"
    )
    root = str(Path(__file__).resolve().parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", code, str(data.root), web.proxy.url], env=os.environ | {"PYTHONPATH": root}
    ) as process:
        wait_until(lambda: len(web.asked) > 10)
        started = time.monotonic()
        second = subprocess.run(
            [sys.executable, "-m", "crawler.cli", "run", "--data", str(data.root), "--contact", "me@fan.example"],
            capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": root},
        )  # fmt: skip
        assert (second.returncode, second.stderr.count("\n")) == (75, 1)
        assert time.monotonic() - started < 5  # a second of its own, and Python's start on a busy machine
        process.send_signal(signal.SIGKILL)
    (interrupted,) = data.runs.iterdir()
    result = do(web, data)
    assert result.run_id == interrupted.name
    assert result.crawl.resumed
    assert (result.crawl.total.found, result.crawl.total.articles) == (41, 40)
    assert len(web.asked) <= 42
    assert next_run_id(data) != result.run_id


def test_an_interrupted_run_of_long_ago_is_given_up_with_a_manifest(web: Web, data: Data) -> None:
    old = data.runs / "20200101T000000000Z"
    old.mkdir(parents=True)
    fill(web, 1)
    result = do(web, data)
    assert result.run_id != old.name
    assert [manifest["alarms"] for manifest in past_runs(data, 9)][-1] == ["interrupted, and not taken up"]


def test_alarms_and_failures_are_posted_and_a_good_run_is_not(
    web: Web, data: Data, posted: tuple[str, list[dict[str, Any]]]
) -> None:
    url, bodies = posted
    fill(web, 2)
    assert do(web, data, url).alarms == ()
    assert bodies == []
    with pytest.raises(OutputError):
        do(web, data, url, min_free=1 << 60)
    assert "GB must stay so" in bodies[0]["alarms"][0]
    web.pages.clear()
    web.text(HOST + "/robots.txt", "", status=503)
    alarms = do(web, Data(data.root / "other"), url).alarms
    assert alarms
    assert bodies[1]["alarms"] == list(alarms)


def test_a_webhook_that_fails_does_not_fail_the_run(web: Web, data: Data) -> None:
    web.text(HOST + "/robots.txt", "", status=503)
    assert do(web, data, "http://127.0.0.1:9/").alarms


def test_status_says_what_is_due_and_why_a_site_is_behind(web: Web, data: Data) -> None:
    fill(web, 5)
    do(web, data, max_pages=3)
    (state,) = site_states(data).values()
    assert (state["known"], state["fetched"], state["pending"]) == (6, 3, 3)
    later = site_states(data, now=time.time() + 30 * 86_400)["fan"]
    assert later["due"] == 3
    rows = dict(status_rows(data, past_runs(data, 3), site_states(data)))
    assert "3 pending (page budget)" in rows["site fan"]


def test_a_read_only_data_folder_is_one_clear_line(data: Data) -> None:
    """Root may write everywhere, so that its process gives that up first."""
    drop = (
        ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.geteuid() == 0 else []
    )
    if drop and shutil.which("setpriv") is None:
        pytest.skip("runs as root, and there is no setpriv to give that up")
    data.root.mkdir()
    data.root.chmod(0o500)
    command = [
        sys.executable,
        "-m",
        "crawler.cli",
        "run",
        "--data",
        str(data.root),
        "--contact",
        "me@fan.example",
    ]
    root = str(Path(__file__).resolve().parents[2])
    result = subprocess.run(
        [*drop, *command], capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": root}
    )
    assert result.returncode == 2
    assert result.stderr.endswith("Permission denied\n")
    assert result.stderr.count("\n") == 1
