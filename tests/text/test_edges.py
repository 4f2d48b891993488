"""Lines at a text's edges that their form and place give away."""

import pytest

from pipeline.text.edges import at_edges, counts_readers, is_path, lists_titles

BODY = "一年来，本人立足岗位，认真学习业务知识，积极完成领导交办的任务。"


@pytest.mark.parametrize(
    "line",
    [
        "蒲公英教案驿站→工作计划→教研组",
        "资料库 | 安全生产 | 演练总结",
        "首页 > 工作汇报",
        "育苗网 - 班主任频道 - 心得",
    ],
)
def test_a_path_through_a_site(line: str) -> None:
    assert is_path(line)


@pytest.mark.parametrize(
    "line", ["不忘初心——心得体会", "2020-2021学年工作总结", "第一幕 案发", "甲 > 乙，所以丙。", "3 > 2 > 1"]
)
def test_no_path(line: str) -> None:
    assert not is_path(line)


def test_lines_with_the_name_of_the_site_are_its_own() -> None:
    lines = [
        "竹蜻坊文稿→医院→后勤",
        "竹蜻坊文稿今日放送后勤科总结一份。",
        BODY,
        BODY,
        BODY,
        "竹蜻坊祝您工作顺利！",
    ]
    assert at_edges(lines, "后勤科总结") == {0: "site_path", 1: "site_name", 5: "site_name"}


def test_a_name_that_the_text_has_too_is_nobodys() -> None:
    lines = ["橄榄枝文稿→医院→后勤", BODY, "我们接过橄榄枝。", *[BODY] * 8, "橄榄枝是我们的校刊。"]
    assert at_edges(lines, "后勤科总结") == {0: "site_path"}


@pytest.mark.parametrize(
    "line", ["编号：WY-20718　页数：3　更新：半年前", "阅览 158 回", "2019/06/21　墨香值 73"]
)
def test_fields_that_count(line: str) -> None:
    assert counts_readers(line)


@pytest.mark.parametrize(
    "line", ["时间：2020年3月5日　地点：会议室", "读后感500字", "1　宣传折页　2000份　1600", "五年级 王小明"]
)
def test_fields_that_a_person_writes(line: str) -> None:
    assert not counts_readers(line)


@pytest.mark.parametrize(
    "line",
    [
        "变电运维总结／营业厅窗口总结／线路巡视日记",
        "相关公文：换届风气监督方案；换届纪律承诺书；离任村干部谈话提纲",
        "阅读下一份：老年大学开学典礼讲话",
        "手术室护士述职报告 03-11",
    ],
)
def test_lists_of_titles(line: str) -> None:
    assert lists_titles(line)


@pytest.mark.parametrize(
    "line",
    ["附件：调查表、名册、照片", "以读促写、以评促改", "特此报告", "第二支部 屈某某", "总结人：王某某"],
)
def test_lines_that_list_no_titles(line: str) -> None:
    assert not lists_titles(line)
