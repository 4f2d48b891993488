"""Links in sentences: a seller's are cut out, the site's own and a writer's stay."""

import pytest

from pipeline.text.extract import extract

BEFORE = "一年来，我在领导的关心和同事的帮助下，认真学习业务知识，较好地完成了各项工作任务，做到先"
BEHIND = "急后慢，分清主次，把每一件事都落到实处。"
LAST = "今后，我将继续努力，克服自身不足，不断提高服务水平，争取做出更大的成绩，不辜负大家的期望。"


def text_of(anchor: str) -> tuple[list[str], list[str]]:
    body = f"<h1>个人总结</h1><div class='text'><p>{BEFORE}{anchor}{BEHIND}</p><p>{LAST}</p></div>"
    found = extract(f"<html><head><title>个人总结</title></head><body>{body}</body></html>")
    return [line.text for line in found.lines], [cut.text for cut in found.cuts]


@pytest.mark.parametrize(
    "words", ["六安附近一日游景点自驾游", "白水旅游攻略", "江陵必去十大景点排名", "金沙娱乐官网首存"]
)
def test_a_sellers_anchor_is_cut_out_and_the_halves_are_one_sentence(words: str) -> None:
    lines, removed = text_of(f"<a href='/whly/9.html'>{words}</a>")
    assert lines == [BEFORE + BEHIND, LAST]
    assert removed == [words]


@pytest.mark.parametrize(
    "anchor",
    [
        "<a href='/zongjie/'>工作任务</a>",
        "<a href='http://www.example.com/'>井冈山革命博物馆</a>",
        "<a href='/jihua/'>学习业务</a>",
        "（参见<a href='/x/'>《旅游景点门票管理办法》</a>）",
        "<a href='/x/'>到</a>",
    ],
)
def test_an_ordinary_link_stays(anchor: str) -> None:
    lines, removed = text_of(anchor)
    assert len(lines[0]) > len(BEFORE + BEHIND)
    assert removed == []


def test_on_a_page_about_travel_a_travel_link_is_at_home() -> None:
    body = (
        f"<p>{BEFORE}去<a href='/x/'>白水旅游攻略</a>里说的地方，白水的旅游做得好，{BEHIND}</p><p>{LAST}</p>"
    )
    found = extract(f"<html><head><title>白水旅游见闻</title></head><body><div>{body}</div></body></html>")
    assert "白水旅游攻略" in found.lines[0].text
