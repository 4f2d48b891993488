"""The order in which pages are asked for, and counts that add up whatever happens."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request, Spider

from crawler.frontier import Frontier, Limits, Outcome, Skip, Task
from crawler.site import Site
from crawler.tally import SiteResult

KINDS = ("continued", "sitemap", "article", "list")


def make_site(name: str, max_pages: int = 100) -> Site:
    facts = {"id": name, "name": name, "known_from": "a test", "scheme": "http", "hosts": [f"{name}.example"]}
    return Site.model_validate(facts | {"rules": {"article": ["/a/.*"]}, "budget": {"max_pages": max_pages}})


@dataclass
class Crawl:
    """A frontier, and what the spider does around it."""

    frontier: Frontier

    def __post_init__(self) -> None:
        spider = Spider("test")
        spider.request = lambda task: Request(task.url, meta={"task": task})  # type: ignore[attr-defined]
        self.frontier.open(spider)

    def add(self, *tasks: Task) -> None:
        for task in tasks:
            self.frontier.enqueue_request(Request(task.url, meta={"task": task}))

    def take(self) -> Task | None:
        request = self.frontier.next_request()
        return request.meta["task"] if request else None

    def order(self) -> list[str]:
        """URLs in the order they are handed out, each fetched before the next is asked for."""
        urls = []
        while task := self.take():
            urls.append(task.url.rpartition("/")[2])
            self.frontier.finish(task, Outcome("fetched"))
        return urls


def task(name: str, kind: str = "article", site: str = "fan") -> Task:
    return Task(site, f"http://{site}.example/a/{name}", kind)  # type: ignore[arg-type]


def test_pages_of_begun_articles_come_first_and_lists_last() -> None:
    crawl = Crawl(Frontier([make_site("fan")], Limits()))
    crawl.add(task("list", "list"), task("1"), task("2"), task("map", "sitemap"), task("1_2", "continued"))
    assert crawl.order() == ["1_2", "map", "1", "2", "list"]


def test_a_url_is_handed_out_once() -> None:
    crawl = Crawl(Frontier([make_site("fan")], Limits()))
    crawl.add(task("1"), task("1"), task("1", "list"))
    assert crawl.order() == ["1"]


def test_the_next_page_waits_until_the_one_before_was_read() -> None:
    crawl = Crawl(Frontier([make_site("fan")], Limits()))
    crawl.add(task("1"), task("2"))
    first = crawl.take()
    assert first is not None
    assert crawl.take() is None
    assert crawl.frontier.has_pending_requests()
    crawl.frontier.finish(first, Outcome("fetched"), [task("1_2", "continued")])
    assert crawl.order() == ["1_2", "2"]


def test_sites_take_turns() -> None:
    crawl = Crawl(Frontier([make_site("fan"), make_site("wen")], Limits()))
    crawl.add(*(task(name, site=site) for site in ("fan", "wen") for name in ("1", "2")))
    assert crawl.order() == ["1", "1", "2", "2"]


def test_a_retry_comes_later_and_costs_no_budget() -> None:
    crawl = Crawl(Frontier([make_site("fan", max_pages=2)], Limits()))
    crawl.add(task("1"), task("2"), task("3"))
    first = crawl.frontier.next_request()
    assert first is not None
    crawl.frontier.enqueue_request(first.replace(meta={**first.meta, "retry_times": 1}))
    assert crawl.order() == ["2", "1"]


def test_a_task_that_a_redirect_sends_elsewhere_is_asked_at_once() -> None:
    crawl = Crawl(Frontier([make_site("fan")], Limits()))
    crawl.add(task("1"), task("2"))
    first = crawl.take()
    assert first is not None
    crawl.frontier.finish(
        replace(first, address="http://m.fan.example/a/1", redirects=1), Outcome("redirected")
    )
    assert crawl.order() == ["1", "2"]


@pytest.mark.parametrize(("max_pages", "skipped", "pending"), [(1, {"budget": 2}, 0), (9, {}, 2)])
def test_what_is_left_is_skipped_by_a_budget_and_pending_after_a_stop(
    max_pages: int, skipped: dict[str, int], pending: int
) -> None:
    crawl = Crawl(Frontier([make_site("fan")], Limits(max_pages)))
    crawl.add(task("1"), task("2"), task("3"))
    first = crawl.take()
    assert first is not None
    crawl.frontier.finish(first, Outcome("fetched"))
    crawl.frontier.close("shutdown")
    result = crawl.frontier.results()["fan"]
    assert (result.skipped, result.pending) == (skipped, pending)


def test_time_that_is_up_ends_everything() -> None:
    crawl = Crawl(Frontier([make_site("fan")], Limits(max_minutes=1e-9)))
    crawl.add(task("1"), task("1_2", "continued"))
    assert crawl.take() is None
    assert not crawl.frontier.has_pending_requests()


events = st.tuples(
    st.sampled_from(["fetched", "failed", "skipped"]),
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from([*KINDS, "skip"])), max_size=5),
)


@given(script=st.lists(events, max_size=30), max_pages=st.integers(1, 20))
def test_the_counts_add_up_and_the_budget_is_kept(
    script: list[tuple[str, list[tuple[int, str]]]], max_pages: int
) -> None:
    crawl = Crawl(Frontier([make_site("fan", max_pages)], Limits()))
    crawl.add(task("0", "list"))
    taken: list[Task] = []
    for state, links in script:
        if (now := crawl.take()) is None:
            break
        taken.append(now)
        found = [
            Skip(f"x{name}", "offsite") if kind == "skip" else task(str(name), kind) for name, kind in links
        ]
        crawl.frontier.finish(now, Outcome(state, state), found)  # type: ignore[arg-type]
        assert_sum(crawl.frontier.results()["fan"])
    assert len({each.url for each in taken}) == len(taken)
    crawl.frontier.close("finished")
    assert_sum(crawl.frontier.results()["fan"])
    new = [each for each in taken if each.kind != "continued"]
    assert len(new) <= max_pages


def assert_sum(result: SiteResult) -> None:
    rest = sum(result.failed.values()) + sum(result.skipped.values()) + result.pending
    assert result.found == result.fetched + rest
    assert result.fetched == result.articles + result.lists
