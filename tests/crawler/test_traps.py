"""Parts of sites that go on for ever, told from those that do not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.traps import Yields, shape_of, url_trap
from pipeline.urls import path_of

HOST = "http://www.fan.example"


@pytest.mark.parametrize(
    ("path", "trap"),
    [
        ("/zongjie/list_3.html", ""),
        ("/fanwen/2015/list_3.html", ""),
        ("/gongzuo/201207/", ""),
        ("/a/b/a/b/list.html", "trap: repeated path"),
        ("/zongjie/zongjie/zongjie/", "trap: repeated path"),
        ("/x/" * 6, "trap: repeated path"),
        ("/1/2/3/4/5/6/7/8/9/10/11/", "trap: endless path"),
        ("/" + "a" * 600, "trap: endless path"),
        ("/rili/2099/11/", "trap: calendar"),
        ("/rili/2099-11/", "trap: calendar"),
        ("/rili/?year=2099&month=3", "trap: calendar"),
        ("/rili/?date=2099-03-01", "trap: calendar"),
        ("/rili/209911/", "trap: calendar"),
        ("/list/20301.html", ""),
        ("/list/203012.html", ""),
        ("/list_2050_2.html", ""),
        ("/list.php?order=hits&page=2", "trap: sorted view"),
        ("/list.php?page=2", ""),
    ],
)
def test_a_list_that_is_a_trap_shows_it_in_its_url(path: str, trap: str) -> None:
    assert url_trap(HOST + path, is_list=True) == trap


@pytest.mark.parametrize("path", ["/a/gzzj/20990716/111426.html", "/wen/2099/12/1.html", "/a/1.html?order=1"])
def test_articles_may_carry_any_date(path: str) -> None:
    assert url_trap(HOST + path, is_list=False) == ""


@given(st.text(max_size=80))
def test_any_url_can_be_judged_and_its_shape_has_no_numbers(text: str) -> None:
    url = HOST + path_of(f"{HOST}/{text}")
    names = {"", "trap: repeated path", "trap: endless path", "trap: calendar", "trap: sorted view"}
    assert url_trap(url, is_list=True) in names
    assert not re.search("[1-9]", shape_of(url).partition("?")[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/zongjie/list_3.html", "/zongjie/list_99.html"),
        ("/tag/zongjie/", "/tag/jihua/"),
        ("/tag/%E6%80%BB%E7%BB%93/", "/tag/%E8%AE%A1%E5%88%92/"),
        ("/s/5ba90bdd02/", "/s/77e0a0c91f/"),
        ("/list.php?tid=1&page=2", "/list.php?page=3&tid=4"),
    ],
)
def test_urls_of_one_kind_have_one_shape(one: str, other: str) -> None:
    assert shape_of(HOST + one) == shape_of(HOST + other)


def test_a_shape_that_leads_to_nothing_new_is_left_and_a_fruitful_one_is_not() -> None:
    yields = Yields()
    for number in range(3):
        assert not yields.exhausted(f"{HOST}/rili/{number}/", "list")
        yields.record(f"{HOST}/rili/{number}/", "list", 0)
        yields.record(f"{HOST}/zongjie/list_{number}.html", "list", 9 * (number % 2 == 0))
    assert yields.exhausted(f"{HOST}/rili/77/", "list")
    assert not yields.exhausted(f"{HOST}/zongjie/list_77.html", "list")


def test_the_more_lists_lead_to_nothing_the_less_the_next_is_given() -> None:
    yields = Yields()
    tried = []
    for folder in "abcdefgh":
        count = 0
        while not yields.exhausted(f"{HOST}/{folder}{count}/x{count}/", "list"):
            yields.record(f"{HOST}/{folder}{count}/x{count}/", "list", 0)
            count += 1
        tried.append(count)
    assert tried == [3, 2, 2, 1, 1, 1, 1, 1]


def test_lists_that_led_to_most_lately_promise_most_and_unseen_ones_are_tried() -> None:
    yields = Yields()
    for number in range(6):
        yields.record(f"{HOST}/zongjie/list_{number}.html", "list", 20 if number < 3 else 0)
        yields.record(f"{HOST}/tag/", "list", 10)
    good, tags = shape_of(f"{HOST}/zongjie/list_9.html"), shape_of(f"{HOST}/tag/")
    assert yields.promise("/unseen/") > yields.promise(tags) > yields.promise(good) > 0


def test_dead_articles_of_one_age_do_not_bury_the_living() -> None:
    yields = Yields()
    for number in range(8):
        yields.record(f"{HOST}/a/{80_000 + number}.html", "article", 0)
    assert yields.exhausted(f"{HOST}/a/80099.html", "article")
    assert not yields.exhausted(f"{HOST}/a/199.html", "article")
