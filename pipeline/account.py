"""What a build says of the corpus beside its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
