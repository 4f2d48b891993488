"""What the next token of a damaged run may stand for: one candidate becomes several.

``?`` or ``�``
    Bytes that made no character. Before an annotation, one byte is lost: the second one of an
    entry with this pinyin. Otherwise a character was cut in two (at the end of the line or before
    punctuation that a mirror cuts at), or two bytes made an unassigned pair; the bytes that read
    best are tried. In step, it may be a real question mark.
annotation
    Must belong to the last two bytes.
other character
    In step it stands for itself; out of step its first byte ends a character, its second one
    begins the next.

What a token cannot stand for is lost, at a price, so that some candidate always goes on.
"""

import functools
from collections.abc import Iterator
from heapq import nlargest
from operator import itemgetter

from pipeline.text.pinyin.candidate import FIRST_LEAD, Candidate, by_score, is_annotation
from pipeline.text.pinyin.entries import Entries
from pipeline.text.pinyin.injection import (
    CUT_PAIRS,
    EURO,
    MARKS,
    PRIVATE_LEADS,
    character,
    encode,
    is_private,
    unfold,
)
from pipeline.text.pinyin.reading import Reading

_SILENT_LOSS_SCORE = -7.0
_LINE_END_SCORE = 1.5
"""For the full stop, which ends most lines."""
_FIRST_GUESSES, _GUESSES = 6, 24
_FIRST_TRAIL = 0x40
_HIGH_BYTES = range(FIRST_LEAD, 0xFF)


class Successors:
    """The successor function of the search on one page: its entries, and how its text reads."""

    def __init__(self, entries: Entries, reading: Reading) -> None:
        self._entries = entries
        self._pairs = functools.cache(lambda pinyin: tuple(entries.pairs(pinyin)))
        self._score = functools.cache(reading.score)
        self._openings = functools.cache(self._find_openings)

    def of(self, candidate: Candidate, token: str, following: str, *, silent: bool) -> Iterator[Candidate]:
        """All candidates that have read ``token`` too; ``following`` is the one behind it, if any.

        With ``silent``, pairs may have been lost without a mark before it. Some miss an annotation
        (``is_complete``).
        """
        if len(token) > 1 and token[0] in MARKS:
            yield from self._torn(candidate, (token,), token[1:-1])
        elif token in MARKS and is_annotation(following):
            yield from self._torn(candidate, (token, following), following[1:-1])
        elif token in MARKS:
            yield from self._mark(candidate, token, following)
        elif len(token) > 1:
            yield from self._annotation(candidate, token)
        elif candidate.lead is None:
            yield candidate.copy(token, self._score).advanced()
        else:
            yield from self._shifted(candidate, token, silent=silent)

    def is_complete(self, candidate: Candidate, since: int) -> bool:
        """Whether every known entry among the bytes from ``since`` on has its annotation.

        The last two bytes may still get theirs; and a list worked off entry by entry misses a pair
        that an earlier entry's annotation has torn.
        """
        annotated = {spot.at for spot in candidate.spots}
        return all(
            end in annotated
            or end - 1 in annotated
            or candidate.data[end - 2 : end] not in self._entries.known
            for end in range(max(since, candidate.context + 1), len(candidate.data))
        )

    def _torn(self, candidate: Candidate, tokens: tuple[str, ...], pinyin: str) -> Iterator[Candidate]:
        """An annotation tore a pair: one byte is lost before it."""
        found = False
        for successor in self._completed(candidate, pinyin):
            found = True
            yield successor.advanced(len(tokens))
        if not found:
            yield candidate.unexplained("".join(tokens)).advanced(len(tokens))

    def _completed(self, candidate: Candidate, pinyin: str) -> Iterator[Candidate]:
        """Every byte that makes an entry with this pinyin together with the byte before it."""
        for pair, score in self._pairs(pinyin):
            if candidate.data[-1:] == pair[:1] and pair[1] >= FIRST_LEAD:
                pushed = candidate.push(pair[1], self._score)
                if pushed is not None:
                    yield pushed.annotated(pinyin, score)

    def _annotation(self, candidate: Candidate, token: str) -> Iterator[Candidate]:
        pinyin = token[1:-1]
        score = self._entries.score(candidate.data[-2:], pinyin)
        if score is not None:
            yield candidate.annotated(pinyin, score).advanced()
            return
        for successor in self._completed(candidate, pinyin):
            yield successor._replace(score=successor.score + _SILENT_LOSS_SCORE).advanced()
        yield candidate.unexplained(token).advanced()

    def _mark(self, candidate: Candidate, token: str, following: str) -> Iterator[Candidate]:
        if candidate.lead is None:
            yield candidate.literal(token).advanced()
            yield from self._cut_before(candidate, following)
            return
        after = candidate.advanced()
        yield candidate.lose().advanced()
        yield from self._cut_character(after, following)
        yield from self._lost_pair(after, following)
        yield candidate.lose_both().advanced()

    def _cut_before(self, candidate: Candidate, following: str) -> Iterator[Candidate]:
        """The bytes were cut before punctuation that is no character of the undamaged text."""
        pair = encode(unfold(following)) if len(following) == 1 else None
        if pair not in CUT_PAIRS:
            return
        cuts = (*candidate.cuts, len(candidate.data) + 1)
        for lead in _HIGH_BYTES:
            successor = candidate.push_all(bytes((lead, *pair)), self._score)
            if successor is not None:
                yield successor._replace(cuts=cuts).advanced(2)

    def _cut_character(self, candidate: Candidate, following: str) -> Iterator[Candidate]:
        """The bytes ended, or were cut, within a character: no ASCII byte can have been swallowed."""
        if following and encode(unfold(following)) not in CUT_PAIRS:
            return
        whole = (candidate.push(trail, self._score) for trail in _HIGH_BYTES)
        for successor in nlargest(_GUESSES, filter(None, whole), key=by_score):
            if following:
                yield successor._replace(cuts=(*successor.cuts, len(successor.data)))
            else:
                bonus = _LINE_END_SCORE if successor.last == "。" else 0.0
                yield successor._replace(score=successor.score + bonus)

    def _lost_pair(self, candidate: Candidate, following: str) -> Iterator[Candidate]:
        """Two bytes were lost that the decoder has no character for; those that read best.

        They end one character and begin another, which ends with the first byte of ``following``.
        """
        ahead = _bytes_in_shift(following) if len(following) == 1 and following not in MARKS else None
        if ahead is None:
            return
        ended = filter(None, (candidate.push(byte, self._score) for byte in PRIVATE_LEADS))
        guesses = [
            (first.score + score, first, lead)
            for first in nlargest(_FIRST_GUESSES, ended, key=by_score)
            for lead, score in self._openings(first.last, first.data[-1], ahead[0])
        ]
        for _, first, lead in nlargest(_GUESSES, guesses, key=itemgetter(0)):
            yield first._replace(data=first.data + bytes((lead,)), lead=lead)

    def _find_openings(self, before: str, trail: int, ahead: int) -> tuple[tuple[int, float], ...]:
        """Lead bytes that decoders lose behind ``trail``, with the score of what they begin."""
        return tuple(
            (lead, self._score(before, char))
            for lead in _HIGH_BYTES
            if _is_unassigned(trail, lead)
            and (char := character(lead, ahead)) is not None
            and not is_private(char)
        )

    def _shifted(self, candidate: Candidate, token: str, *, silent: bool) -> Iterator[Candidate]:
        pair = _bytes_in_shift(token)
        successor = candidate.push_all(pair or b"\xff", self._score)
        if successor is not None:
            ascii_trail = pair is not None and len(pair) == 1 and successor.lead is None
            yield successor._replace(ascii_trail=successor.ascii_trail or ascii_trail).advanced()
        elif pair is None or pair[0] < _FIRST_TRAIL:
            yield candidate.lose().copy(token, self._score).advanced()
        if silent and pair is not None:
            for lossy in self._lost_pair(candidate, token):
                dearer = lossy._replace(score=lossy.score + _SILENT_LOSS_SCORE)
                pushed = dearer.push_all(pair, self._score)
                if pushed is not None:
                    yield pushed.advanced()


def _bytes_in_shift(token: str) -> bytes | None:
    return b"\x80" if token == EURO else encode(unfold(token))


def _is_unassigned(lead: int, trail: int) -> bool:
    """Whether decoders have no character for a pair, or a private one that is soon lost."""
    char = character(lead, trail)
    return char is None or is_private(char)
