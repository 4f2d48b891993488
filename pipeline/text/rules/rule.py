"""What a line rule is."""

import enum
import re
from dataclasses import dataclass


class Where(enum.Enum):
    """Where a rule's evidence is enough."""

    ANYWHERE = "anywhere"
    EDGE = "edge"
    """Near the start and end of a text, or beside lines already taken out."""
    HEAD = "head"
    """Before the first paragraph that is left."""


@dataclass(frozen=True, slots=True)
class LineRule:
    """A line that the pattern is found in is not the essay's."""

    name: str
    pattern: re.Pattern[str]
    longest: int
    """Characters; a longer line is a person's, whatever stands in it."""
    where: Where
    cues: tuple[str, ...]
    """Words of which every line has one that the rule finds, unless it begins in ASCII (a cue ``^``)."""
    matches: tuple[str, ...]
    passes: tuple[str, ...]

    def finds(self, line: str) -> bool:
        """Whether the rule takes the line out."""
        return len(line) <= self.longest and self.pattern.search(line) is not None


def rule(
    name: str,
    *patterns: str,
    cues: str,
    longest: int,
    matches: tuple[str, ...],
    passes: tuple[str, ...],
    where: Where = Where.ANYWHERE,
) -> LineRule:
    """A rule that finds what any of the patterns does; ``cues`` are separated by spaces."""
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    return LineRule(name, pattern, longest, where, tuple(cues.split()), matches, passes)
