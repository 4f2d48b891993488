"""Main text of a page: what stands together as prose, trimmed, held against a second reading in doubt."""

from dataclasses import dataclass

from lxml import etree

from pipeline.errors import PageRejected
from pipeline.pager import MAY_PAGE, may_page
from pipeline.schema import Cut, Line, Trimmed
from pipeline.text.metadata import Head, read_head
from pipeline.text.page.anchors import cut_anchors, without_marks
from pipeline.text.page.boxes import Block, Box, Layout, lay_out
from pipeline.text.page.content import Cues, bare, main_box
from pipeline.text.page.opinion import second_opinion
from pipeline.text.page.overlap import overlap
from pipeline.text.page.stated import Stated, read_stated
from pipeline.text.page.tree import Hiding, drop, parse
from pipeline.text.page.trim import trim, trimmed
from pipeline.urls import Link

_DESCRIPTIONS = frozenset({"description", "og:description", "twitter:description"})
_LEAST_DESCRIPTION = 20
_MOST_WORDS = 20
_CLEAR_SHARE, _CLEAR_PROSE = 0.9, 400.0
"""Share of the page's prose (weight) in the text, and its amount, from which on a reading is clear."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """Main text of a page, a paragraph a line, and what the page says about itself."""

    head: Head
    stated: Stated
    lines: tuple[Line, ...]
    cuts: tuple[Cut, ...]
    """What was cut out of the lines."""
    trimmed: tuple[Trimmed, ...]
    """What stood in the box beside them."""
    links: tuple[Link, ...]
    """Links that may lead to other pages of the article, as written."""
    extractor: str
    """Who read the text: ``content``, ``trafilatura`` or ``template``."""
    confidence: float
    """How far the reading is trusted, 0 to 1: agreement of two readings where two were made."""


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page parsed and laid out, before its text is chosen."""

    root: etree._Element
    hiding: Hiding
    layout: Layout
    head: Head
    cues: Cues


@dataclass(frozen=True, slots=True)
class Reading:
    """Main text by prose, names and links, and the box that holds it."""

    box: Box
    blocks: list[Block]


def extract(text: str, *, stem: str = "") -> Extracted:
    """Read a page; its lines are as published, nothing cleaned but white space.

    Args:
        text: HTML, decoded.
        stem: what the addresses of the article's pages have in common: links with it may lead to one.

    Raises:
        PageRejected: not HTML, too large or too deep, or without a main text.
    """
    root = parse(text)
    page, links = open_tree(root), links_of(root, stem)
    reading = read(page)
    words = cut_anchors(reading.box.node, root.findtext(".//title") or "", page.hiding)
    if words:
        page = open_tree(root, page.hiding)
        reading = read(page)
    lines, extractor, confidence = _settle(page, reading)
    lines, cuts = without_marks(lines, words)
    if not lines:
        raise PageRejected("no_main_text", "no sentence of a main text on the page")
    stated = read_stated(page.layout.blocks, reading.blocks).stated
    beside: tuple[Trimmed, ...] = ()
    if extractor == "content":
        whole = reading.box is page.layout.boxes[0]
        beside = tuple(trimmed(page.layout, reading.box, reading.blocks, whole_page=whole))
    return Extracted(page.head, stated, lines, cuts, beside, links, extractor, confidence)


def _settle(page: OpenPage, reading: Reading) -> tuple[tuple[Line, ...], str, float]:
    """Lines, who read them, and how far they are trusted.

    Where nearly all prose of the page stands in the box, nothing is in doubt. Else trafilatura is asked:
    how far it agrees is the confidence, and it has the word where no prose was found.
    """
    lines = tuple(Line(block.text, block.heading) for block in reading.blocks)
    prose = sum(block.weight for block in reading.blocks)
    share = prose / max(1.0, page.layout.boxes[0].prose)
    if share >= _CLEAR_SHARE and prose >= _CLEAR_PROSE:
        return lines, "content", round(share, 3)
    for node in page.layout.hidden:
        drop(node)
    other = second_opinion(page.root)
    if not lines or (not prose and reading.box is page.layout.boxes[0]):
        return tuple(map(Line, other)), "trafilatura", 0.0
    agreement = overlap("\n".join(line.text for line in lines), "\n".join(other)).f1
    return lines, "content", round(agreement, 3)


def open_tree(root: etree._Element, hiding: Hiding | None = None) -> OpenPage:
    """Note what the head of a page says, and lay out what is not hidden.

    Raises:
        PageRejected: too deep.
    """
    hiding, body = hiding or Hiding(root), root.find("body")
    layout = lay_out(root if body is None else body, hiding)
    return OpenPage(root, hiding, layout, read_head(root), _cues(root))


def links_of(root: etree._Element, stem: str) -> tuple[Link, ...]:
    """Links that may lead to other pages of an article, hidden ones too, in document order."""
    found = []
    begins = MAY_PAGE.match  # asked first: a page has a hundred links, of which a few are a pager's
    for node in root.iter("a"):
        href = node.get("href")
        if not href:
            continue
        words = _words(node) if len(node) else node.text or ""
        if (begins(words) or (stem and stem in href)) and may_page(href, words, stem):
            found.append(Link(href, words[:_MOST_WORDS].strip()))
    return tuple(found)


def read(page: OpenPage) -> Reading:
    """Main text of a page by its boxes; no blocks if it has none."""
    box = main_box(page.layout, page.cues)
    return Reading(box, trim(page.layout, box, page.cues))


def _cues(root: etree._Element) -> Cues:
    descriptions = (
        bare(node.get("content") or "")
        for node in root.iter("meta")
        if (node.get("name") or node.get("property") or "").lower() in _DESCRIPTIONS
    )
    return Cues(
        bare(root.findtext(".//title") or ""),
        tuple(text for text in descriptions if len(text) >= _LEAST_DESCRIPTION),
    )


def _words(link: etree._Element) -> str:
    """The beginning of a link's words: all that tells a pager's link from others."""
    words = link.text or ""
    for inner in link:
        if len(words) >= _MOST_WORDS:
            break
        words += f"{_words(inner)}{inner.tail or ''}"
    return words
