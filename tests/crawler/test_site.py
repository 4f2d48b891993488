"""Site files: what they say of URLs, and how a broken one is told."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.site import Site, load_site, load_sites
from pipeline.errors import ConfigError

GOOD = """\
id = "fan"
name = "范文"
known_from = "a test"
scheme = "https"
hosts = ["www.fan.example", "m.fan.example"]
[rules]
article = ['/[a-z]+/\\d+\\.html?']
list = ['/[a-z]+/', '/[a-z]+/list_\\d+\\.html']
ignore = ['/so/.*']
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    path = tmp_path / "fan.toml"
    path.write_text(GOOD, "utf-8")
    return load_site(path)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://m.fan.example/a/1.html", "https://www.fan.example/a/1.html"),
        ("https://WWW.fan.example:443/a/1.html#down", "https://www.fan.example/a/1.html"),
        ("https://www.fan.example", "https://www.fan.example/"),
        ("https://www.fan.example//a//1.html", "https://www.fan.example/a/1.html"),
        ("https://www.fan.example/a/../b/./1.html", "https://www.fan.example/b/1.html"),
        (
            "https://www.fan.example/a/1.html?from=rss&utm_source=x&page=2",
            "https://www.fan.example/a/1.html?page=2",
        ),
        ("https://www.fan.example/a/1.html?spm=1.2.3&share_token=9", "https://www.fan.example/a/1.html"),
        ("https://www.fan.example/a/1.html;jsessionid=0A1B?b=1", "https://www.fan.example/a/1.html?b=1"),
        ("https://www.fan.example/总结/", "https://www.fan.example/%E6%80%BB%E7%BB%93/"),
    ],
)
def test_a_page_has_one_url(site: Site, url: str, canonical: str) -> None:
    assert site.urls.owns(url)
    assert site.urls.canonical(url) == canonical


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_canonical_url_is_its_own_and_on_the_canonical_host(tail: str) -> None:
    site = load_sites()[0]
    url = site.urls.canonical(f"http://{site.hosts[-1]}/{tail}")
    assert site.urls.canonical(url) == url
    assert url.isascii()
    assert urlsplit(url).hostname == site.hosts[0]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "list"),
        ("/zongjie/", "list"),
        ("/zongjie/list_2.html", "list"),
        ("/zongjie/12.htm", "article"),
        ("/zongjie/12_3.htm", "article"),
        ("/so/12.html", "ignore"),
        ("/zongjie/12.doc", "other"),
    ],
)
def test_the_rules_tell_what_stands_behind_a_url(site: Site, path: str, kind: str) -> None:
    assert site.urls.kind("http://m.fan.example" + path) == kind


def test_a_continued_page_knows_its_article(site: Site) -> None:
    first = "https://www.fan.example/zongjie/12.htm"
    assert site.urls.article_page("http://m.fan.example/zongjie/12_3.htm") == (first, 3)
    assert site.urls.article_page(first) == (first, 1)


@pytest.mark.parametrize(
    "url", ["http://fan.example/", "http://www.fan.example:8080/", "http://[", "mailto:me"]
)
def test_another_host_is_not_the_sites(site: Site, url: str) -> None:
    assert not site.urls.owns(url)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("https", "gopher"), "scheme: expected http or https; found 'gopher'"),
        (('name = "范文"\n', ""), "name: missing, expected the site's name"),
        (('id = "fan"', 'id = "wen"'), "id: expected 'fan', the file's name without .toml, found 'wen'"),
        (
            ("[rules]", "[rules]\nartikle = []"),
            "rules.artikle: unknown key, expected one of article, list, ignore",
        ),
        (("[rules]", "[rulez]"), "rules: missing, expected a table"),
        (
            ("list = ['/[a-z]+/'", "list = ['/[a-z+/'"),
            "rules.list.0: expected a list of regular expressions; ",
        ),
        (("www.fan.example", "*.fan.example"), "hosts.0: expected a list of host names"),
        (('"m.fan', '"www.fan'), "hosts: expected each host once, www.fan.example stands in "),
        (
            ("[rules]", "[budget]\nmax_pages = 0\n[rules]"),
            "budget.max_pages: expected pages requested in one crawl",
        ),
        (
            ("[rules]", "[politeness]\ndelay = 0\n[rules]"),
            "politeness.delay: expected seconds between two requests",
        ),
        (("[rules]", "pages = '_\\d+'\n[rules]"), "must have exactly one group"),
        (
            ("[rules]", "[entries]\npages = ['zongjie/']\n[rules]"),
            "'zongjie/' is not a path that starts with /",
        ),
        (("[rules]", "[rules"), "not TOML: Expected ']' at the end of a table declaration (at line 6"),
    ],
)
def test_a_broken_file_is_told_in_one_line(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "fan.toml"
    path.write_text(GOOD.replace(*change), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_sites(tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_files_must_not_claim_one_host(tmp_path: Path) -> None:
    (tmp_path / "fan.toml").write_text(GOOD, "utf-8")
    (tmp_path / "wen.toml").write_text(GOOD.replace('id = "fan"', 'id = "wen"'), "utf-8")
    with pytest.raises(
        ConfigError, match=r"wen\.toml: hosts: expected each host once, .* stands in .*fan\.toml"
    ):
        load_sites(tmp_path)


def test_an_unknown_site_is_told_with_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "fan.toml").write_text(GOOD, "utf-8")
    with pytest.raises(ConfigError, match=r"site wen: no such site file in .*; there are fan"):
        load_sites(tmp_path, ["wen"])


def test_a_missing_file_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load_site(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="no site file"):
        load_sites(tmp_path)


def test_the_shipped_files_are_short_and_say_how_they_are_known() -> None:
    sites = load_sites()
    assert {"xiexiebang", "gz85", "010zaixian", "035400", "jyjzongjie"} <= {site.id for site in sites}
    folder = Path(__file__).resolve().parents[2] / "crawler" / "sites"
    assert all(len(path.read_text("utf-8").splitlines()) <= 25 for path in folder.glob("*.toml"))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("xiexiebang", "/zongjie/qtzongjie/5ba90bdd023911ea.html"),
        ("gz85", "/a/605104.html"),
        ("010zaixian", "/shiyongwen/gongzuojihua/681617_2.htm"),
        ("035400", "/whly/3/510526.html"),
        ("jyjzongjie", "/zongjie/681204.html"),
    ],
)
def test_the_shipped_rules_know_the_sites_articles(name: str, path: str) -> None:
    (site,) = load_sites(ids=[name])
    assert site.urls.kind(path) == "article"
    assert site.urls.kind(path.rpartition("/")[0] + "/") == "list"
    assert site.rules().hosts[0] == site.hosts[0]
