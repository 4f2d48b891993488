"""XPath expressions that find the same box on every page made from one template."""

import functools
import re
import zlib
from collections import Counter
from collections.abc import Iterable

from lxml import etree

from pipeline.text.page.boxes import BOXES

_UNFIT = re.compile(r"\d{3}|[\"\]]")
"""In an id or class: it is of one page (a number), or would end the expression."""
_MOST_STEPS = 6
BODY = "/html/body"


class Selectors:
    """Expressions for the boxes of one page: by id or class where those occur once, else by a way from such a box.

    Made before hidden elements are left out, as a page that is served is not searched for them.
    """

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        counts = Counter(key for node in root.iter(*BOXES) for key in _keys(node))
        self._unique = {key for key, count in counts.items() if count == 1}

    @property
    def present(self) -> tuple[int, ...]:
        """Numbers of the expressions by id or class that select one element of the page."""
        return tuple(sorted(map(present_key, self._unique)))

    def select(self, node: etree._Element) -> str:
        """Expression that selects the element alone; empty if there is none short enough."""
        steps: list[str] = []
        at: etree._Element | None = node
        while at is not None and len(steps) <= _MOST_STEPS and ":" not in at.tag:
            key = BODY if at.tag == "body" else next((k for k in _keys(at) if k in self._unique), "")
            if key:
                found = "/".join([key, *reversed(steps)])
                return found if find(found, self._root) is node else ""
            same = sum(1 for sibling in at.itersiblings(at.tag, preceding=True))
            steps.append(f"{at.tag}[{same + 1}]")
            at = at.getparent()
        return ""


def present_key(selector: str) -> int:
    """Number that stands for an expression: a page has hundreds of them."""
    return zlib.crc32(selector.encode("utf-8", "replace"))


def anchor(selector: str) -> str:
    """The expression by id or class that a selector starts with: what a page must have to be served by it."""
    return re.split(r"(?<=\])/", selector, maxsplit=1)[0]


def find(selector: str, root: etree._Element) -> etree._Element | None:
    """The one element that the selector selects; None if there is none, or another one like it."""
    try:
        found = _compiled(selector)(root)
    except etree.XPathError:  # a name that HTML allows and XPath does not
        return None
    return found[0] if isinstance(found, list) and len(found) == 1 else None


@functools.lru_cache(maxsize=4096)
def _compiled(selector: str) -> etree.XPath:
    return etree.XPath(re.sub("^//", "descendant::", selector))  # the same from the root, and faster


def _keys(node: etree._Element) -> Iterable[str]:
    for name in ("id", "class"):
        value = node.get(name)
        if value and not _UNFIT.search(value):
            yield f'//{node.tag}[@{name}="{value}"]'
