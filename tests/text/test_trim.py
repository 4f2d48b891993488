"""What stands around a text goes, what people write stays, though it looks alike."""

import pytest

from pipeline.text.extract import extract

PROSE = "一年来，我在领导的关心和同事的帮助下，认真学习业务知识，较好地完成了各项工作任务。"


def kept(lines: list[str], behind: str = "") -> list[str]:
    text = "".join(f"<p>{line}</p>" for line in lines)
    page = f"<ul><li><a href='/'>首页</a></li></ul><h1>个人总结</h1><div class='content'>{text}{behind}</div>"
    found = extract(f"<html><head><title>个人总结_某网</title></head><body>{page}</body></html>")
    return [line.text for line in found.lines]


@pytest.mark.parametrize(
    "lines",
    [
        ["敬爱的党组织：", PROSE, PROSE, "此致", "敬礼！", "申请人：张三", "2021年5月13日"],
        ["尊敬的各位领导、各位同事：", "大家好！", PROSE, PROSE, "谢谢大家！", "2020.12.1"],
        ["（2018年3月5日）", PROSE, PROSE],
        ["时间：2021年5月13日上午", "地点：三楼会议室", PROSE, PROSE],
        [
            PROSE,
            "时间：5月13日",
            "来源：各科室上报",
            "打印机维护",
            "关闭电源",
            "关键词：学习",
            "声明：以上属实。",
            PROSE,
        ],
        [PROSE, "阅读：每天坚持读书半小时", "浏览：周末看完一本", PROSE],
        [PROSE, "未经领导同意，任何人不得擅自使用公章。", "核对许可证编号，发现问题6个，已经整改。", PROSE],
        [PROSE, PROSE, "3、相关内容", "4、" + PROSE, PROSE],
        [PROSE, "一、成绩", "二、不足", "三、打算", PROSE],
        ["姓名：张三", "性别：男", "学历：本科", PROSE, PROSE],
        [
            "第一章 总则",
            "第一条 为加强管理。",
            "第二条 适用于本单位。",
            "（一）组织；",
            "（二）协调；",
            "第三条 自公布之日起施行。",
        ],
        [PROSE, PROSE, "分享到这里，谢谢大家！"],
        [PROSE, "免责声明是合同的重要组成部分。", PROSE],
        [PROSE, PROSE, "要严格许可证编号管理。"],
        ["春眠不觉晓", "处处闻啼鸟", "夜来风雨声", "花落知多少"],
    ],
)
def test_what_people_write_stays(lines: list[str]) -> None:
    assert kept(lines) == lines


@pytest.mark.parametrize(
    "line",
    [
        "个人总结",
        "发布时间：2021-05-13 来源：某网 阅读：153次",
        "2021-05-13 10:40",
        "字体：大 中 小",
        "分享到：",
        "来源：某网",
    ],
)
def test_lines_about_the_page_above_a_text_go(line: str) -> None:
    assert kept([line, PROSE, PROSE]) == [PROSE, PROSE]


@pytest.mark.parametrize(
    "behind",
    [
        "<p>责任编辑：赵六</p>",
        "<p>打印 | 关闭</p>",
        "<p>浏览次数：153</p>",
        "<p>扫一扫关注我们</p>",
        "<p>未经本网许可，不得转载。</p>",
        "<p>相关阅读：</p><p>教师个人总结</p><p>护士个人总结</p>",
        "<p>上一篇：没有了</p><p>下一篇：工作计划</p>",
        "<ul><li><a href='/1'>工作总结</a></li><li><a href='/2'>工作计划</a></li></ul>",
        "<div class='comment-list'><p>写得好！</p></div>",
    ],
)
def test_what_stands_behind_a_text_goes(behind: str) -> None:
    assert kept([PROSE, PROSE], behind) == [PROSE, PROSE]


@pytest.mark.parametrize("name", ["author", "source", "tool"])
def test_a_signature_or_paragraph_in_a_box_with_a_frames_name_stays(name: str) -> None:
    behind = f"<p>此致</p><p>敬礼</p><div class='{name}'>述职人：王五</div>"
    assert kept([PROSE, PROSE], behind)[-1] == "述职人：王五"
    middle = f"<div class='{name}'><p>一要加强学习，二要提高认识。</p></div><p>{PROSE}</p>"
    assert kept([PROSE, PROSE], middle)[-2] == "一要加强学习，二要提高认识。"


def test_a_heading_of_links_above_the_text_does_not_end_it() -> None:
    links = "<p><a href='/1'>工作总结范文精选</a></p><p><a href='/2'>工作计划范文精选</a></p>"
    above = "相关新闻："
    assert kept([PROSE[:20], above], links + f"<p>{PROSE}</p>" * 3)[-3:] == [PROSE] * 3
