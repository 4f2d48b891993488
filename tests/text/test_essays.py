"""One article, one or several essays."""

import pytest

from pipeline.text.essays import Draft, split
from pipeline.text.lines import clean
from pipeline.text.paragraph import Paragraph

BODY = "一年来，本人立足岗位，认真学习业务知识，积极完成领导交办的任务。工作中能够团结同事，遇到困难不退缩。"
OTHER = "本学期，教研组坚持集体备课，深入开展听课评课，教学质量稳步提高。同时注重青年教师培养，成效明显。"

LONG = OTHER * 4


def head(text: str) -> Paragraph:
    """A paragraph that the page marks up as a heading."""
    return Paragraph.of(text, head=True)


def drafts(title: str, *lines: str | Paragraph) -> list[Draft]:
    marked = [line if isinstance(line, Paragraph) else Paragraph.of(line) for line in lines]
    return split(clean(marked), title)


def essays(title: str, *lines: str | Paragraph) -> list[tuple[str, str]]:
    return [(draft.title, draft.lines[0]) for draft in drafts(title, *lines)]


def removed(found: list[Draft]) -> list[tuple[str, str]]:
    return [(each.rule, each.text) for draft in found for each in draft.paragraphs if each.rule]


def test_a_plain_article_is_one_essay_under_the_page_title() -> None:
    title = "个人年度工作总结"
    assert essays(title, title, BODY, OTHER) == [(title, BODY)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("财务工作总结篇1", "财务工作总结篇2"),
        ("第一篇：财务工作总结", "第二篇：出纳工作总结"),
        ("【篇一】财务人员总结", "【篇二】财务主管总结"),
        ("篇1：财务总结", "篇2：会计总结"),
        ("（一）财务工作总结", "（二）出纳述职报告"),
        ("财务工作总结（一）", "财务工作总结（二）"),
        ("财务工作总结1", "财务工作总结2"),
    ],
)
def test_a_collection_is_split_at_its_numbered_titles(first: str, second: str) -> None:
    found = essays("财务工作总结2篇", "财务工作总结2篇", first, BODY, second, OTHER)
    assert [text for _, text in found] == [BODY, OTHER]
    assert len({title for title, _ in found}) == 2


def test_a_single_numbered_title_is_the_essays_own() -> None:
    found = essays("宣传工作计划模板（5）", "第五篇：社区宣传工作计划", BODY, OTHER)
    assert found == [("社区宣传工作计划", BODY)]


def test_bare_titles_count_when_marked_up_or_announced() -> None:
    marked = essays("办公室工作总结", BODY, head("后勤科工作总结"), LONG)
    announced = essays("办公室工作总结", BODY, "更多工作总结小编推荐", "后勤科工作总结", LONG)
    assert marked == announced == [("办公室工作总结", BODY), ("后勤科工作总结", LONG)]


@pytest.mark.parametrize(
    "heading",
    ["工作体会", "下步工作打算", "对策意见", "下一步工作安排", "存在的主要问题和下一步工作计划", "工作总结"],
)
def test_a_marked_up_heading_of_a_section_is_no_title(heading: str) -> None:
    assert essays("办公室工作总结", BODY, head(heading), LONG) == [("办公室工作总结", BODY)]


def test_a_marked_up_part_of_the_pages_title_is_a_section() -> None:
    title = "2021年工作总结及2022年工作计划"
    sections = (head("2021年工作总结"), LONG, head("2022年工作计划"), LONG)
    assert essays(title, BODY, *sections) == [(title, BODY)]


def test_a_marked_up_title_with_little_under_it_is_a_section() -> None:
    title = "办公室工作总结"
    assert essays(title, BODY, head("后勤科人员工作总结"), OTHER) == [(title, BODY)]


@pytest.mark.parametrize(
    ("title", "first", "second"),
    [
        ("在读书会上的讲话", "第一篇章 谋篇布局", "第二篇章 落笔成文"),
        ("在读书会上的讲话", "第一篇幅", "第二篇目"),
        ("办公室工作总结", "编发信息简报 篇3000余字", "编发信息简报 篇4000余字"),
        ("办公室工作总结", "奋力谱写高质量发展新篇一", "奋力谱写高质量发展新篇二"),
        ("办公室工作总结", "开篇1", "开篇2"),
        ("办公室工作总结", "教学篇", "科研篇"),
        ("办公室工作总结", "发表文章篇2", "撰写简报篇5"),
        ("办公室工作总结", "总结篇2", "总结篇1"),
        ("办公室工作总结", "第一篇：抓学习", "第二篇：抓落实"),
        ("发表论文三篇的教师工作总结", "（一）教学工作总结", "（二）明年工作计划"),
        ("书记讲话精选", "（一）明年工作计划", "（二）党建工作要点"),
        ("工作经验总结", "经验总结1", "经验总结2"),
        ("学习心得体会", "学习心得体会一", "学习心得体会二"),
        ("学习心得体会", "一", "二"),
        ("办公室工作总结第三篇", "（一）教学工作总结", "（二）教研工作总结"),
    ],
)
def test_lines_that_only_resemble_numbered_titles_split_nothing(title: str, first: str, second: str) -> None:
    result = drafts(title, BODY, first, OTHER, second, BODY)
    assert [tuple(draft.lines) for draft in result] == [(BODY, first, OTHER, second, BODY)]
    assert removed(result) == []


@pytest.mark.parametrize("line", ["共撰写调研文章篇5", "开篇1", "第五篇：某某计划"])
@pytest.mark.parametrize("title", ["办公室工作总结", "办公室工作总结5篇"])
def test_a_single_numbered_line_at_the_end_splits_nothing(title: str, line: str) -> None:
    result = drafts(title, BODY, line)
    assert [tuple(draft.lines) for draft in result] == [(BODY, line)]


@pytest.mark.parametrize("title", ["总结", "总结5篇"])
def test_a_text_of_titles_only_is_kept_whole(title: str) -> None:
    result = drafts(title, "财务总结篇1", "财务总结篇2")
    assert [tuple(draft.lines) for draft in result] == [("财务总结篇1", "财务总结篇2")]


@pytest.mark.parametrize(
    "title",
    [
        "工作总结范文5篇",
        "工作总结（精选3篇）",
        "工作总结7篇",
        "工作总结两篇(2)",
        "工作总结精选",
        "工作总结大全（最新）",
    ],
)
def test_a_page_that_promises_a_collection_has_one(title: str) -> None:
    found = essays(title, "（一）财务工作总结", BODY, "（二）出纳工作总结", OTHER)
    assert found == [("财务工作总结", BODY), ("出纳工作总结", OTHER)]
    assert essays(title, BODY, OTHER, "工作总结篇4", BODY) == [("工作总结篇4", BODY)]


def test_numbers_may_start_anywhere_and_pass_ten() -> None:
    found = essays("总结", "总结篇九", BODY, "总结篇十", OTHER, "总结篇十一", BODY, "总结篇二十", OTHER)
    assert len(found) == 4


def test_a_table_of_contents_is_no_collection_of_its_own() -> None:
    contents = ("第一篇：财务总结", "第二篇：出纳总结")
    found = essays("工作总结2篇", *contents, contents[0], BODY, contents[1], OTHER)
    assert found == [("财务总结", BODY), ("出纳总结", OTHER)]


def test_an_opening_of_several_sentences_is_an_essay_unless_a_collection_is_promised() -> None:
    lines = (BODY, "总结篇1", OTHER, "总结篇2", BODY)
    assert [text for _, text in essays("总结", *lines)] == [BODY, OTHER, BODY]
    assert [text for _, text in essays("总结2篇", *lines)] == [OTHER, BODY]


def test_numbered_headings_are_structure_not_essays() -> None:
    lines = ("一、工作总结", BODY, "（一）思想汇报", OTHER, "（二）工作计划", BODY, "二、下一步打算", OTHER)
    assert len(essays("办公室工作总结", *lines)) == 1


def test_the_editors_introduction_of_a_collection_is_no_essay() -> None:
    result = drafts("总结", "付出总有回报。", "总结篇1", BODY, "总结篇2", OTHER)
    assert len(result) == 2
    assert ("collection_intro", "付出总有回报。") in removed(result)


@pytest.mark.parametrize("ending", ["下一步，我们将……", "下一步，我们将......"])
def test_a_text_that_breaks_off_is_truncated(ending: str) -> None:
    assert drafts("总结", BODY, ending)[0].truncated


@pytest.mark.parametrize("text", ["." * 100_000 + "x", "…" * 100_000 + "x"])
def test_a_long_line_of_dots_costs_no_more_than_it_is_long(text: str) -> None:
    assert not drafts("1" * 100_000, BODY, text)[0].truncated


PART = "在各位同事的帮助下，处理业务三百余件，没有出现一次差错。对每个环节认真核对，做到心中有数，手中有账，受到一致好评，被评为先进。"


@pytest.mark.parametrize(
    ("page", "titles"),
    [
        ("学生干部竞选稿", ["竞选宣传委员", "竞选劳动委员"]),
        ("运动会开幕式代表发言", ["运动员代表篇", "裁判员代表篇", "志愿者代表篇"]),
        ("民主生活会发言摘登", ["副镇长 周立民", "组织干事 何苗"]),
        ("两份倡议", ["第一份倡议 节约用水", "第二份倡议 文明用餐"]),
        ("食堂管理员自我鉴定", ["样例：采购", "样例：面点"]),
    ],
)
def test_titles_of_one_build_begin_essays(page: str, titles: list[str]) -> None:
    lines = [line for title in titles for line in (title, f"大家好，我是{title[-2:]}。", PART, PART)]
    assert [title for title, _ in essays(page, *lines)] == titles


@pytest.mark.parametrize(
    "headings",
    [
        ["思想方面", "学习方面", "工作方面"],
        ["实习目的", "实习内容", "实习体会"],
        ["第一天 清溪", "第二天 白石", "第三天 龙潭"],
        ["关心学生的学习", "关心学生的生活"],
        ["思想政治表现", "业务工作表现"],
        ["活动目标", "活动准备", "活动过程"],
    ],
)
def test_headings_of_one_build_begin_none(headings: list[str]) -> None:
    lines = [line for heading in headings for line in (heading, PART, PART)]
    assert len(essays("个人工作总结", *lines)) == 1
