"""Junk out, halves together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.injected import Seller
from pipeline.text.lines import clean
from pipeline.text.paragraph import Paragraph, publish

OPENING = "今年以来，办公室紧紧围绕中心工作，认真履行职责，较好地完成了各项任务。"


def cleaned(*texts: str) -> list[str]:
    return [each.text for each in clean(list(map(Paragraph.of, texts))) if not each.rule]


def removed(*texts: str) -> list[tuple[str, str]]:
    """Rule and text of all that is taken out."""
    edits = publish(clean(list(map(Paragraph.of, texts)))).edits
    return [(edit.rule, edit.before.strip()) for edit in edits if edit.kind == "removed"]


@pytest.mark.parametrize(
    ("halves", "whole"),
    [
        (("按章操作,先", "急后慢,先远后近,统筹安排。"), None),
        (("会议定于6", "月28日召开。"), "会议定于6月28日召开。"),
        (("举办了“牢记使命", "再创佳绩”主题活动。"), "举办了“牢记使命再创佳绩”主题活动。"),
        (("大家认真做好接待工作，", "树立了良好形象。"), "大家认真做好接待工作，树立了良好形象。"),
        (
            (
                "三季度以来，全体人员加班加点，克服人手不足的困难，在规定时间内把全部材料整理归档并建",
                "立了台账。",
            ),
            "三季度以来，全体人员加班加点，克服人手不足的困难，在规定时间内把全部材料整理归档并建立了台账。",
        ),
    ],
)
def test_broken_lines_are_rejoined(halves: tuple[str, str], whole: str | None) -> None:
    assert cleaned(*halves) == ([whole] if whole else list(halves))


@pytest.mark.parametrize(
    "lines",
    [
        ("一、加强学习，提高认识", "坚持每周集中学习一次。"),
        ("尊敬的各位领导", "大家好！现将工作汇报如下。"),
        ("（一）抓好制度建设", "1.完善考勤制度。"),
        (OPENING, "此致", "敬礼"),
        ("（一)加强组织领导", "（二）强化责任", "（三）完善制度"),
        ("（一)加强组织领导", "我们成立了领导小组（组长：张三）。"),
        ("尊敬的各位领导、各位代表、各位来宾、同志们，", "大家好！"),
    ],
)
def test_headings_and_salutations_stay_lines(lines: tuple[str, ...]) -> None:
    assert cleaned(*lines) == list(lines)


def test_injected_travel_line_goes_and_the_halves_come_together() -> None:
    texts = (
        OPENING,
        "丽水旅游景点大全排名前十",
        "车辆管理坚持厉行节约、按章操作，先",
        "云海附近两日游景点自驾游远后近，统筹安排，保障了用车。",
    )
    assert cleaned(*texts) == [OPENING, "车辆管理坚持厉行节约、按章操作，先远后近，统筹安排，保障了用车。"]
    assert removed(*texts) == [
        ("injected_line", "丽水旅游景点大全排名前十"),
        ("injected_glued", "云海附近两日游景点自驾游"),
    ]


def test_a_tourism_report_keeps_its_paragraphs() -> None:
    lines = [
        "旅游线路推荐",
        "我市推荐的旅游线路受到好评，全年接待游客人数比上年增长两成，旅游收入稳步提高，各项指标居全省前列。",
        "景区门票价格调整",
        "旅游景区门票价格下调以后，本地居民游览的热情高涨，节假日景区道路的车流量明显增加，秩序井然。",
    ]
    assert cleaned(*lines) == lines


def test_a_link_glued_to_a_new_sentence_is_cut_where_the_page_has_others() -> None:
    glued = "云海三天两晚自由行攻略为巩固成果，我们又开展了回头看。"
    assert cleaned(OPENING, glued) == [OPENING, glued]
    assert cleaned(OPENING, "丽水旅游景点大全排名前十", glued) == [
        OPENING,
        "为巩固成果，我们又开展了回头看。",
    ]


def wrote(line: str) -> bool:
    return Seller([OPENING, line]).wrote(line)


@pytest.mark.parametrize(
    "line",
    [
        "江陵亲子游景点大全",
        "去平遥旅游住哪里方便的民宿推荐",
        "云城风景区门票价格及游玩路线",
        "桂岭二日游最佳路线",
        "泸溪旅游攻略",
    ],
)
def test_link_sellers_lines(line: str) -> None:
    assert wrote(line)


@pytest.mark.parametrize(
    "line",
    [
        "三、做好旅游景点宣传",
        "旅游工作稳步推进，景点建设加快。",
        "全面提升景区服务质量",
        "旅游局年度工作总结",
        "乡村旅游蓬勃发展",
        "特产销售情况",
        "旅游景区推荐工作",
        "十大景点评选活动",
    ],
)
def test_a_tourism_office_may_write_about_tourism(line: str) -> None:
    assert not wrote(line)


def test_related_list_ends_where_sentences_begin() -> None:
    lines = ["【单位总结】相关文章：", "学校工作总结12-09", "乡镇工作计划 -总结", OPENING]
    assert cleaned(*lines) == [OPENING]


def test_jammer_inside_a_line_is_cut_out() -> None:
    assert cleaned("各部门要密切配合i( j( e7 Z2 {!，形成合力。") == ["各部门要密切配合，形成合力。"]


def test_traditional_lines_are_judged_in_simplified() -> None:
    assert cleaned("相關推薦", "聲明：本文內容由互聯網用戶自發貢獻", "今年以來，各項工作進展順利。") == [
        "今年以來，各項工作進展順利。"
    ]


TEXT = st.text(alphabet="一二、。，“”篇第（）旅游攻略今年工作总结 a1(", max_size=60)


@given(st.lists(TEXT, max_size=12))
def test_what_stood_on_the_page_comes_back(texts: list[str]) -> None:
    traced = publish(clean(list(map(Paragraph.of, texts))))
    raw = "\n".join(texts)
    assert traced.raw() == raw or not traced.text
    assert set(traced.text) <= set(raw)


@given(st.lists(TEXT, max_size=12))
def test_cleaning_is_idempotent(texts: list[str]) -> None:
    once = cleaned(*texts)
    assert cleaned(*once) == once


STAYS = [
    "",
    "时间：2021年6月18日",
    "来源：财政拨款",
    "编辑：宣传部",
    "阅读：80人次",
    "点击量：35万",
    "相关内容：",
    "最新内容",
    "推荐阅读：《平凡的世界》等书目",
    "完成网站ICP备案和公安备案工作",
    "文档为Word格式上报",
    "剩余内容将在明年完成",
    "评论：良好",
    "关键词：创新、落实、服务",
    "下一页 工作打算",
    "查处侵犯著作权案件12起，及时整改35处。",
    "资料来源于网络问卷和实地走访",
    "希望通过这次培训，对各位今后开展工作有所帮助。",
    "声明：本人所述情况属实。",
    "感谢各位领导和同事的支持",
    "",
][1:-1]


@pytest.mark.parametrize("line", STAYS)
def test_what_a_person_may_write_stays_in_the_middle_of_a_text(line: str) -> None:
    body = [
        f"{number}是认真落实责任，各项工作按计划推进，取得了较好的成绩。" for number in "一二三四五六七八九十"
    ]
    text = [*body[:6], line, *body, OPENING, OPENING]
    assert line in "".join(cleaned(*text))
    assert removed(*text) == []
