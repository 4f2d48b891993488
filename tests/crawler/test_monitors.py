"""Monitors: which nights raise an alarm and which do not."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from crawler.monitoring.monitors import Thresholds, alarms
from crawler.tally import QUARANTINE, CrawlResult, SiteResult, total
from pipeline.funnel import Funnel

FUNNEL = Funnel(
    pages=1000,
    articles=900,
    lists=80,
    other=0,
    superseded=0,
    pages_rejected={"empty": 20},
    found=1000,
    essays_rejected={"too_short": 50},
    duplicates=350,
    kept=600,
    taken_down=0,
    essays_taken_down=0,
)
QUIET = SiteResult(found=3, lists=3)
"""A night on which nothing was due but the front page and two lists."""


def site(**counts: int | dict[str, int]) -> SiteResult:
    """A site whose counts add up."""
    plain = SiteResult(**counts)  # type: ignore[arg-type]
    settled = plain.fetched + plain.not_modified + plain.pending
    return replace(plain, found=settled + sum(plain.failed.values()) + sum(plain.skipped.values()))


def crawl(
    behind: Mapping[str, str] | None = None, *, stopped: bool = False, **sites: SiteResult
) -> CrawlResult:
    return CrawlResult(
        total(sites.values()),
        sites,
        behind or {},
        60.0,
        stopped=stopped,
        resumed=False,
        segments=("x.warc.gz",),
    )


def night(funnel: Funnel = FUNNEL, **fetched: int) -> dict[str, object]:
    """Manifest of an earlier run."""
    sites = {name: SiteResult(found=count, articles=count).as_dict() for name, count in fetched.items()}
    return {"crawl": {"sites": sites}, "funnel": funnel.as_dict()}


def test_an_ordinary_night_raises_no_alarm() -> None:
    fine = site(
        articles=40, lists=5, not_modified=10, failed={"timeout": 1, "http 404": 9}, skipped={"offsite": 9}
    )
    assert alarms(crawl(gz85=fine), FUNNEL, [night(gz85=50)] * 5) == ()


def test_a_site_that_was_taken_down_raises_no_alarm_by_giving_nothing() -> None:
    down, fine = site(pending=3), site(articles=40)
    assert alarms(crawl({"down": "takedown"}, down=down), None, []) == ()
    assert alarms(crawl({"down": "takedown"}, down=down, fine=fine), FUNNEL, [night(down=50)] * 5) == ()
    assert alarms(crawl({"down": "crawl window"}, down=down, fine=fine), FUNNEL, []) != ()


def test_pages_that_were_taken_down_are_not_missed() -> None:
    quiet = site(lists=3, skipped={"takedown": 100})
    assert alarms(crawl(gz85=quiet), FUNNEL, [night(gz85=50)] * 5) == ()


def test_failures_of_one_site_are_told_with_their_reasons() -> None:
    bad = site(articles=25, failed={"timeout": 10, "http 503": 5, "http 404": 2})
    good = site(articles=200)
    (line,) = alarms(crawl(bad=bad, good=good), FUNNEL, [])
    assert line == "bad: 15 of 42 requests failed (timeout: 10, http 503: 5)"


def test_failures_of_all_sites_are_one_alarm_though_each_stays_below_its_own_threshold() -> None:
    some = site(articles=80, failed={"connection lost": 15})
    (line,) = alarms(crawl(one=some, two=some), FUNNEL, [])
    assert line == "30 of 190 requests failed (connection lost: 30)"


def test_pages_that_are_gone_are_no_failures() -> None:
    assert alarms(crawl(gz85=site(articles=10, failed={"http 404": 50, "http 410": 50})), FUNNEL, []) == ()


def test_one_bad_page_of_three_says_nothing() -> None:
    assert alarms(crawl(gz85=site(articles=2, failed={"timeout": 1})), FUNNEL, []) == ()


def test_a_site_that_gives_far_fewer_pages_than_usual_is_told() -> None:
    little = site(lists=1, skipped={"no rule": 80, "offsite": 4})
    (line,) = alarms(crawl(gz85=little), FUNNEL, [night(gz85=n) for n in (50, 60, 70)])
    assert line == "gz85: 1 pages fetched where 60 are usual, 85 URLs found (no rule: 80)"


@pytest.mark.parametrize(
    ("tonight", "past"),
    [
        pytest.param(QUIET, [50, 60, 70], id="nothing was due"),
        pytest.param(site(lists=1, pending=90), [50, 60], id="two earlier runs are no median"),
        pytest.param(site(lists=1, pending=90), [2, 3, 4], id="it never gave more"),
        pytest.param(site(not_modified=60), [50, 60, 70], id="unmodified is an answer"),
    ],
)
def test_few_pages_are_no_alarm(tonight: SiteResult, past: list[int]) -> None:
    assert alarms(crawl(gz85=tonight), FUNNEL, [night(gz85=n) for n in past]) == ()


def test_what_a_site_left_behind_is_said_with_the_alarm() -> None:
    silent = site(lists=1, pending=90)
    result = crawl({"gz85": "no answer from it"}, gz85=silent)
    (line,) = alarms(result, FUNNEL, [night(gz85=60)] * 3)
    assert line.endswith("(left for later: 90); left behind: no answer from it")


def test_a_crawl_that_was_told_to_stop_is_not_judged_by_its_pages() -> None:
    early = site(lists=1, pending=90)
    assert alarms(crawl(gz85=early, other=site(pending=9), stopped=True), FUNNEL, [night(gz85=60)] * 3) == ()


def test_nothing_fetched_is_said_once_for_all_sites_and_by_site_where_others_answered() -> None:
    dead = site(failed={"timeout": 2}, pending=30)
    assert alarms(crawl(one=dead, two=dead), FUNNEL, []) == (
        "nothing was fetched of 64 URLs found (left for later: 60, timeout: 4)",
    )
    (line,) = alarms(crawl(one=dead, two=site(articles=50)), FUNNEL, [])
    assert line == "one: nothing was fetched of 32 URLs found (left for later: 30, timeout: 2)"


def test_a_site_that_shows_captchas_is_told() -> None:
    walled = site(articles=60, skipped={QUARANTINE + "captcha": 20, "offsite": 500})
    (line,) = alarms(crawl(gz85=walled), FUNNEL, [])
    assert line == "gz85: 20 of 80 pages were put into quarantine (quarantine: captcha: 20)"


def test_a_page_that_is_gone_but_says_200_is_no_captcha() -> None:
    assert alarms(crawl(gz85=site(articles=60, skipped={QUARANTINE + "soft 404": 40})), FUNNEL, []) == ()


def test_counts_that_do_not_add_up_are_told_for_the_site_and_the_run() -> None:
    wrong = SiteResult(found=10, articles=4, pending=5)
    run, one = alarms(crawl(gz85=wrong), FUNNEL, [])
    assert run.startswith("the counts of the crawl do not add up: 10 found, but 4 fetched")
    assert one.startswith("gz85: the counts do not add up")


def test_a_total_that_is_not_the_sum_of_its_sites_is_told() -> None:
    result = replace(crawl(gz85=site(articles=30)), total=site(articles=31))
    assert ["do not add up" in line for line in alarms(result, FUNNEL, [])] == [True]


@pytest.mark.parametrize("funnel", [None, replace(FUNNEL, kept=0, found=400)])
def test_pages_without_a_single_essay_are_told(funnel: Funnel | None) -> None:
    assert "no essay came out of 30 article pages" in alarms(crawl(gz85=site(articles=30)), funnel, [])


def test_new_pages_without_text_are_seen_beside_a_large_old_archive() -> None:
    now = replace(FUNNEL, articles=904, pages_rejected={"empty": 60}, found=1004, kept=604)
    (line,) = alarms(crawl(gz85=site(articles=44)), now, [night(gz85=44)])
    assert line == "only 4 of 44 new article pages gave a text"


def test_a_first_build_is_judged_as_a_whole() -> None:
    poor = replace(FUNNEL, found=2000, essays_rejected={"no_essay": 1050})
    assert alarms(crawl(gz85=site(articles=44)), poor, []) == ()
    poorer = replace(FUNNEL, found=4000, essays_rejected={"no_essay": 3050})
    assert alarms(crawl(gz85=site(articles=44)), poorer, []) == ("only 950 of 4,000 texts are essays",)


def test_a_build_that_began_anew_is_not_compared_with_the_last() -> None:
    smaller = replace(FUNNEL, articles=90, pages_rejected={"empty": 2}, found=100, kept=60, duplicates=35)
    assert alarms(crawl(gz85=site(articles=44)), smaller, [night(gz85=44)]) == ()


def test_thresholds_can_be_set() -> None:
    result = crawl(gz85=site(articles=95, failed={"timeout": 5}))
    assert alarms(result, FUNNEL, []) == ()
    assert len(alarms(result, FUNNEL, [], Thresholds(failed=0.01, failed_of_site=0.01))) == 2


def test_a_monitor_that_crashes_is_an_alarm_and_stops_no_other() -> None:
    odd = {"crawl": {"sites": {"gz85": {"fetched": "many", "not_modified": 0}}}}
    walled = site(articles=60, skipped={QUARANTINE + "captcha": 20})
    crash, captcha = alarms(crawl(gz85=walled), FUNNEL, [odd])
    assert crash.startswith("gz85/test_pages crashed: ValueError: invalid literal")
    assert "quarantine" in captcha


@pytest.mark.parametrize(
    "manifest", [{}, {"crawl": None, "funnel": None}, {"crawl": {"sites": []}, "funnel": {}}]
)
def test_manifests_of_another_form_do_not_count(manifest: dict[str, object]) -> None:
    assert alarms(crawl(gz85=site(lists=1, pending=90)), FUNNEL, [manifest] * 5) == ()
