"""What a site asks of crawlers, read from its answers: robots.txt, Retry-After, crawl windows, tdmrep.json.

Robots exclusion after RFC 9309; text and data mining reservations after the W3C community group's
TDM Reservation Protocol (TDMRep, 2024). What a page states itself is ``pipeline.rights``'.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import unquote

from protego import Protego

from pipeline.rights import AGENT
from pipeline.urls import path_of

ROBOTS_BYTES = 512 * 1024
"""Of a longer robots.txt the rest is not read (RFC 9309 asks for 500 KiB at least)."""
CHINA = timezone(timedelta(hours=8))
_LONGEST_HOLD = 900.0
_LONGEST_WAIT = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Robots:
    """What a robots.txt answered.

    ``unreachable``, a server error or none at all, means that nothing may be asked for until it answers.
    """

    state: Literal["rules", "none", "unreachable"]
    text: str = ""
    reason: str = ""

    @classmethod
    def of(cls, status: int, body: bytes) -> "Robots":
        """Robots for a response that is no redirect; 429 is a server that is too busy to tell."""
        if status == 200:
            text = body[:ROBOTS_BYTES].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
            return cls("rules", text)
        if 400 <= status < 500 and status != 429:
            return cls("none", reason=f"http {status}")
        return cls("unreachable", reason=f"http {status}")


class Rules:
    """A robots.txt to ask questions."""

    def __init__(self, robots: Robots) -> None:
        self.robots = robots
        self._parsed = Protego.parse(robots.text)

    def allows(self, url: str) -> bool:
        """Whether a URL may be requested."""
        return self.robots.state != "unreachable" and bool(self._parsed.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds between two requests that it asks for, by Crawl-delay or Request-rate."""
        rate = self._parsed.request_rate(AGENT)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(self._parsed.crawl_delay(AGENT) or 0.0, by_rate)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Addresses of the sitemaps that it names."""
        return tuple(self._parsed.sitemaps)


def retry_after(value: str, now: float) -> float | None:
    """Seconds that a Retry-After header asks to wait, seconds or a date as it stands there; None if neither.

    A week at most: who asks for more has mistyped it, and is asked again.
    """
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return min(float(value), _LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(value)
        until = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, until - now), _LONGEST_WAIT)


def hold_after(failures: int, base: float) -> float:
    """Seconds to leave a site alone after so many failures in a row: doubled with each, a quarter of an hour at most."""
    return min(_LONGEST_HOLD, base * 2 ** min(failures - 1, 20)) if failures else 0.0


def until_window(windows: Sequence[str], now: float) -> float:
    """Seconds until one of the times of day (China's) is there; 0 within one, or if there is none."""
    if not windows:
        return 0.0
    clock = datetime.fromtimestamp(now, CHINA)
    minute = clock.hour * 60 + clock.minute
    waits = []
    for window in windows:
        start, end = (int(time[:2]) * 60 + int(time[3:]) for time in window.split("-"))
        if start == end or (minute - start) % 1440 < (end - start) % 1440:
            return 0.0
        waits.append((start - minute) % 1440 * 60 - clock.second)
    return float(max(1, min(waits)))


class Reservations:
    """A host's ``/.well-known/tdmrep.json``: which paths reserve text and data mining; the longest pattern wins."""

    def __init__(self, text: str) -> None:
        self._rules = sorted(_tdm_rules(text), key=lambda rule: -len(rule[0]))

    def reserved(self, url: str) -> bool:
        """Whether mining of a page is reserved."""
        path = unquote(path_of(url))
        return next((value == 1 for pattern, value in self._rules if _fits(pattern, path)), False)


def _tdm_rules(text: str) -> list[tuple[str, int]]:
    try:
        entries = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return []
    rules = []
    for entry in entries if isinstance(entries, list) else [entries]:
        location, value = (
            (entry.get("location"), entry.get("tdm-reservation")) if isinstance(entry, dict) else ("", 0)
        )
        if isinstance(location, str) and location.startswith("/") and value in (0, 1):
            rules.append((unquote(location)[:500], int(value)))
    return rules[:200]


def _fits(pattern: str, path: str) -> bool:
    """Whether a pattern with ``*`` and a final ``$`` fits the beginning of a path, in time linear in its pieces."""
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in pieces:
        if (found := path.find(piece, at)) < 0:
            return False
        at = found + len(piece)
    if not pattern.endswith("$"):
        return True
    last = pieces[-1] if pieces else ""
    return path.endswith(last) and at <= len(path) if pieces else at == len(path)
