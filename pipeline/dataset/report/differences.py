"""The differences of two texts, character by character, in bounded time."""

from collections import Counter
from difflib import SequenceMatcher

from pipeline.dataset.report.model import Segment

_MATCHES = 1_500_000
"""Pairs of equal characters up to which all are looked at; beyond, frequent characters only extend a match."""
_ISLAND = 2
"""Shorter runs that two changes have between them are chance, and part of the change."""


_DIGITS = "0123456789"
_Change = tuple[str, str, str]


def differences(before: str, after: str) -> tuple[Segment, ...]:
    """Pieces of ``before`` and ``after`` in order: equal, only in the first, only in the second."""
    first, second = Counter(before), Counter(after)
    many = sum(count * second[character] for character, count in first.items()) > _MATCHES
    matcher = SequenceMatcher(None, before, after, autojunk=many)
    changes: list[_Change] = []
    for operation, a, b, c, d in matcher.get_opcodes():
        changes.append(("=" if operation == "equal" else "~", before[a:b], after[c:d]))
    return tuple(_segments(_whole_numbers(_bridged(changes))))


def _bridged(changes: list[_Change]) -> list[_Change]:
    """Changes with their neighbours, where next to nothing stands between them."""
    merged: list[_Change] = []
    for at, (operation, old, new) in enumerate(changes):
        inside = 0 < at < len(changes) - 1
        island = operation == "=" and inside and len(old) < _ISLAND and old != "\n"
        what = "~" if island else operation
        if merged and merged[-1][0] == what == "~":
            merged[-1] = ("~", merged[-1][1] + old, merged[-1][2] + new)
        else:
            merged.append((what, old, new))
    return merged


def _whole_numbers(changes: list[_Change]) -> list[_Change]:
    """Changes that begin or end in a number, with all its digits: 2016 became 2021, not 16 became 21."""
    grown = [*changes]
    for at, (operation, *_) in enumerate(changes):
        if operation == "=":
            continue
        head = _lent(grown, at - 1, at, end=True)
        tail = _lent(grown, at + 1, at, end=False)
        _, old, new = grown[at]
        grown[at] = ("~", head + old + tail, head + new + tail)
    return _bridged([change for change in grown if change[1] or change[2]])


def _lent(changes: list[_Change], giver: int, taker: int, *, end: bool) -> str:
    """Digits that an equal piece gives to the change beside it, if that goes on with digits."""
    _, old, new = changes[taker]
    sides = (old[:1], new[:1]) if end else (old[-1:], new[-1:])
    if not 0 <= giver < len(changes) or not any(side.isdigit() for side in sides):
        return ""
    operation, same, _ = changes[giver]
    rest = same.rstrip(_DIGITS) if end else same.lstrip(_DIGITS)
    changes[giver] = (operation, rest, rest)
    return same[len(rest) :] if end else same[: len(same) - len(rest)]


def _segments(changes: list[_Change]) -> list[Segment]:
    segments: list[Segment] = []
    for operation, old, new in changes:
        if operation == "=":
            segments.append(("=", old))
            continue
        segments += [("-", old)] if old else []
        segments += [("+", new)] if new else []
    return segments
