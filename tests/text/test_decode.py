"""Which charset a page is read in, and what a broken byte costs."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from crawler.sample.grammar import essay, fill, head_of, original_filling
from pipeline.text.decode import decode

TO_HANT = OpenCC("s2t")
PAGE = "<html><head>{meta}</head><body><p>一年来，在局领导的关心下，各项工作稳步推进。</p></body></html>"


def page(charset: str, meta: str = "") -> bytes:
    tag = f'<meta charset="{meta}">' if meta else ""
    return PAGE.format(meta=tag).encode(charset)


@pytest.mark.parametrize(
    ("body", "header", "charset", "reason"),
    [
        (b"\xef\xbb\xbf" + page("utf-8", "gbk"), "text/html; charset=gbk", "utf-8", "bom"),
        (page("gb18030", "utf-8"), "text/html; charset=GBK", "gb18030", "header"),
        (page("gb18030", "gb2312"), "text/html", "gb18030", "meta"),
        (page("gb18030", "gb2312"), "text/html; charset=utf-8", "gb18030", "meta"),
        (page("utf-8"), "text/html", "utf-8", "utf8"),
        (page("utf-8", "gbk"), "text/html; charset=gbk", "utf-8", "utf8"),
        (page("gb18030"), "text/html", "gb18030", "vote"),
        (page("gb18030", "utf-8"), "text/html; charset=utf-8", "gb18030", "vote"),
        (page("gb18030", "no-such-charset"), "", "gb18030", "vote"),
        (page("gb18030", "hex"), "text/html; charset=base64", "gb18030", "vote"),
    ],
)
def test_charset_and_reason(body: bytes, header: str, charset: str, reason: str) -> None:
    decoded = decode(body, header)
    assert (decoded.charset, decoded.reason) == (charset, reason)
    assert "一年来，在局领导的关心下" in decoded.text


def test_big5_is_told_from_gbk_without_a_declaration() -> None:
    text = "一年來，在局領導的關心下，各項工作穩步推進，取得了很好的成績。"
    assert decode(text.encode("big5")).text == text


SENTENCE = "各科室要高度重视，认真落实责任制，确保全年任务圆满完成。"


@given(st.integers(0, len(SENTENCE) - 1), st.sampled_from([0x00, 0x80, 0xFF]), st.booleans())
def test_a_broken_byte_costs_one_character(position: int, byte: int, lead: bool) -> None:
    raw = bytearray(f"<p>{SENTENCE * 3}</p>".encode("gb18030"))
    raw[3 + 2 * position + (0 if lead else 1)] = byte
    text = decode(bytes(raw), "text/html; charset=gbk").text
    intact = [char for char, good in zip(text[3:], SENTENCE, strict=False) if char == good]
    assert SENTENCE * 2 in text
    assert len(intact) >= len(SENTENCE) - 2 or text.count(SENTENCE[position + 1 :]) == 3


@given(st.binary(max_size=300), st.text(max_size=40))
def test_never_raises(body: bytes, header: str) -> None:
    assert isinstance(decode(body, header).text, str)


@pytest.mark.parametrize("broken", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("charset", ["gb18030", "big5hkscs"])
def test_a_page_with_a_few_broken_bytes_is_readable(charset: str, broken: int) -> None:
    """Eight pages of each kind; every broken byte may cost the character it hits, and its neighbour."""
    for number in range(8):
        chance = random.Random(100 * broken + number)
        head, filling = head_of(3, number), original_filling(3, number)
        lines = fill(essay(3, number).paragraphs, head, filling)
        if charset == "big5hkscs":
            lines = TO_HANT.convert("\n".join(lines)).split("\n")
        text = "".join(f"<p>{line}</p>\n" for line in lines)
        body = bytearray(f"<html><body>\n{text}</body></html>".encode(charset, "ignore"))
        for _ in range(broken):
            at = chance.randrange(20, len(body) - 20)
            body[at : at + 1] = chance.choice([b"\xff", b"", b"\x80", b"\x20\xff"])
        decoded = decode(bytes(body), f"text/html; charset={charset}")
        assert decoded.charset == charset
        true = Counter(text.encode(charset, "ignore").decode(charset))
        lost = (true - Counter(decoded.text)).total()
        assert lost <= 3 * broken, (number, lost)
        assert decoded.text.count("\ufffd") <= 2 * broken
