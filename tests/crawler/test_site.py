"""Site files: what they say of URLs, and how a broken one is told."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from crawler.families import SHIPPED
from crawler.fixtures import fixtures_path, load_fixtures
from crawler.site import Site, fields_of, load_crawled, load_site, load_sites
from pipeline.errors import ConfigError

DOCS = Path(__file__).resolve().parents[2] / "docs"
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
        (("[rules]", "pages = '_\\d+'\n[rules]"), "must have a group, the page number"),
        (
            ("[rules]", "[entries]\npages = ['zongjie/']\n[rules]"),
            "'zongjie/' is not a path that starts with /",
        ),
        (('id = "fan"', 'id = "fan"\nfamily = "none"'), "family: expected one of base36, dedecms, "),
        (('id = "fan"', 'id = "fan"\nenabled = "so"'), "enabled: expected true or false"),
        (
            ("[rules]", "[budget.quotas]\n'/[' = 5\n[rules]"),
            "budget.quotas./[.[key]: expected a table of regular expressions",
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


FAMILY = """\
scheme = "http"
[rules]
article = ['/wen/\\d+\\.html']
ignore = ['/so/.*']
[politeness]
delay = 5.0
"""
MEMBER = """\
id = "fan"
name = "范文"
known_from = "a test"
family = "wen"
scheme = "https"
hosts = ["www.fan.example"]
[rules]
list = ['/lie/']
"""


def write_family(folder: Path, name: str, text: str) -> Path:
    path = folder / "families" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def write_member(folder: Path, text: str = MEMBER) -> Path:
    path = folder / "fan.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_site_has_what_its_family_says_and_its_own_values_win(tmp_path: Path) -> None:
    write_family(tmp_path, "wen", FAMILY)
    site = load_site(write_member(tmp_path))
    assert site.scheme == "https"
    assert site.politeness.delay == 5.0
    assert [site.urls.kind(path) for path in ("/wen/1.html", "/lie/", "/so/1")] == [
        "article",
        "list",
        "ignore",
    ]


def test_a_family_has_a_family(tmp_path: Path) -> None:
    write_family(tmp_path, "wen", 'family = "all"\n' + FAMILY)
    write_family(tmp_path, "all", "[politeness]\ndelay = 9.0\nconcurrency = 2\n")
    site = load_site(write_member(tmp_path))
    assert (site.politeness.delay, site.politeness.concurrency) == (5.0, 2)


def test_the_shipped_families_are_there_for_every_folder_unless_it_has_its_own(tmp_path: Path) -> None:
    path = write_member(tmp_path, MEMBER.replace('"wen"', '"gz85"'))
    assert load_site(path).urls.kind("/a/605104.html") == "article"
    write_family(tmp_path, "gz85", FAMILY)
    assert load_site(path).urls.kind("/a/605104.html") == "other"


def test_a_site_with_a_family_survives_the_way_to_another_process(tmp_path: Path) -> None:
    write_family(tmp_path, "wen", FAMILY)
    site = load_site(write_member(tmp_path))
    assert Site.model_validate_json(site.model_dump_json()) == site


@pytest.mark.parametrize(
    ("family", "message"),
    [
        ('family = "wen"\n', "wen.toml: family: expected no circle, found wen -> wen"),
        ('family = "../wen"\n', "wen.toml: family: expected one of base36, "),
        ("hosts = ['a.example']\n", "wen.toml: hosts: unknown key, a family has none"),
        ("[rules]\nartikel = []\n", "wen.toml: rules.artikel: unknown key, expected one of article, list"),
        ("[politeness]\ndelay = 0.1\n", "wen.toml: politeness.delay: expected seconds between two requests"),
        ("", "fan.toml: rules.article: missing, expected a list of regular expressions"),
    ],
)
def test_a_broken_family_is_told_in_one_line(tmp_path: Path, family: str, message: str) -> None:
    write_family(tmp_path, "wen", family)
    with pytest.raises(ConfigError) as caught:
        load_site(write_member(tmp_path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_site_that_is_not_enabled_is_crawled_only_when_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "fan.toml").write_text("enabled = false\n" + GOOD, "utf-8")
    wen = GOOD.replace('id = "fan"', 'id = "wen"').replace("fan.example", "wen.example")
    (tmp_path / "wen.toml").write_text(wen, "utf-8")
    assert [site.id for site in load_sites(tmp_path)] == ["fan", "wen"]
    assert [site.id for site in load_crawled(tmp_path)] == ["wen"]
    assert [site.id for site in load_crawled(tmp_path, ["fan"])] == ["fan"]


@pytest.mark.parametrize(("url", "number"), [("/a/1_2.html", 2), ("/a/1.html?page=3", 3), ("/a/1.html", 1)])
def test_pages_may_be_numbered_in_several_ways(tmp_path: Path, url: str, number: int) -> None:
    path = tmp_path / "fan.toml"
    path.write_text(
        GOOD.replace("[rules]", "pages = '_(\\d+)(?=\\.\\w+$)|\\?page=(\\d+)$'\n[rules]"), "utf-8"
    )
    assert load_site(path).urls.article_page(url) == ("https://www.fan.example/a/1.html", number)


def test_the_shipped_files_are_short_and_a_guessed_host_is_not_crawled_unasked() -> None:
    files = [*SHIPPED.glob("*.toml"), *SHIPPED.glob("families/*.toml")]
    assert all(len(path.read_text("utf-8").splitlines()) <= 25 for path in files)
    for site in load_sites():
        guessed = "host name is a guess" in site.known_from or "host name is invented" in site.known_from
        assert site.enabled != guessed, site.id


@pytest.mark.parametrize("site", load_sites(), ids=lambda site: site.id)
def test_the_shipped_rules_hold_on_three_fixtures_and_more(site: Site) -> None:
    fixtures = load_fixtures(fixtures_path(site.id))
    assert fixtures is not None
    assert len(fixtures) >= 3
    assert fixtures.article
    assert not list(fixtures.failures(site))


def test_no_fixture_is_left_without_its_site() -> None:
    assert {path.stem for path in SHIPPED.glob("fixtures/*.toml")} == {site.id for site in load_sites()}


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("list = ['/zongjie/12.html']", "/zongjie/12.html: expected list, found article"),
        (
            "article = ['http://wen.example/a/1.html']",
            "http://wen.example/a/1.html: its host is not the site's",
        ),
        (
            "[pages]\n'/a/1_2.html' = ['/b/1.html', 2]",
            "/a/1_2.html: expected page 2 of /b/1.html, found page 2 of",
        ),
    ],
)
def test_a_fixture_that_does_not_hold_is_told(site: Site, tmp_path: Path, text: str, failure: str) -> None:
    path = tmp_path / "fan.toml"
    path.write_text(text, "utf-8")
    fixtures = load_fixtures(path)
    assert fixtures is not None
    (told,) = fixtures.failures(site)
    assert told.startswith(failure)


def test_a_broken_fixture_file_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "fan.toml"
    path.write_text("artikel = ['/a/1.html']", "utf-8")
    with pytest.raises(ConfigError, match=r"fan\.toml: artikel: expected URLs under article, list, ignore"):
        load_fixtures(path)
    assert load_fixtures(tmp_path / "none.toml") is None


def doc_rows(model: type[BaseModel] = Site, prefix: str = "") -> list[str]:
    """A row of the documentation for each key of a site file."""
    rows = []
    for key, field in fields_of(model).items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            rows += doc_rows(kind, f"{prefix}{key}.")
            continue
        value = json.dumps(field.get_default(call_default_factory=True)) if not field.is_required() else ""
        default = f"`{value}`".replace("\\\\", "\\").replace("|", "\\|") if value else "required"
        rows.append(f"| `{prefix}{key}` | {field.description} | {default} |")
    return rows


def test_the_documentation_has_every_key_as_the_model_has_it() -> None:
    text = (DOCS / "sites.md").read_text("utf-8")
    assert [row for row in doc_rows() if row not in text] == []


def test_the_documentation_says_of_every_site_how_it_is_known() -> None:
    text = (DOCS / "sites.md").read_text("utf-8")
    rows = [f"| `{site.id}` | {', '.join(site.hosts[:1])} | {site.known_from} |" for site in load_sites()]
    assert [row for row in rows if row not in text] == []
    assert [path.stem for path in SHIPPED.glob("families/*.toml") if f"`{path.stem}`" not in text] == []
