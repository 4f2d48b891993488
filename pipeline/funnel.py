"""The funnel of a build: what came in, what left where, what is kept; its numbers add up."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts of one build."""

    pages: int
    """Stored responses that were read."""
    articles: int
    """Pages with a main text that went on to be split into essays."""
    lists: int
    other: int
    """Sitemaps, feeds and the like."""
    superseded: int
    """Earlier fetches of a page that was fetched again."""
    taken_down: int
    """Pages that must not be published."""
    pages_rejected: Mapping[str, int]
    """Pages by the rule that rejected them."""
    found: int
    """Texts that the article pages were split into."""
    essays_taken_down: int
    essays_rejected: Mapping[str, int]
    duplicates: int
    kept: int

    def check(self) -> None:
        """Nothing may vanish.

        Raises:
            RuntimeError: a count does not add up, which is a bug and no property of the input.
        """
        rejected = sum(self.pages_rejected.values())
        away = self.superseded + self.taken_down + rejected
        if self.pages != self.articles + self.lists + self.other + away:
            raise RuntimeError(f"pages do not add up: {self}")
        left = sum(self.essays_rejected.values()) + self.essays_taken_down
        if self.found != left + self.duplicates + self.kept:
            raise RuntimeError(f"texts do not add up: {self}")

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)

    def rows(self) -> list[tuple[str, int]]:
        """Lines of the funnel for a terminal: words and count, details indented under their sum."""
        rows = [("pages read", self.pages)]
        rows += [("  list pages", self.lists), ("  sitemaps and other", self.other)]
        rows += [("  superseded by a later fetch", self.superseded)] if self.superseded else []
        rows += [("  taken down", self.taken_down)] if self.taken_down else []
        rows += [(f"  rejected: {rule}", count) for rule, count in sorted(self.pages_rejected.items())]
        rows += [("  article pages", self.articles), ("texts found", self.found)]
        rows += [("  taken down", self.essays_taken_down)] if self.essays_taken_down else []
        rows += [(f"  rejected: {rule}", count) for rule, count in sorted(self.essays_rejected.items())]
        rows += [("  near-duplicates dropped", self.duplicates), ("essays kept", self.kept)]
        return rows
