"""Main text of a page by trafilatura, on a tree from which hidden elements are gone."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import trafilatura
from lxml import etree, html
from lxml.html import HtmlElement
from trafilatura.settings import use_config

from pipeline.errors import PageRejected
from pipeline.schema import Line
from pipeline.text.metadata import read_date, read_head
from pipeline.urls import Link

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![\d.]*[1-9])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
# trafilatura drops private-use characters, and a shifted pair of bytes often decodes to one: they travel
# as rare characters of another plane, and only on pages that use none of those.
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_STAND_IN = re.compile(r"[\U00020000-\U000218ff]")
_SHIFT = 0x20000 - 0xE000
_SPACES = re.compile(r"[ \t\u00a0\u3000\u200b\ufeff]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MAX_CHARACTERS = 5_000_000
_MAX_DEPTH = 250

_SETTINGS = use_config()
# Chinese is dense: the defaults count characters and take a paragraph of 60 for a fragment.
_SETTINGS.set("DEFAULT", "MIN_EXTRACTED_SIZE", "50")
_SETTINGS.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")


@dataclass(frozen=True, slots=True)
class Extracted:
    """Main text of a page, a paragraph a line, and what the page says about itself."""

    title: str
    published: date | None
    hijacked: bool
    lines: tuple[Line, ...]
    links: tuple[Link, ...]
    """All links, as written."""


def extract(text: str) -> Extracted:
    """Read a page; its lines are as published, nothing cleaned but white space.

    Raises:
        PageRejected: not HTML, too large or too deep, or without a main text.
    """
    private = _PRIVATE.search(text) is not None and _STAND_IN.search(text) is None
    tree = _parse(_PRIVATE.sub(lambda match: chr(ord(match[0]) + _SHIFT), text) if private else text)
    links = tuple(Link(node.get("href"), _words(node)) for node in tree.iter("a") if node.get("href"))
    head = read_head(tree)
    _drop_hidden(tree)
    published = read_date(_visible_lines(tree))
    lines = _main_lines(tree)
    if private:
        lines = tuple(replace(line, text=_with_private(line.text)) for line in lines)
    return Extracted(
        _with_private(head.title) if private else head.title, published, head.hijacked, lines, links
    )


def _with_private(text: str) -> str:
    return _STAND_IN.sub(lambda match: chr(ord(match[0]) - _SHIFT), text)


def _parse(text: str) -> HtmlElement:
    if len(text) > _MAX_CHARACTERS:
        raise PageRejected("too_large", f"{len(text):,} characters of HTML")
    cleaned = _CONTROL.sub("", text)
    if "<" not in cleaned:
        raise PageRejected("not_html", "no tag in it")
    try:
        tree = html.document_fromstring(_without_declaration(cleaned))
    except (etree.ParserError, ValueError) as error:
        raise PageRejected("not_html", str(error).splitlines()[0]) from error
    if _depth(tree) > _MAX_DEPTH:
        raise PageRejected("too_deep", f"elements nested more than {_MAX_DEPTH} deep")
    return tree


def _words(link: HtmlElement) -> str:
    return "".join(itertools.islice(link.itertext(), 8))[:20].strip()


def _without_declaration(text: str) -> str:
    """The text less an XML declaration: lxml refuses a decoded text that declares an encoding."""
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)


def _depth(tree: HtmlElement) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _drop_hidden(tree: HtmlElement) -> None:
    for node in tree.xpath("//*[@style or @hidden]"):
        if node.tag == "body" or node.getparent() is None:
            continue
        if "hidden" in node.attrib or _HIDDEN.search(node.get("style", "")):
            node.drop_tree()


def _visible_lines(tree: HtmlElement) -> list[str]:
    body = tree.find("body")
    return [] if body is None else [line for text in body.itertext() if (line := text.strip())]


def _main_lines(tree: HtmlElement) -> tuple[Line, ...]:
    document = trafilatura.bare_extraction(
        tree,
        favor_precision=True,
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        with_metadata=False,
        deduplicate=False,
        config=_SETTINGS,
    )
    body = getattr(document, "body", None)
    if body is None:
        raise PageRejected("no_main_text", "trafilatura found no main text")
    lines = tuple(
        Line(line, is_head)
        for text, is_head in _paragraphs(body)
        for part in text.split("\n")
        if (line := _SPACES.sub(" ", part).strip())
    )
    if not lines:
        raise PageRejected("no_main_text", "trafilatura found no main text")
    return lines


_BLOCKS = {"p", "head", "item", "cell", "quote", "ab", "code", "list", "table", "row"}


def _paragraphs(body: HtmlElement) -> Iterator[tuple[str, bool]]:
    """Stretches of text between the borders of blocks, in document order, with whether each is a heading."""
    parts: list[str] = []
    headed = False
    for event, node in etree.iterwalk(body, events=("start", "end")):
        if node.tag in _BLOCKS:
            if "".join(parts).strip():
                yield "".join(parts), headed
            parts, headed = [], event == "start" and node.tag == "head"
        elif event == "start" and node.tag == "lb":
            parts.append("\n")
        parts.append((node.text if event == "start" else node.tail) or "")
    if "".join(parts).strip():
        yield "".join(parts), headed
