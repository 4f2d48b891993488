"""What the lines about a page state: date, author, source, section; and what they do not."""

from datetime import date

import pytest

from pipeline.text.extract import extract
from pipeline.text.page.stated import Stated

FIRST = "一年来，我在领导的关心和同事的帮助下，认真学习业务知识，较好地完成了各项工作任务。"
SECOND = "今后，我将继续努力，克服自身不足，不断提高服务水平，争取做出更大的成绩，不辜负大家的期望。"


def stated(above: str, *, behind: str = "", before: str = "") -> Stated:
    """What a page states that has a line above its text, in the text's box, and others around it."""
    body = f"<div class='text'>{above}<p>{FIRST}</p><p>{SECOND}</p></div>"
    return extract(
        f"<html><head><title>个人总结</title></head><body><h1>个人总结</h1>{before}{body}{behind}</body></html>"
    ).stated


def published(line: str) -> date | None:
    return stated(f"<p>{line}</p>").published


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
        ("2014-12-10 阅读1544次", date(2014, 12, 10)),
        ("2021/5/13", date(2021, 5, 13)),
        ("本帖由老王于2015年8月12日16:12:21在〖教师之家〗发表", date(2015, 8, 12)),
    ],
)
def test_publication_date_has_a_label_or_a_clock_or_stands_in_a_line_about_the_page(
    line: str, expected: date
) -> None:
    assert published(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "2021年5月13日",
        "（2021年5月13日）",
        "今天是2021-05-13",
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
    assert published(line) is None


def test_a_date_in_words_counts_outside_the_box_of_the_text() -> None:
    assert stated("", before="<div class='info'><span>2021年5月13日</span></div>").published == date(
        2021, 5, 13
    )


def test_dates_of_a_list_of_links_are_not_the_pages() -> None:
    items = "".join(f"<li><a href='/{day}'>工作总结</a> (2004/10/{day} 17:06)</li>" for day in (10, 11, 12))
    assert stated("", behind=f"<ul>{items}</ul>").published is None


def test_a_line_above_the_text_goes_before_a_comment_far_behind_it() -> None:
    fill = "".join(f"<div>第{number}楼</div>" for number in range(20))
    comment = f"{fill}<div>发表时间：2020-01-02 9:51:00</div>"
    assert stated("<p>2019-12-10 阅读15次</p>", behind=comment).published == date(2019, 12, 10)


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("作者：张三 时间：2021-08-31", "张三"),
        ("来源：某某网 作者：李四", "李四"),
        ("作 者：王小明", "王小明"),
        ("作者：会员上传", ""),
        ("作者：佚名", ""),
        ("作者：admin", ""),
        ("作者： 时间：2021-08-31", ""),
        ("责任编辑：赵六", ""),
    ],
)
def test_an_author_is_a_person_whom_the_page_names(line: str, author: str) -> None:
    assert stated(f"<p>{line}</p>").author == author


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("来源：南方日报 2021-08-31", "南方日报"),
        ("来源：网络", ""),
        ("稿源：新华社", "新华社"),
        ("信息来源：市教育局", "市教育局"),
    ],
)
def test_a_source_is_whom_the_page_names(line: str, source: str) -> None:
    assert stated(f"<p>{line}</p>").source == source


@pytest.mark.parametrize(
    ("html", "sections"),
    [
        (
            "<div class='crumb'>当前位置：<a href='/'>首页</a> &gt; <a href='/z/'>工作总结</a> &gt; 正文</div>",
            ("工作总结",),
        ),
        (
            "<div>您的位置：<a href='/'>首页</a>&gt;<a href='/a/'>范文</a>&gt;<a href='/a/b/'>述职报告</a></div>",
            ("范文", "述职报告"),
        ),
        ("<div id='pt'><a href='/'>首页</a> › <a href='/c/'>心得体会</a> › 正文</div>", ("心得体会",)),
        (
            "<ul class='breadcrumb'><li><a href='/'>首页</a></li><li><a href='/c/'>计划</a></li><li>正文</li></ul>",
            ("计划",),
        ),
        ("<p>我们的位置很重要</p>", ()),
    ],
)
def test_the_breadcrumb_names_the_sections(html: str, sections: tuple[str, ...]) -> None:
    assert stated("", before=html).breadcrumb == sections
