"""Main text of a page: what stands together as prose, trimmed, held against a second reading in doubt."""

import itertools
from dataclasses import dataclass

from lxml import etree

from pipeline.errors import PageRejected
from pipeline.schema import Line
from pipeline.text.boxes import Block, Box, Layout, lay_out
from pipeline.text.content import Cues, bare, main_box
from pipeline.text.metadata import Head, read_head
from pipeline.text.opinion import agreement, second_opinion
from pipeline.text.stated import Stated, read_stated
from pipeline.text.tree import drop_hidden, parse
from pipeline.text.trim import trim
from pipeline.urls import Link

_DESCRIPTIONS = frozenset({"description", "og:description", "twitter:description"})
_LEAST_DESCRIPTION = 20
_CLEAR_SHARE, _CLEAR_PROSE = 0.9, 400.0
"""Share of the page's prose (weight) in the text, and its amount, from which on a reading is clear."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """Main text of a page, a paragraph a line, and what the page says about itself."""

    head: Head
    stated: Stated
    lines: tuple[Line, ...]
    links: tuple[Link, ...]
    """All links, as written."""
    extractor: str
    """Who read the text: ``content``, ``trafilatura`` or ``template``."""
    confidence: float
    """How far the reading is trusted, 0 to 1: agreement of two readings where two were made."""


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page parsed and laid out, before its text is chosen."""

    root: etree._Element
    """Without what is hidden."""
    layout: Layout
    head: Head
    cues: Cues
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Main text by prose, names and links, and what it was chosen by."""

    box: Box
    blocks: list[Block]
    end: str
    """The line at which the text was seen to end, empty if none was."""


def extract(text: str) -> Extracted:
    """Read a page; its lines are as published, nothing cleaned but white space.

    Raises:
        PageRejected: not HTML, too large or too deep, or without a main text.
    """
    page = open_page(text)
    reading = read(page)
    lines, extractor, confidence = _settle(page, reading)
    if not lines:
        raise PageRejected("no_main_text", "no sentence of a main text on the page")
    stated = read_stated(page.layout.blocks, reading.blocks)
    return Extracted(page.head, stated, lines, page.links, extractor, confidence)


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
    other = second_opinion(page.root)
    if (not lines or (not prose and reading.box is page.layout.boxes[0])) and other:
        return tuple(map(Line, other)), "trafilatura", 0.0
    return lines, "content", round(agreement([line.text for line in lines], other), 3)


def open_page(text: str) -> OpenPage:
    """Parse a page once, and note what its head says before what is hidden goes.

    Raises:
        PageRejected: not HTML, too large or too deep.
    """
    root = parse(text)
    links = tuple(Link(node.get("href"), _words(node)) for node in root.iter("a") if node.get("href"))
    head, cues = read_head(root), _cues(root)
    drop_hidden(root)
    body = root.find("body")
    return OpenPage(root, lay_out(root if body is None else body), head, cues, links)


def read(page: OpenPage) -> Reading:
    """Main text of a page by its boxes; no blocks if it has none."""
    box = main_box(page.layout, page.cues)
    trimmed = trim(page.layout, box, page.cues)
    return Reading(box, trimmed.blocks, trimmed.end)


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
    return "".join(itertools.islice(link.itertext(), 8))[:20].strip()
