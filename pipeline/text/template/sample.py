"""Some pages of each site read in full: what templates are learned from and held against."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pipeline.schema import AboutBox, Sample
from pipeline.text.extract import OpenPage, Reading, open_tree, read
from pipeline.text.page.boxes import Block, lay_out
from pipeline.text.page.stated import read_stated
from pipeline.text.page.tree import Hiding, parse
from pipeline.text.template.selectors import Selectors

FIRST = 8
"""Pages of a site and shape that are sampled from the start, in every task."""
EVERY = 32
"""Then one of so many: a redesign stays unnoticed for no longer."""
_LEAST_CONFIDENCE = 0.4
_LEAST_PROSE = 120.0

_FIRST_LINES, _LAST_LINES = 12, 24


class Turn:
    """Whose turn it is to be sampled, by how many pages of the same site and shape came before."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()

    def comes(self, site: str, shape: str) -> bool:
        """Count a page; True if it is to be sampled."""
        self._seen[site, shape] += 1
        number = self._seen[site, shape]
        return number <= FIRST or number % EVERY == 0


def sample(text: str, *, site: str, shape: str, url: str, moment: str) -> Sample | None:
    """What a page shows of its template; None if hardly any prose stands in what seems its text.

    Raises:
        PageRejected: not HTML, too large or too deep.
    """
    root = parse(text)
    selectors = Selectors(root)
    page = open_tree(root)
    reading = read(page)
    prose = sum(block.weight for block in reading.blocks)
    confidence = prose / max(1.0, page.layout.boxes[0].prose)
    if confidence < _LEAST_CONFIDENCE or prose < _LEAST_PROSE:
        return None
    lines = [block.text for block in reading.blocks]
    return Sample(
        site=site,
        shape=shape,
        url=url,
        moment=moment,
        selector=selectors.select(reading.box.node),
        present=selectors.present,
        about=tuple(_about(page, reading, selectors)),
        lines=tuple(lines[:_FIRST_LINES] + lines[max(_FIRST_LINES, len(lines) - _LAST_LINES) :]),
        confidence=confidence,
        stops=stop_share(text, lay_out(reading.box.node, Hiding(root)).blocks),
        linked=reading.box.link_share,
    )


def stop_share(text: str, blocks: Iterable[Block]) -> float:
    """Share of a page's commas and full stops that stand in a box: one that lost its text has few."""
    inside = sum(block.text.count("。") + block.text.count("，") for block in blocks)
    return inside / max(1, text.count("。") + text.count("，"))


def _about(page: OpenPage, reading: Reading, selectors: Selectors) -> Iterator[AboutBox]:
    """Boxes outside the text's that state date, author, source or section."""
    blocks = page.layout.blocks
    order = {id(block): at for at, block in enumerate(blocks)}
    start = order[id(reading.blocks[0])]
    inside = {id(reading.box.node), *map(id, reading.box.node.iterancestors())}
    for block in read_stated(blocks, reading.blocks).blocks:
        node = block.home.node
        if id(node) in inside:
            node = block.box.node
        if id(node) in inside or any(around is reading.box.node for around in node.iterancestors()):
            continue
        if selector := selectors.select(node):
            yield AboutBox(selector, order[id(block)] < start)
