"""What a page says about itself."""

import pytest
from lxml import html

from pipeline.text.metadata import genre_of, read_head


def head(title: str, body: str) -> tuple[str, bool]:
    text = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    found = read_head(html.document_fromstring(text))
    return found.title, found.hijack_score > 0


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("教师述职报告_某某网", "<h1>教师述职报告</h1>", ("教师述职报告", False)),
        ("教师述职报告-某某网", "<p>x</p>", ("教师述职报告", False)),
        ("教师述职报告-博彩官网开户", "<h1>博彩官网开户</h1><h2>教师述职报告</h2>", ("教师述职报告", True)),
        ("澳门棋牌官网", "<h1>澳门棋牌官网</h1><p>x</p>", ("", True)),
        ("述职报告|文库", "<h1>热门推荐</h1>", ("述职报告", False)),
    ],
)
def test_title_is_the_heading_that_stands_in_title(title: str, body: str, expected: tuple[str, bool]) -> None:
    assert head(title, body) == expected


@pytest.mark.parametrize(
    ("title", "heading", "expected"),
    [
        ("2021年工作总结 - 某某文库", "某某文库", "2021年工作总结"),
        ("2021年工作总结 - 首页", "首页", "2021年工作总结"),
        ("2021年工作总结_首页_某某网", "首页", "2021年工作总结"),
        ("秋夜_某某诗选及赏析_诗词网", "秋夜", "秋夜"),
        ("某某文库-2021年工作总结", "2021年工作总结", "2021年工作总结"),
    ],
)
def test_the_name_of_the_site_is_no_title(title: str, heading: str, expected: str) -> None:
    assert head(title, f"<h1>{heading}</h1>") == (expected, False)


def test_the_longest_heading_is_the_title() -> None:
    body = "<h1>工作总结</h1><h2>2021年后勤工作总结</h2>"
    assert head("2021年后勤工作总结_某某网", body) == ("2021年后勤工作总结", False)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("2020-2021学年工作总结_某网", "2020-2021学年工作总结"),
        ("不忘初心——主题教育心得体会_某网", "不忘初心——主题教育心得体会"),
        ("后勤工作的计划模板(5)-010某某网", "后勤工作的计划模板(5)"),
        ("1-6月工作小结–某网", "1-6月工作小结"),
        ("年度工作总结 — 某网", "年度工作总结"),
    ],
)
def test_a_dash_inside_a_title_does_not_end_it(title: str, expected: str) -> None:
    assert head(title, "<p>x</p>") == (expected, False)


@pytest.mark.parametrize(
    "title", ["打击网络赌博、非法彩票工作总结", "精品课程官网建设工作总结", "精品課程官網建設工作總結(范文)"]
)
def test_a_report_on_what_advertisements_sell_is_none(title: str) -> None:
    assert head(f"{title}_某网", f"<h1>{title}</h1>") == (title, False)


@pytest.mark.parametrize(
    ("title", "genre"),
    [
        ("教育局2021年工作总结", "总结"),
        ("工作总结和2022年工作计划", "计划"),
        ("学习心得体会", "心得"),
        ("入党申请书", "申请"),
        ("春天来了", ""),
    ],
)
def test_genre_is_the_last_one_the_title_names(title: str, genre: str) -> None:
    assert genre_of(title) == genre


@pytest.mark.parametrize(
    ("title", "genre"),
    [
        ("教师述职报告", "述职"),
        ("领导干部述职述廉报告", "述职"),
        ("年度总结报告", "总结"),
        ("暑期社会调查报告", "报告"),
        ("元旦活动方案", "方案"),
        ("计划生育工作情况", ""),
        ("计划生育工作总结", "总结"),
    ],
)
def test_a_word_for_any_document_names_the_genre_only_alone(title: str, genre: str) -> None:
    assert genre_of(title) == genre
