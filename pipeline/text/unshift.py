"""Search for what stood where a pinyin annotation shifted the bytes of a GBK text.

The damaged text is read token by token as bytes; the undamaged text is built from the same bytes
less the annotations, with the lost bytes put back. Where several bytes could have been lost, all
are followed; each must explain every annotation, and none that the mirror's list calls for may
be missing. How well they read decides between those that are left.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from pipeline.text.injection import (
    ANNOTATION,
    CUT_PAIRS,
    DECODERS,
    EURO,
    MARKS,
    PRIVATE_LEADS,
    TOKEN,
    Spot,
    character,
    damage,
    encode,
    fold,
    is_private,
    is_syllable,
    traditional_pairs,
    unfold,
)
from pipeline.text.reading import Reading

LOST = "?"
"""Stands for a character that could not be recovered."""

_UNKNOWN = 0xFF
"""No byte of GBK: in place of a byte that is not known."""

_LOST_SCORE = -11.0
_UNEXPLAINED_SCORE = -16.0
_NEW_ENTRY_SCORE = -1.0
_SILENT_LOSS_SCORE = -7.0
_ASCII_SCORE = -8.0
_POOR_SCORE = -9.0
"""Per character; what reads worse may have lost bytes without a mark."""
_LINE_END_SCORE = 1.5
"""For the full stop, which ends most lines."""
_BEAM = 96
_FIRST_GUESSES, _GUESSES = 6, 24
_LOOKAHEAD = 2
_MARGIN = 2.0
_FIRST_TRAIL, _FIRST_LEAD = 0x40, 0x81


@dataclass(frozen=True, slots=True)
class Entries:
    """The mirror's list as far as the page shows it."""

    known: Mapping[bytes, str]
    """Byte pairs annotated in plain spots, with their pinyin."""
    refuted: frozenset[bytes] = frozenset()
    """Byte pairs that stand on the page without annotation."""

    def pairs(self, pinyin: str) -> Iterator[tuple[bytes, float]]:
        """Byte pairs that may carry this annotation, with a score."""
        for pair in traditional_pairs(pinyin):
            if pair not in self.refuted and pair not in self.known:
                yield pair, _NEW_ENTRY_SCORE
        for pair, own in self.known.items():
            if own == pinyin:
                yield pair, 0.0

    def score(self, pair: bytes, pinyin: str) -> float | None:
        """Score of an annotation behind this pair; None if it cannot be the list's."""
        if pair in self.known:
            return 0.0 if self.known[pair] == pinyin else None
        return _NEW_ENTRY_SCORE if pair in traditional_pairs(pinyin) and pair not in self.refuted else None


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


class _Path(NamedTuple):
    """One way to read the tokens so far."""

    last: str
    data: bytes
    """Bytes of the undamaged text, from the character before the run on."""
    at: int = 0
    lead: int | None = None
    """First byte of a character whose second one is still to come."""
    text: str = ""
    score: float = 0.0
    spots: tuple[Spot, ...] = ()
    cuts: tuple[int, ...] = ()
    lost: int = 0
    lost_at: tuple[int, int] | None = None
    """Tokens and bytes before the first loss."""
    end: "_Path | None" = None
    """Where the bytes were first in step again."""
    ascii_trail: bool = False
    silent: bool = False
    """Pairs may have been lost without a mark."""


class Unshifter:
    """Search over one page: its entries, and how its text reads."""

    def __init__(self, entries: Entries, reading: Reading) -> None:
        self._entries = entries
        self._reading = reading

    def find(self, before: str, damaged: str) -> Run | None:
        """What stood at the start of ``damaged``, behind the undamaged text ``before``.

        None if nothing is clearly best, or nothing gives the damaged text back.
        """
        last = before[-1:]
        context = encode(last) or b""
        tokens = _tokens(damaged)
        for silent in (False, True):
            paths = self._search(tokens, _Path(last, context, silent=silent))
            proved = [path for path in paths if _proved(tokens, context, path)]
            if proved and _reads_well(proved[0]):
                break
        return _choose(tokens, proved)

    def _search(self, tokens: Sequence[str], start: _Path) -> list[_Path]:
        """All readings up to the first token where every one is in step again, best first."""
        waiting: dict[int, list[_Path]] = defaultdict(list, {0: [start]})
        context = len(start.data)
        while True:
            at = min(waiting)
            paths = heapq.nlargest(_BEAM, waiting.pop(at), key=_score)
            if at == len(tokens):
                return sorted(map(_finish, paths), key=_score, reverse=True)
            settled = all(path.end is not None and path.end.at + _LOOKAHEAD <= at for path in paths)
            if settled and not waiting:
                return sorted(paths, key=_score, reverse=True)
            for path in paths:
                for step in self._steps(tokens, path, context):
                    waiting[step.at].append(_with_end(step, tokens))
            if not waiting:
                return []

    def _steps(self, tokens: Sequence[str], path: _Path, context: int) -> Iterator[_Path]:
        for step in self._read(tokens, path):
            if self._nothing_missing(step, max(len(path.data), context + 1)):
                yield step

    def _nothing_missing(self, path: _Path, since: int) -> bool:
        """Whether every known entry among the last bytes has its annotation.

        The last two bytes may still get theirs; and a list worked off entry by entry misses a pair
        that an earlier entry's annotation has torn.
        """
        annotated = {spot.at for spot in path.spots}
        return all(
            end in annotated or end - 1 in annotated or path.data[end - 2 : end] not in self._entries.known
            for end in range(since, len(path.data))
        )

    def _read(self, tokens: Sequence[str], path: _Path) -> Iterator[_Path]:
        token = tokens[path.at]
        following = tokens[path.at + 1] if path.at + 1 < len(tokens) else ""
        if len(token) > 1 and token[0] in MARKS:
            yield from self._marked(path, token, token[1:-1], 1)
        elif token in MARKS and _is_annotation(following):
            yield from self._marked(path, token + following, following[1:-1], 2)
        elif token in MARKS:
            yield from self._mark(path, token, following)
        elif len(token) > 1:
            yield from self._annotation(path, token)
        else:
            yield from self._character(path, token)

    def _marked(self, path: _Path, token: str, pinyin: str, tokens: int) -> Iterator[_Path]:
        """An annotation tore a pair: one byte is lost before it."""
        found = False
        for step in self._annotated(path, pinyin):
            found = True
            yield step._replace(at=path.at + tokens)
        if not found:
            yield _unexplained(path, token, tokens)

    def _annotated(self, path: _Path, pinyin: str) -> Iterator[_Path]:
        """Every byte that makes an entry with this pinyin together with the byte before it."""
        for pair, score in self._entries.pairs(pinyin):
            if path.data[-1:] == pair[:1] and pair[1] >= _FIRST_LEAD:
                pushed = self._push(path, pair[1])
                if pushed is not None:
                    yield _with_spot(pushed, pinyin, score)

    def _mark(self, path: _Path, token: str, following: str) -> Iterator[_Path]:
        after = path._replace(at=path.at + 1)
        if path.lead is None:
            yield _literal(after, token, 0.0)
            yield from self._cut(path, following)
            return
        yield _lose(after)
        yield from self._cut_character(after, following)
        yield from self._lost_pairs(after, following)
        yield _lose(after)._replace(lead=_UNKNOWN, data=path.data + bytes((_UNKNOWN,) * 2))

    def _cut(self, path: _Path, following: str) -> Iterator[_Path]:
        """The bytes were cut before punctuation that is no character of the undamaged text."""
        pair = encode(unfold(following)) if len(following) == 1 else None
        if pair not in CUT_PAIRS:
            return
        for lead in range(_FIRST_LEAD, 0xFF):
            first = self._push(path, lead)
            second = first and self._push(first, pair[0])
            third = second and self._push(second, pair[1])
            if third is not None:
                yield third._replace(at=path.at + 2, cuts=(*path.cuts, len(path.data) + 1))

    def _cut_character(self, path: _Path, following: str) -> Iterator[_Path]:
        """The bytes ended, or were cut, within a character: no ASCII byte can have been swallowed."""
        if following and encode(unfold(following)) not in CUT_PAIRS:
            return
        whole = (self._push(path, trail) for trail in range(_FIRST_LEAD, 0xFF))
        for step in heapq.nlargest(_GUESSES, filter(None, whole), key=_score):
            if following:
                yield step._replace(cuts=(*step.cuts, len(step.data)))
            else:
                yield step._replace(score=step.score + (_LINE_END_SCORE if step.last == "。" else 0.0))

    def _lost_pairs(self, path: _Path, following: str) -> Iterator[_Path]:
        """Two bytes were lost that the decoder has no character for; those that read best."""
        ahead = _bytes_in_shift(following) if len(following) == 1 and following not in MARKS else None
        if ahead is None or path.lead is None:
            return
        firsts = [first for lead in PRIVATE_LEADS if (first := self._push(path, lead))]
        guesses = [
            (first.score + self._reading.score(first.last, char), first, trail)
            for first in heapq.nlargest(_FIRST_GUESSES, firsts, key=_score)
            for trail in range(_FIRST_LEAD, 0xFF)
            if _is_unassigned(first.data[-1], trail)
            and (char := character(trail, ahead[0])) is not None
            and not is_private(char)
        ]
        for _, first, trail in heapq.nlargest(_GUESSES, guesses, key=itemgetter(0)):
            yield first._replace(data=first.data + bytes((trail,)), lead=trail)

    def _annotation(self, path: _Path, token: str) -> Iterator[_Path]:
        pinyin = token[1:-1]
        after = path._replace(at=path.at + 1)
        score = self._entries.score(path.data[-2:], pinyin)
        if score is not None:
            yield _with_spot(after, pinyin, score)
            return
        for step in self._annotated(after, pinyin):
            yield step._replace(score=step.score + _SILENT_LOSS_SCORE)
        yield _unexplained(path, token, 1)

    def _character(self, path: _Path, token: str) -> Iterator[_Path]:
        after = path._replace(at=path.at + 1)
        pair = encode(token) if path.lead is None else _bytes_in_shift(token)
        if path.lead is None:
            yield self._copy(after, token, pair)
            return
        step: _Path | None = after
        for byte in pair or b"\xff":
            step = step and self._push(step, byte)
        if step is not None:
            yield step._replace(ascii_trail=step.ascii_trail or (len(pair or b"") == 1 and step.lead is None))
        elif pair is None or pair[0] < _FIRST_TRAIL:
            yield self._copy(_lose(after), token, pair)
        if path.silent:
            for lossy in self._lost_pairs(path, token):
                yield from self._after_silent_loss(lossy, pair)

    def _after_silent_loss(self, path: _Path, pair: bytes | None) -> Iterator[_Path]:
        step: _Path | None = path._replace(at=path.at + 1, score=path.score + _SILENT_LOSS_SCORE)
        for byte in pair or b"":
            step = step and self._push(step, byte)
        if step is not None:
            yield step

    def _copy(self, path: _Path, token: str, pair: bytes | None) -> _Path:
        score = _ASCII_SCORE if token.isascii() else self._reading.score(path.last, token)
        return path._replace(
            last=token,
            text=path.text + token,
            data=path.data + (pair or bytes((_UNKNOWN,))),
            score=path.score + score,
        )

    def _push(self, path: _Path, byte: int) -> _Path | None:
        """The path with one more byte of the undamaged text; None if it makes no character."""
        data = path.data + bytes((byte,))
        if path.lead is None:
            if byte >= _FIRST_LEAD:
                return path._replace(data=data, lead=byte)
            char, score = chr(byte), _ASCII_SCORE
        elif path.lead == _UNKNOWN:
            lost = _lose(path)
            return lost._replace(data=data)
        else:
            found = character(path.lead, byte)
            if found is None or is_private(found):
                return None
            char, score = found, self._reading.score(path.last, found)
        return path._replace(data=data, lead=None, last=char, text=path.text + char, score=path.score + score)


def _proved(tokens: Sequence[str], context: bytes, path: _Path) -> bool:
    """Whether the forward model gives the damaged tokens back, as far as nothing is lost."""
    end = path.end or path
    count, size = end.lost_at or (end.at, len(end.data))
    spots = [spot for spot in end.spots if spot.at <= size]
    given = fold("".join(tokens[:count]))
    skip = 1 if context else 0
    return any(
        fold(damage(end.data[:size], spots, decoder, end.cuts))[skip:] == given for decoder in DECODERS
    )


def _reads_well(path: _Path) -> bool:
    end = path.end or path
    return not end.lost and end.score > _POOR_SCORE * len(end.text)


def _bytes_in_shift(token: str) -> bytes | None:
    return b"\x80" if token == EURO else encode(unfold(token))


def _with_end(path: _Path, tokens: Sequence[str]) -> _Path:
    """The path with its end noted where it is in step and no annotation belongs to it any more."""
    if path.end or path.lead is not None or _is_annotation("".join(tokens[path.at : path.at + 1])):
        return path
    return path._replace(end=path)


def _score(path: _Path) -> float:
    return path.score


def _is_unassigned(lead: int, trail: int) -> bool:
    """Whether decoders have no character for a pair, or a private one that is soon lost."""
    char = character(lead, trail)
    return char is None or is_private(char)


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    for match in TOKEN.finditer(text):
        token = match[0]
        known = len(token) == 1 or is_syllable(token[1:-1])
        tokens.extend((token,) if known else token)
    return tokens


def _is_annotation(token: str) -> bool:
    return ANNOTATION.fullmatch(token) is not None


def _with_spot(path: _Path, pinyin: str, score: float) -> _Path:
    return path._replace(spots=(*path.spots, Spot(len(path.data), pinyin)), score=path.score + score)


def _lose(path: _Path) -> _Path:
    """The character under way is lost."""
    return path._replace(
        lead=None,
        last="",
        data=path.data + bytes((_UNKNOWN,)),
        text=path.text + LOST,
        lost=path.lost + 1,
        lost_at=path.lost_at or (path.at - 1, len(path.data)),
        score=path.score + _LOST_SCORE,
    )


def _literal(path: _Path, token: str, score: float) -> _Path:
    data = path.data + b"?" * len(token)
    return path._replace(last=token[-1], text=path.text + token, data=data, score=path.score + score)


def _unexplained(path: _Path, token: str, tokens: int) -> _Path:
    """The annotation stays as it stands, and so does the character it tore."""
    step = path._replace(at=path.at + 1)
    if path.lead is not None:
        step = _lose(step)
    step = step._replace(lost=step.lost + 1, lost_at=step.lost_at or (path.at, len(path.data)))
    return _literal(step, token, _UNEXPLAINED_SCORE)._replace(at=path.at + tokens)


def _finish(path: _Path) -> _Path:
    if path.lead is None:
        return path
    finished = _lose(path._replace(at=path.at + 1))._replace(at=path.at)
    return finished._replace(end=path.end or finished)


def _choose(tokens: Sequence[str], paths: Sequence[_Path]) -> Run | None:
    """The best path, its doubtful characters marked; None if it is no repair or not clearly best."""
    if not paths:
        return None
    best = paths[0]
    end = best.end or best
    close = [other for other in paths[1:] if best.score - other.score < _MARGIN and other.text != best.text]
    if any(len(other.text) != len(best.text) for other in close):
        return None
    doubtful = _differences(best.text, [other.text for other in close])
    text = "".join(LOST if at in doubtful else char for at, char in enumerate(end.text))
    damaged = "".join(tokens[: end.at])
    lost = end.lost + sum(at < len(end.text) for at in doubtful)
    certain = not lost and all(other.text == best.text for other in paths)
    return Run(len(damaged), text, lost, certain, bool(end.cuts), end.ascii_trail)


def _differences(text: str, others: Collection[str]) -> set[int]:
    return {at for other in others for at, char in enumerate(other) if char != text[at]}
