"""What a build says of the corpus beside its tables, and of itself."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from pipeline.funnel import Funnel
from pipeline.schema import TakedownRow


@dataclass(frozen=True, slots=True)
class Account:
    """Figures that the papers of a version and its manifest are made of."""

    funnel: Funnel
    contacts: Mapping[str, int]
    """Contact data on the pages, by kind."""
    sites: Mapping[str, int]
    """Essays kept, by site."""
    reserved: int
    """Pages that carry a reservation."""
    fetched: date | None
    """Day of the last fetch."""
    stones: Sequence[TakedownRow]
    """Rows of table ``takedowns``."""

    @property
    def unmet(self) -> tuple[str, ...]:
        """Demands that took nothing out: kind and id."""
        return tuple(f"{each.kind} {each.id}" for each in self.stones if not each.pages + each.essays)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to."""

    funnel: Funnel
    version: int
    """Number of the version in force; the one before if nothing has changed."""
    taken_over: int = 0
    """Parts of the input that were not read again."""
    unmet: tuple[str, ...] = ()
    """Demands that took nothing out of this version: kind and id."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall clock by step."""
    caution: str = ""
    """What should be known of the outcome, empty if nothing should."""


class Clock:
    """Wall clock by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Time what the block does."""
        started = time.perf_counter()
        yield
        self.seconds[step] = round(time.perf_counter() - started, 3)
