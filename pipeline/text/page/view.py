"""What a person sees of a page, block by block: enough to tell an essay from a notice that stands in its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from lxml import etree

from pipeline.text.page.tree import is_hidden
from pipeline.text.script import to_hans

_MOST_CHARACTERS = 300_000
_INLINE = frozenset(
    {*("a", "abbr", "b", "big", "em", "font", "i", "label", "mark", "s", "small", "span", "strong"), "u"}
)
_UNSEEN = frozenset({"script", "style", "noscript", "template", "head", "select", "textarea", "iframe"})
_HEADINGS = frozenset({"h1", "h2"})
_SPACES = re.compile(r"\s+")
_REFRESH = re.compile(r"url\s*=\s*['\"]?([^'\"\s;]+)", re.IGNORECASE)
HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of visible text between the borders of blocks, in simplified characters."""

    text: str
    heading: bool
    linked: bool
    """It is the text of links, for the most part."""


@dataclass(slots=True)
class View:
    """A page as it is seen, and what it does by itself."""

    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    """Texts of scripts, and the addresses of those that are loaded."""
    refresh: str = ""
    """Where ``<meta http-equiv=refresh>`` leads."""
    asks_password: bool = False
    frames: list[str] = field(default_factory=list)


def view(html: str) -> View:
    """The page as a person sees it, of whatever can be parsed of it; never raises."""
    seen = View()
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True)
    try:
        root = etree.fromstring(html[:_MOST_CHARACTERS].encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return seen
    if root is None:
        return seen
    for element in root.iter("title", "meta", "script", "iframe", "frame", "input"):
        _note(seen, element)
    seen.blocks = [block for block in _blocks(root) if block.text]
    return seen


def _note(seen: View, element: etree._Element) -> None:
    if element.tag == "title":
        seen.title = seen.title or to_hans(_squeeze(element.text or ""))
    elif element.tag == "script":
        seen.scripts += filter(None, (element.text, element.get("src")))
    elif element.tag in ("iframe", "frame"):
        seen.frames.append(element.get("src") or "")
    elif element.tag == "input":
        seen.asks_password |= (element.get("type") or "").lower() == "password"
    elif (element.get("http-equiv") or "").lower() == "refresh":
        target = _REFRESH.search(element.get("content") or "")
        seen.refresh = seen.refresh or (unescape(target[1]) if target else "")


def _blocks(root: etree._Element) -> Iterator[Block]:
    parts: list[str] = []
    linked = total = links = heading = unseen = 0

    def flush() -> Block:
        nonlocal parts, linked, total
        text = to_hans(_squeeze("".join(parts)))
        block = Block(text, heading > 0, linked * 2 > total)
        parts, linked, total = [], 0, 0
        return block

    for event, node in etree.iterwalk(root, events=("start", "end")):
        step = 1 if event == "start" else -1
        if node.tag not in _INLINE and parts:
            yield flush()
        unseen += step * _is_unseen(node)
        heading += step * (node.tag in _HEADINGS)
        links += step * (node.tag == "a")
        text = (node.text if event == "start" else node.tail) or ""
        if text.strip() and not unseen:
            parts.append(text)
            total += len(text)
            linked += len(text) * (links > 0)
    if parts:
        yield flush()


def _is_unseen(node: etree._Element) -> bool:
    return node.tag in _UNSEEN or is_hidden(node)


def _squeeze(text: str) -> str:
    return _SPACES.sub(" ", text).strip()
