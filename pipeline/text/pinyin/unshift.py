"""What stood where a pinyin annotation shifted the bytes of a GBK text.

An annotation that tears a character in two makes a byte disappear, and every pair behind it is
cut in the wrong place until another byte gets lost. So a damaged run is undone on its bytes:

1. Search. The run is read token by token (``candidate``). Where several bytes could have been
   lost, each makes a candidate of its own (``successors``); each must explain every annotation,
   and none that the mirror's list (``entries``) calls for may be missing. A beam search keeps
   those that read best. Only if none reads well, a second search allows for silent losses: pairs
   that the decoder dropped without a mark.
2. Proof. A candidate stays only if the forward model, applied to its bytes and annotations,
   gives the damaged text back.
3. Choice. The candidate that reads best is the repair; where others read nearly as well but
   differ, the character is marked as lost, and nothing is repaired if they differ in length.

Beam search: Lowerre, "The Harpy Speech Recognition System" (1976).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest

from pipeline.text.pinyin.candidate import LOST, Candidate, by_score, tokens_of
from pipeline.text.pinyin.entries import Entries
from pipeline.text.pinyin.injection import DECODERS, damage, encode, fold
from pipeline.text.pinyin.reading import Reading
from pipeline.text.pinyin.successors import Successors

_BEAM = 96
_LOOKAHEAD = 2
"""Tokens that are read behind the end of a run, to see that the text goes on well."""
_MARGIN = 2.0
"""Natural logarithm of how much better the best must be than one that is ruled out."""
PAGE_STEPS = 100_000
"""Work done on one page; a step is as long as one candidate takes to make, about 10 microseconds. The worst
of 114 mirror pages took 19,800, and a page made to be slow would take any number."""
_SEARCH_STEPS = 30_000
"""The same for one search."""
_TOKENS_A_STEP = 25
_BYTES_A_STEP = 32
"""Bytes that the forward model decodes meanwhile."""
_POOR_SCORE = -9.0
"""Per character; what reads worse may have lost bytes without a mark."""


@dataclass(frozen=True, slots=True)
class Run:
    """A damaged stretch and what stood there."""

    length: int
    """Characters of the damaged text that it takes."""
    text: str
    lost: int
    """Characters that are not known; ``text`` has ``LOST`` in their places."""
    certain: bool
    """Nothing else is possible; otherwise this reads best by far."""
    cut: bool
    """The shift began at cut punctuation, not at an annotation."""
    ascii_trail: bool
    """The shift ended where the second byte of a character is a letter."""


class Unshifter:
    """Search, proof and choice on one page: its entries, and how its text reads."""

    def __init__(self, entries: Entries, reading: Reading) -> None:
        self._successors = Successors(entries, reading)
        self._left = PAGE_STEPS

    @property
    def steps_left(self) -> int:
        """Work that may still be done on this page; with none left, damage stays as it is, marked."""
        return self._left

    def find(self, before: str, damaged: str) -> Run | None:
        """What stood at the start of ``damaged``, behind the undamaged text ``before``.

        None if nothing is clearly best, nothing gives the damaged text back, or the page's steps are used up.
        """
        if self._left <= 0:
            return None
        last = before[-1:]
        context = encode(last) or b""
        start = Candidate(last, context, len(context))
        tokens = tokens_of(damaged)
        self._left -= 1 + len(tokens) // _TOKENS_A_STEP
        proved: list[Candidate] = []
        for silent in (False, True):
            found = self._search(tokens, start, silent=silent)
            proved = [candidate for candidate in found if self._is_proved(tokens, candidate)]
            if proved and _reads_well(proved[0]):
                break
        return _choose(tokens, proved) if self._left > 0 else None

    def _search(self, tokens: Sequence[str], start: Candidate, *, silent: bool) -> list[Candidate]:
        """All candidates up to the first token where every one is in step again, best first.

        Empty if that takes too many steps.
        """
        waiting: dict[int, list[Candidate]] = defaultdict(list, {0: [start]})
        stop = max(0, self._left - _SEARCH_STEPS)
        while waiting and self._left > stop:
            at = min(waiting)
            beam = nlargest(_BEAM, waiting.pop(at), key=by_score)
            if at == len(tokens):
                beam = [candidate.finished() for candidate in beam]
                return sorted(beam, key=by_score, reverse=True)
            if not waiting and all(_is_settled(candidate) for candidate in beam):
                return beam
            for successor in self._extend(beam, tokens, at, silent=silent):
                waiting[successor.at].append(successor)
                if self._left <= stop:
                    return []
        return []

    def _extend(
        self, beam: Sequence[Candidate], tokens: Sequence[str], at: int, *, silent: bool
    ) -> Iterator[Candidate]:
        token, following, *_ = (*tokens[at : at + 2], "")
        for candidate in beam:
            for successor in self._successors.of(candidate, token, following, silent=silent):
                self._left -= 1
                if self._successors.is_complete(successor, len(candidate.data)):
                    yield successor.with_end(tokens[successor.at] if successor.at < len(tokens) else "")

    def _is_proved(self, tokens: Sequence[str], candidate: Candidate) -> bool:
        """Whether the forward model gives the damaged tokens back, as far as nothing is lost."""
        end = candidate.end or candidate
        count, size = end.lost_at or (end.at, len(end.data))
        spots = [spot for spot in end.spots if spot.at <= size]
        given = fold("".join(tokens[:count]))
        skip = 1 if end.context else 0
        for decoder in DECODERS if self._left > 0 else ():
            self._left -= 1 + size // _BYTES_A_STEP
            if fold(damage(end.data[:size], spots, decoder, end.cuts))[skip:] == given:
                return True
        return False


def _is_settled(candidate: Candidate) -> bool:
    return candidate.end is not None and candidate.end.at + _LOOKAHEAD <= candidate.at


def _reads_well(candidate: Candidate) -> bool:
    end = candidate.end or candidate
    return not end.lost and end.score > _POOR_SCORE * len(end.text)


def _choose(tokens: Sequence[str], ranked: Sequence[Candidate]) -> Run | None:
    """The best candidate, its doubtful characters marked; None if there is none or it is not clearly best."""
    if not ranked:
        return None
    best = ranked[0]
    end = best.end or best
    others = [other for other in ranked[1:] if other.text != best.text]
    close = [other.text for other in others if best.score - other.score < _MARGIN]
    if any(len(text) != len(best.text) for text in close):
        return None
    doubtful = {at for at, char in enumerate(end.text) if any(text[at] != char for text in close)}
    return Run(
        length=len("".join(tokens[: end.at])),
        text="".join(LOST if at in doubtful else char for at, char in enumerate(end.text)),
        lost=end.lost + len(doubtful),
        certain=not end.lost and not doubtful and not others,
        cut=bool(end.cuts),
        ascii_trail=end.ascii_trail,
    )
