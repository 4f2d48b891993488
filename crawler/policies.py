"""What hosts have said about being crawled, asked of each host before its pages and remembered in the frontier's file."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import lxml.etree

from crawler.frontier import Frontier, Task
from crawler.frontier.task import PolicyKind
from crawler.links import read_head
from crawler.politeness import Reservations, Robots, Rules, retry_after
from crawler.site import Site
from pipeline.schema import stable_id
from pipeline.text.decode import decode
from pipeline.text.quarantine import suspect
from pipeline.urls import absolute, host_of

if TYPE_CHECKING:
    from scrapy.http import Response

_HOURS = 3600.0
_PATHS: dict[PolicyKind, str] = {"robots": "/robots.txt", "tdmrep": "/.well-known/tdmrep.json"}
_FRESH: dict[PolicyKind, float] = {"robots": 12 * _HOURS, "tdmrep": 12 * _HOURS, "probe": 30 * 24 * _HOURS}
"""Seconds for which an answer holds; RFC 9309 allows a day for robots.txt."""
_OWN_CHARACTERS = 30
_LONGEST = 1 << 20
_MOST_SITEMAPS = 50
_MOST_REDIRECTS = 5
_MOST_TRIES = 3
_URL_CHARACTERS = "".join(map(chr, range(0x20, 0x7F)))
_NAMES: dict[str, str] = {"tdmrep": "tdmrep.json", "probe": "a page that cannot exist"}
BARRED = frozenset({"captcha", "anti-bot", "blocked"})
"""Suspicions that are an answer to how the site is crawled."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a site suffers from, and the seconds that it asks to be left alone."""

    reason: str
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """What a host answers for a page that cannot exist, so that its soft 404s can be told from pages."""

    target: str = ""
    """Where it redirects to."""
    title: str = ""
    words: frozenset[str] = frozenset()
    """Pieces of text of the answer; none if it was an honest 404."""

    @classmethod
    def of_page(cls, url: str, text: str) -> "Probe":
        """Probe from an answer with status 200."""
        return cls("", read_head(url, text).title, frozenset(_words(text)))

    def matches(self, title: str, text: str) -> bool:
        """Whether a page is the one that stands for all that do not exist."""
        if not self.words:
            return False
        own = sum(len(word) for word in _words(text) - self.words)
        return own <= _OWN_CHARACTERS or (bool(title) and title == self.title and own <= 5 * _OWN_CHARACTERS)


class Policies:
    """Answers of the hosts; what is missing or too old is asked for anew."""

    def __init__(self, frontier: Frontier, *, now: Callable[[], float] = time.time) -> None:
        self._frontier = frontier
        self._now = now
        self._values: dict[tuple[str, str], tuple[str, float]] = {}
        self._rules: dict[str, Rules] = {}
        self._reservations: dict[str, Reservations] = {}
        self._probes: dict[str, Probe] = {}
        self._redirected: dict[tuple[str, str], Task] = {}
        self._tries: Counter[tuple[str, str]] = Counter()

    def missing(self, task: Task) -> Task | None:
        """What must be asked of a page's host before the page."""
        origin = origin_of(task.target)
        for kind, fresh in _FRESH.items():
            value, at = self._recall(origin, kind)
            if not value or self._now() - at > fresh:
                asked = Task(task.site, origin + _PATHS.get(kind, _no_page(origin)), kind)
                return self._redirected.get((origin, kind), asked)
        return None

    def rules(self, url: str) -> Rules:
        """The robots.txt of a URL's host; one that never answered forbids everything."""
        origin = origin_of(url)
        if origin not in self._rules:
            value, _ = self._recall(origin, "robots")
            robots = Robots(**json.loads(value)) if value else Robots("unreachable", reason="not asked")
            self._rules[origin] = Rules(robots)
        return self._rules[origin]

    def reserved(self, url: str) -> bool:
        """Whether the host's tdmrep.json reserves a page."""
        origin = origin_of(url)
        if origin not in self._reservations:
            self._reservations[origin] = Reservations(json.loads(self._recall(origin, "tdmrep")[0] or '""'))
        return self._reservations[origin].reserved(url)

    def probe(self, url: str) -> Probe:
        """What the host answers for pages that do not exist."""
        origin = origin_of(url)
        if origin not in self._probes:
            value, _ = self._recall(origin, "probe")
            facts = json.loads(value) if value else {}
            self._probes[origin] = Probe(
                facts.get("target", ""), facts.get("title", ""), frozenset(facts.get("words", ()))
            )
        return self._probes[origin]

    def learn(self, site: Site, task: Task, response: "Response") -> Trouble | None:
        """A host answered; what keeps its pages from being asked for, if something does."""
        target = location_of(response)
        if task.kind != "robots" and (response.status == 429 or response.status >= 500):
            return self._put_off(task, f"http {response.status}", _wait(response, self._now()))
        if task.kind == "probe":
            probe = Probe(target)
            if response.status == 200:
                text = decode(response.body).text
                if (reason := suspect(text)) in BARRED:
                    return self._put_off(task, reason, None)
                probe = Probe.of_page(task.url, text)
            facts = {"target": probe.target, "title": probe.title, "words": sorted(probe.words)}
            self._remember(task, facts)
        elif target:
            return self._moved(site, task, target)
        elif task.kind == "tdmrep":
            self._remember(task, decode(response.body).text[:_LONGEST] if response.status == 200 else "")
        else:
            robots = Robots.of(response.status, response.body)
            if robots.state == "unreachable":
                return Trouble(f"robots.txt: {robots.reason}", _wait(response, self._now()))
            self._learn_robots(site, task, robots)
        return None

    def learn_failure(self, task: Task, reason: str) -> Trouble | None:
        """A host did not answer; without robots.txt nothing else may be asked for."""
        if task.kind == "robots":
            return Trouble(f"robots.txt: {reason}")
        return self._put_off(task, reason, None)

    def _put_off(self, task: Task, reason: str, wait: float | None) -> Trouble:
        """Tried again some times, then done without for this run: what is not in the file is asked for in the next."""
        key = origin_of(task.url), task.kind
        self._tries[key] += 1
        if self._tries[key] >= _MOST_TRIES:
            value = {} if task.kind == "probe" else ""
            self._values[key] = json.dumps(value), self._now()
        return Trouble(f"{_NAMES[task.kind]}: {reason}", wait)

    def _learn_robots(self, site: Site, task: Task, robots: Robots) -> None:
        self._remember(task, asdict(robots))
        addresses = [url for url in Rules(robots).sitemaps if site.urls.owns(url)][:_MOST_SITEMAPS]
        self._frontier.add(Task(site.id, site.urls.canonical(url), "sitemap") for url in addresses)

    def _moved(self, site: Site, task: Task, target: str) -> Trouble | None:
        """A redirect is followed within the site; where it leads away, the file is there but cannot be read."""
        if site.urls.owns(target) and task.redirects < _MOST_REDIRECTS:
            moved = replace(task, address=target, redirects=task.redirects + 1)
            self._redirected[origin_of(task.url), task.kind] = moved
            return None
        if task.kind == "robots":
            return Trouble(f"robots.txt: redirect to {host_of(target) or 'nowhere'}")
        self._remember(task, "")
        return None

    def _recall(self, origin: str, kind: str) -> tuple[str, float]:
        key = origin, kind
        if key not in self._values:
            self._values[key] = self._frontier.hosts.recall(origin, kind)
        return self._values[key]

    def _remember(self, task: Task, value: object) -> None:
        origin, text = origin_of(task.url), json.dumps(value, ensure_ascii=False)
        self._values[origin, task.kind] = text, self._now()
        self._frontier.hosts.remember(origin, task.kind, text)
        self._redirected.pop((origin, task.kind), None)
        for read in (self._rules, self._reservations, self._probes):
            read.pop(origin, None)


def location_of(response: "Response") -> str:
    """Where a redirect leads, empty if it is none; bytes that no URL may hold are escaped as they are."""
    header = response.headers.get(b"Location") if 300 <= response.status < 400 else None
    return absolute(response.url, quote(header, safe=_URL_CHARACTERS)) if header else ""


def _wait(response: "Response", now: float) -> float | None:
    return retry_after((response.headers.get(b"Retry-After") or b"").decode("latin-1"), now)


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _no_page(origin: str) -> str:
    """Path of a page that cannot exist."""
    return f"/{stable_id(origin, 'no such page')}.html"


def _words(text: str) -> set[str]:
    """Pieces of visible text, cut where markup stands."""
    try:
        parser = lxml.etree.HTMLParser(encoding="utf-8")
        root = lxml.etree.fromstring(text.encode("utf-8", "replace"), parser)
    except lxml.etree.XMLSyntaxError:
        return set()
    if root is None:
        return set()
    parts = root.xpath("//body//text()[not(parent::script or parent::style)]")
    return {part.strip() for part in parts if len(part.strip()) > 1}
