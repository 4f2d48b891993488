"""A look at a handful of pages outside a crawl, as politely as one: for ``fanwen sites new``."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

from crawler.discover.survey import Fetched
from crawler.job import SHORTEST_DELAY, check_access, user_agent
from crawler.policies import origin_of
from crawler.politeness import Robots, Rules

_MOST_BYTES = 5 * 1024 * 1024
_TIMEOUT = 30.0


class Visitor:
    """Fetches URLs one after another; robots.txt is asked first and obeyed, and a pause made before each request.

    Raises:
        ConfigError: there is no contact to tell a real site, or the proxy is not on loopback.
    """

    def __init__(
        self,
        *,
        contact: str | None,
        proxy: str | None = None,
        delay: float = 2.0,
        on_page: Callable[[str], None] = lambda _: None,
    ) -> None:
        check_access(contact, proxy)
        self._agent = user_agent(contact)
        self._delay = delay if proxy else max(delay, SHORTEST_DELAY)
        self._on_page = on_page
        self._robots: dict[str, tuple[Fetched, Rules]] = {}
        self._last = 0.0
        context = ssl.create_default_context()
        if proxy:  # the proxy ends TLS under a certificate of its own
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies),
            urllib.request.HTTPSHandler(context=context),
            _SameSite(),
        )

    def fetch(self, url: str) -> Fetched:
        """What a URL answers; status 0 where it does not answer or may not be asked for."""
        if urlsplit(url).scheme not in ("http", "https"):
            return Fetched(url, 0, "", b"")
        origin = origin_of(url)
        if origin not in self._robots:
            asked = self._get(f"{origin}/robots.txt")
            robots = Robots.of(asked.status, asked.body) if asked.status else Robots("unreachable")
            self._robots[origin] = asked, Rules(robots)
        asked, rules = self._robots[origin]
        if url == f"{origin}/robots.txt":
            return asked
        return self._get(url, rules.delay) if rules.allows(url) else Fetched(url, 0, "", b"")

    def _get(self, url: str, delay: float = 0.0) -> Fetched:
        self._on_page(url)
        time.sleep(max(0.0, self._last + max(self._delay, delay) - time.monotonic()))
        request = urllib.request.Request(url, headers={"User-Agent": self._agent})  # noqa: S310 - http(s) only, see fetch
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                kind = response.headers.get("Content-Type", "")
                return Fetched(response.url, response.status, kind, response.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                return Fetched(
                    url, error.code, error.headers.get("Content-Type", ""), error.read(_MOST_BYTES)
                )
        except (OSError, http.client.HTTPException, ValueError):
            return Fetched(url, 0, "", b"")
        finally:
            self._last = time.monotonic()


class _SameSite(urllib.request.HTTPRedirectHandler):
    """Follows redirects within the domain only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: object, code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        before, after = (urlsplit(url).hostname or "" for url in (req.full_url, newurl))
        if before.split(".")[-2:] != after.split(".")[-2:]:
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
