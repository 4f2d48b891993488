"""URLs as they stand on pages: made absolute, made canonical, and found in HTML and sitemaps."""

import gzip
import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote, urljoin, urlsplit

import lxml.etree
from scrapy.utils.sitemap import Sitemap

_TRACKING = frozenset(
    {
        *("from", "spm", "share", "isappinstalled", "scene", "wxfrom", "nsukey", "fbclid", "gclid", "bd_vid"),
        *("hmsr", "hmpl", "hmcu", "hmkw", "hmci", "tdsourcetag", "phpsessid", "jsessionid"),
    }
)
_TRACKING_PREFIXES = ("utm_", "share_")
_SESSION = re.compile(r";jsessionid=[^/]*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?[]"
_SITEMAP_LIMIT = 50 * 1024 * 1024
"""Bytes of an unpacked sitemap that are read; the protocol allows no more."""


def absolute(page: str, href: str) -> str:
    """Address that a link on a page means, empty if it is no web address.

    ``//`` and ``//path/``, which these sites write for their own pages, are paths where the part
    after the slashes cannot be a host.
    """
    href = _CONTROL.sub("", href)
    if href.startswith("//") and "." not in href[2:].partition("/")[0]:
        href = "/" + href.lstrip("/")
    if not href or (_SCHEME.match(href) and not href.lower().startswith(("http:", "https:"))):
        return ""
    try:
        return urljoin(page, href)
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """Lower-case host, with its port unless that is the default; empty if the URL is malformed."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    return host if port in (None, 80, 443) else f"{host}:{port}"


def path_of(url: str) -> str:
    """``path?query`` in one spelling: dots resolved, trackers and session ids dropped, rest quoted."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    path = quote(_resolve(_SESSION.sub("", parts.path)), safe=_PATH_SAFE)
    query = "&".join(field for field in parts.query.split("&") if field and not _is_tracking(field))
    return f"{path}?{quote(query, safe=_QUERY_SAFE)}" if query else path


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


def _resolve(path: str) -> str:
    parts: list[str] = []
    names = [name for name in path.split("/") if name]
    for name in names:
        if name == "..":
            del parts[-1:]
        elif name != ".":
            parts.append(name)
    folder = path.endswith("/") or (bool(names) and names[-1] in (".", ".."))
    return "/" + "/".join(parts) + ("/" if folder and parts else "")


def _is_tracking(field: str) -> bool:
    name = field.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


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
