"""Hosts that say how they want to be crawled, in all the ways that hosts do; what must never be asked for is noted."""

import json
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import urlsplit

from crawler.sample.server import Access, Answer, Reply, Stream
from tests.crawler.hostile.pages import article, links, moved, page

_RULES = """\
# rules of the house
User-agent: *
Disallow: /

User-agent: otherbot
User-agent: fanwen
{delay}Disallow: /a/2
Allow: /a/21.html
Disallow: /a/4*7.html$
Disallow: /neibu/
Disallow: /*?print=
"""
_GROUPS = {"/a/1.html": True, "/a/2.html": False, "/a/20.html": False, "/a/21.html": True, "/a/47.html": False,
           "/a/407.html": False, "/a/470.html": True, "/neibu/": False, "/a/3.html?print=1": False}  # fmt: skip
_ODD = "\ufeffUSER-AGENT: FanWen\r\nDISALLOW:/a/2\r\nallow :  /a/21.html  # but this one\r\n\r\nUser-Agent:*\r\ndisallow:/\r\n"
_HUGE = (
    "User-agent: *\nDisallow: /a/2\n"
    + "".join(f"Disallow: /jiu/{n}/\n" for n in range(40_000))
    + "Allow: /a/\n"
)
_AWAY = "http://www.elsewhere.example"
_ROBOTS: dict[str, Answer] = {
    "busy": Reply(503, {"Content-Type": "text/html"}, b"busy"),
    "silent": Stream(end="hang"),
    "absent": Reply(404, {"Content-Type": "text/html"}, b"no such file"),
    "refused": Reply(401, {"Content-Type": "text/html"}, b"who are you"),
    "barred": Reply(403, {"Content-Type": "text/html"}, b"no"),
    "moved": moved("/files/robots.txt", 301),
    "away": moved(f"{_AWAY}/robots.txt"),
    "odd": Reply(200, {"Content-Type": "text/plain"}, _ODD.encode()),
    "huge": Reply(200, {"Content-Type": "text/plain"}, _HUGE.encode()),
}
_SHUT = ("busy", "silent")
"""Hosts whose robots.txt never comes, so that nothing else may be asked for."""
_BY_TWO = ("moved", "away", "odd", "huge")
"""Hosts whose robots.txt forbids /a/2 and what begins with it."""

_RIGHTS: dict[str, tuple[dict[str, str], str, bool]] = {
    "/a/1.html": ({}, "", True),
    "/a/2.html": ({"X-Robots-Tag": "noindex"}, "", False),
    "/a/3.html": ({"X-Robots-Tag": "none"}, "", False),
    "/a/4.html": ({"X-Robots-Tag": "fanwen: noindex"}, "", False),
    "/a/5.html": ({"X-Robots-Tag": "otherbot: noindex"}, "", True),
    "/a/6.html": ({"X-Robots-Tag": "NoIndex, nofollow"}, "", False),
    "/a/7.html": ({}, "<meta name='robots' content='noindex,follow'>", False),
    "/a/8.html": ({}, "<META NAME='ROBOTS' CONTENT='NONE'>", False),
    "/a/9.html": ({}, "<meta name='robots' content='index,follow,max-snippet:50'>", True),
    "/a/10.html": ({"X-Robots-Tag": "nofollow"}, "", True),
    "/a/11.html": ({}, "<meta name='robots' content='nofollow'>", True),
    "/a/12.html": ({"tdm-reservation": "1"}, "", False),
    "/a/13.html": ({}, "<meta name='tdm-reservation' content='1'>", False),
    "/a/14.html": ({"tdm-reservation": "0"}, "", True),
}
"""Headers and head of each page of the host ``rights``, and whether it may be stored."""
_NOFOLLOW = {"/a/3.html": "/a/103.html", "/a/6.html": "/a/106.html", "/a/8.html": "/a/108.html",
             "/a/10.html": "/a/110.html", "/a/11.html": "/a/111.html"}  # fmt: skip
"""Links that stand only on pages whose links may not be followed."""
_TDMREP = [
    {"location": "/a/2*", "tdm-reservation": 1, "tdm-policy": "http://www.mining.example/policy.json"},
    {"location": "/a/21.html", "tdm-reservation": 0},
    {"location": "/neibu/*", "tdm-reservation": 1},
]
_MINING = {"/a/1.html": True, "/a/2.html": False, "/a/20.html": False, "/a/21.html": True, "/neibu/": False}
_PAGES = {
    "rules": _GROUPS,
    "mining": _MINING,
    "rights": {path: may for path, (_, _, may) in _RIGHTS.items()},
    "pause": dict.fromkeys(("/a/1.html", "/a/2.html", "/a/3.html"), True),
    **{name: dict.fromkeys(("/a/1.html", "/a/2.html"), False) for name in _SHUT},
    **{name: dict.fromkeys(("/a/1.html", "/a/2.html"), True) for name in ("absent", "refused", "barred")},
    **{name: {"/a/1.html": True, "/a/2.html": False, "/a/20.html": False} for name in _BY_TWO},
}
"""Pages that each host's front page links to, and whether they may be asked for (``rights``: stored)."""


@dataclass(eq=False)
class PoliteWeb:
    """Hosts ``www.NAME.example`` for the names below; ``make_site(NAME)`` fits each of them.

    ``rules``: groups, Allow within Disallow, wildcards and $. ``busy``, ``silent``, ``absent``, ``refused``, ``barred``,
    ``moved``, ``away``, ``odd``, ``huge``: what their robots.txt answers. ``rights``: X-Robots-Tag, robots and TDMRep
    in headers and meta elements. ``mining``: tdmrep.json. ``pause``: pages that ask for a pause, once.
    """

    crawl_delay: float = 0.0
    """Seconds between two requests that the robots.txt of ``rules`` asks for; 0 for none."""
    pause: float = 2.0
    """Seconds to wait that the host ``pause`` asks for, once as a number and once as a date."""
    too_early: list[str] = field(default_factory=list)
    """URLs of ``pause`` that were asked for before the pause was over."""
    names: tuple[str, ...] = tuple(_PAGES)
    _until: float = 0.0
    _paused: set[str] = field(default_factory=set)

    @property
    def forbidden(self) -> frozenset[str]:
        """URLs that are linked to and must never be asked for."""
        urls = {
            _url(name, path)
            for name in self.names
            for path, may in _PAGES[name].items()
            if not may and name != "rights"
        }
        shut = {_url(name, "/") for name in _SHUT}
        return frozenset(urls | shut | {_url("rights", path) for path in _NOFOLLOW.values()})

    @property
    def allowed(self) -> frozenset[str]:
        """URLs that a crawl is welcome to, and finds by links; those of ``away`` only if it reads robots.txt there."""
        front = {_url(name, "/") for name in self.names if name not in _SHUT}
        pages = {_url(name, path) for name in self.names for path, may in _PAGES[name].items() if may}
        return frozenset(front | pages | self.unstored)

    @property
    def unstored(self) -> frozenset[str]:
        """URLs that may be asked for, and whose answer must not be stored."""
        return frozenset(_url("rights", path) for path, may in _PAGES["rights"].items() if not may)

    def violations(self, log: Iterable[Access]) -> list[str]:
        """URLs in a server's log that should not be there."""
        hosts = {f"www.{name}.example" for name in self.names}
        forbidden = self.forbidden
        return [
            *self.too_early,
            *(
                access.url
                for access in log
                if access.url in forbidden
                or (urlsplit(access.url).hostname not in hosts and access.url != f"{_AWAY}/robots.txt")
            ),
        ]

    def __call__(self, url: str) -> Answer | None:
        parts = urlsplit(url)
        name = (parts.hostname or "").removeprefix("www.").removesuffix(".example")
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if path in ("/robots.txt", "/files/robots.txt"):
            return self._robots(name, path)
        if name == "mining" and path == "/.well-known/tdmrep.json":
            return Reply(200, {"Content-Type": "application/json"}, json.dumps(_TDMREP).encode())
        if name not in self.names:
            return None
        if name == "pause" and (reply := self._wait(url, path)):
            return reply
        if path == "/":
            return page(name, links((each, f"范文{each}") for each in _PAGES[name]))
        return _page(name, path)

    def _robots(self, name: str, path: str) -> Answer | None:
        if name == "rules":
            delay = f"Crawl-delay: {self.crawl_delay:g}\n" if self.crawl_delay else ""
            return Reply(200, {"Content-Type": "text/plain"}, _RULES.format(delay=delay).encode())
        if name == "elsewhere" or (name, path) == ("moved", "/files/robots.txt"):
            return Reply(200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /a/2\n")
        return _ROBOTS.get(name)

    def _wait(self, url: str, path: str) -> Reply | None:
        """The first two articles ask for a pause the first time; nothing may be asked for meanwhile."""
        now = time.time()
        if now < self._until:
            self.too_early.append(str(url))
        if path not in ("/a/1.html", "/a/2.html") or path in self._paused:
            return None
        self._paused.add(path)
        if path == "/a/1.html":
            self._until = now + self.pause
            return Reply(429, {"Retry-After": f"{self.pause:g}"}, b"")
        self._until = float(math.ceil(now + self.pause))
        return Reply(503, {"Retry-After": formatdate(self._until, usegmt=True)}, b"")


def _page(name: str, path: str) -> Reply | None:
    hidden = [own for own in _NOFOLLOW.values() if name == "rights" and own == path]
    if path not in _PAGES[name] and not hidden:
        return None
    headers, head, _ = _RIGHTS[path] if name == "rights" and path in _RIGHTS else ({}, "", True)
    only_here = [(_NOFOLLOW[path], "更多范文")] if name == "rights" and path in _NOFOLLOW else []
    number = sum(map(ord, name + path)) * 31 % 5_003 + 7 * len(path)
    return article(number, links([("/", "首页"), *only_here]), head, headers)


def _url(name: str, path: str) -> str:
    return f"http://www.{name}.example{path}"
