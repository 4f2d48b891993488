"""What is asked for and in what order, over runs and kills; counts that add up whatever happens."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.archive import WarcArchive
from crawler.frontier import Frontier, Outcome, Skip, Stored, Task
from crawler.frontier.rebuild import rebuild
from pipeline.errors import OutputError
from tests.crawler.fixture_web import make_site

DAY = 86_400.0
Open = Callable[..., Frontier]


class Clock:
    """A time that tests set."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture(autouse=True)
def all_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test leaves open, as a kill does, is closed behind it: Python 3.13 warns of files that are not."""
    made: list[Frontier] = []
    begin = Frontier.__init__

    def remember(self: Frontier, *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        made.append(self)

    monkeypatch.setattr(Frontier, "__init__", remember)
    yield
    for frontier in made:
        frontier.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Open:
    def start(run: str = "r1", site: object = None) -> Frontier:
        frontier = Frontier(tmp_path / "frontier.sqlite", [site or make_site()], run, now=clock)  # type: ignore[list-item]
        frontier.begin()
        return frontier

    return start


def task(name: str, kind: str = "article", **facts: object) -> Task:
    return Task("fan", f"http://www.fan.example/{name}", kind, **facts)  # type: ignore[arg-type]


def order(frontier: Frontier) -> list[str]:
    """Paths in the order they are handed out, each settled before the next is asked for."""
    urls = []
    while now := frontier.next("fan", ()):
        urls.append(now.url.removeprefix("http://www.fan.example/"))
        frontier.settle(now, Outcome("fetched", stored=Stored(digest=b"1")))
    return urls


def fetch(frontier: Frontier, *found: Task | Skip, changed: bool = True) -> Task:
    """Settle the next task as fetched, with the links found on it."""
    now = frontier.next("fan", ())
    assert now is not None
    frontier.settle(now, Outcome("fetched", changed=changed, stored=Stored(digest=b"1")), found)
    return now


def test_pages_of_begun_articles_come_first_then_articles_then_lists(opened: Open) -> None:
    frontier = opened()
    fetch(
        frontier,
        task("more/", "list"),
        task("1"),
        task("2"),
        task("map", "sitemap"),
        task("1_2", "continued"),
    )
    assert order(frontier) == ["1_2", "map", "1", "2", "more/"]


def test_a_url_is_handed_out_once_and_not_while_it_is_on_its_way(opened: Open) -> None:
    frontier = opened()
    fetch(frontier, task("1"), task("1"), task("2"))
    first = frontier.next("fan", ())
    assert first == frontier.next("fan", ())
    assert first is not None
    second = frontier.next("fan", (first.url,))
    assert second is not None
    assert second.url != first.url
    assert frontier.next("fan", (first.url, second.url)) is None


def test_a_retry_comes_after_the_others_and_a_redirect_before(opened: Open) -> None:
    frontier = opened()
    fetch(frontier, task("1"), task("2"), task("3"))
    first, second = frontier.next("fan", ()), task("2")
    assert first is not None
    frontier.settle(first, Outcome("again", again=task("1", retries=1)))
    frontier.settle(second, Outcome("again", again=task("2", address="http://m.fan.example/2", redirects=1)))
    handed = []
    while now := frontier.next("fan", ()):
        handed.append((now.url[-1], now.target, now.retries))
        frontier.settle(now, Outcome("fetched"))
    assert handed == [
        ("2", "http://m.fan.example/2", 0),
        ("3", "http://www.fan.example/3", 0),
        ("1", "http://www.fan.example/1", 1),
    ]


def test_what_was_on_its_way_is_pending_for_the_same_run_begun_again(opened: Open) -> None:
    frontier = opened()
    fetch(frontier, task("1"), task("2"))
    frontier.next("fan", ())
    frontier.close()
    again = opened()
    assert again.resumed
    assert order(again) == ["1", "2"]
    result = again.results()["fan"]
    assert (result.found, result.fetched, result.pending, result.adds_up()) == (3, 3, 0, True)


def test_a_run_taken_up_for_other_sites_keeps_its_counts(opened: Open) -> None:
    frontier = opened("r1")
    fetch(frontier, task("a/1.html"))
    frontier.close()
    results = opened("r1", make_site("fox")).results()
    assert (results["fan"].fetched, results["fan"].pending) == (1, 1)
    assert all(result.adds_up() for result in results.values())


def test_what_one_run_leaves_the_next_one_finds(opened: Open) -> None:
    frontier = opened("r1")
    fetch(frontier, task("1"), task("2"))
    fetch(frontier)
    assert frontier.results()["fan"].pending == 1
    frontier.close()
    after = opened("r2")
    assert not after.resumed
    assert order(after) == ["2", ""]
    assert after.results()["fan"].found == 2


def test_an_article_is_checked_again_less_often_the_longer_it_stays_the_same(
    opened: Open, clock: Clock
) -> None:
    frontier = opened("r0")
    fetch(frontier, task("1"))
    fetch(frontier)
    frontier.close()
    asked = []
    for day in range(1, 60):
        clock.time += DAY
        frontier = opened(f"r{day}")
        while now := frontier.next("fan", ()):
            if now.url.endswith("/1"):
                asked.append(day)
                assert now.before is not None
                assert now.before.digest == b"1"
                frontier.settle(now, Outcome("fetched", changed=False, stored=Stored(digest=b"1")))
            else:
                frontier.settle(now, Outcome("not modified"))
        frontier.close()
    assert asked == [7, 21, 49]


def test_a_page_that_changes_is_checked_more_often(opened: Open, clock: Clock) -> None:
    frontier = opened("r0")
    fetch(frontier, task("1"))
    fetch(frontier)
    frontier.close()
    asked = []
    for day in range(1, 20):
        clock.time += DAY
        frontier = opened(f"r{day}")
        if any(url == "1" for url in order(frontier)):
            asked.append(day)
        frontier.close()
    assert asked == [7, 11, 13, 14, 15, 16, 17, 18, 19]


def test_a_sitemap_that_names_a_later_change_wakes_the_page(opened: Open, clock: Clock) -> None:
    site = make_site(entries={"pages": [], "sitemaps": ["/map.xml"]})
    frontier = opened("r1", site)
    fetch(frontier, task("1", modified_at=clock.time - DAY), task("2"))
    order(frontier)
    frontier.close()
    clock.time += DAY
    frontier = opened("r2", site)
    fetch(frontier, task("1", modified_at=clock.time - DAY / 2), task("2", modified_at=clock.time - 3 * DAY))
    assert order(frontier) == ["1"]


def test_known_lists_are_walked_until_two_without_news(opened: Open, clock: Clock) -> None:
    """A pager of ten lists with two articles each, all known; then a new article on the first."""
    names = [f"list_{number}" for number in range(10)]

    def links(name: str) -> list[Task]:
        number = names.index(name) if name else 0
        more = [task(names[number + 1], "list")] if number < 9 else []
        return [task(f"{number}a"), task(f"{number}b"), *more]

    def walk(frontier: Frontier, news: str = "") -> list[str]:
        walked = []
        while now := frontier.next("fan", ()):
            name = now.url.removeprefix("http://www.fan.example/")
            found = links(name) if now.kind == "list" else []
            walked += [name] if now.kind == "list" else []
            frontier.settle(
                now,
                Outcome("fetched", stored=Stored(digest=b"1")),
                [*found, *([task(news)] if news and not name else [])],
            )
        frontier.close()
        return walked

    assert walk(opened("r1")) == ["", *names[1:]]
    clock.time += 3600
    assert walk(opened("r2")) == ["", "list_1"]
    clock.time += 3600
    assert walk(opened("r3"), news="neu") == ["", "list_1", "list_2"]


def test_lists_that_go_on_without_news_come_to_an_end(opened: Open) -> None:
    frontier = opened()
    walked = 0
    while now := frontier.next("fan", ()):
        walked += now.kind == "list"
        links = [task("1"), task(f"list_{walked}", "list")] if now.kind == "list" else []
        frontier.settle(now, Outcome("fetched"), links)
    assert walked == 6
    assert frontier.results()["fan"].skipped == {"endless list": 1}


def test_a_changed_site_file_judges_what_was_skipped_or_waits_anew(opened: Open) -> None:
    frontier = opened("r1")
    fetch(frontier, Skip("http://www.fan.example/gw/5.html", "no rule"), task("a/1.html"), task("a/2.html"))
    frontier.close()
    rules = {"article": [r"/gw/\d+\.html", r"/a/1\.html"]}
    frontier = opened("r2", make_site(rules=rules))
    assert sorted(order(frontier)) == ["", "a/1.html", "gw/5.html"]
    assert frontier.results()["fan"].adds_up()


def test_a_frontier_that_was_lost_is_rebuilt_from_the_archive(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path / "warc", "r0")
    for name in ("a/1.html", "a/2.html"):
        archive.write(f"http://m.fan.example/{name}", 200, [], b"<p>text</p>")
    archive.close()
    frontier = Frontier(tmp_path / "frontier.sqlite", [make_site()], "r1")
    assert frontier.is_new
    assert rebuild(frontier, tmp_path / "warc") == 2
    frontier.begin()
    fetch(frontier, task("a/1.html"), task("a/2.html"), task("a/3.html"))
    assert order(frontier) == ["a/3.html"]


def test_each_site_has_its_own_rebuild_and_one_that_was_killed_begins_again(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path / "warc", "r0")
    for host in ("www.fan.example", "www.fox.example"):
        archive.write(f"http://{host}/a/1.html", 200, [], b"<p>text</p>")
    archive.close()
    path = tmp_path / "frontier.sqlite"
    Frontier(path, [make_site()], "r1").close()  # killed before its rebuild
    for name, entered in (("fan", 1), ("fox", 1), ("fan", 0)):
        frontier = Frontier(path, [make_site(name)], "r1")
        assert rebuild(frontier, tmp_path / "warc") == entered
        frontier.begin()
        frontier.close()
    query = "SELECT site, COUNT(*) FROM page WHERE state = 'done' GROUP BY site"
    with closing(sqlite3.connect(path)) as db:
        assert dict(db.execute(query)) == {"fan": 1, "fox": 1}


def test_a_frontier_that_began_without_an_archive_reads_none_for_a_new_site(tmp_path: Path) -> None:
    frontier = Frontier(tmp_path / "frontier.sqlite", [make_site()], "r1")
    assert rebuild(frontier, tmp_path / "warc") == 0
    frontier.close()
    assert Frontier(tmp_path / "frontier.sqlite", [make_site("fox")], "r2").unread() == []


def test_a_file_whose_tables_were_never_made_is_a_new_one(tmp_path: Path, opened: Open) -> None:
    db = sqlite3.connect(tmp_path / "frontier.sqlite")
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    assert opened().is_new


def test_a_link_that_may_be_followed_wins_over_one_that_may_not(opened: Open) -> None:
    frontier = opened()
    url = "http://www.fan.example/a/1_2.html"
    fetch(frontier, Task("fan", url, "continued"), Skip(url, "no rule"), Skip(url + "?x", "trap: calendar"))
    assert order(frontier) == ["a/1_2.html"]


def test_what_was_skipped_by_its_link_is_taken_up_by_a_better_one(opened: Open) -> None:
    frontier = opened()
    fetch(
        frontier,
        Skip("http://www.fan.example/a/1_2.html", "no rule"),
        Skip("http://www.fan.example/rili/2026/12/", "trap: calendar"),
        task("a/1.html"),
    )
    fetch(frontier, task("a/1_2.html", "continued"), task("rili/2026/12/", "list"))
    assert order(frontier) == ["a/1_2.html", "rili/2026/12/"]
    assert frontier.results()["fan"].adds_up()


def test_lists_that_are_due_come_before_articles_that_are(opened: Open, clock: Clock) -> None:
    frontier = opened("r1")
    fetch(frontier, task("a/1.html"), task("zongjie/", "list"))
    order(frontier)
    frontier.close()
    clock.time += 30 * DAY
    assert order(opened("r2")) == ["", "zongjie/", "a/1.html"]


def test_a_changed_site_file_leaves_sitemaps_and_begun_articles_alone(opened: Open) -> None:
    frontier = opened("r1")
    fetch(frontier, task("map-2.xml", "sitemap"), task("a/1-2.html", "continued"))
    frontier.close()
    frontier = opened("r2", make_site(rules={"article": [r"/gw/\d+\.html"]}))
    assert order(frontier)[:2] == ["a/1-2.html", "map-2.xml"]


@pytest.mark.parametrize("damage", [b"no database at all" * 100, None])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, opened: Open, damage: bytes | None
) -> None:
    frontier = opened()
    fetch(frontier, *(task(str(number)) for number in range(500)))
    frontier.close()
    path = tmp_path / "frontier.sqlite"
    whole = path.read_bytes()
    path.write_bytes(damage or whole[:8192] + b"\xaa" * 20_000 + whole[28_192:])
    again = opened("r2")
    assert again.is_new
    assert len(list(tmp_path.glob("frontier.sqlite.damaged-*"))) == 1


def test_a_file_of_a_later_version_is_refused(tmp_path: Path, opened: Open) -> None:
    opened().close()
    with closing(sqlite3.connect(tmp_path / "frontier.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(OutputError, match="of version 99"):
        opened("r2")


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OutputError, match=r"frontier\.sqlite: cannot be written"):
        Frontier(tmp_path / "data" / "frontier.sqlite", [make_site()], "r1")


states = st.sampled_from(["fetched", "not modified", "failed", "skipped", "again"])
links = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["continued", "sitemap", "article", "list", "skip"])),
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(script=st.lists(st.tuples(states, links, st.booleans()), max_size=25))
def test_the_counts_add_up_over_any_outcomes_kills_and_runs(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[str, list[tuple[int, str]], bool]]
) -> None:
    path = tmp_path_factory.mktemp("frontier") / "frontier.sqlite"
    frontier = Frontier(path, [make_site()], "r0")
    frontier.begin()
    for number, (state, named, killed) in enumerate(script):
        if killed:
            frontier.close()
            frontier = Frontier(path, [make_site()], f"r{number // 10}")
            frontier.begin()
        if (now := frontier.next("fan", ())) is None:
            continue
        found = [
            Skip(f"http://x{name}/", "offsite") if kind == "skip" else task(str(name), kind)
            for name, kind in named
        ]
        frontier.settle(now, Outcome(state, state, again=now), found)  # type: ignore[arg-type]
        assert frontier.results()["fan"].adds_up()
    frontier.close()
