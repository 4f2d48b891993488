"""Quality gates: how much of a page's text is found, and how little else, on pages of many layouts."""

import gzip
import json
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.sample.grammar import essay, fill, head_of, original_filling
from pipeline.errors import PageRejected
from pipeline.text.extract import extract
from pipeline.text.page.overlap import overlap

SHORT = 700
LINKS = "".join(f"<li><a href='/{at}.html'>{at}月份安全生产工作总结范文精选</a></li>" for at in range(1, 13))
EXCERPTS = "".join(
    f"<div class='item'><h4><a href='/{at}.html'>个人述职报告{at}</a></h4><p>时光飞逝，转眼间又是一年，{at}月以来本人认真履行职责……</p></div>"
    for at in range(1, 7)
)
COMMENTS = "".join(
    f"<div class='comment'><b>网友{at}</b><p>写得很好，学习了，感谢分享，收藏了慢慢看！</p></div>"
    for at in range(1, 9)
)
FOOT = "<div class='footer'>Copyright © 2011-2022 某某文库 版权所有 京ICP备00000000号</div>"
Layout = Callable[[str, list[str]], str]


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def modern(title: str, lines: list[str]) -> str:
    return (
        f"<header><nav><ul>{LINKS}</ul></nav></header><main><article><h1>{title}</h1><div class='meta'>2021-03-05 10:20 来源：某某文库</div>"
        f"<div class='entry-content'>{paragraphs(lines)}</div></article><aside>{LINKS}</aside></main><footer>{FOOT}</footer>"
    )


def table(title: str, lines: list[str]) -> str:
    text = "<br>　　".join(lines)
    return (
        f"<table><tr><td><table><tr>{'<td><a href=/>首页</a></td>' * 6}</tr></table></td></tr><tr><td width=200>{LINKS}</td>"
        f"<td><b>{title}</b><hr><font size=3>　　{text}</font></td></tr><tr><td colspan=2>{FOOT}</td></tr></table>"
    )


def bare(title: str, lines: list[str]) -> str:
    return f"<h2>{title}</h2>{paragraphs(lines)}<hr><a href='/'>返回首页</a> <a href='/2.html'>下一篇</a>"


def soup(title: str, lines: list[str]) -> str:
    text = "".join(f"<div><span style='font-size:16px'>{line}</span></div><div><br></div>" for line in lines)
    return f"<div id=a><div id=b><ul>{LINKS}</ul></div><div id=c><div>{title}</div><div id=d>{text}</div></div></div>{FOOT}"


def excerpts(title: str, lines: list[str]) -> str:
    return f"<div class='left'><h1>{title}</h1><div class='con'>{paragraphs(lines)}</div><h3>相关文章</h3>{EXCERPTS}</div><div class='right'>{LINKS}</div>{FOOT}"


def inside(title: str, lines: list[str]) -> str:
    """Related links and the pager stand in the text's own box."""
    return f"<div class='nr'><h1>{title}</h1>{paragraphs(lines)}<p>相关阅读：</p><ul>{LINKS}</ul><p>上一篇：<a href=/1>述职报告</a></p></div>{FOOT}"


def commented(title: str, lines: list[str]) -> str:
    return f"<div class='post'><h1>{title}</h1>{paragraphs(lines)}</div><h3>网友评论</h3><div id='comments'>{COMMENTS}</div>{FOOT}"


def jammed(title: str, lines: list[str]) -> str:
    style = "<style>.qx9{display:none} @media print {.post{display:none}}</style>"
    text = "".join(
        f"<p>{line[:9]}<span class='qx9'>k2x9</span>{line[9:]}<font class='jammer'>a8 d3</font></p>"
        for line in lines
    )
    return f"{style}<div class='post'><h1>{title}</h1>{text}</div><div style='display:none'>{EXCERPTS}</div>{FOOT}"


def sections(title: str, lines: list[str]) -> str:
    parts = "".join(f"<section><h3></h3><p>{line}</p></section>" for line in lines)
    return f"<ul class='menu'>{LINKS}</ul><div class='detail'><h1>{title}</h1>{parts}</div>{FOOT}"


def pre(title: str, lines: list[str]) -> str:
    text = "\n".join(lines)
    return f"<ul>{LINKS}</ul><h1>{title}</h1><pre>{text}</pre>{FOOT}"


LAYOUTS: tuple[Layout, ...] = (
    modern, table, bare, soup, excerpts, inside, commented, jammed, sections, pre,
)  # fmt: skip


def written(number: int) -> tuple[str, list[str]]:
    """Title and paragraphs of an essay of the sample web's grammar; every third one is a short notice."""
    head, filling = head_of(7, number), original_filling(7, number)
    lines = fill(essay(7, number).paragraphs, head, filling)
    return head.title, lines[:2] if number % 3 == 0 else lines


def f1(page: str, truth: str) -> float:
    try:
        return overlap("\n".join(line.text for line in extract(page).lines), truth).f1
    except PageRejected:
        return 0.0


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: str(layout.__name__))
def test_the_text_is_found_in_every_layout(layout: Layout) -> None:
    scores = []
    for number in range(12):
        title, lines = written(number)
        page = f"<html><head><title>{title}_某某文库</title></head><body>{layout(title, lines)}</body></html>"
        scores.append(f1(page, "\n".join(lines)))
    assert statistics.mean(scores) >= 0.97, [round(score, 2) for score in scores]


SHARED = Path(__file__).resolve().parents[3] / "shared" / "zh_pages" / "pages.jsonl.gz"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="no folder of real pages beside the checkout")
def test_real_pages_stay_above_the_floor() -> None:
    rows = map(json.loads, gzip.decompress(SHARED.read_bytes()).decode("utf-8").splitlines())
    pages = [row for row in rows if row["set"] in ("magic-article", "immortal")]
    scores = [(f1(row["html"], row["text"]), len(row["text"])) for row in pages]
    assert len(pages) == 68
    assert statistics.mean(score for score, _ in scores) >= 0.95
    assert statistics.mean(score for score, size in scores if size < SHORT) >= 0.95
