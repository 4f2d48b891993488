"""What sites ask of crawlers, as it stands in their answers."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lane import MOST_FAILURES, PATIENCE, Lane
from crawler.politeness import (
    CHINA,
    Reservations,
    Robots,
    Rules,
    hold_after,
    retry_after,
    until_window,
)
from tests.crawler.fixture_web import make_site

NOW = 1_800_000_000.0
HOST = "http://www.fan.example"


def rules(text: str) -> Rules:
    return Rules(Robots.of(200, text.encode()))


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /a/", "/a/1.html", False),
        ("User-agent: *\nDisallow: /a/\nAllow: /a/1", "/a/1.html", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Fanwen\nDisallow: /so", "/a/1.html", True),
        (
            "User-agent: fanwen\nUser-agent: other\nDisallow: /a\n\nUser-agent: *\nAllow: /",
            "/a/1.html",
            False,
        ),
        ("user-agent:*\r\ndisallow:*.php$\r\n", "/a.php", False),
        ("user-agent:*\r\ndisallow:*.php$\r\n", "/a.php?page=2", True),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a/1.html", False),
        ("User-agent: *\nDisallow: /%E6%80%BB%E7%BB%93/", "/总结/1.html", False),
        ("User-agent: *\nDisallow:", "/a/1.html", True),
        ("<html>not found</html>", "/a/1.html", True),
        ("", "/a/1.html", True),
    ],
)
def test_robots_txt_says_what_may_be_asked_for(text: str, path: str, *, allowed: bool) -> None:
    assert rules(text).allows(HOST + path) is allowed


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "rules"), (404, "none"), (403, "none"), (401, "none"), (429, "unreachable"), (500, "unreachable")],
)
def test_a_robots_txt_that_fails_forbids_everything_and_a_missing_one_nothing(
    status: int, state: str
) -> None:
    robots = Robots.of(status, b"")
    assert robots.state == state
    assert Rules(robots).allows(HOST + "/a/1.html") is (state != "unreachable")


def test_of_a_robots_txt_without_end_the_first_half_megabyte_counts() -> None:
    long = b"User-agent: *\nDisallow: /a\n" + b"# padding\n" * 100_000 + b"Disallow: /b\n"
    assert [Rules(Robots.of(200, long)).allows(HOST + path) for path in ("/a", "/b")] == [False, True]


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 7", 7.0),
        ("User-agent: *\nCrawl-delay: 0.5", 0.5),
        ("User-agent: *\nRequest-rate: 1/20s", 20.0),
        ("User-agent: other\nCrawl-delay: 7", 0.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
    ],
)
def test_a_crawl_delay_is_read(text: str, delay: float) -> None:
    assert rules(text).delay == delay


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("Friday, 15-Jan-27 08:01:00 GMT", 60.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("١٢", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


ODD_DATES = st.builds("Mon, {} Jan {} {}:00:00 GMT".format, *[st.integers(0, 10**22)] * 3)


@given(st.one_of(st.text(max_size=60), st.integers(0).map(str), ODD_DATES))
def test_no_retry_after_header_is_too_odd_and_none_asks_for_more_than_a_week(value: str) -> None:
    assert 0 <= (retry_after(value, NOW) or 0) <= 7 * 86_400


def test_a_reservation_with_many_wildcards_is_read_in_no_time() -> None:
    text = json.dumps([{"location": "/*a*a*a*a*a*a*a*b$", "tdm-reservation": 1}])
    reservations = Reservations(text)
    assert not reservations.reserved("http://www.fan.example/" + "a" * 5_000)
    assert reservations.reserved("http://www.fan.example/" + "a" * 5_000 + "b")


def test_the_hold_doubles_with_each_failure_up_to_a_quarter_of_an_hour() -> None:
    assert [hold_after(failures, 5.0) for failures in (0, 1, 2, 3, 4, 100)] == [0, 5, 10, 20, 40, 900]


@pytest.mark.parametrize(
    ("clock", "windows", "hours"),
    [
        ("03:00", ["22:00-06:00"], 0),
        ("23:59", ["22:00-06:00"], 0),
        ("06:00", ["22:00-06:00"], 16),
        ("12:00", ["22:00-06:00", "13:00-14:00"], 1),
        ("12:00", [], 0),
        ("12:00", ["00:00-00:00"], 0),
    ],
)
def test_a_crawl_window_is_waited_for(clock: str, windows: list[str], hours: float) -> None:
    at = datetime.fromisoformat(f"2027-01-15T{clock}").replace(tzinfo=CHINA)
    assert until_window(windows, at.timestamp()) == hours * 3600


def test_the_longest_pattern_of_a_tdmrep_file_wins() -> None:
    file = """[{"location": "/a/*", "tdm-reservation": 1}, {"location": "/a/free/*", "tdm-reservation": 0},
      {"location": "/总结/", "tdm-reservation": 1}, {"location": "*.pdf$", "tdm-reservation": 1}, 7,
      {"location": "/one.html$", "tdm-reservation": 1}]"""
    said = Reservations(file)
    paths = ["/a/1.html", "/a/free/1.html", "/b/1.html", "/总结/3.html", "/one.html", "/one.html?page=2"]
    assert [said.reserved(HOST + path) for path in paths] == [True, False, False, True, True, False]


@pytest.mark.parametrize("text", ["", "{", "[1, null]", '{"location": 5}', "[" * 100_000])
def test_a_tdmrep_file_that_makes_no_sense_reserves_nothing(text: str) -> None:
    assert not Reservations(text).reserved(HOST + "/a/1.html")


def lane(**facts: object) -> Lane:
    settings: dict[str, object] = {"delay": 2.0, "backoff": 5.0, "deadline": NOW + 3600, "now": lambda: NOW}
    return Lane(make_site(), **settings | facts)  # type: ignore[arg-type]


def test_a_site_is_left_alone_for_as_long_as_it_asks() -> None:
    slow = lane()
    slow.failed("http 429", 300.0)
    assert slow.wait() == 300.0
    assert not slow.closed


def test_a_site_that_asks_for_more_than_the_crawl_waits_is_left_for_the_next_run() -> None:
    slow = lane()
    slow.failed("http 503", PATIENCE + 1)
    slow.wait()
    assert slow.closed == "http 503"


def test_a_site_that_goes_on_failing_is_left() -> None:
    broken = lane()
    for _ in range(MOST_FAILURES):
        assert not broken.closed
        broken.failed("timeout")
    assert broken.closed == f"timeout, {MOST_FAILURES} times in a row"


def test_the_longer_of_delay_and_crawl_delay_is_kept_from_the_answer_on() -> None:
    site = lane()
    site.sent("u", "article", 7.0)
    assert site.is_full()
    site.answered("u", 7.0)
    assert not site.is_full()
    assert 6.9 < site.wait() <= 7.0 * 1.2


def test_time_that_is_up_closes_a_site() -> None:
    late = lane(deadline=NOW)
    late.wait()
    assert late.closed == "time budget"
