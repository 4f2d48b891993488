"""What a page says, and what pages that are none do."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PageRejected
from pipeline.text.extract import extract

FIRST = "一年来，我在领导的关心和同事的帮助下，认真学习业务知识，较好地完成了各项工作任务。"
SECOND = "今后，我将继续努力，克服自身不足，不断提高服务水平，争取做出更大的成绩，不辜负大家的期望。"


def page(body: str, title: str = "个人工作总结_某某文库") -> str:
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>"


def lines(body: str) -> list[str]:
    return [line.text for line in extract(page(f"<h1>个人工作总结</h1><div>{body}</div>")).lines]


def test_main_text_without_navigation() -> None:
    nav = "<ul class='nav'><li><a href='/'>首页</a></li><li><a href='/x/'>工作计划</a></li></ul>"
    found = lines(
        f"{nav}<div class='content'><p>{FIRST}</p><p>{SECOND}</p></div><div class='footer'>版权所有</div>"
    )
    assert [line for line in found if line in (FIRST, SECOND)] == [FIRST, SECOND]
    assert not any("首页" in line for line in found)


@pytest.mark.parametrize(
    "style",
    ["display:none", "font-size:0", "FONT-SIZE: 0px", "visibility: hidden", "position:absolute;left:-9999px"],
)
def test_hidden_elements_are_not_read(style: str) -> None:
    jammed = FIRST.replace("，", f"，<span style='{style}'>k2 {{x9</span>", 1)
    assert lines(f"<p>{jammed}</p><p>{SECOND}</p>")[-2:] == [FIRST, SECOND]


@pytest.mark.parametrize(
    "style",
    [
        "margin-top:-120px",
        "margin-left:-100%",
        "padding-left:-100px",
        "border-left:-999px",
        "left:-20px",
        "font-size:0.9em",
    ],
)
def test_a_column_that_is_moved_is_not_hidden(style: str) -> None:
    assert lines(f"<div style='{style}'><p>{FIRST}</p><p>{SECOND}</p></div>")[-2:] == [FIRST, SECOND]


def test_gaps_of_no_size_do_not_hide_what_has_one() -> None:
    sized = f"<p style='font-size:16px'>{FIRST}</p><p style='font-size:16px'>{SECOND}</p>"
    assert lines(f"<div style='font-size:0'>{sized}</div>")[-2:] == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("sheet", "shown"),
    [
        (".kw{display:none}", False),
        ("span.kw , .x {font-size:0}", False),
        (".kw{/* display:none */color:red}", True),
        (".kw{display:none}.kw{display:inline}", True),
        (".kw{display:none} @media screen{.kw{display:inline}}", True),
        ("@media print{.kw{display:none}}", True),
    ],
)
def test_a_class_is_hidden_by_the_pages_own_sheet_unless_it_is_shown_too(sheet: str, *, shown: bool) -> None:
    body = f"<style>{sheet}</style><p>加强<span class='kw'>党的建设</span>，{FIRST}</p><p>{SECOND}</p>"
    assert ("党的建设" in lines(body)[-2]) is shown


def test_paragraphs_in_labels_are_read() -> None:
    assert lines(f"<p><label>{FIRST}</label></p><p><label>{SECOND}</label></p>")[-2:] == [FIRST, SECOND]


def test_a_page_with_nothing_but_a_menu_has_no_text() -> None:
    with pytest.raises(PageRejected, match="no_main_text"):
        extract(page("<ul><li><a href='/'>首页</a></li><li><a href='/x/'>范文</a></li></ul>"))


def test_a_small_font_is_not_hidden() -> None:
    assert FIRST in lines(f"<p><span style='font-size:0.9em'>{FIRST}</span></p><p>{SECOND}</p>")


def test_breaks_are_paragraphs() -> None:
    assert lines(f"<div>{FIRST}<br>　　{SECOND}<br/></div>")[-2:] == [FIRST, SECOND]


def test_private_use_characters_stay_for_the_repair() -> None:
    shifted = FIRST.replace("，", "，\ue5e5", 1)
    assert shifted in lines(f"<p>{shifted}</p><p>{SECOND}</p>")


@pytest.mark.parametrize(
    "body",
    [
        "<blockquote>{0}<br>{1}<p>{2}</p>{3}</blockquote>",
        "<ul><li>{0}<br>{1}<ul><li>{2}</li></ul>{3}</li></ul>",
        "<div>{0}<div>{1}</div>{2}<p>{3}</p></div>",
    ],
)
def test_nothing_is_lost_where_blocks_stand_in_blocks_and_order_is_kept(body: str) -> None:
    texts = [f"{number}、{SECOND}" for number in "一二三四"]
    found = lines(f"<p>{FIRST}</p>" + body.format(*texts) + f"<p>{FIRST}</p>")
    assert [line for line in found if line in texts] == texts


def test_what_stands_behind_an_early_end_of_the_page_is_read() -> None:
    body = f"<p>{FIRST}</p></body></html><p>{SECOND}</p><div>{FIRST}</div>"
    assert lines(body)[-3:] == [FIRST, SECOND, FIRST]


def test_headings_are_marked() -> None:
    found = extract(
        page(
            f"<h1>个人工作总结</h1><p>{FIRST}</p><p>{SECOND}</p><h2>后勤工作总结</h2><p>{FIRST}</p><p>{SECOND}</p>"
        )
    )
    assert [line.text for line in found.lines if line.head and "后勤" in line.text] == ["后勤工作总结"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "not_html"),
        ("只有文字，没有标签", "not_html"),
        ("<html><body></body></html>", "no_main_text"),
        ("<div>" * 300 + "深" + "</div>" * 300, "too_deep"),
        ("<p>" + "长" * 5_000_001, "too_large"),
    ],
)
def test_what_is_no_page_is_rejected_with_the_rule(text: str, rule: str) -> None:
    with pytest.raises(PageRejected) as caught:
        extract(text)
    assert caught.value.rule == rule


@given(st.text(alphabet="<>/=\"'apdivh1 \x00&#;x0一二。", max_size=200))
def test_any_text_is_read_or_rejected(text: str) -> None:
    with contextlib.suppress(PageRejected):
        assert extract(text).lines


SHARED = Path(__file__).resolve().parents[3] / "shared" / "seed_web"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="no folder of real pages beside the checkout")
@pytest.mark.parametrize(
    "name", ["m.gz85.com/a/605104.html", "www.xiexiebang.com/zongjie/qtzongjie/5ba90bdd023911ea.html"]
)
def test_real_pages_keep_no_navigation(name: str) -> None:
    found = [line.text for line in extract((SHARED / name).read_text("utf-8")).lines]
    assert len(found) > 20
    assert not any(word in line for line in found for word in ("首页", "上一篇", "版权所有"))
