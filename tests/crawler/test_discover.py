"""A site file written from a look at a site: what it says, and what it leaves alone."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

import pytest

from crawler.discover.draft import discover
from crawler.discover.shapes import clusters
from crawler.discover.survey import MOST_PAGES, Fetched
from crawler.discover.visit import Visitor
from crawler.fixtures import load_fixtures
from crawler.sample.sites import SITES, SampleSite
from crawler.sample.web import SampleWeb
from crawler.site import load_site
from pipeline.errors import ConfigError
from tests.crawler.fixture_web import Web

SENTENCES = (
    "今年以来，我们按照年初的安排，一项一项抓落实。群众反映的问题，能办的当场办了，办不了的说明了原因。" * 8
)


def sample_fetch(web: SampleWeb, asked: list[str]) -> Callable[[str], Fetched]:
    def fetch(url: str) -> Fetched:
        asked.append(url)
        reply = web.get(url)
        while reply is not None and "Location" in reply.headers:
            url = urljoin(url, reply.headers["Location"])
            reply = web.get(url)
        if reply is None:
            return Fetched(url, 404, "", b"")
        return Fetched(url, reply.status, reply.headers["Content-Type"], reply.body)

    return fetch


def fetch_from(pages: dict[str, str]) -> Callable[[str], Fetched]:
    def fetch(url: str) -> Fetched:
        if url not in pages:
            return Fetched(url, 404, "", b"")
        return Fetched(url, 200, "text/html", pages[url].encode())

    return fetch


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.key)
@pytest.mark.parametrize(("seed", "pages"), [(1, 300), (2, 60), (6, 60), (7, 3000)])
def test_the_rules_fit_a_site_that_was_never_seen(
    tmp_path: Path, site: SampleSite, seed: int, pages: int
) -> None:
    web = SampleWeb(seed=seed, pages=pages)
    asked: list[str] = []
    found = discover(site.origin + "/", sample_fetch(web, asked), tmp_path)
    urls = found.site.urls
    articles = [url for url in web.urls() if url.startswith(site.origin + "/")]
    assert sum(urls.kind(url) == "article" for url in articles) >= 0.95 * len(articles)
    for category in range(len(site.categories)):
        assert urls.kind(site.list_path(category)) == "list"
        assert urls.kind(site.list_path(category, 2)) in (("list",) if pages == 3000 else ("list", "other"))
    assert len(asked) <= MOST_PAGES


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.key)
def test_the_files_are_valid_short_and_say_how_they_are_known(tmp_path: Path, site: SampleSite) -> None:
    found = discover(site.origin + "/", sample_fetch(SampleWeb(seed=3, pages=200), []), tmp_path)
    assert load_site(found.path) == found.site
    assert len(found.path.read_text("utf-8").splitlines()) <= 25
    assert "guesses" in found.site.known_from
    fixtures = load_fixtures(found.fixtures)
    assert fixtures is not None
    assert len(fixtures) >= 3
    assert not list(fixtures.failures(found.site))
    assert found.site.entries.sitemaps == ("/sitemap.xml",)
    assert (found.site.scheme, found.site.hosts) == (site.scheme, (site.host, *site.mirrors))
    assert ("charset", site.charset) in found.rows


def test_an_article_is_as_good_a_start_as_the_front_page(tmp_path: Path) -> None:
    web = SampleWeb(seed=1, pages=200)
    found = discover(next(web.urls()), sample_fetch(web, []), tmp_path)
    assert found.site.entries.pages == ("/",)
    assert found.site.urls.kind(next(web.urls())) == "article"


def hand_made(article: Callable[[int], str], *, pages: str = "") -> dict[str, str]:
    """A site with one list and eight articles; ``pages`` is the link to page 2 that each of them has."""
    links = "".join(f'<li><a href="{article(n)}">第{n}篇范文</a></li>' for n in range(1, 9))
    text = f"<html><title>小站-范文</title><body><a href='/fanwen/'>范文</a><ul>{links}</ul></body></html>"
    site = {f"http://www.fan.example{path}": text for path in ("/", "/fanwen/")}
    for n in range(1, 9):
        turn = f'<a href="{pages.format(article(n), article(n)[:-5])}">下一页</a>' if pages else ""
        site[f"http://www.fan.example{article(n)}"] = (
            f"<html><body><h1>第{n}篇</h1><p>{SENTENCES}</p><p>{SENTENCES}</p>{turn}"
            '<a href="http://m.fan.example/">手机版</a><a href="http://zuowen.fan.example/">作文</a></body></html>'
        )
    return site


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("{0}?page=2", "/fanwen/1003.html?page=2"),
        ("{1}-2.html", "/fanwen/1003-2.html"),
        ("{1}_2.html", "/fanwen/1003_2.html"),
    ],
)
def test_the_way_in_which_pages_are_numbered_is_learned(tmp_path: Path, form: str, page: str) -> None:
    site = hand_made(lambda n: f"/fanwen/{1000 + n}.html", pages=form)
    found = discover("http://www.fan.example/", fetch_from(site), tmp_path)
    assert found.site.urls.kind(page) == "article"
    assert found.site.urls.article_page(page) == ("http://www.fan.example/fanwen/1003.html", 2)
    assert found.site.urls.kind("/fanwen/") == "list"


def test_mirrors_are_hosts_and_other_subdomains_a_warning(tmp_path: Path) -> None:
    site = hand_made(lambda n: f"/fanwen/{1000 + n}.html")
    found = discover("http://www.fan.example/", fetch_from(site), tmp_path)
    assert found.site.hosts == ("www.fan.example", "m.fan.example")
    assert any("zuowen.fan.example" in warning for warning in found.warnings)
    assert found.site.name == "小站"


def test_ids_of_letters_and_digits_are_ids(tmp_path: Path) -> None:
    names = ["183wgq", "ylgp6", "0r5lr0", "7c2aa9", "k3m1x", "zz81q", "4t5y6", "q9w8e"]
    site = hand_made(lambda n: f"/fanwen/{names[n - 1]}.html")
    urls = discover("http://www.fan.example/", fetch_from(site), tmp_path).site.urls
    assert [urls.kind(f"/fanwen/{name}.html") for name in ("183wgq", "ylgp6", "a1b2c3")] == ["article"] * 3
    assert urls.kind("/fanwen/index.html") == "other"


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    site = fetch_from(hand_made(lambda n: f"/fanwen/{1000 + n}.html"))
    first = discover("http://www.fan.example/", site, tmp_path)
    text = first.path.read_text("utf-8")
    with pytest.raises(ConfigError, match=r"fan\.toml: is there already"):
        discover("http://www.fan.example/", site, tmp_path)
    assert first.path.read_text("utf-8") == text
    first.path.rename(tmp_path / "wen.toml").write_text(text.replace('id = "fan"', 'id = "wen"'), "utf-8")
    first.fixtures.unlink()
    with pytest.raises(ConfigError, match=r"www\.fan\.example: stands in .*wen\.toml already"):
        discover("http://www.fan.example/", site, tmp_path)


@pytest.mark.parametrize(
    ("url", "pages", "message"),
    [
        ("ftp://fan.example/", {}, "expected a URL such as"),
        ("http://fan.example/", {}, "answered 404"),
        ("http://fan.example/", {"http://fan.example/": "<p>空</p>"}, "no articles found on 1 pages"),
    ],
)
def test_nothing_found_is_told_in_one_line_and_nothing_written(
    tmp_path: Path, url: str, pages: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        discover(url, fetch_from(pages), tmp_path)
    assert str(caught.value).startswith(url)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_site_that_leads_elsewhere_is_told(tmp_path: Path) -> None:
    def fetch(url: str) -> Fetched:
        del url
        return Fetched("http://www.wen.example/", 200, "text/html", b"<p>x</p>")

    with pytest.raises(ConfigError, match=r"leads to another site, http://www\.wen\.example/"):
        discover("http://www.fan.example/", fetch, tmp_path)


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (["/a/12.html", "/a/7.html"], r"/a/\d+\.html"),
        (["/zongjie/12.html", "/jihua/7.html"], r"/[a-z]+/\d+\.html"),
        (["/zongjie/index_2.html", "/zongjie/index_3.html"], r"/zongjie/index_\d+\.html"),
        (["/x/5ba90bdd023911ea.html", "/x/0ba90bdd023911eb.html"], r"/x/[0-9a-f]{16}\.html"),
        (["/thread.php?tid=12&page=2", "/thread.php?tid=3&page=9"], r"/thread\.php\?tid=\d+&page=\d+"),
        (["/zongjie2/12.html"], r"/zongjie\d+/\d+\.html"),
        (["/fwn/c528661.html", "/fwn/c1.html"], r"/fwn/c\d+\.html"),
        (["/Article/12.html", "/Soft/12.html"], r"/[A-Za-z]+/\d+\.html"),
    ],
)
def test_urls_of_one_shape_have_one_pattern(paths: list[str], pattern: str) -> None:
    (cluster,) = clusters(paths).values()
    assert cluster.pattern == pattern
    assert cluster.count == len(paths)


def test_a_redirect_is_asked_for_like_any_page_and_never_followed_away(web: Web) -> None:
    web.add("http://www.fan.com.cn/a", status=301, Location="http://m.fan.com.cn/a")
    web.text("http://m.fan.com.cn/robots.txt", "User-agent: *\nDisallow: /a")
    web.add("http://www.fan.com.cn/b", status=301, Location="http://www.other.com.cn/b")
    web.add("http://www.fan.com.cn/c", status=302, Location="/d")
    web.add("http://www.fan.com.cn/d")
    visitor = Visitor(contact=None, proxy=web.proxy.url, delay=0.0)
    answers = [visitor.fetch(f"http://www.fan.com.cn/{name}") for name in "abc"]
    assert [answer.status for answer in answers] == [0, 301, 200]
    assert answers[-1].url == "http://www.fan.com.cn/d"
    assert not {"http://m.fan.com.cn/a", "http://www.other.com.cn/b"} & set(web.log)


def test_a_site_that_asks_to_be_left_alone_is_looked_at_no_further(web: Web) -> None:
    web.add("http://www.fan.example/a", status=429)
    web.add("http://www.fan.example/b")
    visitor = Visitor(contact=None, proxy=web.proxy.url, delay=0.0)
    assert [visitor.fetch(f"http://www.fan.example/{name}").status for name in "ab"] == [429, 0]
    assert "http://www.fan.example/b" not in web.log
