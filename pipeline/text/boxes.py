"""A page as boxes (block-level elements) and the blocks of text that stand directly in them.

One walk over the tree yields both; sums over whole boxes follow from the blocks without another walk.
"""

import re
from dataclasses import dataclass, field

from lxml import etree

from pipeline.errors import PageRejected

MAX_DEPTH = 250

_UNSEEN = frozenset((
    "applet", "area", "audio", "base", "button", "canvas", "datalist", "embed", "head", "iframe", "input",
    "label", "link", "map", "marquee", "menu", "meta", "nav", "noframes", "noscript", "object", "optgroup",
    "option", "param", "progress", "script", "select", "source", "style", "svg", "template", "textarea",
    "title", "track", "video",
))  # fmt: skip
_BOXES = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hr", "html", "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
LEAVES = frozenset({"p", *HEADINGS, "blockquote", "center", "li", "figure", "figcaption", "dd", "dt", "pre"})
"""Boxes that hold one paragraph rather than a text."""

_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_BREAK_IN_WIDE = re.compile(rf"(?<=[{_WIDE}])[ \t\r]*\n\s*(?=[{_WIDE}])")
"""A line end of the source between two wide characters is no space (CSS Text 3, segment breaks)."""
_SENTENCE = re.compile(r"[，。；！？…]|[,;!?.](?=\s|$)")
_HAN = re.compile(r"[\u3400-\u9fff]")

_LEAST_PROSE = 6
_MOST_LINKED = 0.4
_LONGEST, _PER_SENTENCE, _MOST_SENTENCES = 800, 6, 20


@dataclass(slots=True)
class Box:
    """A block-level element; sizes are of all text in it, in characters."""

    node: etree._Element
    parent: "Box | None"
    chars: int = 0
    linked: float = 0.0
    """Characters in links."""
    prose: float = 0.0
    """Weight of the sentences in it."""
    link_blocks: int = 0
    """Blocks that are links for the most part."""

    @property
    def link_share(self) -> float:
        """Share of the text that is in links, 0 to 1."""
        return self.linked / self.chars if self.chars else 0.0


@dataclass(slots=True)
class Block:
    """A stretch of visible text between two borders of boxes or ``<br>``."""

    box: Box
    """The innermost box around it."""
    text: str
    linked: float
    """Share of the text that is in links, 0 to 1."""
    heading: bool
    sentences: int = 0
    """Marks that end a sentence or a clause."""
    weight: float = 0.0
    """How much prose it is: 0 for what is no sentence, else its length with a bonus for each mark."""
    home: Box = field(init=False)
    """The innermost box that may hold a text of several paragraphs."""

    def __post_init__(self) -> None:
        self.sentences = len(_SENTENCE.findall(self.text))
        size = len(self.text)
        if self.sentences and size >= _LEAST_PROSE and self.linked < _MOST_LINKED:
            length = min(size * (1 - self.linked), _LONGEST)
            self.weight = length + _PER_SENTENCE * min(self.sentences, _MOST_SENTENCES)
        home = self.box
        while home.node.tag in LEAVES and home.parent and home.parent.node.tag not in ("body", "html"):
            home = home.parent
        self.home = home


@dataclass(slots=True)
class Layout:
    """All boxes of a tree, a box before those in it, and its blocks in document order."""

    boxes: list[Box]
    blocks: list[Block]


def lay_out(root: etree._Element) -> Layout:
    """Boxes and blocks of the visible text under an element.

    Raises:
        PageRejected: elements are nested more than ``MAX_DEPTH`` deep.
    """
    walk = _Walk()
    walk.enter(root, None, 0, linked=False, heading=False)
    for block in walk.blocks:
        box, size = block.box, len(block.text)
        box.chars += size
        box.linked += size * block.linked
        box.prose += block.weight
        box.link_blocks += block.linked > 0.5
    for box in reversed(walk.boxes):
        if box.parent:
            box.parent.chars += box.chars
            box.parent.linked += box.linked
            box.parent.prose += box.prose
            box.parent.link_blocks += box.link_blocks
    return Layout(walk.boxes, walk.blocks)


class _Walk:
    """State of the walk: the text since the last border, and how much of it is in links."""

    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._linked = 0
        self._preformatted = 0

    def enter(
        self, node: etree._Element, box: Box | None, depth: int, *, linked: bool, heading: bool
    ) -> None:
        tag = node.tag
        if not isinstance(tag, str) or tag in _UNSEEN:
            return
        if depth > MAX_DEPTH:
            raise PageRejected("too_deep", f"elements nested more than {MAX_DEPTH} deep")
        is_box = tag in _BOXES or box is None
        if box is not None and (is_box or tag == "br"):
            self._flush(box, heading=heading)
        inner = box
        if is_box:
            inner = Box(node, box)
            self.boxes.append(inner)
        linked = linked or tag == "a"
        self._preformatted += tag == "pre"
        heading_inside = heading or tag in HEADINGS
        if node.text:
            self._add(node.text, linked=linked)
        for child in node:
            self.enter(child, inner, depth + 1, linked=linked, heading=heading_inside)
            if child.tail:
                self._add(child.tail, linked=linked)
        self._preformatted -= tag == "pre"
        if is_box and inner is not None:
            self._flush(inner, heading=heading_inside)

    def _add(self, text: str, *, linked: bool) -> None:
        self._parts.append(text.replace("\n", "\x0b") if self._preformatted else text)
        if linked:
            self._linked += len(text.strip())

    def _flush(self, box: Box, *, heading: bool) -> None:
        if not self._parts:
            return
        raw = "".join(self._parts)
        linked, self._linked = self._linked, 0
        self._parts.clear()
        for line in raw.split("\x0b"):
            joined = _BREAK_IN_WIDE.sub("", line) if "\n" in line else line
            text = _SPACES.sub(" ", joined).strip()
            if text:
                self.blocks.append(Block(box, text, min(1.0, linked / len(text)), heading))
