"""URLs in one spelling, and which of them are pages of one article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pager import PAGE_SUFFIX
from pipeline.schema import SiteRules
from pipeline.urls import Link, Place, Places, SiteUrls, path_of

HOST = "http://www.wen.example"
RULES = SiteRules(
    id="wen",
    scheme="http",
    hosts=("www.wen.example", "m.wen.example"),
    article=(
        r"/zj/\d+\.html?",
        r"/show\.php\?(?:\w+=\w+&)*id=\d+(?:&\w+=\w+)*",
        r"/fw/\d{4}_\d+\.html",
        r"/book/\d+/",
        r"/\?p=\d+",
    ),
    lists=(r"/zj/", r"/zj/list\.html\?page=\d+", r"/zj/list_\d+\.html", r"/zj/\?page=\d+"),
    ignored=(r"/so/.*",),
)
SITE = SiteUrls(RULES)


@pytest.mark.parametrize(
    ("path", "first", "number"),
    [
        ("/zj/12.htm", "/zj/12.htm", 1),
        ("/zj/12_2.htm", "/zj/12.htm", 2),
        ("/zj/12_10.html", "/zj/12.html", 10),
        ("/zj/12.html?page=3", "/zj/12.html", 3),
        ("/zj/12.html?p=2", "/zj/12.html", 2),
        ("/show.php?id=12&page=2", "/show.php?id=12", 2),
        ("/show.php?page=2&id=12", "/show.php?id=12", 2),
        ("/show.php?id=12&p=2&v=x", "/show.php?id=12&v=x", 2),
        ("/show.php?id=12&page=1", "/show.php?id=12", 1),
    ],
)
def test_a_page_knows_its_article_and_its_number(path: str, first: str, number: int) -> None:
    assert SITE.kind(HOST + path) == "article"
    assert SITE.article_page(HOST + path) == (HOST + first, number)


@pytest.mark.parametrize(
    "path",
    [
        "/fw/2021_12.html",  # an id
        "/?p=12",  # an id again
        "/zj/list_2.html",
        "/zj/?page=2",
        "/zj/12.html?page=2021",  # no article has so many pages
        "/zj/12_1.html",  # not the first page
        "/about_2.html",
        "/zj/12.html?page=",
    ],
)
def test_ids_and_lists_are_no_pages_of_an_article(path: str) -> None:
    assert SITE.article_page(HOST + path) == (HOST + path, 1)


def test_of_several_groups_the_one_that_matches_is_the_number() -> None:
    rules = SiteRules(
        "x", "http", ("x.example",), (r"/a/\d+\.html",), page_suffix=r"-(\d+)(?=\.html)|/(\d+)(?=\.html)"
    )
    site = SiteUrls(rules)
    assert site.article_page("http://x.example/a/7-3.html") == ("http://x.example/a/7.html", 3)
    assert site.article_page("http://x.example/a/7/4.html") == ("http://x.example/a/7.html", 4)
    assert site.article_page("http://x.example/a/4.html") == ("http://x.example/a/4.html", 1)
    assert SiteRules("x", "http", ("x.example",), ()).page_suffix == PAGE_SUFFIX


def test_the_first_page_has_one_spelling() -> None:
    assert SITE.canonical("http://m.wen.example/show.php?id=12&page=1") == HOST + "/show.php?id=12"
    assert SITE.canonical(HOST + "/zj/?page=1") == HOST + "/zj/?page=1"


@pytest.mark.parametrize(
    ("page", "link", "words"),
    [
        ("/zj/12.html", "/zj/12-2.html", "下一页"),
        ("/zj/12.html", "/zj/12/2.html", "下页"),
        ("/zj/12.html", "/zj/12_p2.html", "2"),
        ("/zj/12.html", "/zj/12.html/2", "下一頁 >"),
        ("/zj/12.html", "/zj/12.html?pageNo=2", "[2]"),
        ("/book/12/", "/book/12/2.html", "下一页"),
        ("/book/12/", "/book/12/page/2/", "第2页"),
        ("/book/12/", "/book/12/index_2.html", "下一页»"),
        ("/zj/12-2.html", "/zj/12-3.html", "下一页"),
        ("/zj/12-3.html", "/zj/12-2.html", "上一页"),
        ("/show.php?id=12", "/show.php?id=12&pn=2", "2"),
    ],
)
def test_a_pagers_link_continues_an_article_whatever_its_form(page: str, link: str, words: str) -> None:
    assert SITE.continues(HOST + page, "http://m.wen.example" + link, words)


@pytest.mark.parametrize(
    ("page", "link", "words"),
    [
        ("/zj/12.html", "/zj/12-2.html", "下一篇"),
        ("/zj/12.html", "/zj/12-2.html", "防汛值守工作总结"),
        ("/zj/12.html", "/zj/12-5.html", "下一页"),
        ("/zj/12.html", "/zj/13-2.html", "下一页"),
        ("/zj/12.html", "/zj/13.html", "下一页"),
        ("/zj/12.html", "/zj/2.html", "2"),
        ("/zj/", "/zj/2.html", "2"),
        ("/about.html", "/about-2.html", "下一页"),
        ("/zj/12.html", "/so/12-2.html", "下一页"),
        ("/zj/4.html", "/zj/5.html", "下一页"),
    ],
)
def test_other_links_continue_nothing(page: str, link: str, words: str) -> None:
    assert not SITE.continues(HOST + page, HOST + link, words)
    assert not SITE.continues(HOST + "/zj/12.html", "http://other.example/zj/12-2.html", "下一页")


def settled(places: Places, url: str, *links: tuple[str, str]) -> tuple[Place, int]:
    return places.continued(places.locate(url), [Link(href, words) for href, words in links])


def test_pages_of_an_unforeseen_form_come_together_by_their_links() -> None:
    places = Places([RULES])
    first, count = settled(
        places, HOST + "/zj/12.html", ("12-2.html", "2"), ("12-3.html", "3"), ("12-2.html", "下一页")
    )
    assert (first.article_url, first.page_no, count) == (HOST + "/zj/12.html", 1, 3)
    for number in (2, 3):
        url = f"{HOST}/zj/12-{number}.html"
        assert places.locate(url).kind == "numbered"
        place, count = settled(places, url, ("12.html", "1"), (f"12-{5 - number}.html", str(5 - number)))
        assert (place.kind, place.article_url, place.page_no, count) == ("article", first.url, number, 3)
    last, _ = settled(places, HOST + "/zj/12-3.html", ("12-2.html", "上一页"))
    assert (last.article_url, last.page_no) == (first.url, 3)


def test_without_such_a_link_a_number_in_a_name_proves_nothing() -> None:
    places = Places([RULES])
    place, count = settled(places, HOST + "/zj/12-2.html", ("/zj/12.html", "防汛工作总结"), ("/", "首页"))
    assert (place.kind, place.page_no, count) == ("numbered", 1, 1)
    assert settled(places, HOST + "/zj/12.html", ("/zj/12-2.html", "相关文章")) == (
        places.locate(HOST + "/zj/12.html"),
        1,
    )


def test_without_a_site_file_only_links_make_pages_one_article() -> None:
    places = Places([])
    first = places.locate("http://news.example/art.html")
    second = "http://news.example/art_2.html"
    assert settled(places, second, ("/about.html", "")) == (places.locate(second), 1)
    place, count = settled(places, second, ("art.html", "一"), ("art_3.html", ""))
    assert (place.article_url, place.page_no, count) == (first.url, 2, 3)
    links = [(f"art_{number}.html", "") for number in (2, 3, 9)]
    assert settled(places, first.url, *links) == (first, 3)


@pytest.mark.timeout(20)
def test_a_page_without_an_ending_that_links_to_itself_has_one_page() -> None:
    places = Places([])
    page = places.locate("http://news.example/a/778336904")
    assert settled(places, page.url, ("/a/778336904", "")) == (page, 1)


def test_without_a_site_file_a_pagers_link_to_the_first_page_is_asked_for() -> None:
    places = Places([])
    start = "http://news.example/show.php?id=5"
    place, count = settled(places, start + "&page=2", (start, "1"), (start + "&page=3", "3"))
    assert (place.article_url, place.page_no, count) == (start, 2, 3)
    _, count = settled(places, start, ("?id=5&page=2", "2"), ("?id=5&page=2", "下一页"))
    assert count == 2
    neighbour = "http://news.example/a/2.html"
    assert settled(places, neighbour, ("1.html", "上一页"), ("3.html", "下一页")) == (
        places.locate(neighbour),
        1,
    )


@pytest.mark.parametrize(
    "needless",
    [
        "/a/1.html?PHPSESSID=8a7f",
        "/a/1.html;jsessionid=0F2A9C?utm_source=x",
        "/a/1.html?ASPSESSIONIDQQA=KJHG",
        "/a/1.html?sid=5f3e9a2b7c11",
        "/a/1.html?s=9d1b3e77ac&r=0.7712345",
        "/a/1.html?_=1700000000000&rand=42&timestamp=1700000000",
        "/a/1.html?t=1700000000",
        "/(S(kq3zt2x1))/a/1.html",
        "/a/(A(x1)S(y2))/1.html",
        "/a/1.html?session=1f2e3d4c5b6a&sessionid=77aabbccdd",
    ],
)
def test_who_reads_a_page_is_no_part_of_its_url(needless: str) -> None:
    assert path_of(HOST + needless) == "/a/1.html"


@pytest.mark.parametrize(
    "query",
    [
        *(
            "id=7",
            "page=2",
            "p=3",
            "aid=9",
            "tid=1700000000",
            "cid=5",
            "sid=12",
            "sid=news",
            "s=2021",
            "s=zongjie",
        ),
        *("t=5", "r=3", "session=2", "time=2021", "rand=abc"),
    ],
)
def test_what_may_choose_a_page_stays(query: str) -> None:
    assert path_of(f"{HOST}/a.php?{query}") == f"/a.php?{query}"


PARTS = st.sampled_from(
    [
        *(
            "/",
            "//",
            "..",
            ".",
            "a",
            "12",
            "_2",
            "-2",
            ".html",
            "?",
            "&",
            "page=1",
            "p=2",
            "id=5",
            "sid=5f3e9a2b7c11",
        ),
        *(
            ";jsessionid=1",
            "(S(a))",
            "%28S(a)%29",
            "%",
            "25",
            "%%34",
            "%41",
            "总",
            "%e6",
            "s=0.5",
            "_=1",
            "=",
            "#x",
            " ",
        ),
    ]
)


@given(st.lists(PARTS, max_size=10).map("".join) | st.text(max_size=30))
def test_a_canonical_url_is_canonical(tail: str) -> None:
    once = SITE.canonical(f"http://m.wen.example/{tail}")
    assert SITE.canonical(once) == once
    place = Places([]).locate(f"http://x.example/{tail}")
    assert Places([]).locate(place.url).url == place.url
