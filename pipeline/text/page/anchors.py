"""Links that a link seller put into somebody's sentences, told from the site's own keyword links.

A site links words that the text has anyway. A seller's anchor brings words of its own: nothing of it is
said elsewhere on the page, it names what is sold, and the sentence runs into it without a mark or quote.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lxml import etree

from pipeline.schema import Cut, Line
from pipeline.text.notices import ADVERT
from pipeline.text.page.tree import CLOSING, OPENING, Hiding
from pipeline.text.script import to_hans
from pipeline.text.trades import JOURNEY, STRONG

_HAN = re.compile(r"[\u3400-\u9fff]")
_LONG = re.compile(r"[\u3400-\u9fff].*[\u3400-\u9fff]", re.DOTALL)
_SEAM = re.compile(r"[\u3400-\u9fff]{2}")
_SHORTEST, _LONGEST = 4, 30
RULE = "injected_anchor"
_MARK = re.compile(rf"{OPENING}(\d+){CLOSING}")


def cut_anchors(node: etree._Element, title: str, hiding: Hiding) -> tuple[str, ...]:
    """Hide the links in an element that are no part of its text; a mark stands in the place of each.

    Args:
        node: the box of a main text.
        title: of the page.
        hiding: gets the links.

    Returns:
        Their words, which ``without_marks`` takes.
    """
    words: list[str] = []
    for link in injected_anchors(node, title):
        link.tail = f"{OPENING}{len(words)}{CLOSING}{link.tail or ''}"
        hiding.hide(link)
        words.append("".join(link.itertext()).strip())
    return tuple(words)


def without_marks(lines: Sequence[Line], words: Sequence[str]) -> tuple[tuple[Line, ...], tuple[Cut, ...]]:
    """Lines less the marks in them, and a cut for each; a line that was nothing else is one to remove."""
    if not words:
        return tuple(lines), ()
    result: list[Line] = []
    cuts: list[Cut] = []
    for number, line in enumerate(lines):
        parts = _MARK.split(line.text)
        parts[1::2] = [words[int(at)] if int(at) < len(words) else "" for at in parts[1::2]]
        text = "".join(parts[::2])
        if not text.strip() and len(parts) > 1:
            result.append(replace(line, text="".join(parts[1::2]), rule=RULE))
            continue
        at = 0
        for before, cut in zip(parts[::2], parts[1::2], strict=False):
            at += len(before)
            cuts.append(Cut(number, at, RULE, cut))
        result.append(replace(line, text=text))
    return tuple(result), tuple(cuts)


def injected_anchors(node: etree._Element, title: str) -> Iterator[etree._Element]:
    """Links in an element that are no part of its text.

    Args:
        node: the box of a main text.
        title: of the page.
    """
    sold = [link for link in node.iter("a") if _sells(link) and _is_glued(link)]
    if not sold:
        return
    own = ["".join(link.itertext()) for link in sold]
    rest = title + "".join(node.itertext())
    for words in own:
        rest = rest.replace(words, "\n", 1)
    rest = to_hans(rest)
    for link, words in zip(sold, own, strict=True):
        if not any(pair in rest for pair in _pairs(to_hans(words))):
            yield link


def _sells(link: etree._Element) -> bool:
    words = (link.text or "").strip() if len(link) == 0 else "".join(link.itertext()).strip()
    if not _SHORTEST <= len(words) <= _LONGEST or not _LONG.search(words):
        return False
    hans = to_hans(words)
    return any(pattern.search(hans) for pattern in (JOURNEY, STRONG, ADVERT))


def _is_glued(link: etree._Element) -> bool:
    """Whether a sentence runs into the link, or out of it, without a mark between."""
    previous, parent = link.getprevious(), link.getparent()
    before = previous.tail if previous is not None else parent.text if parent is not None else ""
    if previous is not None and previous.tag == "br" and not (before or "").strip():
        before = ""
    words = "".join(link.itertext()).strip()
    seams = ((before or "").rstrip()[-1:] + words[:1], words[-1:] + (link.tail or "").lstrip()[:1])
    return any(_SEAM.fullmatch(seam) for seam in seams)


def _pairs(text: str) -> set[str]:
    return {
        text[at : at + 2] for at in range(len(text) - 1) if _HAN.match(text[at]) and _HAN.match(text[at + 1])
    }
