"""Links as they stand on pages and in sitemaps."""

import gzip
import zlib
from collections.abc import Iterator
from io import BytesIO

import lxml.etree
from scrapy.utils.sitemap import Sitemap

from pipeline.urls import absolute

_SITEMAP_LIMIT = 50 * 1024 * 1024
"""Bytes of an unpacked sitemap that are read; the protocol allows no more."""


def page_links(page: str, body: bytes) -> Iterator[str]:
    """Absolute addresses of all links of an HTML page, in order, the pager's ``rel=next`` included.

    Markup is ASCII in every charset of these sites, so the bytes are parsed as Latin-1 and only an
    address that is not ASCII needs a charset: UTF-8 where it is that, else GB18030.
    """
    encoding = "utf-16" if body.startswith((b"\xff\xfe", b"\xfe\xff")) else "iso-8859-1"
    try:
        root = lxml.etree.fromstring(body, lxml.etree.HTMLParser(encoding=encoding))
    except lxml.etree.XMLSyntaxError:
        return
    if root is None:
        return
    base = next((absolute(page, href) for href in root.xpath("//base/@href")), "") or page
    for href in root.xpath("//a/@href | //area/@href | //link[@rel='next']/@href"):
        if url := absolute(base, _text(href)):
            yield url


def sitemap_links(page: str, body: bytes) -> tuple[str, list[str]]:
    """Kind (``urlset``, ``sitemapindex``, empty if neither) and addresses of a sitemap, packed or not."""
    try:
        if body.startswith(b"\x1f\x8b"):
            body = gzip.GzipFile(fileobj=BytesIO(body)).read(_SITEMAP_LIMIT)
        sitemap = Sitemap(body)
        links = [absolute(page, entry["loc"]) for entry in sitemap]
    except (lxml.etree.XMLSyntaxError, StopIteration, OSError, EOFError, zlib.error):
        return "", []
    return sitemap.type, [link for link in links if link]


def _text(href: str) -> str:
    if href.isascii():
        return href
    try:
        raw = href.encode("latin-1")
    except UnicodeEncodeError:
        return href
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
