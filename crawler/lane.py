"""Lane: one site's pace during a crawl: when the next request may go out, and when the site is left for this time."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.politeness import hold_after, until_window
from crawler.site import Site

JITTER = 0.2
"""Share by which a delay is lengthened at random."""
PATIENCE = 900.0
"""Seconds that a crawl waits for a site that asked to be left alone or for longer pauses, or whose window is shut."""
MOST_FAILURES = 6
"""Failures in a row after which a site is left until the next run."""


@dataclass(slots=True)
class Lane:
    """Pace of one site; it is the site that is asked slowly, not each of its mirrors."""

    site: Site
    delay: float
    """Seconds between two requests."""
    backoff: float
    """Seconds that the site is left alone after its first failure."""
    deadline: float
    """Unix time after which nothing is asked."""
    now: Callable[[], float] = time.time
    hold_until: float = 0.0
    """Unix time; later than now while the site is left alone."""
    hold_reason: str = ""
    failures: int = 0
    """Failures in a row."""
    active: dict[str, str] = field(default_factory=dict)
    """URLs on their way, with the kind of the task."""
    closed: str = ""
    """Why nothing more is asked in this run, empty while something may be."""
    _ready: float = 0.0

    def wait(self) -> float:
        """Seconds until the next request may go out; infinite, and the lane closed, if that is beyond the run."""
        now = self.now()
        if now >= self.deadline:
            self.closed = "time budget"
            return math.inf
        waits = {
            self.hold_reason: self.hold_until - now,
            "crawl window": until_window(self.site.politeness.windows, now),
        }
        reason, longest = max(waits.items(), key=lambda each: each[1])
        if longest > PATIENCE:
            self.closed = reason
            return math.inf
        pause = self._ready - time.monotonic()
        if pause > PATIENCE:
            self.closed = "crawl delay"
            return math.inf
        return max(0.0, longest, pause)

    def is_full(self) -> bool:
        """Whether as many requests are on their way as may be; one that asks about the host goes alone."""
        alone = any(kind in ("robots", "tdmrep", "probe") for kind in self.active.values())
        return alone or len(self.active) >= self.site.politeness.concurrency

    def sent(self, url: str, kind: str, delay: float) -> None:
        """A request goes out; ``delay`` is what the host's robots.txt asks for."""
        self.active[url] = kind
        self._pause(delay)

    def answered(self, url: str, delay: float) -> None:
        """A request came to an end; the pause counts from here, so that a slow site is asked slowly."""
        self.active.pop(url, None)
        self._pause(delay)

    def succeeded(self) -> None:
        """The site answered as it should."""
        self.failures = 0

    def failed(self, reason: str, asked: float | None = None) -> None:
        """The site is in trouble, or asks to be left alone for so many seconds."""
        self.failures += 1
        until = self.now() + max(hold_after(self.failures, self.backoff), asked or 0.0)
        if until > self.hold_until:
            self.hold_until, self.hold_reason = until, reason
        if self.failures >= MOST_FAILURES:
            self.closed = f"{reason}, {self.failures} times in a row"

    def _pause(self, delay: float) -> None:
        seconds = max(self.delay, delay) * (1 + JITTER * random.random())  # noqa: S311 - no secret
        self._ready = max(self._ready, time.monotonic() + seconds)
