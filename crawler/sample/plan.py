"""What stands on which page of the sample web, computed from the page's number alone.

An essay that a page carries is new, or copied from an earlier page, which may have copied it itself.
So clusters of reposts grow as they do in the wild (a few large, many small), and no table is needed.
"""

import functools
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from crawler.sample.chance import chance
from crawler.sample.grammar import Filling, Head, head_of, original_filling, place_name
from crawler.sample.sites import SampleSite, locate

MOST_ESSAYS = 8
"""Essays on one page at most; an essay's number is page times this, plus its position."""
_COPIED = 0.43
_TRIES = 4
_YEAR_PLACEHOLDERS = ("XX年", "xx年", "20xx年", "20__年", "201*年", "~年", "20**年", "XX年年", "1920xx年")
_PLACE_PLACEHOLDERS = ("XX县", "xx市", "**区", "某县", "XX镇", "____市")
_SEVERAL = {"x": 0.08, "g": 0.3, "z": 0.12, "w": 0.45, "m": 0.06}
"""Share of pages with several essays, by site."""
_HANT = {"x": 0.08, "g": 0.12}


@dataclass(frozen=True, slots=True)
class Copy:
    """One essay as one page carries it."""

    ordinal: int
    essay: int
    filling: Filling
    changes: tuple[str, ...]
    kept: float = 1.0
    """Share of the text that is there, from its start."""


@dataclass(frozen=True, slots=True)
class PagePlan:
    """One article page: where it lies, which essays it carries, what is done to it."""

    number: int
    site: SampleSite
    local: int
    copies: tuple[Copy, ...]
    published: date | None
    damage: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plans:
    """Plans of all pages of a web; equal seeds have equal plans."""

    seed: int

    def page(self, number: int) -> PagePlan:
        """Plan of article page ``number``."""
        site, local = locate(number)
        rng = chance(self.seed, "plan", number)
        published = date(2015, 1, 1) + timedelta(days=rng.randrange(3600))
        essays = _essays(self.seed, number)
        copies = tuple(self._copy(number, ordinal, essay) for ordinal, essay in enumerate(essays, 1))
        damage = frozenset(_damage(site.key, len(copies), rng))
        if "truncated" in damage:
            copies = (
                replace(copies[0], kept=rng.uniform(0.3, 0.9), changes=(*copies[0].changes, "truncated")),
            )
        return PagePlan(number, site, local, copies, None if rng.random() < 0.08 else published, damage)

    def head(self, essay: int) -> Head:
        """Genre, field and title of an essay."""
        return head_of(self.seed, essay)

    def first_copy(self, number: int) -> Copy:
        """First essay of a page: the one its title names."""
        return self._copy(number, 1, _essays(self.seed, number)[0])

    def _copy(self, page: int, ordinal: int, essay: int) -> Copy:
        original = original_filling(self.seed, essay)
        if essay == page * MOST_ESSAYS + ordinal:
            return Copy(ordinal, essay, original, ())
        filling, changes = _refilled(original, chance(self.seed, "copy", page, ordinal))
        return Copy(ordinal, essay, filling, changes)


@functools.lru_cache(maxsize=200_000)
def _essays(seed: int, page: int) -> tuple[int, ...]:
    """Numbers of the essays on a page, no two alike."""
    site, _ = locate(page)
    rng = chance(seed, "essays", page)
    size = 1
    if rng.random() < _SEVERAL[site.key]:
        size = rng.randint(3, 7) if site.key == "w" else rng.randint(2, 4)
    essays: list[int] = []
    for ordinal in range(1, size + 1):
        essay = page * MOST_ESSAYS + ordinal
        if page and rng.random() < _COPIED:
            copied = _copied(seed, page, rng)
            essay = essay if copied in essays else copied
        essays.append(essay)
    return tuple(essays)


def _copied(seed: int, page: int, rng: random.Random) -> int:
    """An essay of an earlier page, rather one that is original there, lest a few be copied everywhere."""
    for _ in range(_TRIES):
        source = rng.randrange(page)
        copied = rng.choice(_essays(seed, source))
        if copied // MOST_ESSAYS == source:
            break
    return copied


def _refilled(filling: Filling, rng: random.Random) -> tuple[Filling, tuple[str, ...]]:
    """The slots of a repost, and what was changed in them."""
    changes = []
    if rng.random() < 0.55:
        changes.append("years")
        filling = replace(filling, year=rng.randint(2008, 2024), blanket=rng.random() < 0.2)
        if rng.random() < 0.4:
            changes.append("placeholders")
            filling = replace(filling, year_style=rng.choice(_YEAR_PLACEHOLDERS))
    if rng.random() < 0.4:
        changes.append("places")
        filling = replace(filling, place=place_name(rng))
        if rng.random() < 0.3:
            filling = replace(filling, place_style=rng.choice(_PLACE_PLACEHOLDERS))
    if rng.random() < 0.3:
        changes.append("numbers")
        filling = replace(filling, numbers=rng.getrandbits(48))
    if rng.random() < 0.2:
        changes.append("unsigned")
    return filling, tuple(changes)


def _damage(key: str, essays: int, rng: random.Random) -> list[str]:
    """What is done to a page, by the site it lies on."""
    chances = {
        "intro": {"x": 0.0, "g": 0.8, "z": 0.25, "w": 0.1, "m": 0.25}[key],
        "hant": 1.0 if key == "m" else _HANT.get(key, 0.0),
        "injected": 0.93 if key == "m" else 0.0,
        "collisions": 0.2 if key == "m" else 0.0,
        "hijacked": 0.5 if key == "m" else 0.0,
        "truncated": 0.08 if essays == 1 and key != "m" else 0.0,
        "paged": {"z": 0.35, "w": 0.1}.get(key, 0.0),
        "broken": {"x": 0.3, "w": 0.5}.get(key, 0.08),
        "travel": {"w": 0.75}.get(key, 0.02),
        "glued": {"w": 0.5}.get(key, 0.0),
        "jammer": {"w": 0.3, "x": 0.1, "g": 0.05}.get(key, 0.0),
        "deleted": 1.0 if key == "w" else 0.0,
        "lost": 0.05,
        "censored": 0.06,
        "symbols": 0.2,
        "glossed": 0.0 if key == "m" else 0.08,
        "contact": 0.03,
        "bad_byte": 0.06 if key in "zw" else 0.0,
        "wrong_header": 0.12 if key in "zw" else 0.0,
    }
    return [name for name, chance in chances.items() if rng.random() < chance]
