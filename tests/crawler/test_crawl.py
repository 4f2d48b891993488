"""Whole crawls against servers on loopback; what was asked for is read from the server's log."""

import gzip
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.crawl import CrawlProgress, crawl
from crawler.sample.server import LoopbackProxy, Reply, folder_handler
from crawler.site import load_sites
from pipeline.errors import ConfigError, CorpusError, OutputError
from tests.crawler.fixture_web import HTML, Run, Web, make_site, stored, wait_until

SEED_WEB = Path(__file__).resolve().parents[2] / ".." / "shared" / "seed_web"


def test_articles_are_found_through_lists_pagers_and_sitemaps(web: Web, run: Run, tmp_path: Path) -> None:
    site = make_site(entries={"pages": ["/"], "sitemaps": ["/sitemap.xml"]})
    sitemap = "<urlset><url><loc>http://www.fan.example/a/9.html</loc></url></urlset>"
    web.pages["http://www.fan.example/sitemap.xml"] = Reply(
        200, {"Content-Type": "text/xml"}, sitemap.encode()
    )
    web.add("http://www.fan.example/", "/zongjie/", "//")
    web.pages["http://www.fan.example/zongjie/"] = Reply(
        200, HTML, b"<link rel=next href=list_2.html><a href=/a/1.html>"
    )
    web.add("http://www.fan.example/zongjie/list_2.html", "../a/2.html?from=rss#top")
    for number in (1, 2, 9):
        web.add(f"http://www.fan.example/a/{number}.html")
    result = run(site)
    assert (result.total.articles, result.total.lists, result.total.failed) == (3, 4, {})
    assert sorted(stored(tmp_path)) == sorted(set(web.asked))


def test_robots_txt_is_asked_first_and_obeyed(web: Web, run: Run) -> None:
    web.pages["http://www.fan.example/robots.txt"] = Reply(200, {}, b"User-agent: *\nDisallow: /a/2")
    web.add("http://www.fan.example/", "/a/1.html", "/a/2.html")
    web.add("http://www.fan.example/a/1.html")
    web.add("http://www.fan.example/a/2.html")
    result = run()
    assert web.log[0] == "http://www.fan.example/robots.txt"
    assert "http://www.fan.example/a/2.html" not in web.log
    assert result.total.skipped == {"robots": 1}


def test_offsite_is_never_asked_for_not_even_after_a_redirect(web: Web, run: Run) -> None:
    web.add(
        "http://www.fan.example/", "http://spam.example/", "http://www.fan.example.evil.example/", "/a/1.html"
    )
    web.add("http://www.fan.example/a/1.html", status=302, Location="http://else.example/a/1.html")
    result = run()
    assert {url.split("/")[2] for url in web.log} == {"www.fan.example"}
    assert result.total.skipped == {"offsite": 3, "redirect": 1}


def test_mirrors_are_one_site_and_an_article_is_fetched_once(web: Web, run: Run) -> None:
    web.add(
        "http://www.fan.example/",
        "http://m.fan.example/a/1.html",
        "https://www.fan.example/a/1.html",
        "/a/1.html",
    )
    web.add("http://www.fan.example/a/1.html")
    result = run()
    assert result.total.articles == 1
    assert web.log.count("http://www.fan.example/a/1.html") == 1
    assert not [url for url in web.log if "//m." in url]


def test_a_redirect_to_a_mirror_of_the_same_page_is_followed(web: Web, run: Run) -> None:
    web.add("http://www.fan.example/", "/a/1.html", "/a/2.html")
    web.add("http://www.fan.example/a/1.html", status=301, Location="http://m.fan.example/a/1.html")
    web.add("http://m.fan.example/a/1.html")
    web.add("http://www.fan.example/a/2.html", status=301, Location="/a/2.html")
    result = run()
    assert (result.total.articles, result.total.failed) == (1, {"redirect loop": 1})


def test_pages_of_an_article_come_before_new_articles_and_outlast_the_budget(web: Web, run: Run) -> None:
    articles = [f"/a/{number}.html" for number in range(1, 9)]
    web.add("http://www.fan.example/", *articles)
    for number in range(1, 9):
        pages = [f"/a/{number}.html", f"/a/{number}_2.html", f"/a/{number}_3.html"]
        for page in pages:
            web.add("http://www.fan.example" + page, *pages, *articles)
    result = run(max_pages=5)
    asked = [url.removeprefix("http://www.fan.example") for url in web.asked]
    assert asked == [
        "/",
        "/a/1.html",
        "/a/1_2.html",
        "/a/1_3.html",
        "/a/2.html",
        "/a/2_2.html",
        "/a/2_3.html",
    ]
    assert result.total.pending == 6
    assert result.behind == {"fan": "page budget"}


def test_the_total_budget_is_shared_by_the_sites(web: Web, run: Run) -> None:
    for host in ("www.fan.example", "www.wen.example"):
        web.add(f"http://{host}/", *(f"/a/{number}.html" for number in range(20)))
        for number in range(20):
            web.add(f"http://{host}/a/{number}.html")
    result = run(make_site(), make_site("wen"), max_total=10)
    assert result.total.fetched == 10
    assert {site.fetched for site in result.sites.values()} == {5}


def test_a_failing_page_costs_itself_only(web: Web, run: Run) -> None:
    web.add("http://www.fan.example/", *(f"/a/{number}.html" for number in range(1, 7)))
    web.add("http://www.fan.example/a/1.html", status=503)
    web.pages["http://www.fan.example/a/2.html"] = Reply(200, {"Content-Type": "image/png"}, b"\x89PNG")
    web.pages["http://www.fan.example/a/3.html"] = Reply(200, HTML, os.urandom(6 << 20))
    web.pages["http://www.fan.example/a/4.html"] = Reply(200, HTML, bytes(50 << 20))  # 50 KB on the way
    web.pages["http://www.fan.example/a/5.html"] = Reply(200, HTML, b"")
    result = run()
    assert result.total.articles == 1
    assert result.total.failed == {"http 503": 1, "http 404": 1, "too large": 2}
    assert result.total.skipped == {"content type": 1}
    assert web.log.count("http://www.fan.example/a/1.html") == 3


def test_responses_are_stored_as_received(web: Web, run: Run, tmp_path: Path) -> None:
    text = "<html><body>今年工作总结</body></html>".encode("gb18030")
    packed = gzip.compress(text)
    headers = {
        "Content-Type": "text/html; charset=gb2312",
        "Content-Encoding": "gzip",
        "X-Powered-By": "PHP/5.2",
    }
    web.pages["http://www.fan.example/"] = Reply(200, headers, packed)
    result = run()
    (segment,) = result.segments
    with (tmp_path / "warc" / segment).open("rb") as file:
        info, record = (record for record in keep(ArchiveIterator(file, no_record_parse=False)))
    assert info[0] == "warcinfo"
    assert record == ("response", "http://www.fan.example/", "200 OK", packed, headers)
    assert result.total.bytes == len(packed)


def keep(records: ArchiveIterator) -> Iterator[tuple[str, str, str, bytes, dict[str, str]]]:
    for record in records:
        http = record.http_headers
        names = ("Content-Type", "Content-Encoding", "X-Powered-By")
        headers = {name: http.get_header(name) for name in names} if http else {}
        uri = record.rec_headers.get_header("WARC-Target-URI")
        yield record.rec_type, uri, http.statusline if http else "", record.raw_stream.read(), headers


def test_progress_is_told_and_the_contact_is_in_the_user_agent(web: Web, run: Run) -> None:
    web.add("http://www.fan.example/")
    seen: list[CrawlProgress] = []
    run(contact="https://corpus.example/bot", on_progress=seen.append)
    assert seen
    agents = {access.headers["user-agent"] for access in web.proxy.log}
    assert agents == {f"fanwen/{version('fanwen')} (+https://corpus.example/bot)"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"proxy": None, "delay": None}, "contact: missing"),
        ({"proxy": None, "delay": None, "contact": "me\r\nX: 1"}, "contact: expected a URL or mail address"),
        ({"proxy": None, "contact": "me@corpus.example"}, "delay: expected at least 1 second"),
        ({"proxy": "http://10.0.0.1:3128"}, "proxy: expected http://127.0.0.1:PORT"),
        ({"proxy": "http://127.0.0.1"}, "proxy: expected http://127.0.0.1:PORT"),
    ],
)
def test_what_must_not_reach_the_network_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: dict[str, object], message: str
) -> None:
    monkeypatch.delenv("FANWEN_CONTACT", raising=False)
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")) as caught:
        run(**options)
    assert "\n" not in str(caught.value)


def test_https_sites_go_through_the_proxy_too(web: Web, run: Run) -> None:
    web.add("https://www.fan.example/", "/a/1.html")
    web.add("https://www.fan.example/a/1.html")
    assert run(make_site(scheme="https")).total.fetched == 2
    assert web.log[0] == "https://www.fan.example/robots.txt"


def test_a_folder_that_cannot_be_written_is_told(web: Web, tmp_path: Path) -> None:
    (tmp_path / "warc").write_text("a file, not a folder")
    with pytest.raises(OutputError, match="cannot be written: File exists"):
        crawl([make_site()], tmp_path, run_id="r1", proxy=web.proxy.url)


def test_a_disk_that_fills_up_stops_the_crawl_with_one_line(web: Web, tmp_path: Path) -> None:
    web.add("http://www.fan.example/", "/a/1.html", "/a/2.html")
    web.pages["http://www.fan.example/a/1.html"] = Reply(200, HTML, os.urandom(300_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(OutputError, match="warc: cannot store responses: File too large"):
            crawl([make_site()], tmp_path, run_id="r1", proxy=web.proxy.url, delay=0.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert stored(tmp_path) == ["http://www.fan.example/"]


def test_a_process_that_dies_is_told_with_its_last_words(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scrapy.py").write_text("raise SystemError('no luck today')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(CorpusError, match="ended with code 1: SystemError: no luck today"):
        crawl([make_site()], tmp_path, run_id="r1", proxy=web.proxy.url)


ASK = """
import sys
from pathlib import Path
from crawler.crawl import crawl
from crawler.site import load_site
from pipeline.errors import CorpusError
folder, proxy, delay = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
try:
    result = crawl([load_site(folder / "fan.toml")], folder, run_id="r1", proxy=proxy, delay=delay)
    print("stopped" if result.stopped else "finished", result.total.fetched, result.total.pending)
except CorpusError as error:
    print("error", error)
"""
SITE_FILE = """
id = "fan"
name = "fan"
known_from = "a test"
scheme = "http"
hosts = ["www.fan.example"]
rules = { article = ['/a/\\d+\\.html'] }
"""


@pytest.fixture
def asked(web: Web, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that crawls a web without end, after its first article."""
    for number in range(500):
        web.add(f"http://www.fan.example/a/{number}.html", f"/a/{number + 1}.html")
    web.add("http://www.fan.example/", "/a/0.html")
    (tmp_path / "fan.toml").write_text(SITE_FILE)
    command = [sys.executable, "-c", ASK, str(tmp_path), web.proxy.url, "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        wait_until(lambda: "http://www.fan.example/a/1.html" in web.log)
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_after_the_request_on_its_way(
    asked: "subprocess.Popen[str]", tmp_path: Path, number: signal.Signals
) -> None:
    asked.send_signal(number)
    output, _ = asked.communicate(timeout=30)
    state, fetched, pending = output.split()
    assert (state, pending) == ("stopped", "1")
    assert len(stored(tmp_path)) == int(fetched)


@pytest.mark.shared
@pytest.mark.skipif(not SEED_WEB.exists(), reason="no folder of real pages beside the checkout")
def test_the_real_pages_are_fetched_under_their_real_urls(tmp_path: Path) -> None:
    seeds = ["010zaixian", "035400", "gz85", "jyjzongjie", "xiexiebang"]
    with LoopbackProxy(folder_handler(SEED_WEB)) as proxy:
        result = crawl(load_sites(ids=seeds), tmp_path, run_id="r1", proxy=proxy.url, delay=0.0)
    assert result.total.articles == 6
    assert {site.articles for site in result.sites.values()} == {1, 2}
    assert "https://www.xiexiebang.com/zongjie/qtzongjie/5ba90bdd023911ea.html" in stored(tmp_path)
