"""The one parse of a page, and what no reader sees of it taken out."""

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.errors import PageRejected

MAX_CHARACTERS = 5_000_000
MAX_ELEMENTS = 200_000

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TAG = re.compile(r"<[a-zA-Z!/]")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![\d.]*[1-9])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_BRACE = re.compile(r"([{}])")
_CLASS = re.compile(r"(?:^|,)\s*(?:span|font|i|em|b|small|label)?\.([\w-]+)\s*(?=,|$)")
_JAMMED = frozenset({"span", "font", "i", "em", "b", "small", "label"})
_LONGEST_JAM = 60


def parse(text: str) -> etree._Element:
    """Tree of a page, root ``<html>``, without comments.

    Raises:
        PageRejected: ``not_html``, ``too_large`` or ``too_many_elements``.
    """
    if len(text) > MAX_CHARACTERS:
        raise PageRejected("too_large", f"{len(text):,} characters of HTML")
    cleaned = _DECLARATION.sub("", _CONTROL.sub("", text))
    if not _TAG.search(cleaned):
        raise PageRejected("not_html", "no tag in it")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(cleaned.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise PageRejected("not_html", str(error).splitlines()[0]) from error
    if root is None:
        raise PageRejected("not_html", "no element in it")
    return root


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


def drop_hidden(root: etree._Element) -> None:
    """Take out what a browser does not show: elements hidden by their style, and jammers.

    A jammer is a short inline element whose class is ``jammer``, or hidden by a rule of the page's own
    style sheet. Larger elements that a rule hides may be shown by a script, so they stay.
    """
    for node in root.xpath("//*[@style or @hidden]"):
        if node.tag not in ("body", "html") and (
            "hidden" in node.attrib or _HIDDEN.search(node.get("style") or "")
        ):
            drop(node)
    jammers = {"jammer", *_hidden_classes(root)}
    for node in root.iter(*_JAMMED):
        names = node.get("class")
        if names and not jammers.isdisjoint(names.split()) and _size(node) <= _LONGEST_JAM:
            drop(node)


def _hidden_classes(root: etree._Element) -> Iterator[str]:
    """Classes that a style sheet in the page hides everywhere, not only on some screens."""
    for style in root.iter("style"):
        if not style.text or not _HIDDEN.search(style.text):
            continue
        depth, selector = 0, ""
        for part in _BRACE.split(style.text):
            if part in ("{", "}"):
                depth += 1 if part == "{" else -1
            elif depth == 0:
                selector = part
            elif depth == 1 and _HIDDEN.search(part):
                yield from _CLASS.findall(selector.strip())


def _size(node: etree._Element) -> int:
    return sum(map(len, node.itertext()))
