"""Two downloader middlewares: requests stay on the sites, and responses are stored as received."""

import re
from typing import TYPE_CHECKING, Protocol, cast

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest

from crawler.archive import WarcArchive
from crawler.site import Site
from pipeline.errors import OutputError
from pipeline.urls import host_of

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ARCHIVED = "archived_bytes"
"""Key of ``request.meta`` under which the size of a stored body stands, in bytes as received."""
_PAGE_TYPE = re.compile(
    rb"^\s*($|text/html|application/xhtml|text/xml|application/xml|application/(x-)?gzip)", re.IGNORECASE
)


class _Host(Protocol):
    """What the middlewares ask of the spider."""

    archive: WarcArchive
    proxy: str | None

    def site_at(self, host: str) -> Site | None:
        """Site that a host belongs to."""

    def abort(self, message: str) -> None:
        """Stop the crawl for this reason."""


class SiteMiddleware:
    """Every request, that for robots.txt too, goes to a known site, at its pace and through the proxy."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "SiteMiddleware":
        """Scrapy's way to build a middleware."""
        return cls(crawler)

    def process_request(self, request: "Request") -> None:
        """Set the proxy and the site's download slot.

        Raises:
            IgnoreRequest: the host is no site's.
        """
        host = cast("_Host", self._crawler.spider)
        site = host.site_at(host_of(request.url))
        if site is None:
            raise IgnoreRequest("offsite")
        request.meta["download_slot"] = site.id
        if host.proxy is not None:
            request.meta["proxy"] = host.proxy


class ArchiveMiddleware(HttpCompressionMiddleware):
    """Undoes the content encoding, and stores the page as it was before that.

    A body that cannot be unpacked, or grows beyond the size limit, is not stored.
    """

    def __init__(self, *, crawler: "Crawler") -> None:
        super().__init__(crawler=crawler)
        self._crawler = crawler

    def process_response(
        self, request: "Request", response: "Response", spider: "Spider | None" = None
    ) -> "Request | Response":
        """Decoded response; the received one is in the archive before this returns.

        Raises:
            IgnoreRequest: the body is too large, or the archive cannot be written.
        """
        del spider
        # taken now: the base class changes the headers of the response that it unpacks
        headers = [(name, value) for name, values in response.headers.items() for value in values]
        try:
            decoded = super().process_response(request, response)
        except IgnoreRequest as error:
            raise IgnoreRequest("too large") from error
        if "task" in request.meta and _is_page(response):
            self._store(response, headers)
            request.meta[ARCHIVED] = len(response.body)
        return decoded

    def _store(self, response: "Response", headers: list[tuple[bytes, bytes]]) -> None:
        host = cast("_Host", self._crawler.spider)
        try:
            host.archive.write(
                response.url, response.status, headers, response.body, response.protocol or "HTTP/1.1"
            )
        except OutputError as error:
            host.abort(str(error))
            raise IgnoreRequest("not stored") from error


def _is_page(response: "Response") -> bool:
    """Whether a response is worth storing: it succeeded and may be HTML or a sitemap."""
    return response.status == 200 and bool(_PAGE_TYPE.match(response.headers.get(b"Content-Type") or b""))
