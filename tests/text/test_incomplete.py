"""Articles of which a page is missing: what may be cut is rejected, what is whole is kept."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest

from pipeline.records import from_batch, to_batch
from pipeline.schema import Document, Essay, Line, stable_id
from pipeline.text.recover import recover_essays

URL = "http://www.wen.example/zj/12.html"

PARTS = tuple(
    (
        f"{season}，{unit}围绕{task}这个重点，精心组织，周密部署，全体人员加班加点，保证了任务按时完成。",
        f"在{task}中，我们坚持每周一次碰头会，逐项对照清单查找不足，发现问题当场整改，不留尾巴，效果明显。",
        f"下一阶段，{unit}将总结{task}的经验，健全制度，改进方法，争取把各项事情做得更细、更实、更好。",
    )
    for season, unit, task in (
        ("春季", "林业站", "造林补植"),
        ("汛期", "水利所", "堤防巡查"),
        ("暑期", "图书馆", "少儿借阅"),
        ("秋收", "农机队", "机收作业"),
        ("冬季", "供热班", "管网检修"),
    )
)


def document(number: int, lines: Iterable[str], *, count: int, title: str, rule: str = "") -> Document:
    url = URL if number == 1 else URL.replace(".html", f"_{number}.html")
    return Document(
        page_id=stable_id(url),
        url=url,
        site="wen",
        shape="/w/0.html",
        fetched_at=datetime(2024, 5, 1, tzinfo=UTC),
        status=200,
        bytes=1000,
        charset="utf-8",
        charset_reason="meta",
        title=title,
        author="",
        origin="",
        breadcrumb=(),
        extractor="content",
        confidence=1.0,
        outcome="rejected" if rule else "article",
        article_url=URL,
        page_no=number,
        text_chars=0,
        text_hash="",
        source="a.warc.gz",
        offset=number,
        page_count=count,
        published=None,
        hijack_score=0.0,
        lines=() if rule else tuple(map(Line, lines)),
        cuts=(),
        rule=rule,
        reason="",
        bucket=0,
        fetched_url=url,
        rights=(),
        reserved="",
        licence="",
        contacts=(),
        digest="",
    )


def recovered(
    pages: Mapping[int, Iterable[str]], *, count: int, title: str, rejected: Mapping[int, str] | None = None
) -> list[Essay]:
    rules = rejected or {}
    documents = [
        document(number, pages.get(number, ()), count=count, title=title, rule=rules.get(number, ""))
        for number in sorted({*pages, *rules})
    ]
    [batch] = recover_essays([to_batch(Document, documents)], [])
    return list(from_batch(Essay, batch))


def outcome(essays: Iterable[Essay]) -> list[tuple[str, str]]:
    """Season that each essay begins with, and its rule."""
    return [(essay.text[:2], essay.rule) for essay in essays]


COLLECTION = "工作总结范文五篇"
FIVE = {number: (f"篇{'一二三四五'[number - 1]}：单位工作总结", *PARTS[number - 1]) for number in range(1, 6)}


def test_one_essay_over_three_pages_is_published_whole_or_not_at_all() -> None:
    pages = {number: (line,) for number, line in enumerate(PARTS[0], 1)}
    [whole] = recovered(pages, count=3, title="造林工作总结")
    assert (whole.text, whole.rule, whole.pages) == ("\n".join(PARTS[0]), "", 3)
    for missing in (1, 2, 3):
        rest = {number: lines for number, lines in pages.items() if number != missing}
        essays = recovered(rest, count=3, title="造林工作总结")
        assert {essay.rule for essay in essays} == {"incomplete"}
        assert {essay.reason for essay in essays} == {f"page {missing} of 3 is missing"}
        assert "".join(essay.text.replace("\n", "") for essay in essays) == "".join(
            line for lines in rest.values() for line in lines
        )


@pytest.mark.parametrize(
    ("missing", "kept"),
    [
        ((2,), "秋收 冬季 暑期"),
        ((5,), "春季 汛期 暑期"),
        ((1,), "汛期 暑期 秋收 冬季"),
        ((3, 4), "春季 冬季"),
        ((2, 4), "暑期 冬季"),
    ],
)
def test_of_a_collection_the_essays_that_do_not_touch_the_gap_are_kept(
    missing: tuple[int, ...], kept: str
) -> None:
    pages = {number: lines for number, lines in FIVE.items() if number not in missing}
    essays = recovered(pages, count=5, title=COLLECTION)
    touching = {number - 1 for number in missing} - {0, *missing}
    lost = {PARTS[number - 1][0][:2] for number in touching}
    assert {begin for begin, rule in outcome(essays) if rule == "incomplete"} == lost
    assert {begin for begin, rule in outcome(essays) if not rule} == set(kept.split()) - lost
    assert len({essay.essay_id for essay in essays}) == len(essays)


def test_after_a_gap_all_is_incomplete_until_a_title_begins_an_essay() -> None:
    pages = {1: FIVE[1], 3: (*PARTS[1][1:], *FIVE[3]), 4: FIVE[4]}
    essays = recovered(pages, count=4, title=COLLECTION)
    assert outcome(essays) == [("春季", "incomplete"), ("在堤", "incomplete"), ("暑期", ""), ("秋收", "")]
    assert {essay.reason for essay in essays if essay.rule} == {"page 2 of 4 is missing"}


def test_a_page_that_is_cut_on_both_sides_says_so() -> None:
    [_, middle, _] = recovered({1: PARTS[0], 3: PARTS[2], 6: PARTS[4]}, count=6, title="工作总结")
    assert middle.reason == "page 2 of 6 is missing; pages 4 to 5 of 6 are missing"


def test_a_rejected_page_is_missing_for_its_reason() -> None:
    essays = recovered({1: PARTS[0], 2: PARTS[1]}, count=3, title="工作总结", rejected={3: "captcha"})
    assert [(essay.rule, essay.reason) for essay in essays] == [
        ("incomplete", "page 3 of 3 is missing (rejected: captcha)")
    ]


def test_an_article_with_nothing_but_rejected_pages_is_no_text() -> None:
    documents = [document(number, (), count=2, title="", rule="login") for number in (1, 2)]
    assert list(recover_essays([to_batch(Document, documents)], [])) == []


def test_one_page_under_two_spellings_counts_once() -> None:
    twice = [
        document(1, PARTS[0], count=1, title="工作总结"),
        document(1, PARTS[0], count=1, title="工作总结"),
    ]
    [batch] = recover_essays([to_batch(Document, twice)], [])
    [essay] = from_batch(Essay, batch)
    assert essay.text == "\n".join(PARTS[0])
