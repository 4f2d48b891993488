"""What a page or sitemap tells a crawler: its links, and what its head says about itself."""

import gzip
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO

import lxml.etree
from scrapy.utils.sitemap import Sitemap

from pipeline.rights import META_NAMES
from pipeline.urls import absolute

_SITEMAP_LIMIT = 50 * 1024 * 1024
"""Bytes of an unpacked sitemap that are read; the protocol allows no more."""
_MOST_LINKS = 5_000
"""Links of one page that are looked at."""
_MOST_IN_SITEMAP = 50_000
"""Links of one sitemap that are looked at; the protocol allows no more."""


@dataclass(slots=True)
class PageHead:
    """What one parse of an HTML page yields."""

    links: list[tuple[str, str]] = field(default_factory=list)
    """Absolute address and text of each link, in order, the pager's ``rel=next`` included."""
    canonical: str = ""
    """Absolute address in ``rel=canonical``."""
    statements: list[str] = field(default_factory=list)
    """What its meta elements state on its use, as ``pipeline.rights`` takes it."""
    title: str = ""


def read_head(page: str, text: str) -> PageHead:
    """Links and head of an HTML page, of whatever can be parsed of it."""
    head = PageHead()
    try:
        parser = lxml.etree.HTMLParser(encoding="utf-8")
        root = lxml.etree.fromstring(text.encode("utf-8", "replace"), parser)
    except lxml.etree.XMLSyntaxError:
        return head
    if root is None:
        return head
    base = next((absolute(page, href) for href in root.xpath("//base/@href")), "") or page
    for element in root.iter("a", "area", "link", "meta", "title"):
        if element.tag == "meta":
            _read_meta(head, element)
        elif element.tag == "title":
            head.title = head.title or (element.text or "").strip()
        elif (href := element.get("href")) and (url := absolute(base, href)):
            _read_link(head, element, url)
    return head


def _read_meta(head: PageHead, element: lxml.etree._Element) -> None:
    name = (element.get("name") or "").strip().lower()
    if name in META_NAMES:
        head.statements.append(f"{name}: {element.get('content') or ''}")


def _read_link(head: PageHead, element: lxml.etree._Element, url: str) -> None:
    if element.tag != "link":
        if len(head.links) < _MOST_LINKS:
            head.links.append((url, (element.text or "").strip() or "".join(element.itertext())[:20].strip()))
        return
    relations = (element.get("rel") or "").lower().split()
    if "next" in relations:
        head.links.append((url, ""))
    elif "canonical" in relations:
        head.canonical = head.canonical or url


def sitemap_links(page: str, body: bytes) -> tuple[str, list[tuple[str, float | None]]]:
    """Kind (``urlset``, ``sitemapindex``, empty if neither) of a sitemap, packed or not, and its entries.

    An entry is an address and when it was modified last, in Unix time, None if that is not said.
    """
    try:
        if body.startswith(b"\x1f\x8b"):
            body = gzip.GzipFile(fileobj=BytesIO(body)).read(_SITEMAP_LIMIT)
        sitemap = Sitemap(body)
        entries = [(absolute(page, entry["loc"]), _time(entry.get("lastmod"))) for entry in sitemap]
    except (lxml.etree.XMLSyntaxError, StopIteration, OSError, EOFError, zlib.error):
        return "", []
    return sitemap.type, [entry for entry in entries if entry[0]][:_MOST_IN_SITEMAP]


def _time(text: str | None) -> float | None:
    """Unix time of a W3C date; a date without a zone is taken as UTC."""
    try:
        when = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
