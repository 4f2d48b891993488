"""A page as boxes (block-level elements) and the blocks of text that stand directly in them.

One walk over the tree yields both; sums over whole boxes follow from the blocks without another walk.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from pipeline.errors import PageRejected
from pipeline.text.page.tree import Hiding

MAX_DEPTH = 250

_UNSEEN = frozenset((
    "applet", "area", "audio", "base", "button", "canvas", "datalist", "embed", "head", "iframe", "input",
    "link", "map", "marquee", "meta", "nav", "noframes", "noscript", "object", "optgroup",
    "option", "param", "progress", "script", "select", "source", "style", "svg", "template", "textarea",
    "title", "track", "video",
))  # fmt: skip
BOXES = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hr", "html", "legend", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TELLING = HEADINGS | {"a", "pre"}
LEAVES = frozenset({"p", *HEADINGS, "blockquote", "center", "li", "figure", "figcaption", "dd", "dt", "pre"})
"""Boxes that hold one paragraph rather than a text."""

_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_BREAK_IN_WIDE = re.compile(rf"(?<=[{_WIDE}])[ \t\r]*\n\s*(?=[{_WIDE}])")
"""A line end of the source between two wide characters is no space (CSS Text 3, segment breaks)."""
_NARROW_MARK = re.compile(r"[,;!?.](?:(?=\s|$)|(?<=[\u3400-\u9fff”》）].))")
"""A comma between digits or in code is none; many sites write theirs half-width."""

_LONGEST_NAME = 100
_LEAST_PROSE = 6
_MOST_LINKED = 0.4
_LONGEST, _PER_SENTENCE, _MOST_SENTENCES = 800, 6, 20


class Box:
    """A block-level element; sizes are of all text in it, in characters."""

    __slots__ = ("_home", "_name", "chars", "link_blocks", "linked", "node", "parent", "prose")

    def __init__(self, node: etree._Element, parent: "Box | None") -> None:
        self.node = node
        self.parent = parent
        inner = parent is not None and node.tag in LEAVES and parent.node.tag not in ("body", "html")
        self._name: str | None = None
        self._home = parent.home if inner and parent else None
        self.chars = 0
        self.linked = 0.0
        """Characters in links."""
        self.prose = 0.0
        """Weight of the sentences in it."""
        self.link_blocks = 0
        """Blocks that are links for the most part."""

    @property
    def name(self) -> str:
        """Its class and id, as far as they are short."""
        if self._name is None:
            self._name = f"{(self.node.get('class') or '')[:_LONGEST_NAME]} {(self.node.get('id') or '')[:_LONGEST_NAME]}"
        return self._name

    @property
    def home(self) -> "Box":
        """The innermost box around it, or itself, that may hold a text of several paragraphs."""
        return self._home or self

    @property
    def link_share(self) -> float:
        """Share of the text that is in links, 0 to 1."""
        return self.linked / self.chars if self.chars else 0.0


class Block:
    """A stretch of visible text between two borders of boxes or ``<br>``."""

    __slots__ = ("box", "heading", "home", "linked", "text", "weight")

    def __init__(self, box: Box, text: str, linked: float, *, heading: bool) -> None:
        self.box = box
        """The innermost box around it."""
        self.home = box.home
        self.text = text
        self.linked = linked
        """Share of the text that is in links, 0 to 1."""
        self.heading = heading
        self.weight = _weight(text, linked)
        """How much prose it is: 0 for what is no sentence, else its length with a bonus for each mark."""


def _weight(text: str, linked: float) -> float:
    size = len(text)
    if size < _LEAST_PROSE or linked >= _MOST_LINKED:
        return 0.0
    count = text.count  # spelled out: this is asked of every line of every page
    marks = count("，") + count("。") + count("；") + count("！") + count("？") + count("…")
    if "," in text or "." in text or ";" in text or "!" in text or "?" in text:
        marks += len(_NARROW_MARK.findall(text))
    if not marks:
        return 0.0
    return min(size * (1 - linked), _LONGEST) + _PER_SENTENCE * min(marks, _MOST_SENTENCES)


@dataclass(slots=True)
class Layout:
    """All boxes of a tree, a box before those in it, and its blocks in document order."""

    boxes: list[Box]
    blocks: list[Block]
    hidden: list[etree._Element]
    """Elements that are not shown."""


def lay_out(root: etree._Element, hiding: Hiding) -> Layout:
    """Boxes and blocks of the visible text under an element.

    Raises:
        PageRejected: elements are nested more than ``MAX_DEPTH`` deep.
    """
    walk = _Walk(hiding)
    walk.enter(root, None, 0, _Within())
    for box in reversed(walk.boxes):
        if (parent := box.parent) and box.chars:
            parent.chars += box.chars
            parent.linked += box.linked
            parent.prose += box.prose
            parent.link_blocks += box.link_blocks
    return Layout(walk.boxes, walk.blocks, walk.hidden)


class _Within(NamedTuple):
    """What a piece of text stands in."""

    link: bool = False
    heading: bool = False
    preformatted: bool = False

    def and_in(self, tag: str) -> "_Within":
        return _Within(
            self.link or tag == "a", self.heading or tag in HEADINGS, self.preformatted or tag == "pre"
        )


class _Walk:
    """State of the walk: the text since the last border, and how much of it is in links."""

    __slots__ = ("_hides", "_linked", "_parts", "blocks", "boxes", "hidden")

    def __init__(self, hiding: Hiding) -> None:
        self._hides = hiding.hides
        self.hidden: list[etree._Element] = []
        self.boxes: list[Box] = []
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._linked = 0

    def enter(self, node: etree._Element, box: Box | None, depth: int, within: _Within) -> None:
        """Read an element that is no ``<br>``, without the text behind it."""
        tag = node.tag
        if tag in _UNSEEN or self._is_hidden(node):
            return
        if depth > MAX_DEPTH:
            raise PageRejected("too_deep", f"elements nested more than {MAX_DEPTH} deep")
        is_box = tag in BOXES or box is None
        if is_box:
            self._flush(box, within)
            box = Box(node, box)
            self.boxes.append(box)
        if tag in _TELLING:
            within = within.and_in(tag)
        if text := node.text:
            self._add(text, within)
        for child in node:
            if child.tag == "br":
                self._flush(box, within)
            else:
                self.enter(child, box, depth + 1, within)
            if text := child.tail:
                self._add(text, within)
        if is_box:
            self._flush(box, within)

    def _is_hidden(self, node: etree._Element) -> bool:
        hidden = self._hides(node)
        if hidden:
            self.hidden.append(node)
        return hidden

    def _add(self, text: str, within: _Within) -> None:
        if within.preformatted:
            text = text.replace("\n", "\x0b")
        elif text.isspace() and not self._parts:
            return
        self._parts.append(text)
        if within.link:
            self._linked += len(text.strip())

    def _flush(self, box: Box | None, within: _Within) -> None:
        if not self._parts or box is None:
            return
        raw = self._parts[0] if len(self._parts) == 1 else "".join(self._parts)
        self._parts.clear()
        linked, self._linked = self._linked, 0
        for line in raw.split("\x0b") if "\x0b" in raw else (raw,):
            if text := _squeeze(line):
                share = min(1.0, linked / len(text)) if linked else 0.0
                block = Block(box, text, share, heading=within.heading)
                self.blocks.append(block)
                box.chars += len(text)
                box.prose += block.weight
                if share:
                    box.linked += len(text) * share
                    box.link_blocks += share > 0.5


def _squeeze(line: str) -> str:
    """The text with single spaces, none at its ends."""
    if "\n" in line:
        line = _BREAK_IN_WIDE.sub("", line)
    if "\u200b" in line or "\ufeff" in line:
        line = line.replace("\u200b", "").replace("\ufeff", "")
    return " ".join(line.split())
