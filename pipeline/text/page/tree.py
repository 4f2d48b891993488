"""The one parse of a page, and what no reader sees of it."""

import functools
import re

from lxml import etree

from pipeline.errors import PageRejected

MAX_CHARACTERS = 5_000_000
MAX_BYTES = 9_500_000
"""A text of ten million bytes makes libxml2 stop without a word."""
MAX_TAGS = 300_000

_CONTROL = bytes({*range(32), 127} - {*b"\t\n\r"})
_CLOSING = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_MOST_BEHIND_CLOSING = 40
_TAG = re.compile(r"<[a-zA-Z!/]")
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])(?:left|top|text-indent)\s*:\s*-(?:\d{4}|999)",
    re.IGNORECASE,
)
"""Hidden, or moved off the screen; a margin of -120px moves a column."""
_TINY = re.compile(r"font-size\s*:\s*0(?![\d.]*[1-9])", re.IGNORECASE)
_SHOWING = re.compile(
    r"display\s*:\s*(?!none)\w|visibility\s*:\s*visible|font-size\s*:\s*[1-9]", re.IGNORECASE
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LONGEST_STYLE = 500
_BRACE = re.compile(r"([{}])")
_CLASS = re.compile(r"(?:^|,)\s*(?:span|font|i|em|b|small)?\.([\w-]+)\s*(?=,|$)")
_JAMMER = "jammer"
OPENING, CLOSING = "\ufdd0", "\ufdd1"
"""Noncharacters, left out of every page, so that they can mark a place in it."""
_JAMMING = frozenset({"span", "font", "i", "em", "b", "small"})
_LONGEST_JAM = 60


def parse(text: str) -> etree._Element:
    """Tree of a page, root ``<html>``, without comments.

    Raises:
        PageRejected: ``not_html``, ``too_large`` or ``too_many_tags``.
    """
    if len(text) > MAX_CHARACTERS:
        raise PageRejected("too_large", f"{len(text):,} characters of HTML")
    if (tags := text.count("<")) > MAX_TAGS:
        raise PageRejected("too_many_tags", f"{tags:,} tags")
    if not _TAG.search(text):
        raise PageRejected("not_html", "no tag in it")
    closing = _CLOSING.search(text)
    if closing and len(text) - closing.end() > _MOST_BEHIND_CLOSING:
        text = _CLOSING.sub("", text)  # libxml2 leaves out what stands behind it, a browser does not
    text = text.replace(OPENING, "").replace(CLOSING, "")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    data = text.encode("utf-8", "replace").translate(None, _CONTROL)
    if len(data) > MAX_BYTES:
        raise PageRejected("too_large", f"{len(data):,} bytes of HTML")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise PageRejected("not_html", str(error).splitlines()[0]) from error
    if root is None:
        raise PageRejected("not_html", "no element in it")
    return root


class Hiding:
    """What a browser does not show of one page.

    Hidden is an element whose own style or attribute says so, and a jammer: a short inline element whose
    class is ``jammer``, or hidden by a rule of the page's own style sheet. Larger elements that a rule hides
    may be shown by a script, so they count as visible.
    """

    def __init__(self, root: etree._Element) -> None:
        sheets = (style.text for style in root.iter("style"))
        self._more: set[etree._Element] = set()
        self._jammers = {_JAMMER}.union(*(_hidden_classes(text) for text in sheets if text))

    def hide(self, node: etree._Element) -> None:
        """Hide one more."""
        self._more.add(node)

    def hides(self, node: etree._Element) -> bool:
        """Whether an element and all in it is hidden."""
        if self._more and node in self._more:
            return True
        if is_hidden(node):
            return True
        if node.tag not in _JAMMING or not (names := node.get("class")):
            return False
        return not self._jammers.isdisjoint(names.split()) and _size(node) <= _LONGEST_JAM


def is_hidden(node: etree._Element) -> bool:
    """Whether an element says itself, by its style or an attribute, that it is not shown."""
    style = (node.get("style") or "")[:_LONGEST_STYLE]
    if (style and _hides(style)) or node.get("hidden") is not None:
        return node.tag not in ("body", "html")
    return bool(style) and _TINY.search(style) is not None and not _has_sized(node)


@functools.lru_cache(maxsize=4096)
def _hides(style: str) -> bool:
    return _HIDING.search(style) is not None


@functools.lru_cache(maxsize=512)
def _hidden_classes(sheet: str) -> frozenset[str]:
    """Classes that a style sheet hides everywhere, not only on some screens; pages of a site share theirs."""
    hidden: set[str] = set()
    shown: set[str] = set()
    depth, classes = 0, frozenset[str]()
    sheet = _COMMENT.sub("", sheet)
    for part in _BRACE.split(sheet) if _HIDING.search(sheet) or _TINY.search(sheet) else ():
        if part in ("{", "}"):
            depth += 1 if part == "{" else -1
        elif depth == 0 or part.lstrip().startswith("."):
            classes = frozenset(_CLASS.findall(part.strip()))
        elif _SHOWING.search(part):
            shown |= classes
        elif depth == 1 and (_HIDING.search(part) or _TINY.search(part)):
            hidden |= classes
    return frozenset(hidden - shown)


def _has_sized(node: etree._Element) -> bool:
    """Whether something in an element has a size of its own: then only the gaps between have none."""
    return any("font-size" in (inner.get("style") or "") for inner in node.iterdescendants())


def _size(node: etree._Element) -> int:
    return sum(map(len, node.itertext()))


def drop(node: etree._Element) -> None:
    """Take an element out of its tree; the text behind it stays."""
    parent = node.getparent()
    if parent is None:
        return
    if node.tail:
        before = node.getprevious()
        if before is None:
            parent.text = (parent.text or "") + node.tail
        else:
            before.tail = (before.tail or "") + node.tail
    parent.remove(node)
