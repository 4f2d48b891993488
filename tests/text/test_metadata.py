"""What a page says about itself."""

from datetime import date

import pytest
from lxml import html

from pipeline.text.metadata import genre_of, read_date, read_head


def head(title: str, body: str) -> tuple[str, bool]:
    text = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    found = read_head(html.document_fromstring(text))
    return found.title, found.hijacked


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
    ("line", "expected"),
    [
        ("时间：2021-08-31 来源：某某网", date(2021, 8, 31)),
        ("工作计划 时间：2021-08-31 手机版", date(2021, 8, 31)),
        ("2021-05-13 10:40:02", date(2021, 5, 13)),
        ("2021年05月13日10:40 | 来源：", date(2021, 5, 13)),
        ("example.com 2021-05-13 10:40更新 来源：转载", date(2021, 5, 13)),
        ("发布日期 2019年7月1日", date(2019, 7, 1)),
        ("发布时间：2019年7月1日", date(2019, 7, 1)),
        ("本文发布于：2022-02-03 23:12:29，谢谢！", date(2022, 2, 3)),
        ("時(shí)間:2023-05-05 15:04:33 我要投稿", date(2023, 5, 5)),
    ],
)
def test_publication_date_is_labelled_or_has_a_clock(line: str, expected: date) -> None:
    assert read_date(["首页", line]) == expected


@pytest.mark.parametrize(
    "line",
    [
        "2021年5月13日",
        "时间：2021-13-45",
        "时间：1970-01-01",
        "时间：2099年1月1日",
        "时间：2099-01-01",
        "阅读： 评论：0",
        "活动时间：2019年3月5日",
        "活动时间：2019-03-05",
        "活动时间： 2019-03-05 14:30",
        "时间：2019年3月5日",
        "来源于2003年1月2日报道",
        "更新思想观念，2017年3月1日起施行",
        "发布会于2018-03-05召开",
        "会议于2018年3月5日 14:30召开",
        "2018年3月5日14:30，全体人员到会议室集中学习",
    ],
)
def test_a_date_of_the_text_is_no_publication_date(line: str) -> None:
    assert read_date([line]) is None


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
