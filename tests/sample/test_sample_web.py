import html
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.sample import barren
from crawler.sample.server import Reply
from crawler.sample.sites import SITES, SampleSite, count, locate, page_number
from crawler.sample.web import SampleWeb

PAGES = 300
CHARSETS = {"www.010zaixian.com": "gb18030", "www.035400.com": "gb18030"}
Row = dict[str, object]


@pytest.fixture(scope="module")
def web() -> SampleWeb:
    return SampleWeb(seed=1, pages=PAGES)


@pytest.fixture(scope="module")
def rows(web: SampleWeb, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    path = tmp_path_factory.mktemp("truth") / "truth.jsonl"
    web.write_truth(path)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def body(web: SampleWeb, url: str) -> str:
    reply = web.get(url)
    assert reply is not None
    assert reply.status == 200
    return reply.body.decode(CHARSETS.get(urlsplit(url).hostname or "", "utf-8"), "replace")


def links(web: SampleWeb, url: str) -> set[str]:
    return set(re.findall(r'href="(/[^"]*)"', body(web, url)))


def visible(web: SampleWeb, url: str, pages: int) -> str:
    """Text of an article's pages, hidden elements and white space out."""
    text = ""
    for number in range(1, pages + 1):
        page = body(web, url if number == 1 else re.sub(r"(?=\.\w+$)", f"_{number}", url))
        page = re.sub(r'<(\w+) style="(font-size:0|display:none)[^>]*>.*?</\1>', "", page)
        text += re.sub(r"<[^>]+>", "", page)
    return "".join(html.unescape(text).split())


def test_same_seed_same_bytes(web: SampleWeb) -> None:
    again = SampleWeb(seed=1, pages=PAGES)
    urls = list(web.urls())
    assert urls == list(again.urls())
    assert [web.get(url) for url in urls[:60]] == [again.get(url) for url in urls[:60]]


def test_other_seed_other_bytes(web: SampleWeb) -> None:
    other = SampleWeb(seed=2, pages=PAGES)
    assert not any(web.get(url) == other.get(url) for url in list(web.urls())[:60])


def test_every_article_answers_on_its_canonical_url(web: SampleWeb) -> None:
    urls = list(web.urls())
    assert len(set(urls)) == PAGES
    assert all(isinstance(reply := web.get(url), Reply) and reply.status == 200 for url in urls)
    assert {urlsplit(url).hostname for url in urls} == {site.host for site in SITES}


def test_a_large_web_is_made_on_demand() -> None:
    web = SampleWeb(pages=100_000)
    site, local = locate(99_999)
    reply = web.get(site.origin + site.article_path(local))
    assert reply is not None
    assert len(reply.body) > 2000


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.host)
def test_urls_can_be_computed_back(site: SampleSite) -> None:
    for local in (0, 1, 17, 12_345):
        assert site.parse_article(site.article_path(local)) == (local, 1)
        assert site.parse_article(site.article_path(local, 3)) == (local, 3)
        assert locate(page_number(site, local)) == (site, local)


def test_counts_of_the_sites_add_up() -> None:
    assert all(sum(count(site, pages) for site in SITES) == pages for pages in (1, 29, 300, 1001))


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.host)
def test_links_reach_every_article_and_every_barren_page(web: SampleWeb, site: SampleSite) -> None:
    found: set[str] = set()
    waiting, seen = ["/"], set[str]()
    while waiting:
        path = waiting.pop()
        for link in links(web, site.origin + path) - seen:
            seen.add(link)
            if site.parse_article(link):
                found.add(link)
            elif site.parse_list(link):
                waiting.append(link)
    articles = {urlsplit(url).path for url in web.urls() if urlsplit(url).hostname == site.host}
    empty = {link.path for link in barren.links(site, len(articles))}
    assert found == articles | empty
    assert len(empty) == len(barren.KINDS)


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.host)
def test_sitemap_lists_a_part_of_the_articles(web: SampleWeb, site: SampleSite) -> None:
    listed = set(re.findall("<loc>(.*?)</loc>", body(web, site.origin + "/sitemap.xml")))
    articles = {url for url in web.urls() if url.startswith(site.origin + "/")}
    assert listed < articles
    assert len(listed) > len(articles) / 3


def test_robots_forbid_what_pages_link_to(web: SampleWeb) -> None:
    for site in SITES:
        forbidden = re.findall(r"Disallow: (\S+)", body(web, site.origin + "/robots.txt"))
        assert any(link.startswith(tuple(forbidden)) for link in links(web, site.origin + "/"))


@pytest.mark.parametrize(
    "url",
    [
        "http://m.gz85.com/nothing.html",
        "http://m.gz85.com/a/605105.html",
        "http://m.gz85.com/a/999999999999.html",
        "http://www.010zaixian.com/shiyongwen/gongzuojihua/index_99.html",
        "https://www.xiexiebang.com/zongjie/qtzongjie/0123456789abcdef.html",
        "http://www.035400.com/whly/3/510526_9.html",
        "http://elsewhere.example/",
    ],
)
def test_anything_else_is_not_there(web: SampleWeb, url: str) -> None:
    assert web.get(url) is None


def test_plain_http_is_sent_to_https(web: SampleWeb) -> None:
    reply = web.get("http://www.xiexiebang.com/")
    assert reply is not None
    assert (reply.status, reply.headers["Location"]) == (301, "https://www.xiexiebang.com/")


def test_mirror_host_and_tracking_parameters_give_the_same_page(web: SampleWeb) -> None:
    url = next(url for url in web.urls() if "gz85" in url)
    page = web.get(url)
    assert web.get(url.replace("m.gz85", "www.gz85")) == page
    assert web.get(url + "?from=timeline") == page


def test_about_45_percent_are_reposts(rows: list[Row]) -> None:
    essays = Counter(row["essay"] for row in rows)
    assert 0.38 < 1 - len(essays) / len(rows) < 0.52
    assert essays.most_common(1)[0][1] < len(rows) / 10


def test_no_essay_stands_twice_on_a_page(rows: list[Row]) -> None:
    assert len({(row["url"], row["essay"]) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    "change",
    [
        "years", "places", "numbers", "placeholders", "hant", "injected", "collisions", "truncated", "deleted",
        "lost", "censored", "symbols", "unsigned", "glossed", "contact",
    ],
)  # fmt: skip
def test_every_change_of_text_occurs(rows: list[Row], change: str) -> None:
    assert any(change in str(row["changes"]) for row in rows)


@pytest.mark.parametrize(
    "damage",
    ["intro", "hijacked", "paged", "broken", "travel", "glued", "jammer", "bad_byte", "wrong_header"],
)
def test_every_damage_of_pages_occurs(web: SampleWeb, damage: str) -> None:
    assert any(damage in web.article(number).plan.damage for number in range(PAGES))


@pytest.mark.parametrize(
    "pattern",
    [
        r"XX年|xx年|20xx年", r"201\*年|20__年|~年", r"未完，全文共", r"小编推荐", r"范文篇2", r"第二篇：", r"（二）\d*\w*总结<",
        r'class="downbox"', r"\.\.\.\.\.\.</p>", r"上一篇：", r"本文来源http", r"声明：", r"标签：", r"验证码",
        r"font-size:0", r"display:none", r"left:-9000px", r"\?qǐng\)|\(jié\)", r"[整检效考]zhi|jian查|xiao果|kao核|[a-z]{2,5}博",
        r"1 1结对", r'href="/lvyou/\d+\.html"', r"</strong></a>[^<]{15}", r"\?from=",
    ],
)  # fmt: skip
def test_every_mark_of_damage_is_on_some_page(web: SampleWeb, pattern: str) -> None:
    hosts = [site.origin + "/" for site in SITES]
    assert any(re.search(pattern, body(web, url)) for url in [*web.urls(), *hosts])


def test_charsets_are_what_careless_servers_send(web: SampleWeb) -> None:
    kinds = Counter[str]()
    for url in web.urls():
        reply = web.get(url)
        assert reply is not None
        gbk = (urlsplit(url).hostname or "") in CHARSETS
        kinds["header says utf-8, body is not"] += gbk and "utf-8" in reply.headers["Content-Type"]
        kinds["broken byte"] += gbk and b"\xff" in reply.body
        kinds["gb18030 declared gb2312"] += (
            b'charset="gb2312"' in reply.body and "©".encode("gb18030") in reply.body
        )
        if not gbk:
            reply.body.decode("utf-8")
    assert min(kinds.values()) > 0


def test_blacklisted_characters_never_occur_on_035400(web: SampleWeb) -> None:
    pages = [web.article(number) for number in range(PAGES)]
    blocks = [
        block.html for page in pages if page.plan.site.key == "w" for part in page.pages for block in part
    ]
    assert not re.search("[群色找]", "".join(blocks))


def test_truth_stands_on_undamaged_pages(web: SampleWeb, rows: list[Row]) -> None:
    """Every paragraph does, but for one at each page break, which may be torn in two."""
    alters = {"injected", "deleted", "lost", "truncated"}
    checked = 0
    for row in rows:
        damage = web_damage(web, str(row["url"]))
        if damage & {*alters, "glued", "bad_byte"}:
            continue
        text = visible(web, str(row["url"]), int(str(row["pages"])))
        missing = [line for line in str(row["text"]).split("\n") if "".join(line.split()) not in text]
        assert len(missing) < int(str(row["pages"]))
        checked += 1
    assert checked > 100


def test_planted_junk_is_on_the_page_and_not_in_the_truth(web: SampleWeb, rows: list[Row]) -> None:
    texts: dict[object, str] = {}
    for row in rows:
        texts[row["url"]] = texts.get(row["url"], "") + str(row["text"])
    for row in rows:
        junk = row["junk"]
        assert isinstance(junk, list)
        assert not any(line in texts[row["url"]] for line in junk)
        if junk and not web_damage(web, str(row["url"])) & {"injected", "deleted", "jammer"}:
            page = visible(web, str(row["url"]), int(str(row["pages"])))
            assert all("".join(line.split()) in page for line in junk)


def test_published_date_stands_on_the_page(web: SampleWeb, rows: list[Row]) -> None:
    for row in rows:
        stated = re.findall(r"20\d\d-\d\d-\d\d", body(web, str(row["url"])))
        assert (stated[0] if stated else None) == row["published"]


def web_damage(web: SampleWeb, url: str) -> frozenset[str]:
    site = next(site for site in SITES if site.host == urlsplit(url).hostname)
    local, _ = site.parse_article(urlsplit(url).path) or (0, 0)
    return web.article(page_number(site, local)).plan.damage


def test_truth_file_is_written_whole(web: SampleWeb, tmp_path: Path) -> None:
    web.write_truth(tmp_path / "truth.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["truth.jsonl"]
