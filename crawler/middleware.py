"""Two downloader middlewares: requests stay on the sites, and responses keep what was received."""

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.site import Site
from pipeline.urls import host_of

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler

RECEIVED = "received"
"""Key of ``request.meta`` under which the response stands as it was received."""


@dataclass(frozen=True, slots=True)
class Received:
    """A response before its content encoding was undone."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    protocol: str


class _Host(Protocol):
    """What the middlewares ask of the spider."""

    proxy: str | None

    def site_at(self, host: str) -> Site | None:
        """Site that a host belongs to."""


class SiteMiddleware:
    """Every request goes to a known site, and through the proxy."""

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


class ReceivedMiddleware(HttpCompressionMiddleware):
    """Undoes the content encoding, and keeps the response as it was before that."""

    def process_response(
        self, request: "Request", response: Response, spider: "Spider | None" = None
    ) -> "Request | Response":
        """Decoded response.

        Raises:
            IgnoreRequest: the body cannot be unpacked, or grows beyond the size limit.
        """
        del spider
        # taken now: the base class changes the headers of the response that it unpacks
        headers = tuple((name, value) for name, values in response.headers.items() for value in values)
        request.meta[RECEIVED] = Received(
            response.status, headers, response.body, response.protocol or "HTTP/1.1"
        )
        try:
            # a plain response: the base class would guess the charset of a text response that is still packed
            plain = Response(
                response.url,
                response.status,
                response.headers,
                response.body,
                response.flags,
                request,
                protocol=response.protocol,
            )
            return super().process_response(request, plain)
        except IgnoreRequest as error:
            raise IgnoreRequest("too large") from error
        except (OSError, EOFError, zlib.error) as error:
            raise IgnoreRequest("bad encoding") from error
