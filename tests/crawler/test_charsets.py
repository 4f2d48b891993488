"""Every charset of these sites, however it is stated, whole or with a broken byte: what the page said is read."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import opencc
import pyarrow.parquet as pq
import pytest

from crawler.archive import WarcArchive
from pipeline.corpus import build
from pipeline.dataset.versions import table_files
from pipeline.engine.local import InlineEngine
from pipeline.text.decode import decode
from tests.crawler.fixture_web import make_site
from tests.crawler.hostile.pages import report

STATED = {
    "gbk": ["header", "meta", "nothing", "wrongly as utf-8", "wrongly as big5", "wrongly as iso-8859-1"],
    "gb18030": ["header", "meta", "bom", "nothing", "wrongly as gb2312", "wrongly as utf-8"],
    "big5": ["header", "meta", "nothing", "wrongly as utf-8", "wrongly as gbk"],
    "utf-8": [
        "header",
        "meta",
        "bom",
        "nothing",
        "wrongly as gbk",
        "wrongly as big5",
        "wrongly as iso-8859-1",
    ],
}
BOMS = {"gb18030": "\ufeff".encode("gb18030"), "utf-8": codecs.BOM_UTF8}
CASES = [(charset, stated) for charset, ways in STATED.items() for stated in ways]
PLACES = [0.1, 0.35, 0.5, 0.8]
"""Where the broken byte is, as a share of the text's characters."""
Damage = Literal["first byte", "last byte", "byte too much"]
DAMAGES: list[Damage] = ["first byte", "last byte", "byte too much"]


@dataclass(frozen=True, slots=True)
class Made:
    """A page's bytes, the header that came with it, and what its reader should see."""

    body: bytes
    content_type: str
    text: str
    at: int
    """Index in the text of the character that a broken byte may cost."""


def text_of(charset: str, number: int) -> str:
    """A text that the charset can write; one in gb18030 has a character of four bytes."""
    lines = list(report(number).paragraphs)
    if charset == "big5":
        lines = opencc.OpenCC("s2tw").convert("\n".join(lines)).split("\n")
        lines = [line for line in lines if can_write(line, charset)]
    if charset == "gb18030":
        lines[1] = "村民代表𠮷永安作了发言。" + lines[1]
    return "".join(f"<p>{line}</p>\n" for line in lines)


def can_write(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def make(charset: str, stated: str, number: int, damage: Damage | None = None, place: float = 0.5) -> Made:
    """A page with its charset stated in a way, and one byte of a Chinese character damaged."""
    text = text_of(charset, number)
    wrong = stated.removeprefix("wrongly as ") if stated.startswith("wrongly") else ""
    meta = charset if stated == "meta" else wrong
    head = f"<meta charset='{meta}'>" if meta else ""
    named = wrong or (charset if stated == "header" else "")
    content_type = f"text/html; charset={named}" if named else "text/html"
    at = next(at for at in range(round(len(text) * place), len(text)) if text[at] >= "\u4e00")
    before, char, after = (part.encode(charset) for part in (text[:at], text[at], text[at + 1 :]))
    if damage == "first byte":
        char = b"\xff" + char[1:]
    elif damage == "last byte":
        char = char[:-1] + b"\xff"
    elif damage == "byte too much":
        char += b"\xff"
    bom = BOMS[charset] if stated == "bom" else b""
    frame = f"<html><head>{head}<title>work</title></head><body>".encode(), b"</body></html>"
    return Made(bom + frame[0] + before + char + after + frame[1], content_type, text, at)


@pytest.mark.parametrize(("charset", "stated"), CASES)
def test_a_whole_page_is_read_to_the_letter(charset: str, stated: str) -> None:
    for number in range(12):
        page = make(charset, stated, number)
        read = decode(page.body, page.content_type).text
        assert page.text in read, f"report {number}"
        assert "\ufffd" not in read


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("charset", "stated"), CASES)
def test_a_broken_byte_costs_its_character_at_most(charset: str, stated: str, damage: Damage) -> None:
    for number, place in enumerate(PLACES):
        page = make(charset, stated, number, damage, place)
        read = decode(page.body, page.content_type).text
        before, after = page.text[: page.at], page.text[page.at + 1 :]
        start = read.find(before) + len(before)
        assert before in read, f"report {number}"
        assert after in read[start:], f"report {number}"
        assert read.find(after, start) - start <= len(page.text[page.at].encode(charset)) + 1
        assert "\ufffd" not in before + after


def test_the_same_holds_from_the_archive_to_the_corpus(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path / "warc", "r1")
    pages: dict[str, tuple[Made, str, str, bool]] = {}
    for number, (charset, stated) in enumerate(CASES):
        for broken in (False, True):
            page = make(charset, stated, 200 + 2 * number + broken, "first byte" if broken else None)
            url = f"http://www.fan.example/a/{len(pages) + 1}.html"
            archive.write(url, 200, [(b"Content-Type", page.content_type.encode())], page.body)
            pages[url] = page, charset, stated, broken
    archive.close()
    build([tmp_path / "warc"], tmp_path / "corpus", sites=[make_site().rules()], engine=InlineEngine())
    rows = pq.read_table(table_files(tmp_path / "corpus", "essays")).to_pylist()
    texts = {row["url"]: row["text"] for row in rows}
    assert texts.keys() == pages.keys()
    for url, (page, charset, stated, broken) in pages.items():
        lost = page.text[: page.at].count("<p>") - 1 if broken else -1
        lines = page.text.replace("<p>", "").replace("</p>", "").split()
        kept = [line for at, line in enumerate(lines) if at != lost]
        assert [line for line in kept if line not in texts[url]] == [], (charset, stated, broken)
        assert texts[url].count("\ufffd") <= 1, (charset, stated, broken)
