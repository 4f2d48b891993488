"""A page read by its site's template: the one box is looked up, not searched for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from pipeline.schema import Cut, Line, Template
from pipeline.text.extract import Extracted, links_of
from pipeline.text.metadata import read_head
from pipeline.text.page.anchors import cut_anchors, without_marks
from pipeline.text.page.boxes import Block, Layout, lay_out
from pipeline.text.page.content import Cues, bare
from pipeline.text.page.stated import read_stated
from pipeline.text.page.tree import Hiding, parse
from pipeline.text.page.trim import trim, trimmed
from pipeline.text.template.learn import CLOSING, MOST_BEHIND, line_key, sentences
from pipeline.text.template.sample import stop_share
from pipeline.text.template.selectors import find

_STOPS = 0.5
"""Least share of full stops, as a part of the least among the samples, that a served page must have in its box."""
_LINKED = 0.15
"""Characters in links that its box may have more, as a share, than any sample."""
_LEAST_PROSE = 60.0


@dataclass(frozen=True, slots=True)
class Where:
    """What decides which templates may serve a page."""

    site: str
    shape: str
    moment: str
    """What pages of a site are ordered by."""


class Templates:
    """All templates, looked up by site and shape."""

    def __init__(self, templates: Iterable[Template] = ()) -> None:
        self._by_shape: dict[tuple[str, str], list[Template]] = defaultdict(list)
        for each in templates:
            self._by_shape[each.site, each.shape].append(each)

    def serve(self, text: str, where: Where, *, stem: str = "") -> Extracted | None:
        """The page by a template that is valid for it; None if there is none, or the page does not look like it.

        Raises:
            PageRejected: not HTML, too large or too deep.
        """
        found = self._find(text, where)
        return _with_statements(found, stem) if found else None

    def lines(self, text: str, where: Where) -> tuple[Line, ...] | None:
        """The same without title, date and links: the text alone, for less time."""
        found = self._find(text, where)
        return _lines(found)[0] if found else None

    def mark_repeated(self, lines: Sequence[Line], where: Where) -> tuple[Line, ...]:
        """Lines, those marked that the site repeats under its texts.

        Behind a line that ends the site's texts all goes, if hardly a sentence is in it.
        """
        known = self._valid(where)
        repeated = {line for each in known for line in each.repeated}
        ends = {line for each in known for line in each.ends}
        keys = [line_key(line.text) for line in lines] if repeated else []
        if not any(key in repeated for key in keys):
            return tuple(lines)
        marked: list[Line] = []
        ended = False
        for at, (line, key) in enumerate(zip(lines, keys, strict=True)):
            behind = [other for other in keys[at + 1 :] if other not in repeated]
            ended = ended or (at > 0 and key in ends and sentences(behind) <= MOST_BEHIND)
            rule = ""
            if key in repeated:
                rule = "site_line"
            elif ended and not CLOSING.search(line.text):
                rule = "behind_site_line"
            marked.append(replace(line, rule=rule))
        return tuple(lines) if all(line.rule for line in marked) else tuple(marked)

    def _valid(self, where: Where) -> list[Template]:
        known = self._by_shape.get((where.site, where.shape), ())
        return [each for each in known if _holds(each, where.moment)]

    def _find(self, text: str, where: Where) -> "_Served | None":
        valid = self._valid(where)
        root = parse(text) if valid else None
        candidates = (_served(each, root, text) for each in reversed(valid) if root is not None)
        return next(filter(None, candidates), None)


@dataclass(frozen=True, slots=True)
class _Served:
    """A page in which a template found the box of the text."""

    template: Template
    root: etree._Element
    hiding: Hiding
    layout: Layout
    """Of the box."""
    blocks: list[Block]
    cut: tuple[str, ...]
    """Words of injected anchors."""


def _holds(template: Template, moment: str) -> bool:
    return any(each.since <= moment and (not each.until or moment <= each.until) for each in template.valid)


def _served(template: Template, root: etree._Element, text: str) -> _Served | None:
    node = find(template.selector, root)
    if node is None:
        return None
    title, hiding = root.findtext(".//title") or "", Hiding(root)
    cut = cut_anchors(node, title, hiding)
    layout = lay_out(node, hiding)
    box = layout.boxes[0] if layout.boxes else None
    if box is None or box.link_share > template.linked + _LINKED:
        return None
    if stop_share(text, layout.blocks) < _STOPS * template.stops:
        return None
    blocks = trim(layout, box, Cues(bare(title), ()))
    enough = sum(block.weight for block in blocks) >= _LEAST_PROSE
    return _Served(template, root, hiding, layout, blocks, cut) if enough else None


def _lines(served: _Served) -> tuple[tuple[Line, ...], tuple[Cut, ...]]:
    return without_marks([Line(block.text, block.heading) for block in served.blocks], served.cut)


def _with_statements(served: _Served, stem: str) -> Extracted:
    before, behind = _around(served)
    stated = read_stated([*before, *served.layout.blocks, *behind], served.blocks).stated
    name = served.template.name
    head, links = read_head(served.root), links_of(served.root, stem)
    lines, cuts = _lines(served)
    beside = tuple(trimmed(served.layout, served.layout.boxes[0], served.blocks, whole_page=False))
    return Extracted(head, stated, lines, cuts, beside, links, name, served.template.confidence)


def _around(served: _Served) -> tuple[list[Block], list[Block]]:
    """Blocks before and behind the text in which such pages state their date and the like."""
    sides: tuple[list[Block], list[Block]] = ([], [])
    for about in served.template.about:
        node = find(about.selector, served.root)
        if node is not None:
            sides[not about.before].extend(lay_out(node, served.hiding).blocks)
    return sides
