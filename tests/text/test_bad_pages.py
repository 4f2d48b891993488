"""Pages that are none, or were made to do harm: each is read or rejected with its reason, and soon."""

import contextlib
import time

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import PageRejected
from pipeline.records import from_batch, to_batch
from pipeline.schema import Document, Page
from pipeline.text.extract import extract
from pipeline.text.pages import extract_pages, lost_page, sample_pages
from pipeline.text.template.sample import sample

PROSE = "一年来，我在领导的关心和同事的帮助下，认真学习业务知识，较好地完成了各项工作任务。"
PAGE = (
    f"<html><head><title>总结</title></head><body><div class='nr'>{f'<p>{PROSE}</p>' * 6}</div></body></html>"
)


def read(body: bytes, content_type: str = "text/html") -> Document:
    page = Page("http://www.fan.example/a/1.html", 200, content_type, None, body, "x.warc.gz", 0)
    [batch] = extract_pages([to_batch(Page, [page])], sites=())
    [document] = from_batch(Document, batch)
    return document


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "empty"),
        (b"   \r\n\t ", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "binary"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40, "binary"),
        (b"%PDF-1.7 ...", "binary"),
        (b"PK\x03\x04" + b"\x00" * 500, "binary"),
        (b"\x00" * 4096, "binary"),
        (b"<div>" * 10_000_000, "too_large"),
        (b"<b>" * 400_000, "too_many_tags"),
        (b"<div>" * 3000 + PROSE.encode() + b"</div>" * 3000, "too_deep"),
        (b"only words, no tag at all", "not_html"),
        (b"<html><body></body></html>", "no_main_text"),
        (b"<html><head><title>x</title></head><frameset><frame src=a></frameset></html>", "no_main_text"),
    ],
)
def test_what_is_no_page_is_a_rejected_row_with_the_reason(body: bytes, rule: str) -> None:
    document = read(body)
    assert (document.outcome, document.rule) == ("rejected", rule)
    assert document.reason
    assert document.lines == ()


def test_null_bytes_in_a_page_cost_nothing_else() -> None:
    assert [line.text for line in read(PAGE.replace("总结", "总\x00结").encode()).lines] == [PROSE] * 6


@pytest.mark.parametrize("size", range(0, len(PAGE), 7))
def test_a_truncated_page_gives_what_there_is_of_it(size: int) -> None:
    document = read(PAGE[:size].encode())
    whole = PAGE[:size].count("。")
    assert sum(PROSE in line.text for line in document.lines) == whole


@given(st.binary(max_size=400))
@example(b"<html><body><p>\xd6\xd0\xb9\xfa\xff\xfe</p>")
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_document(body: bytes) -> None:
    document = read(body)
    assert document.rule != "failed", document.reason
    assert document.outcome in ("article", "rejected", "other")


FRAGMENTS = st.sampled_from([
    "<p>", "</p>", "<div class='content'>", "</div>", "<table><tr><td>", "</table>", "<br>",
    "<a href='/1.html'>", "</a>", "<pre>", "</pre>", "<!--", "-->", "<script>", "</script>",
    "<style>.a{display:none}</style>", "<span class=a>", "</span>", "<h1>", "</h1>", "&#0;", "&#xD800;",
    "&nbsp;", "\x00", "\ud800", "\u200b", "\n", PROSE, "相关阅读", "时间：2021-03-05", "<body>", "</body>",
    "</html>", "<html>", "<svg>", "<math>", "<template>", "<select><option>", "<p hidden>",
    "<font style='font-size:0'>",
])  # fmt: skip


@given(st.lists(FRAGMENTS, max_size=60).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_soup_of_tags_is_read_or_rejected(text: str) -> None:
    with contextlib.suppress(PageRejected):
        assert extract(text).lines
    with contextlib.suppress(PageRejected):
        sample(text, site="a", shape="/0", url="/1", moment="1")


@pytest.mark.parametrize(
    "text",
    [
        "<p>未完，登录" + "可以后" * 2_000 + "</p>",
        "<title>访问" + "已被" * 2_000 + "</title><p>x",
        "<p>登录后查看全文</p>" * 8_000,
        "<p>目录" + "." * 300_000 + "页</p>",
        "<style>" + ".a," * 100_000 + "{" + "display:none{}" * 20_000 + "}</style><p>x",
        f"<div class='{'x ' * 250_000}'>" + "a<br>" * 40_000 + f"</div><p>{PROSE}",
        "<p>" + "，" * 1_000_000,
        "<p>" + "（" * 300_000 + PROSE,
        "<p>" + "2021-" * 200_000,
        "<p>作者：" + "张 " * 300_000,
        "<p>" + "分享 " * 200_000,
        "<a href=x>" + PROSE * 20_000,
        f"<a href=x>{PROSE}" * 20_000,
        f"<p>{PROSE}</p><ul>" + "<li><a href=/1.html>工作总结范文</a></li>" * 40_000,
        "<style>" + ".a{" * 200_000 + "display:none" + "}" * 200_000 + f"</style><p>{PROSE}",
        "<style>" + "@media x{" * 100_000 + f"</style><p>{PROSE}",
        "<title>" + "- " * 300_000 + f"</title><p>{PROSE}",
        "<div style='" + "left :" * 300_000 + f"'>{PROSE}</div>",
        f"<div class='{'a ' * 300_000}'><p>{PROSE}</p></div>",
        "<p>" + "\u200b" * 500_000 + PROSE,
        "<p>" + "\n 一" * 300_000,
        f"<table><tr><td>{PROSE}" * 120,
    ],
    ids=lambda text: text[:24].encode("unicode_escape").decode(),
)
def test_a_page_made_to_be_slow_is_not(text: str) -> None:
    started = time.process_time()
    read(text.encode("utf-8", "replace"))
    assert (
        time.process_time() - started < 15
    )  # ten times what the slowest takes: what is guarded against takes hours


def test_a_page_that_killed_its_worker_is_a_rejected_row() -> None:
    page = Page("http://www.fan.example/a/1.html", 200, "text/html", None, b"<p>x", "x.warc.gz", 7)
    batch = lost_page(to_batch(Page, [page]), "timeout: took longer than 30 seconds", sites=())
    [document] = from_batch(Document, batch)
    assert (document.outcome, document.rule) == ("rejected", "timeout")
    assert document.reason == "took longer than 30 seconds"
    assert document.offset == 7


def test_a_page_that_fails_gives_no_sample_and_stops_no_other() -> None:
    pages = [
        Page(f"http://www.fan.example/a/{at}.html", 200, "text/html", None, body, "x.warc.gz", at)
        for at, body in enumerate([b"", b"<div>" * 3000, PAGE.encode(), b"\x00" * 900])
    ]
    batches = list(sample_pages([to_batch(Page, pages)], sites=()))
    assert pa.Table.from_batches(batches)["url"].to_pylist() == ["http://www.fan.example/a/2.html"]
