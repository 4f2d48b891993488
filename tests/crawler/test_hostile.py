"""Crawls of webs that mean no good, judged by what their servers saw."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.crawl import CrawlResult, crawl
from crawler.sample.server import Access, LoopbackProxy
from crawler.tally import SiteResult
from pipeline.corpus import build
from pipeline.engine.local import InlineEngine
from tests.crawler.fixture_web import is_page, make_site, stored
from tests.crawler.hostile.broken import BrokenWeb
from tests.crawler.hostile.numbered import NumberedWeb
from tests.crawler.hostile.polite import PoliteWeb
from tests.crawler.hostile.quarantine import QuarantineWeb
from tests.crawler.hostile.traps import TRAPS, TrapWeb


def pages(log: list[Access]) -> list[str]:
    return [str(access.url) for access in log if is_page(access.url)]


def gaps(log: list[Access]) -> Iterator[float]:
    """Seconds between the requests to one site, robots.txt and all."""
    return (after.time - before.time for before, after in pairwise(log))


@pytest.fixture(scope="module")
def polite(tmp_path_factory: pytest.TempPathFactory) -> tuple[PoliteWeb, list[Access], CrawlResult, Path]:
    """All polite hosts crawled at once, with a delay of .4 seconds where robots.txt asks for .8."""
    web, data = PoliteWeb(crawl_delay=0.8), tmp_path_factory.mktemp("polite")
    sites = [make_site(name) for name in web.names]
    with LoopbackProxy(web) as proxy:
        result = crawl(
            sites,
            data,
            run_id="r1",
            proxy=proxy.url,
            delay=0.4,
            backoff=0.05,
            timeout=1.0,
            log_file=data / "log",
        )
        return web, list(proxy.log), result, data


Polite = tuple[PoliteWeb, list[Access], CrawlResult, Path]


def test_nothing_forbidden_is_asked_for_and_no_pause_is_cut_short(polite: Polite) -> None:
    web, log, _, _ = polite
    assert web.violations(log) == []


def test_all_that_is_welcome_is_fetched(polite: Polite) -> None:
    web, log, result, _ = polite
    away = {url for url in web.allowed if "www.away." in url}
    assert web.allowed - set(pages(log)) <= away
    assert result.behind.keys() <= {"away", "busy", "silent"}


def test_what_is_reserved_is_not_stored(polite: Polite) -> None:
    web, _, _, data = polite
    assert web.unstored
    assert web.unstored.isdisjoint(stored(data))


def test_no_gap_is_shorter_than_the_delay_and_the_crawl_delay(polite: Polite) -> None:
    web, log, _, _ = polite
    for name in web.names:
        least = 0.8 if name == "rules" else 0.4
        at = [access for access in log if f"www.{name}.example" in access.url]
        first = next(
            (number for number, access in enumerate(at) if not access.url.endswith("/robots.txt")), len(at)
        )
        assert min(gaps(at[first - 1 :] if name == "rules" else at)) >= least, name


def test_a_host_without_a_robots_txt_that_answers_is_asked_for_no_page(polite: Polite) -> None:
    _, log, result, _ = polite
    for name in ("busy", "silent"):
        assert {access.url for access in log if f"www.{name}." in access.url} == {
            f"http://www.{name}.example/robots.txt"
        }
        assert result.sites[name].fetched == 0


@pytest.mark.parametrize("gone", ["page", "redirect"])
def test_a_web_full_of_traps_is_left_with_all_its_articles_and_hardly_a_wasted_request(
    tmp_path: Path, gone: str
) -> None:
    web = TrapWeb(articles=1_000, gone=gone)  # type: ignore[arg-type]
    site = make_site("trap", rules=TrapWeb.RULES, budget={"max_pages": 5_000})
    with LoopbackProxy(web) as proxy:
        result = crawl([site], tmp_path, run_id="r1", proxy=proxy.url, delay=0.0, backoff=0.01)
        asked = pages(proxy.log)
    assert not result.stopped
    assert (result.total.pending, result.total.adds_up()) == (0, True)
    assert not web.missed(asked)
    assert len(web.wasted(asked)) <= 0.05 * len(asked)


@pytest.mark.parametrize("trap", TRAPS)
def test_each_trap_alone_comes_to_an_end(tmp_path: Path, trap: str) -> None:
    web = TrapWeb(articles=60, traps=(trap,))
    site = make_site("trap", rules=TrapWeb.RULES, budget={"max_pages": 2_000})
    with LoopbackProxy(web) as proxy:
        result = crawl([site], tmp_path, run_id="r1", proxy=proxy.url, delay=0.0, backoff=0.01)
        asked = pages(proxy.log)
    assert result.total.pending == 0
    assert not web.missed(asked)
    assert len(web.wasted(asked)) <= 12


def test_a_server_that_breaks_every_rule_costs_its_bad_pages_only(tmp_path: Path) -> None:
    """A site that fails time after time is left for the night, so this takes some nights."""
    web, site, total = BrokenWeb(), make_site("broken"), SiteResult()
    with LoopbackProxy(web) as proxy:
        for night in range(12):
            total = crawl(
                [site], tmp_path, run_id=f"r{night}", proxy=proxy.url, delay=0.0, backoff=0.001, timeout=1.0,
                log_file=tmp_path / "log",
            ).total  # fmt: skip
            assert total.adds_up()
            if not total.pending:
                break
    assert total.pending == 0
    assert web.good <= set(stored(tmp_path))
    lines = [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    settled = {
        line["url"]: line for line in lines if line["message"] == "page" and line["outcome"] != "again"
    }
    assert {name for name in web.names if web.url(name) not in settled} == set()
    for line in settled.values():
        assert line["outcome"] == "fetched" or line["reason"], line
    assert settled[web.url("gzip bomb")]["reason"] == settled[web.url("huge")]["reason"] == "too large"
    assert max(line["peak_mb"] for line in lines if line["message"] == "memory") < 300


def test_what_stands_in_a_pages_place_is_set_aside_and_never_published(tmp_path: Path) -> None:
    web = QuarantineWeb()
    site = make_site("suspect")
    with LoopbackProxy(web) as proxy:
        result = crawl([site], tmp_path, run_id="r1", proxy=proxy.url, delay=0.0, backoff=0.0)
    kept, aside = set(stored(tmp_path)), set(stored(tmp_path, "quarantine"))
    assert web.ordinary <= kept
    missed = web.suspects.keys() - aside
    assert len(missed) <= 0.1 * len(web.suspects), {url: web.suspects[url] for url in missed}
    assert result.total.quarantined == len(aside)
    build([tmp_path / "quarantine"], tmp_path / "corpus", sites=[site.rules()], engine=InlineEngine())
    manifest = json.loads((tmp_path / "corpus" / "manifest.json").read_bytes())
    assert sum(file["rows"] for file in manifest["tables"]["essays"]) == 0


def test_a_second_run_is_all_conditions_and_stores_what_changed(tmp_path: Path) -> None:
    web = NumberedWeb(pages=100, sitemap=True)
    recheck = {"first_days": 1e-9, "least_days": 1e-9, "most_days": 1e-9}
    site = make_site(entries={"pages": ["/"], "sitemaps": ["/sitemap.xml"]}, recheck=recheck)
    with LoopbackProxy(web) as proxy:
        crawl([site], tmp_path, run_id="r1", proxy=proxy.url, delay=0.0)
        before = len(proxy.log)
        for number in (3, 5, 8):
            web.revise(number)
        result = crawl([site], tmp_path, run_id="r2", proxy=proxy.url, delay=0.0)
        again = [access for access in proxy.log[before:] if "/a/" in access.url]
    assert len(again) == 100
    assert all("if-none-match" in access.headers or "if-modified-since" in access.headers for access in again)
    assert result.total.articles == 3
    twice = {url for url, times in Counter(stored(tmp_path)).items() if times == 2 and "/a/" in url}
    assert twice == {f"http://www.fan.example/a/{number}.html" for number in (3, 5, 8)}


def test_a_second_run_over_an_unchanged_site_asks_for_hardly_an_article(tmp_path: Path) -> None:
    web = NumberedWeb(pages=400)
    with LoopbackProxy(web) as proxy:
        crawl([make_site()], tmp_path, run_id="r1", proxy=proxy.url, delay=0.0)
        first = [url for url in pages(proxy.log) if "/a/" in url]
        before = len(proxy.log)
        crawl([make_site()], tmp_path, run_id="r2", proxy=proxy.url, delay=0.0)
        second = [url for url in pages(proxy.log[before:]) if "/a/" in url]
    assert len(first) == 400
    assert len(second) <= 0.05 * len(first)
