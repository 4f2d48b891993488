"""One candidate for what stood in a damaged run, and the moves that make it longer.

Shifted text is read as tokens: a character, a whole annotation ``(bào)``, or a mark with the
rest of the annotation it swallowed, ``?bào)``. A candidate has read some of the tokens and built
the bytes of the undamaged text from them. Bytes come in pairs: while only the first one of a
pair is known (``lead``), candidate and damaged text are out of step. The run ends where they are
in step again.

Moves return a new candidate and leave ``at`` alone, except ``advanced``.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from pipeline.text.pinyin.injection import ANNOTATION, TOKEN, Spot, character, encode, is_private, is_syllable

LOST = "?"
"""Stands for a character that could not be recovered."""

UNKNOWN = 0xFF
"""No byte of GBK: in place of a byte that is not known."""

FIRST_LEAD = 0x81
"""The lowest lead byte of GBK."""

Score: TypeAlias = Callable[[str, str], float]
"""Natural logarithm of the probability of the second character behind the first."""

_ASCII_SCORE = -8.0
_LOST_SCORE = -11.0
_UNEXPLAINED_SCORE = -16.0


class Candidate(NamedTuple):
    """The undamaged text as far as the tokens are read, and what it assumes."""

    last: str
    """Character before the next one; empty if there is none or it is lost."""
    data: bytes
    """Bytes of the undamaged text, from the character before the run on."""
    context: int
    """How many of the bytes stood before the run."""
    at: int = 0
    """Tokens read."""
    lead: int | None = None
    """First byte of a character whose second one is still to come."""
    text: str = ""
    """Undamaged text of the run, lost characters as ``LOST``."""
    score: float = 0.0
    """Natural logarithm of how likely all this is."""
    spots: tuple[Spot, ...] = ()
    cuts: tuple[int, ...] = ()
    """Bytes before each place where the mirror cut the text."""
    lost: int = 0
    lost_at: tuple[int, int] | None = None
    """Tokens and bytes before the first loss."""
    end: "Candidate | None" = None
    """This candidate where it was first in step again; None while it has not been."""
    ascii_trail: bool = False
    """An ASCII character was the second byte of one of the run's characters."""

    def advanced(self, tokens: int = 1) -> "Candidate":
        """As many more tokens are read."""
        return self._replace(at=self.at + tokens)

    def push(self, byte: int, score: Score) -> "Candidate | None":
        """One more byte of the undamaged text; None if it makes no character."""
        data = self.data + bytes((byte,))
        if self.lead is None and byte >= FIRST_LEAD:
            return self._replace(data=data, lead=byte)
        if self.lead is None:
            char, price = chr(byte), _ASCII_SCORE
        elif self.lead == UNKNOWN:
            return self.lose()._replace(data=data)
        else:
            found = character(self.lead, byte)
            if found is None or is_private(found):
                return None
            char, price = found, score(self.last, found)
        return self._replace(data=data, lead=None, last=char, text=self.text + char, score=self.score + price)

    def push_all(self, data: bytes, score: Score) -> "Candidate | None":
        """The same for several bytes."""
        candidate: Candidate | None = self
        for byte in data:
            candidate = candidate and candidate.push(byte, score)
        return candidate

    def copy(self, char: str, score: Score) -> "Candidate":
        """A character of the damaged text in step: it stands for itself."""
        return self._replace(
            last=char,
            text=self.text + char,
            data=self.data + (encode(char) or bytes((UNKNOWN,))),
            score=self.score + (_ASCII_SCORE if char.isascii() else score(self.last, char)),
        )

    def literal(self, token: str, score: float = 0.0) -> "Candidate":
        """A token that stays as it is."""
        data = self.data + b"?" * len(token)
        return self._replace(last=token[-1], text=self.text + token, data=data, score=self.score + score)

    def annotated(self, pinyin: str, score: float) -> "Candidate":
        """The annotation of an entry whose second byte is the last one."""
        return self._replace(spots=(*self.spots, Spot(len(self.data), pinyin)), score=self.score + score)

    def unexplained(self, token: str) -> "Candidate":
        """The annotation stays as it is, and the character that it tore is lost."""
        torn = self if self.lead is None else self.lose()
        lost_at = torn.lost_at or (self.at, len(self.data))
        return torn._replace(lost=torn.lost + 1, lost_at=lost_at).literal(token, _UNEXPLAINED_SCORE)

    def lose(self) -> "Candidate":
        """The character under way is lost."""
        return self._replace(
            lead=None,
            last="",
            data=self.data + bytes((UNKNOWN,)),
            text=self.text + LOST,
            lost=self.lost + 1,
            lost_at=self.lost_at or (self.at, len(self.data)),
            score=self.score + _LOST_SCORE,
        )

    def lose_both(self) -> "Candidate":
        """The character under way is lost, and so is the first byte of the next one."""
        return self.lose()._replace(lead=UNKNOWN, data=self.data + bytes((UNKNOWN, UNKNOWN)))

    def with_end(self, following: str) -> "Candidate":
        """``end`` noted, if it is in step and the next token is no annotation that belongs to it."""
        if self.end or self.lead is not None or is_annotation(following):
            return self
        return self._replace(end=self)

    def finished(self) -> "Candidate":
        """At the end of the tokens: a character still under way is lost."""
        if self.lead is None:
            return self
        lost = self.lose()
        return lost._replace(end=self.end or lost)


def by_score(candidate: Candidate) -> float:
    """Key to rank candidates by."""
    return candidate.score


def tokens_of(damaged: str) -> list[str]:
    """The damaged text in tokens; what only looks like an annotation is single characters."""
    tokens: list[str] = []
    for match in TOKEN.finditer(damaged):
        token = match[0]
        known = len(token) == 1 or is_syllable(token[1:-1])
        tokens.extend((token,) if known else token)
    return tokens


def is_annotation(token: str) -> bool:
    """Whether the token is a whole annotation."""
    return ANNOTATION.fullmatch(token) is not None
