"""What a line rule is."""

import enum
import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass
from operator import itemgetter

_SPACES = " \u3000\xa0\t"


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
    """Words of which every line has one that the rule finds."""
    cue: re.Pattern[str]
    """Any of them; asked first, for that is fast."""
    matches: tuple[str, ...]
    passes: tuple[str, ...]

    def finds(self, line: str) -> bool:
        """Whether the rule takes the line out."""
        return (
            len(line) <= self.longest
            and self.cue.search(line) is not None
            and self.pattern.search(line) is not None
        )


def rule(
    name: str,
    *patterns: str,
    cues: str,
    longest: int,
    matches: tuple[str, ...],
    passes: tuple[str, ...],
    where: Where = Where.ANYWHERE,
) -> LineRule:
    """A rule that finds what any of the patterns does; ``cues`` are separated by spaces, ␣ is a space in one."""
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    words = tuple(
        cue.replace("␣", space) for cue in cues.split() for space in (_SPACES if "␣" in cue else " ")
    )
    return LineRule(name, pattern, longest, where, words, any_of(words), matches, passes)


def any_of(cues: Collection[str]) -> re.Pattern[str]:
    """A pattern of words, those with the same first character together, which is what a search is fast at."""
    parts = []
    for first, group in itertools.groupby(sorted(cues), key=itemgetter(0)):
        rests = [re.escape(word[1:]) for word in group]
        parts.append(re.escape(first) + (f"(?:{'|'.join(rests)})" if "" not in rests else ""))
    return re.compile("|".join(parts))
