"""XPath expressions that find the same box on every page made from one template."""

import functools
import re
from collections import Counter
from collections.abc import Iterable

from lxml import etree

from pipeline.text.boxes import BOXES

_NUMBERED = re.compile(r"\d{3}")
"""In an id or class: it is of one page."""
_MOST_STEPS = 6


class Selectors:
    """Expressions for the boxes of one page: by id or class where those occur once, else by a way from such a box.

    Made before hidden elements are taken out, as a page that is served is not searched for them.
    """

    def __init__(self, root: etree._Element) -> None:
        counts = Counter(key for node in root.iter(*BOXES) for key in _keys(node))
        self.unique = frozenset(key for key, count in counts.items() if count == 1)
        """Expressions by id or class that select one element of the page."""

    def select(self, node: etree._Element) -> str:
        """Expression for an element; empty if there is none short enough."""
        steps: list[str] = []
        at: etree._Element | None = node
        while at is not None and len(steps) <= _MOST_STEPS:
            key = "/html/body" if at.tag == "body" else next((k for k in _keys(at) if k in self.unique), "")
            if key:
                return "/".join([key, *reversed(steps)])
            same = sum(1 for sibling in at.itersiblings(at.tag, preceding=True))
            steps.append(f"{at.tag}[{same + 1}]")
            at = at.getparent()
        return ""


def anchor(selector: str) -> str:
    """The expression by id or class that a selector starts with: what a page must have to be served by it."""
    return re.split(r"(?<=\])/", selector, maxsplit=1)[0]


def find(selector: str, root: etree._Element) -> etree._Element | None:
    """The one element that the selector selects; None if there is none, or another one like it."""
    found = _compiled(selector)(root)
    return found[0] if isinstance(found, list) and len(found) == 1 else None


@functools.lru_cache(maxsize=4096)
def _compiled(selector: str) -> etree.XPath:
    return etree.XPath(re.sub("^//", "descendant::", selector))  # the same from the root, and faster


def _keys(node: etree._Element) -> Iterable[str]:
    for name in ("id", "class"):
        value = node.get(name)
        if value and '"' not in value and not _NUMBERED.search(value):
            yield f'//{node.tag}[@{name}="{value}"]'
