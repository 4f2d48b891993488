"""What becomes of responses: stored, skipped with a reason, set aside, or asked for again."""

import time
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.sample.server import Reply
from pipeline.errors import OutputError
from tests.crawler.fixture_web import HOST, HTML, Run, Web, add_article, make_site, stored


@pytest.mark.parametrize(
    ("head", "headers", "reason"),
    [
        ("", {"X_Robots_Tag": "noindex"}, "noindex"),
        ("", {"X_Robots_Tag": "fanwen: none"}, "none"),
        ('<meta name="robots" content="noindex,follow">', {}, "noindex"),
        ('<meta name="tdm-reservation" content="1">', {}, "tdm-reservation"),
        ("", {"tdm_reservation": "1"}, "tdm-reservation"),
    ],
)
def test_reserved_pages_are_not_stored_unless_the_site_file_says_so(
    web: Web, run: Run, tmp_path: Path, head: str, headers: dict[str, str], reason: str
) -> None:
    web.add(HOST + "/", "/a/1.html")
    add_article(web, "/a/1.html", head, **headers)
    assert run().total.skipped == {reason: 1}
    assert stored(tmp_path) == [HOST + "/"]
    run(make_site(politeness={"obey_reservations": False}), data=tmp_path / "all")
    assert stored(tmp_path / "all") == [HOST + "/", HOST + "/a/1.html"]


def test_a_tdmrep_file_keeps_pages_from_being_asked_for(web: Web, run: Run) -> None:
    web.text(HOST + "/.well-known/tdmrep.json", '[{"location": "/a/2*", "tdm-reservation": 1}]')
    web.add(HOST + "/", "/a/1.html", "/a/2.html")
    add_article(web, "/a/1.html")
    assert run().total.skipped == {"tdm-reservation": 1}
    assert HOST + "/a/2.html" not in web.log


def test_nofollow_is_kept(web: Web, run: Run) -> None:
    web.add(HOST + "/", "/a/1.html", X_Robots_Tag="nofollow")
    assert run().total.found == 1


def test_an_article_that_names_another_as_its_original_leads_there(
    web: Web, run: Run, tmp_path: Path
) -> None:
    web.add(HOST + "/", "/a/1.html", "/a/3.html")
    add_article(web, "/a/1.html", '<link rel="canonical" href="http://m.fan.example/a/2.html">')
    add_article(web, "/a/2.html", '<link rel="canonical" href="/a/2.html">')
    add_article(web, "/a/3.html", '<link rel="canonical" href="/">')
    assert run().total.skipped == {"other canonical": 1}
    assert sorted(stored(tmp_path)) == [HOST + path for path in ("/", "/a/2.html", "/a/3.html")]


def test_a_page_under_two_urls_is_stored_once(web: Web, run: Run, tmp_path: Path) -> None:
    web.add(HOST + "/", "/a/1.html", "/a/2.html")
    for path in ("/a/1.html", "/a/2.html"):
        web.pages[HOST + path] = Reply(200, HTML, b"<p>same</p>")
    assert run().total.skipped == {"same bytes as another page": 1}
    assert stored(tmp_path) == [HOST + "/", HOST + "/a/1.html"]


def test_soft_404s_are_told_by_a_page_that_cannot_exist(web: Web, run: Run, tmp_path: Path) -> None:
    web.add(HOST + "/", *(f"/a/{number}.html" for number in range(1, 5)))
    add_article(web, "/a/1.html")
    gone = Reply(
        200, HTML, "<title>出错了</title><body>您访问的页面已被删除<a href='/'>回到首页</a>".encode("gbk")
    )
    web.proxy.handler = lambda url: web.pages.get(url) or (gone if url.endswith(".html") else None)
    assert run().total.skipped == {"quarantine: soft 404": 3}
    assert stored(tmp_path) == [HOST + "/", HOST + "/a/1.html"]
    assert len(stored(tmp_path, "quarantine")) == 3


def test_soft_404s_that_redirect_are_told_too(web: Web, run: Run) -> None:
    web.add(HOST + "/", "/a/1.html", "/a/2.html")
    add_article(web, "/a/1.html")
    gone = Reply(302, {"Location": "/404.html"}, b"")
    web.proxy.handler = lambda url: web.pages.get(url) or (gone if url.endswith(".html") else None)
    assert run().total.skipped == {"quarantine: soft 404": 1}
    assert HOST + "/404.html" not in web.log


def test_a_captcha_is_set_aside_and_slows_the_crawl(web: Web, run: Run, tmp_path: Path) -> None:
    web.add(HOST + "/", "/a/1.html", "/a/2.html")
    page = "<title>安全验证</title><body>请完成安全验证<div id='captcha'></div><script>initCaptcha()</script>请拖动滑块完成验证"
    web.pages[HOST + "/a/1.html"] = Reply(200, HTML, page.encode("gbk"))
    add_article(web, "/a/2.html")
    result = run(backoff=1.0)
    assert result.total.quarantined == 1
    assert stored(tmp_path) == [HOST + "/", HOST + "/a/2.html"]
    assert stored(tmp_path, "quarantine") == [HOST + "/a/1.html"]
    times = [access.time for access in web.proxy.log if "/a/" in access.url]
    assert times[1] - times[0] >= 1.0


def test_hosts_of_the_domain_that_are_not_listed_are_refused(web: Web, run: Run) -> None:
    web.add(
        HOST + "/", *(f"http://x{number}.fan.example/a/1.html" for number in range(20)), "http://ad.example/1"
    )
    assert run().total.skipped == {"unlisted host": 1, "offsite": 1}


def test_an_unchanged_body_is_no_new_record_and_is_asked_for_with_a_condition(
    web: Web, run: Run, tmp_path: Path
) -> None:
    site = make_site(recheck={"first_days": 1e-9, "least_days": 1e-9, "most_days": 1e-9})
    web.add(HOST + "/", "/a/1.html", "/a/2.html", ETag='"abc"', Last_Modified="Mon, 23 Nov 2026 03:00:00 GMT")
    add_article(web, "/a/1.html")
    add_article(web, "/a/2.html")
    run(site)
    first = len(web.proxy.log)
    add_article(web, "/a/2.html", text="全新的内容。")
    result = run(site, run_id="r2")
    assert (result.total.not_modified, result.total.unchanged) == (1, 1)
    assert stored(tmp_path) == [HOST + path for path in ("/", "/a/1.html", "/a/2.html", "/a/2.html")]
    again = {access.url: access.headers for access in web.proxy.log[first:]}
    assert again[HOST + "/"]["if-none-match"] == '"abc"'
    assert again[HOST + "/"]["if-modified-since"] == "Mon, 23 Nov 2026 03:00:00 GMT"
    assert "if-modified-since" in again[HOST + "/a/1.html"]


def test_a_robots_txt_that_fails_keeps_every_page_until_it_answers(web: Web, run: Run) -> None:
    web.text(HOST + "/robots.txt", "busy", status=503)
    web.add(HOST + "/", "/a/1.html")
    add_article(web, "/a/1.html")
    result = run()
    assert web.asked == []
    assert (result.total.pending, result.behind) == (1, {"fan": "robots.txt: http 503, 6 times in a row"})
    web.text(HOST + "/robots.txt", "User-agent: *\nDisallow:")
    assert run(run_id="r2").total.fetched == 2


def test_a_robots_txt_that_does_not_answer_keeps_every_page(web: Web, run: Run) -> None:
    web.add(HOST + "/", "/a/1.html")
    web.proxy.handler = lambda url: time.sleep(0.5) if url.endswith("robots.txt") else web.pages.get(url)
    result = run(timeout=0.1)
    assert web.asked == []
    assert result.behind == {"fan": "robots.txt: timeout, 6 times in a row"}


def test_a_robots_txt_is_followed_to_a_mirror_but_not_away(web: Web, run: Run, tmp_path: Path) -> None:
    web.add(HOST + "/", "/a/1.html")
    web.pages[HOST + "/robots.txt"] = Reply(301, {"Location": "http://m.fan.example/robots.txt"}, b"")
    web.text("http://m.fan.example/robots.txt", "User-agent: *\nDisallow: /a")
    assert run().total.skipped == {"robots": 1}
    web.pages[HOST + "/robots.txt"] = Reply(301, {"Location": "http://else.example/robots.txt"}, b"")
    result = run(data=tmp_path / "away")
    assert result.behind == {"fan": "robots.txt: redirect to else.example, 6 times in a row"}


def test_a_mirror_that_a_page_redirects_to_is_asked_for_its_own_robots_txt(web: Web, run: Run) -> None:
    web.add(HOST + "/", status=301, Location="http://m.fan.example/")
    web.add("http://m.fan.example/", "/a/1.html")
    web.text("http://m.fan.example/robots.txt", "User-agent: *\nDisallow: /")
    assert run().total.skipped == {"robots": 1}
    assert "http://m.fan.example/" not in web.log


@pytest.mark.parametrize("kind", ["text/xml", "application/octet-stream"])
def test_sitemaps_that_robots_txt_names_are_read_whatever_their_type(web: Web, run: Run, kind: str) -> None:
    web.text(HOST + "/robots.txt", f"Sitemap: {HOST}/map/all.xml\nSitemap: http://else.example/map.xml")
    xml = f"<urlset><url><loc>{HOST}/a/1.html</loc></url></urlset>"
    web.text(HOST + "/map/all.xml", xml, kind)
    web.add(HOST + "/")
    add_article(web, "/a/1.html")
    assert run().total.articles == 1


@pytest.mark.parametrize("date", [False, True])
def test_retry_after_is_kept(web: Web, run: Run, *, date: bool) -> None:
    web.add(HOST + "/", "/a/1.html", "/a/2.html")
    add_article(web, "/a/1.html")
    add_article(web, "/a/2.html")
    until: list[float] = []

    def busy_once(url: str) -> Reply | None:
        if url.endswith("/a/1.html") and not until:
            until.append(time.time() + 2)
            header = formatdate(until[0] + 1, usegmt=True) if date else "2"
            return Reply(429, {"Retry-After": header}, b"")
        return web.pages.get(url)

    web.proxy.handler = busy_once
    result = run()
    assert result.total.articles == 2
    busy = next(at for at, access in enumerate(web.proxy.log) if access.status == 429)
    assert web.proxy.log[busy + 1].time - web.proxy.log[busy].time >= 1.9


def test_failures_are_followed_by_longer_and_longer_pauses(web: Web, run: Run) -> None:
    web.add(HOST + "/", status=500)
    result = run(backoff=0.2)
    assert result.total.failed == {"http 500": 1}
    times = [access.time for access in web.proxy.log if access.url == HOST + "/"]
    gaps = [after - before for before, after in pairwise(times)]
    assert len(gaps) == 2
    assert gaps[0] >= 0.2
    assert gaps[1] >= 0.4


def test_the_crawl_delay_of_robots_txt_is_kept_between_all_requests(web: Web, run: Run) -> None:
    web.text(HOST + "/robots.txt", "User-agent: *\nCrawl-delay: 0.5")
    web.add(HOST + "/", "/a/1.html", "/a/2.html")
    add_article(web, "/a/1.html")
    add_article(web, "/a/2.html")
    run()
    times = [access.time for access in web.proxy.log if access.url != HOST + "/robots.txt"]
    assert len(times) == 5
    assert min(after - before for before, after in pairwise(times)) >= 0.5


def test_a_shut_crawl_window_leaves_the_site_for_another_run(web: Web, run: Run) -> None:
    web.add(HOST + "/")
    hour = (int(time.strftime("%H", time.gmtime(time.time() + 8 * 3600))) + 3) % 24
    result = run(make_site(politeness={"windows": [f"{hour:02d}:00-{(hour + 1) % 24:02d}:00"]}))
    assert web.log == []
    assert result.behind == {"fan": "crawl window"}


def test_a_quota_limits_the_pages_of_a_pattern(web: Web, run: Run) -> None:
    web.add(HOST + "/", *(f"/a/{number}.html" for number in range(5)), "/zongjie/")
    web.add(HOST + "/zongjie/")
    for number in range(5):
        add_article(web, f"/a/{number}.html")
    result = run(make_site(budget={"quotas": {"/a/.*": 2}}))
    assert (result.total.articles, result.total.skipped) == (2, {"quota": 3})


def test_quota_and_traps_hold_in_the_next_run_too(web: Web, run: Run) -> None:
    web.add(HOST + "/", *(f"/a/{number}.html" for number in range(5)))
    for number in range(5):
        add_article(web, f"/a/{number}.html")
    recheck = {"first_days": 1e-9, "least_days": 1e-9, "most_days": 1e-9}
    site = make_site(budget={"quotas": {"/a/.*": 2}}, recheck=recheck)
    for name in ("r1", "r2"):
        before = len(web.log)
        assert run(site, run_id=name).total.skipped == {"quota": 3}
        assert sum("/a/" in url for url in web.log[before:]) == 2


def test_a_disk_that_is_nearly_full_ends_the_crawl_with_one_line(web: Web, run: Run) -> None:
    web.add(HOST + "/")
    with pytest.raises(OutputError, match=r"GB free, at least .* GB must stay so"):
        run(min_free=1 << 60)
