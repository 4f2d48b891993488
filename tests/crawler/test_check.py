"""``fanwen sites check``: what rules make of the URLs that are known, and what has changed."""

import json
from pathlib import Path

import pytest

from crawler.archive import WarcArchive
from crawler.check import check_site
from crawler.folder import Data
from crawler.frontier import Frontier, Outcome, Skip, Stored, Task
from crawler.site import Site, load_site
from pipeline.corpus import build
from pipeline.engine.local import InlineEngine
from pipeline.errors import CorpusError

RULES = """\
id = "fan"
name = "范文"
known_from = "a test"
scheme = "http"
hosts = ["www.fan.example"]
[rules]
article = ['/zongjie/\\d+\\.html']
list = ['/zongjie/']
"""
ORIGIN = "http://www.fan.example"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "sites").mkdir()
    path = tmp_path / "sites" / "fan.toml"
    path.write_text(RULES, "utf-8")
    return load_site(path)


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return Data(tmp_path / "data")


def crawl_once(
    site: Site, data: Data, run: str, urls: list[str], *, failed: int = 0, quarantined: int = 0
) -> None:
    """A run whose front page links to these URLs, and what became of them."""
    frontier = Frontier(data.root / "frontier.sqlite", [site], run)
    front = Task("fan", f"{ORIGIN}/{run}/", "list")
    links = [
        Task("fan", url, "article") if site.urls.kind(url) == "article" else Skip(url, "no rule")
        for url in urls
    ]
    frontier.add([front])
    frontier.settle(front, Outcome("fetched"), links)
    tasks = [each for each in links if isinstance(each, Task)]
    for number, task in enumerate(tasks):
        if number < failed:
            outcome = Outcome("failed", "http 500")
        elif number < failed + quarantined:
            outcome = Outcome("skipped", "quarantine: captcha")
        else:
            outcome = Outcome("fetched", stored=Stored(fetched_at=1.0))
        frontier.settle(task, outcome)
    frontier.close()


def articles(start: int, count: int) -> list[str]:
    return [f"{ORIGIN}/zongjie/{number}.html" for number in range(start, start + count)]


def test_urls_that_no_rule_fits_are_told_by_shape(site: Site, data: Data) -> None:
    others = [f"{ORIGIN}/jihua/{number}.html" for number in range(12)] + [f"{ORIGIN}/tags.php?id=3"]
    crawl_once(site, data, "r1", [*articles(1, 20), *others])
    rows = dict(check_site(site, data))
    assert rows["  article"] == "20 (59%)"
    assert rows["  no rule fits"] == "14 (41%)"
    assert rows[r"  unmatched /jihua/\d+\.html"] == "12, e.g. /jihua/0.html"
    assert rows[r"  unmatched /tags\.php\?id=\d+"] == "1, e.g. /tags.php?id=3"
    assert rows["article pages fetched"] == 20
    assert rows["against earlier runs"] == "one run only"


def test_a_rule_that_was_added_shows_without_another_crawl(site: Site, data: Data, tmp_path: Path) -> None:
    crawl_once(site, data, "r1", [*articles(1, 20), f"{ORIGIN}/jihua/7.html"])
    path = tmp_path / "sites" / "fan.toml"
    path.write_text(RULES.replace("/zongjie/\\d", "/[a-z]+/\\d"), "utf-8")
    rows = dict(check_site(load_site(path), data))
    assert rows["  article"] == "21 (95%)"


def test_what_changes_from_run_to_run_is_told(site: Site, data: Data) -> None:
    crawl_once(site, data, "r1", articles(100, 40))
    crawl_once(site, data, "r2", articles(200, 40))
    unknown = [f"{ORIGIN}/xin/{number}.html" for number in range(40)]
    crawl_once(site, data, "r3", [*articles(300, 40), *unknown], failed=8, quarantined=8)
    rows = dict(check_site(site, data))
    assert rows["against earlier runs"] == "r3 and 2 before it"
    assert rows["  no rule fits"] == "0% -> 49%, rising"
    assert rows["  quarantined"] == "0% -> 24%, rising"
    assert rows["  failed"] == "0% -> 20%, rising"
    assert rows["  articles among fetched pages"] == "98% -> 96%, steady"


def test_a_night_with_few_pages_tells_nothing(site: Site, data: Data) -> None:
    crawl_once(site, data, "r1", articles(100, 40))
    crawl_once(site, data, "r2", articles(200, 3))
    rows = dict(check_site(site, data))
    assert rows["  no rule fits"] == "too few to tell (4)"


def test_without_a_frontier_the_archive_tells(site: Site, data: Data) -> None:
    assert ("archived pages", "none yet") in check_site(site, data)
    archive = WarcArchive(data.warc, "r1")
    for url in (*articles(1, 3), f"{ORIGIN}/jihua/9.html", "http://wen.example/zongjie/1.html"):
        archive.write(url, 200, [(b"Content-Type", b"text/html")], b"<p>x</p>")
    archive.close()
    rows = dict(check_site(site, data))
    assert rows["archived pages"] == 4
    assert rows["  article"] == "3 (75%)"
    assert rows[r"  unmatched /jihua/\d+\.html"] == "1, e.g. /jihua/9.html"


def test_essays_of_the_site_are_counted_where_there_is_a_corpus(site: Site, data: Data) -> None:
    archive = WarcArchive(data.warc, "r1")
    for number, url in enumerate(articles(1, 4)):
        paragraphs = "".join(
            f"<p>第{number}年第{part}季度，我们把{part * 7 + number}件事情一一办完，又同{number + 3}个单位一起总结了经验。</p>"
            for part in range(1, 12)
        )
        page = f"<html><head><meta charset=utf-8></head><body><h1>工作总结</h1><div>{paragraphs}</div></body></html>"
        archive.write(url, 200, [(b"Content-Type", b"text/html")], page.encode())
    archive.write(f"{ORIGIN}/zongjie/9.html", 200, [(b"Content-Type", b"text/html")], b"")
    archive.close()
    build([data.warc], data.corpus, sites=[site.rules()], engine=InlineEngine())
    rows = dict(check_site(site, data))
    assert str(rows["essays in the corpus"]).startswith("4: 1.00 an article page")
    assert str(rows["  pages rejected"]).startswith("1 (20%")


def test_what_was_learned_of_its_pages_is_told(site: Site, data: Data) -> None:
    archive = WarcArchive(data.warc, "r1")
    for number, url in enumerate(articles(1, 30)):
        paragraphs = "".join(
            f"<p>在{chr(0x5000 + 97 * number + part)}村，我们把{chr(0x6000 + 89 * part + number)}事一一办完，总结了经验。</p>"
            for part in range(1, 12)
        )
        frame = "<p>更多总结范文，请收藏本站，欢迎下次再来。</p>"
        page = f"<h1>工作总结</h1><div class=text>{paragraphs}{frame}</div>"
        archive.write(
            url,
            200,
            [(b"Content-Type", b"text/html; charset=utf-8")],
            f"<html><body>{page}</body></html>".encode(),
        )
    archive.close()
    build([data.warc], data.corpus, sites=[site.rules()], engine=InlineEngine())
    rows = dict(check_site(site, data))
    assert rows["templates"] == "1, which served 30 of 30 article pages"
    assert rows["  /w/0.html version 1"] == '//div[@class="text"], 30 pages'
    assert rows["    repeats"] == "更多总结范文，请收藏本站，欢迎下次再来。"


def test_a_corpus_of_an_earlier_version_has_no_templates(site: Site, data: Data) -> None:
    test_essays_of_the_site_are_counted_where_there_is_a_corpus(site, data)
    manifest = json.loads((data.corpus / "manifest.json").read_bytes())
    del manifest["tables"]["templates"]
    (data.corpus / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert str(dict(check_site(site, data))["templates"]).startswith("none")


def test_fixtures_are_checked(site: Site, data: Data, tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    assert str(dict(check_site(site, data, folder))["fixtures"]).startswith("none; ")
    (folder / "fixtures").mkdir()
    (folder / "fixtures" / "fan.toml").write_text("article = ['/zongjie/1.html', '/jihua/1.html']", "utf-8")
    rows = check_site(site, data, folder)
    assert ("fixtures", "1 of 2 hold") in rows
    assert ("  fails", "/jihua/1.html: expected article, found other") in rows


def test_a_damaged_frontier_is_told_in_one_line(site: Site, data: Data) -> None:
    data.root.mkdir()
    (data.root / "frontier.sqlite").write_bytes(b"no database, only text of some length" * 50)
    with pytest.raises(CorpusError, match=r"frontier\.sqlite: cannot be read"):
        check_site(site, data)
