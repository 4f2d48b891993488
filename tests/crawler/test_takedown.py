"""What it was demanded to take down is not asked for; read from the server's log."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.cli import main
from crawler.crawl import crawl
from crawler.folder import Data
from crawler.monitoring.status import site_states
from pipeline.errors import ConfigError
from pipeline.schema import stable_id
from tests.crawler.fixture_web import HOST, Run, Web, add_article, make_site, stored

MIRROR = "http://m.fan.example"


def demand(data: Path, *entries: str) -> None:
    Data(data).takedown.write_text("\n".join(f"[[takedown]]\n{entry}\n" for entry in entries), "utf-8")


def add_articles(web: Web, *paths: str) -> None:
    web.add(HOST + "/", *paths)
    for path in paths:
        add_article(web, path, text=f"{path}号工作总结，本人在领导的关心下完成了任务。")


def make_due(data: Path) -> None:
    """Let the time pass after which every page is asked for again."""
    with closing(sqlite3.connect(Data(data).frontier)) as db, db:
        db.execute("UPDATE page SET due = 0 WHERE due IS NOT NULL")


def hosts(urls: Iterable[str]) -> set[str]:
    return {url.split("/")[2] for url in urls}


@pytest.mark.parametrize(
    "entry",
    [
        f'url = "{HOST}/a/2.html"',
        f'url = "{MIRROR}/a/2.html"',
        'url = "https://WWW.fan.example/a/./2.html?from=rss#top"',
        f'essay = "{stable_id(HOST + "/a/2.html", "1")}"',
        f'cluster = "{stable_id(HOST + "/a/2.html", "1")}"',
    ],
)
def test_a_page_is_refused_by_any_of_its_addresses_and_by_its_essay(
    web: Web, run: Run, tmp_path: Path, entry: str
) -> None:
    add_articles(web, "/a/1.html", "/a/2.html")
    demand(tmp_path, entry)
    result = run()
    assert web.asked == [HOST + "/", HOST + "/a/1.html"]
    assert stored(tmp_path) == web.asked
    assert (result.total.found, result.total.skipped) == (3, {"takedown": 1})


def test_a_list_and_a_sitemap_are_refused_like_an_article(web: Web, run: Run, tmp_path: Path) -> None:
    web.text(HOST + "/robots.txt", f"Sitemap: {HOST}/map.xml")
    web.text(HOST + "/map.xml", f"<urlset><url><loc>{HOST}/a/9.html</loc></url></urlset>", "text/xml")
    add_articles(web, "/zongjie/", "/a/1.html")
    demand(tmp_path, f'url = "{HOST}/map.xml"', f'url = "{HOST}/zongjie/"')
    assert run().total.skipped == {"takedown": 2}
    assert web.asked == [HOST + "/", HOST + "/a/1.html"]


def test_all_pages_of_an_article_are_refused_with_it(web: Web, run: Run, tmp_path: Path) -> None:
    """Those too that no rule of the site foresees, and that only the article's pager led to."""
    add_articles(web, "/a/1.html", "/a/2_2.html")
    add_article(web, "/a/1.html", head='<a href="/a/1-2.html">2</a>')
    add_article(web, "/a/1-2.html", text="第二页，汇报如下。")
    assert run().total.articles == 3
    before = len(web.log)
    make_due(tmp_path)
    demand(tmp_path, f'url = "{HOST}/a/1.html"', f'url = "{HOST}/a/2.html"')
    result = run(run_id="r2")
    assert web.log[before:] == [HOST + "/"]
    assert result.total.skipped == {"takedown": 3}


def test_a_host_that_is_down_is_not_even_asked_for_its_robots_txt(web: Web, run: Run, tmp_path: Path) -> None:
    add_articles(web, "/a/1.html")
    demand(tmp_path, 'host = "fan.example"')
    result = run()
    assert web.log == []
    assert (result.total.found, result.total.pending) == (1, 1)
    assert result.behind == {"fan": "takedown"}


def test_a_site_whose_canonical_host_is_down_is_down_and_others_are_not(
    web: Web, run: Run, tmp_path: Path
) -> None:
    add_articles(web, "/a/1.html")
    web.add("http://www.wen.example/")
    demand(tmp_path, 'host = "www.fan.example"')
    result = run(make_site(), make_site("wen"))
    assert hosts(web.log) == {"www.wen.example"}
    assert result.behind == {"fan": "takedown"}


def test_a_mirror_that_is_down_leaves_the_site_and_no_redirect_leads_there(
    web: Web, run: Run, tmp_path: Path
) -> None:
    add_articles(web, "/a/1.html", "/a/2.html")
    web.add(HOST + "/a/2.html", status=302, Location=MIRROR + "/a/2.html")
    demand(tmp_path, 'host = "m.fan.example"')
    result = run()
    assert hosts(web.log) == {"www.fan.example"}
    assert (result.total.articles, result.total.skipped) == (1, {"takedown": 1})


def test_a_robots_txt_that_moved_to_a_host_that_is_down_is_not_asked_for_there(
    web: Web, run: Run, tmp_path: Path
) -> None:
    add_articles(web, "/a/1.html")
    web.add(HOST + "/robots.txt", status=301, Location=MIRROR + "/robots.txt")
    demand(tmp_path, 'host = "m.fan.example"')
    assert run().total.skipped == {"takedown": 1}
    assert web.log == [HOST + "/robots.txt"]


def test_a_redirect_to_a_page_that_is_down_is_not_followed(web: Web, run: Run, tmp_path: Path) -> None:
    add_articles(web, "/a/1.html")
    web.add(HOST + "/a/1.html", status=301, Location="/a/2.html")
    add_article(web, "/a/2.html")
    demand(tmp_path, f'url = "{HOST}/a/2.html"')
    result = run()
    assert HOST + "/a/2.html" not in web.log
    assert stored(tmp_path) == [HOST + "/"]
    assert result.total.skipped == {"redirect": 1, "takedown": 1}


def test_an_entry_holds_from_the_next_run_on_for_pages_that_wait_and_that_are_due(
    web: Web, run: Run, tmp_path: Path
) -> None:
    add_articles(web, "/a/1.html", "/a/2.html", "/a/3.html")
    run(max_pages=2)
    before = len(web.log)
    make_due(tmp_path)
    demand(tmp_path, f'url = "{HOST}/a/1.html"', f'url = "{HOST}/a/2.html"')
    result = run(run_id="r2")
    assert set(web.log[before:]) == {HOST + "/", HOST + "/a/3.html"}
    assert result.total.skipped == {"takedown": 2}


@pytest.mark.parametrize("entries", [(), (f'url = "{HOST}/a/1.html"\nlifted = true',)])
def test_a_page_whose_demand_is_lifted_is_due_in_the_next_run(
    web: Web, run: Run, tmp_path: Path, entries: tuple[str, ...]
) -> None:
    add_articles(web, "/a/1.html")
    demand(tmp_path, f'url = "{HOST}/a/1.html"')
    run()
    assert run(run_id="r2").total.skipped == {"takedown": 1}
    assert HOST + "/a/1.html" not in web.log
    assert site_states(Data(tmp_path))["fan"]["due"] == 0
    demand(tmp_path, *entries)
    assert run(run_id="r3").total.articles == 1
    assert HOST + "/a/1.html" in web.log


def test_a_page_that_was_fetched_before_is_asked_for_conditionally_when_its_demand_is_lifted(
    web: Web, run: Run, tmp_path: Path
) -> None:
    add_articles(web, "/a/1.html")
    run()
    make_due(tmp_path)
    demand(tmp_path, f'url = "{HOST}/a/1.html"')
    run(run_id="r2")
    demand(tmp_path)
    result = run(run_id="r3")
    assert "if-modified-since" in web.proxy.log[-1].headers
    assert result.total.unchanged >= 1
    assert stored(tmp_path).count(HOST + "/a/1.html") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[takedown]", "takedown.toml: not TOML: "),
        ('[[takedown]]\nurl = "nowhere"', "takedown.toml: takedown.0: url 'nowhere' is no web address"),
        ('[[takedowns]]\nurl = "http://x.example/"', "takedown.toml: takedowns.*"),
    ],
)
def test_a_file_that_is_broken_stops_the_crawl_before_anything_is_fetched(
    web: Web, tmp_path: Path, text: str, message: str
) -> None:
    add_articles(web, "/a/1.html")
    Data(tmp_path).takedown.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        crawl([make_site()], tmp_path, run_id="r1", proxy=web.proxy.url, delay=0.0)
    assert "\n" not in str(caught.value)
    assert web.log == []
    assert not Data(tmp_path).frontier.exists()


SITE_FILE = """
id = "fan"
name = "fan"
known_from = "a test"
scheme = "http"
hosts = ["www.fan.example"]
rules = { article = ['/a/.*'] }
"""


@pytest.mark.parametrize("command", ["crawl", "run"])
def test_a_broken_file_is_one_line_and_exit_code_2(tmp_path: Path, command: str) -> None:
    (tmp_path / "fan.toml").write_text(SITE_FILE)
    data = tmp_path / "data"
    data.mkdir()
    demand(data, 'host = "http://x/"')
    options = ["--data", str(data), "--sites", str(tmp_path), "--contact", "me@corpus.example"]
    result = CliRunner().invoke(main, [command, *options])
    assert result.exit_code == 2
    (line,) = result.stderr.strip().splitlines()
    assert "takedown.toml: takedown.0: host 'http://x/' is no host name" in line
