"""One article, one or several essays."""

import pytest

from pipeline.schema import Line
from pipeline.text.essays import split
from pipeline.text.lines import clean

BODY = "一年来，本人立足岗位，认真学习业务知识，积极完成领导交办的任务。工作中能够团结同事，遇到困难不退缩。"
OTHER = "本学期，教研组坚持集体备课，深入开展听课评课，教学质量稳步提高。同时注重青年教师培养，成效明显。"


def essays(title: str, *lines: str | Line) -> list[tuple[str, str]]:
    marked = [line if isinstance(line, Line) else Line(line) for line in lines]
    return [(draft.title, draft.lines[0]) for draft in split(clean(marked), title).drafts]


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
    marked = essays("办公室工作总结", BODY, Line("后勤科工作总结", head=True), OTHER)
    announced = essays("办公室工作总结", BODY, "更多工作总结小编推荐", "后勤科工作总结", OTHER)
    assert marked == announced == [("办公室工作总结", BODY), ("后勤科工作总结", OTHER)]


def test_numbered_headings_are_structure_not_essays() -> None:
    lines = ("一、工作总结", BODY, "（一）思想汇报", OTHER, "（二）工作计划", BODY, "二、下一步打算", OTHER)
    assert len(essays("办公室工作总结", *lines)) == 1


def test_the_editors_introduction_of_a_collection_is_no_essay() -> None:
    result = split(
        clean([Line("总结是提高的阶梯。"), Line("总结篇1"), Line(BODY), Line("总结篇2"), Line(OTHER)]), "总结"
    )
    assert len(result.drafts) == 2
    assert [(line.rule, line.text) for line in result.removed] == [("collection_intro", "总结是提高的阶梯。")]


@pytest.mark.parametrize("ending", ["下一步，我们将……", "下一步，我们将......"])
def test_a_text_that_breaks_off_is_truncated(ending: str) -> None:
    assert split(clean([Line(BODY), Line(ending)]), "总结").drafts[0].truncated
