"""Titles on pages that say how many essays they have."""

import pytest

from pipeline.text.counted import counted_starts, stated

BODY = "我们班的班规写在黑板右上角，你做的事，全班都做，行不行？问到第二个月，学生开始自己问自己了，我也跟着问自己。"
TOP = range(3)


@pytest.mark.parametrize(
    "titles",
    [
        ["一、先学会蹲下来", "二、班规只有一条", "三、慢"],
        ["1、坐在中间的人", "2、听，铁轨在说话", "3、最后一个读者"],
        ["反思一：那把椅子", "反思二：蚂蚁比我会上课", "反思三：我说了多少个“不”"],
        ["致出租车司机", "致爱心企业", "致我的同桌"],
    ],
)
def test_as_many_titles_of_one_form_as_the_page_counts(titles: list[str]) -> None:
    lines = [line for title in titles for line in (title, BODY)]
    assert counted_starts(lines, 3, TOP) == [0, 2, 4]
    assert counted_starts(lines, 4, TOP) == []


def test_numbers_that_begin_anew_count_nothing() -> None:
    lines = [line for number in "一二三一" for line in (f"{number}、加强学习", BODY)]
    assert counted_starts(lines, 3, TOP) == []


def test_the_last_short_line_above_each_text_is_its_title() -> None:
    lines = [
        "骨科三病区",
        BODY,
        "患者 蒋某",
        "我的同桌",
        "小菲：",
        BODY,
        "白杨镇中心小学",
        "未曾谋面的人",
        BODY,
    ]
    assert counted_starts(lines, 3, TOP) == [0, 3, 7]


def test_days_of_a_diary_are_no_titles() -> None:
    lines = [line for day in (3, 5, 8) for line in (f"9月{day}日 星期二 晴", BODY)]
    assert counted_starts(lines, 3, TOP) == []


@pytest.mark.parametrize(
    ("line", "count"),
    [("为你奉上六封感谢信。", 6), ("收录两份材料，并附综述一篇", 0), ("第三篇写得好", 0), ("选登佳作", 0)],
)
def test_what_an_introduction_counts(line: str, count: int) -> None:
    assert stated([line]) == count
