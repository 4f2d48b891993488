"""Which box of a page holds its main text: prose that stands together, weighed against links and names.

Prose counts for the box it stands in and, less, for those around it (as in Readability), so that the box
which holds the whole text wins over the page and over a single paragraph. Chinese is dense: no length is
asked of a paragraph, a mark that ends a sentence tells prose from a label.
"""

import functools
import re
from dataclasses import dataclass

from pipeline.text.page.boxes import LEAVES, Block, Box, Layout

GOOD_NAME = re.compile(
    r"article|content|\bbody\b|entry|main|\bposts?\b|text|TRS_|zoom|zhengwen|neirong|detail|\bnr\b|\bwz|blog",
    re.IGNORECASE,
)
BAD_NAME = re.compile(
    r"comment|pinglun|reply|foot|copyright|side(bar)?\b|share|relat|recommend|tuijian|\bhot|nav\b|navbar|navi|menu"
    r"|login|tool|pager|advert|\bads?\b|qrcode|ewm|erweima|\btags?\b|rank|aside|feed|crumb|banner|popup|modal"
    r"|player|video|disclaim|statement|shengming|author|editor\b|source|prev|next",
    re.IGNORECASE,
)
"""Words in the class or id of what stands around a text. A name with both kinds of words is no evidence."""
_TEXT_NAME = re.compile(
    r"article|content|entry|post|TRS_|zoom|zhengwen|neirong|detail",
    re.IGNORECASE,
)

_SHARES = (1.0, 0.5, 0.25, 0.12)
"""What a block's weight counts for its home, and for the three boxes around that."""
_WEAK = 120.0
"""A score below it is a sentence or two: then names decide, if there are any."""
_CLIMBS = 4
_LEAST_EXTRA, _LEAST_BESIDE_PARAGRAPH = 0.3, 0.1
"""Prose that the box around must add, as a part of what there is; less where each paragraph has its own."""
_ANCHOR = 14
"""Characters at the start of a block that are looked up in the page's description."""


@dataclass(frozen=True, slots=True)
class Cues:
    """What the head of a page says of its text; letters and characters alone, without marks."""

    title: str
    descriptions: tuple[str, ...]
    """Descriptions for search engines: often the text's own beginning."""


def bare(text: str) -> str:
    """Letters and characters of a text, without spaces and marks."""
    return re.sub(r"[\W_]", "", text)


@functools.lru_cache(maxsize=1 << 14)
def is_framed(name: str) -> bool:
    """Whether a name is one of what stands around a text, and of nothing else."""
    return BAD_NAME.search(name) is not None and GOOD_NAME.search(name) is None


def main_box(layout: Layout, cues: Cues) -> Box:
    """The box that holds the main text; the page's body if nothing tells."""
    scores, quoted = _scores(layout.blocks, cues)
    best = max(scores, key=lambda box: scores[box], default=None)
    if best is None or scores[best] < _WEAK:
        found = best if best and scores[best] > 0 else layout.boxes[0]
        best = _by_name(layout, quoted) or found
    box = best
    while box.node.tag in LEAVES and box.parent and box.parent.node.tag != "html":
        box = box.parent
    return _climb(layout, box)


def _scores(blocks: list[Block], cues: Cues) -> tuple[dict[Box, float], dict[Box, float]]:
    """Score of every box near prose, and how far each is quoted in the page's description."""
    near: dict[Box, float] = {}
    quoted: dict[Box, float] = {}
    for block in blocks:
        quotes = _is_quoted(block, cues)
        if not (block.weight or quotes):
            continue
        box: Box | None = block.home
        for share in _SHARES:
            if box is None:
                break
            near[box] = near.get(box, 0.0) + block.weight * share
            if quotes:
                quoted[box] = quoted.get(box, 0.0) + share
            box = box.parent
    scores = {
        box: weight * _fitness(box) * (1 + 3 * min(1.0, quoted.get(box, 0.0))) for box, weight in near.items()
    }
    return scores, quoted


def _is_quoted(block: Block, cues: Cues) -> bool:
    if not cues.descriptions or block.linked >= 0.5:
        return False
    start = bare(block.text[: 2 * _ANCHOR])[:_ANCHOR]
    return len(start) == _ANCHOR and any(start in text for text in cues.descriptions)


def _fitness(box: Box) -> float:
    """What names, tags and links say for or against a box, as a factor."""
    if box.node.tag == "html":
        return 0.0
    factor: float = max(0.0, 1 - box.link_share) ** 1.5
    name = box.name
    if "articlebody" in (box.node.get("itemprop") or "").lower():
        factor *= 2
    if box.node.tag in ("article", "main"):
        factor *= 1.25
    if GOOD_NAME.search(name):
        factor *= 1.25
    if BAD_NAME.search(name):
        factor *= 0.5
    if box.node.tag in ("footer", "aside", "header"):
        factor *= 0.3
    around, steps = box.parent, 0
    while around and steps < _CLIMBS:
        if around.node.tag in ("footer", "aside") or is_framed(around.name):
            factor *= 0.6
        around, steps = around.parent, steps + 1
    return factor


def _by_name(layout: Layout, quoted: dict[Box, float]) -> Box | None:
    """The innermost box that is named as a text, has one and is not links; the one quoted, else the longest."""
    named = [
        box
        for box in layout.boxes
        if (box.node.tag in ("article", "main") or _TEXT_NAME.search(box.name))
        and box.chars >= 10
        and box.link_share < 0.3
        and not BAD_NAME.search(box.name)
    ]
    outer = {box.parent for box in named}
    for box in reversed(layout.boxes):
        if box in outer:
            outer.add(box.parent)
    inner = [box for box in named if box not in outer]
    return max(inner, key=lambda box: (quoted.get(box, 0.0), box.chars), default=None)


def _climb(layout: Layout, box: Box) -> Box:
    """The box around it, while that adds prose in boxes of the same kind, or most of all prose."""
    around = box.parent
    for _ in range(_CLIMBS):
        if around is None or around.node.tag == "html":
            break
        extra = around.prose - box.prose
        least = _LEAST_BESIDE_PARAGRAPH if _is_paragraph(layout, box) else _LEAST_EXTRA
        if extra > least * box.prose and around.link_share < 0.3 and not is_framed(around.name):
            alike = sum(
                other.prose for other in layout.boxes if other.parent is around and _alike(other, box)
            )
            if alike > 0.8 * around.prose or extra > 2 * box.prose:
                box = around
        around = around.parent
    return box


def _is_paragraph(layout: Layout, box: Box) -> bool:
    return sum(block.box is box for block in layout.blocks) == 1 and not any(
        other.parent is box for other in layout.boxes
    )


def _alike(one: Box, other: Box) -> bool:
    return one is other or (one.node.tag == other.node.tag and one.name == other.name)
