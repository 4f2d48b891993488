"""What a page states on its use: robots directives, reservations of text and data mining, a licence.

Robots meta elements and X-Robots-Tag as search engines read them; ``tdm-reservation`` after the W3C
community group's TDM Reservation Protocol (TDMRep, 2024).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import islice

AGENT = "fanwen"
"""Product token that robots.txt files, X-Robots-Tag and meta elements may name."""
HEADERS = ("x-robots-tag", "tdm-reservation")
"""Headers that state rights."""
META_NAMES = frozenset({"robots", AGENT, "tdm-reservation"})
"""Meta elements that state rights."""
_ROBOTS = frozenset({"x-robots-tag", "robots", AGENT})
_RESERVING = frozenset({"noindex", "none", "noarchive", "noai"})
_VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
_MOST = 20
"""Statements of one page that are taken."""
_LONGEST = 300
"""Characters of a statement, or of an address, that are taken."""

_MARKUP = re.compile(
    r"<(?:(?P<comment>!--)|(?P<raw>script|style|title|textarea)\b|(?P<end>/head|body)\b"
    r"|(?P<tag>meta|link|a)\s(?P<attributes>[^<>]*+)>)",
    re.IGNORECASE,
)
_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "textarea")}
_ATTRIBUTE = re.compile(r"""([^\s=/"']++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"']++))?+""")
_NO_WEB = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*+:", re.IGNORECASE)
"""Addresses such as ``javascript:`` and ``mailto:``."""
_COMMONS = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/.", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a page's headers and meta elements reserve."""

    reserved: str = ""
    """Directive that forbids to store the page, empty if none does."""
    nofollow: bool = False
    stated: str = ""
    """All that was stated, as it stood there."""


def rights_of(statements: Iterable[str]) -> Rights:
    """What statements come to.

    Args:
        statements: ``name: value`` of headers (``x-robots-tag``, ``tdm-reservation``) and meta elements
            (``META_NAMES``); other names say nothing.
    """
    statements = [each.strip() for each in statements]
    words: set[str] = set()
    reserves = False
    for statement in statements:
        name, _, value = statement.partition(":")
        kind = name.strip().lower()
        if kind in _ROBOTS:
            words |= _directives(value)
        elif kind == "tdm-reservation":
            reserves = reserves or value.strip() == "1"
    reserved = min(words & _RESERVING, default="tdm-reservation" if reserves else "")
    return Rights(reserved, "nofollow" in words or "none" in words, "; ".join(statements)[:500])


def stated_in(html: str) -> tuple[tuple[str, ...], str]:
    """What an HTML page states, without parsing it, since every page of a build is asked; linear in its length.

    Returns:
        Statements of the meta elements in its head, as ``rights_of`` takes them, and the address of the
        licence that it names (a link with ``rel=license``, else the first one to a Creative Commons
        licence) as it stands there, empty if there is none. The first statements count, cut to their length.
    """
    statements = tuple(islice(_statements(html), _MOST))
    named = "icense" in html or "ICENSE" in html or "creativecommons" in html
    return statements, _licence(html) if named else ""


def _directives(tag: str) -> set[str]:
    """Directives of one X-Robots-Tag that hold for us: those for all, and those for our name."""
    words, ours = set(), True
    for part in tag.lower().split(","):
        name, colon, rest = part.partition(":")
        if colon and name.strip() not in _VALUED:
            ours, part = name.strip() in (AGENT, "*"), rest  # noqa: PLW2901 - the name is taken off
        if ours:
            words.add(part.partition(":")[0].strip())
    return words


def _statements(html: str) -> Iterator[str]:
    for tag, text in _elements(html):
        if tag in ("/head", "body"):
            return
        if tag != "meta":
            continue
        attributes = _attributes(text)
        name = attributes.get("name", "").strip().lower()
        content = " ".join(attributes.get("content", "").rstrip("/").split())
        if name in META_NAMES and content:
            yield f"{name}: {content}"[:_LONGEST]


def _licence(html: str) -> str:
    """The first address with ``rel=license``, else the first of a Creative Commons licence."""
    commons = ""
    for tag, text in _elements(html):
        if tag not in ("link", "a") or not ("icense" in text.lower() or "creativecommons" in text.lower()):
            continue
        attributes = _attributes(text)
        address = "".join(attributes.get("href", "").split())
        if not address or len(address) > _LONGEST or _NO_WEB.match(address):
            continue
        if "license" in attributes.get("rel", "").lower().split():
            return address
        if not commons and _COMMONS.match(address):
            commons = address
    return commons


def _elements(html: str) -> Iterator[tuple[str, str]]:
    """Meta elements and links, with the text of their attributes, and where the head ends; none in scripts and comments."""
    at = 0
    while match := _MARKUP.search(html, at):
        at = match.end()
        if match["comment"]:
            at = html.find("-->", at - 2) + 1
        elif raw := match["raw"]:
            end = _ENDS[raw.lower()].search(html, at)
            at = end.end() if end else 0
        else:
            yield (match["tag"] or match["end"]).lower(), match["attributes"] or ""
        if not at:
            return


def _attributes(text: str) -> dict[str, str]:
    """Attributes of an element; of two with one name the first counts."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), unescape(value.strip("\"'")))
    return found
