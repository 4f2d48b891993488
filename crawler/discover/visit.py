"""A look at a handful of pages outside a crawl, as politely as one: for ``fanwen sites new``."""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

from crawler.discover.survey import Fetched, base_of
from crawler.job import SHORTEST_DELAY, check_access, user_agent
from crawler.policies import origin_of
from crawler.politeness import Robots, Rules
from pipeline.urls import absolute, host_of

_MOST_BYTES = 5 * 1024 * 1024
_TIMEOUT = 30.0
_MOST_REDIRECTS = 5


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
        self._refused = False
        context = ssl.create_default_context()
        if proxy:  # the proxy ends TLS under a certificate of its own
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies),
            urllib.request.HTTPSHandler(context=context),
            _NoRedirect(),
        )

    def fetch(self, url: str) -> Fetched:
        """What a URL answers, behind redirects within the site; status 0 where it may not be asked for or is silent."""
        for _ in range(_MOST_REDIRECTS):
            answer, target = self._ask(url)
            if not target:
                break
            url = target
        return answer

    def _ask(self, url: str) -> tuple[Fetched, str]:
        if urlsplit(url).scheme not in ("http", "https") or self._refused:
            return Fetched(url, 0, "", b""), ""
        origin = origin_of(url)
        if origin not in self._robots:
            asked, target = self._get(f"{origin}/robots.txt")
            if target:
                asked, target = self._get(target)
            robots = Robots.of(asked.status, asked.body) if asked.status else Robots("unreachable")
            self._robots[origin] = asked, Rules(robots)
        asked, rules = self._robots[origin]
        if url == f"{origin}/robots.txt":
            return asked, ""
        return self._get(url, rules.delay) if rules.allows(url) else (Fetched(url, 0, "", b""), "")

    def _get(self, url: str, delay: float = 0.0) -> tuple[Fetched, str]:
        """The answer, and where it redirects to within the site."""
        self._on_page(url)
        time.sleep(max(0.0, self._last + max(self._delay, delay) - time.monotonic()))
        request = urllib.request.Request(url, headers={"User-Agent": self._agent})  # noqa: S310 - http(s) only, see _ask
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                kind = response.headers.get("Content-Type", "")
                return Fetched(url, response.status, kind, response.read(_MOST_BYTES)), ""
        except urllib.error.HTTPError as error:
            with error:
                self._refused = self._refused or error.code in (429, 503)
                target = absolute(url, error.headers.get("Location") or "") if 300 <= error.code < 400 else ""
                inside = base_of(host_of(target)) == base_of(host_of(url))
                kind = error.headers.get("Content-Type", "")
                return Fetched(url, error.code, kind, error.read(_MOST_BYTES)), target if inside else ""
        except (OSError, http.client.HTTPException, ValueError):
            return Fetched(url, 0, "", b""), ""
        finally:
            self._last = time.monotonic()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Each hop of a redirect is asked for like any page, with its pause and its robots.txt."""

    def redirect_request(self, *_: object) -> None:
        return None
