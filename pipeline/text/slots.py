"""The slots of a template: where the copies of one essay differ, and what each copy has there.

Differences that many copies agree on make slots that never overlap. What one copy has rewritten beyond that, or what
a few have where many agree on something narrower, is a slot of its own, which may enclose others; so a single copy
of a thousand does not take the year from all of them. A copy that differs in such a slot has no filling for those
inside it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.text.alignment import Aligned, Difference, Words, align, kept_of
from pipeline.text.slotkinds import Kind, kind_of, letters

Rows = npt.NDArray[np.int64]
Span = tuple[int, int]
"""From and to, in words of the kept text."""

_RARE = 10
"""A slot is not widened for one copy where more than so many agree on it."""
_BEYOND = 1 << 62
_START, _END = attrgetter("start"), attrgetter("end")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the kept text in which copies differ."""

    number: int
    """From 1, in order of place; of two that begin together the shorter one is first."""
    start: int
    end: int
    """It is ``kept[start:end]``, in characters; empty where copies have something more."""
    kind: Kind


@dataclass(frozen=True, slots=True)
class Filling:
    """What one copy has in a slot."""

    slot: int
    text: str


class _Place(NamedTuple):
    """Words ``[start, end)`` of the kept text, in which so many copies differ at least."""

    start: int
    end: int
    copies: int


def slots_of(kept: str, copies: Sequence[str]) -> tuple[tuple[Slot, ...], list[tuple[Filling, ...]]]:
    """Slots of a template, and what each copy has in them.

    Neither the slots nor a copy's fillings depend on the order of the copies. Put in the place of its slots in
    the kept text, a copy's fillings make a text of the copy's characters, up to punctuation, white space, width and
    case, and up to what lies beyond the ends of either: of a text that was cut short, of one with a heading in front.

    Args:
        kept: the text that all are compared with, simplified.
        copies: its near-duplicates, likewise.

    Returns:
        Slots in order of place. For each copy its fillings in order of place, of slots that do not overlap: those
        in which it is aligned with the kept text, whether it differs there or not; of slots that overlap others
        only those in which it differs.
    """
    ready = kept_of(kept)
    words, aligned = ready.words, [align(ready, copy) for copy in copies]
    places = _places(words, aligned)
    regions = [_regions(each, places) for each in aligned]
    spans = sorted(_differing(words, aligned, regions))
    numbers = {span: number for number, span in enumerate(spans, 1)}
    common = [place[:2] for place in places if place[:2] in numbers]
    shared = (
        np.array(common, np.int64).reshape(-1, 2).T,
        np.array([numbers[span] for span in common], np.int64),
    )
    texts = {number: [words.between(*span)] for span, number in numbers.items()}
    fillings = []
    for each, its in zip(aligned, regions, strict=True):
        found = sorted([*_own(each, its, numbers), *(_shared(each, its, *shared) if common else ())])
        for number, text in found:
            texts[number].append(text)
        fillings.append(tuple(Filling(number, text) for number, text in found))
    return tuple(_slot(words, span, number, texts[number]) for span, number in numbers.items()), fillings


def _slot(words: Words, span: Span, number: int, texts: list[str]) -> Slot:
    start, end = span
    at = int(words.starts[start] if start < end else words.ends[start - 1])
    to = int(words.ends[end - 1])
    return Slot(number, at, to, kind_of(Counter(texts), words.text[:at], words.text[to:]))


def _places(kept: Words, aligned: Iterable[Aligned]) -> list[_Place]:
    """Where copies differ, in few words: ascending, none overlaps another.

    What more copies agree on comes first; what overlaps it or touches it is one with it, unless that
    makes too long a place or is `_RARE`.
    """
    count = Counter(
        (found.start, found.end)
        for each in aligned
        for found in each.differences
        if not kept.is_long(found.start, found.end) and not each.copy.is_long(found.begin, found.stop)
    )
    places: list[_Place] = []
    for (start, end), copies in sorted(count.items(), key=lambda item: (-item[1], item[0])):
        _add(kept, places, _Place(start, end, copies))
    return places


def _add(kept: Words, places: list[_Place], new: _Place) -> None:
    inside = _overlapping(places, new.start, new.end)
    whole = _union(kept, new, places[inside])
    if whole is None:
        return
    at, beyond = inside.start, inside.stop
    if beyond < len(places) and places[beyond].start == whole.end and _is_joint(kept, whole.end):
        wider = _union(kept, new, [whole, places[beyond]])
        whole, beyond = (wider, beyond + 1) if wider else (whole, beyond)
    if at and places[at - 1].end == whole.start and _is_joint(kept, whole.start):
        wider = _union(kept, new, [places[at - 1], whole])
        whole, at = (wider, at - 1) if wider else (whole, at)
    places[at:beyond] = [whole]


def _union(kept: Words, new: _Place, others: Sequence[_Place]) -> _Place | None:
    """One place of several, if those that are there already agree to be widened."""
    copies = max((place.copies for place in others), default=0)
    start = min(new.start, *(place.start for place in others)) if others else new.start
    end = max(new.end, *(place.end for place in others)) if others else new.end
    if all((start, end) == place[:2] for place in others):
        return _Place(start, end, max(copies, new.copies))
    if kept.is_long(start, end) or copies > new.copies * _RARE:
        return None
    return _Place(start, end, copies)


def _is_joint(kept: Words, at: int) -> bool:
    """Whether a word follows the one before it without punctuation."""
    return kept.are_joined(at - 1, at + 1)


def _overlapping(places: Sequence[_Place] | Sequence[Difference], start: int, end: int) -> slice:
    """Which of some ascending places share a word with another one, or lie in it, or it in them."""
    first = bisect_right(places, start, key=_END)
    return slice(first, max(first, bisect_left(places, end, key=_START)))


def _regions(aligned: Aligned, places: Sequence[_Place]) -> list[Difference]:
    """The differences of one copy, widened to the slots that they are to stand in: ascending, none overlaps another."""
    regions: list[Difference] = []
    for found in aligned.differences:
        start, end = _home(found, aligned.copy, places)
        region = Difference(start, end, found.begin - (found.start - start), found.stop + (end - found.end))
        while regions and (region.start < regions[-1].end or region[:2] == regions[-1][:2]):
            before = regions.pop()
            to = max(before.end, region.end)
            begin = min(before.start, region.start)
            region = Difference(
                begin, to, before.begin - (before.start - begin), found.stop + (to - found.end)
            )
        regions.append(region)
    return regions


def _home(found: Difference, copy: Words, places: Sequence[_Place]) -> Span:
    """The place that a difference lies in, or itself and all places that it overlaps."""
    start, end = found.start, found.end
    inside = places[_overlapping(places, start, end)]
    if not inside and start == end and not copy.is_long(found.begin, found.stop):
        touched = bisect_left(places, start, key=_END)
        ends = [place[:2] for place in places[touched : touched + 2] if place.start <= start]
        return (start, end) if (start, end) in ends or not ends else ends[0]
    return min(start, *(place.start for place in inside), start), max(
        end, *(place.end for place in inside), end
    )


def _differing(kept: Words, aligned: Iterable[Aligned], regions: Iterable[Sequence[Difference]]) -> set[Span]:
    """Slots that are worth the name: some copy has other characters there than the kept text."""
    found: set[Span] = set()
    for each, its in zip(aligned, regions, strict=True):
        for start, end, begin, stop in its:
            if (start, end) in found or start < each.first or end > each.last:
                continue
            if letters(kept.between(start, end)) != letters(each.copy.between(begin, stop)):
                found.add((start, end))
    return found


def _own(
    aligned: Aligned, regions: Iterable[Difference], numbers: Mapping[Span, int]
) -> list[tuple[int, str]]:
    """What a copy has in the slots in which it differs."""
    return [
        (numbers[start, end], aligned.copy.between(begin, stop))
        for start, end, begin, stop in regions
        if (start, end) in numbers and aligned.first <= start and end <= aligned.last
    ]


def _shared(
    aligned: Aligned, regions: Sequence[Difference], spans: Rows, numbers: Rows
) -> Iterator[tuple[int, str]]:
    """What a copy has in the slots in which it says the same as the kept text, and in which others differ.

    Args:
        aligned: the copy.
        regions: where it differs.
        spans: ``int64[2, n]``: starts and ends of slots that do not overlap, ascending.
        numbers: ``int64[n]``: theirs.
    """
    copy, differences, first, last, offset = aligned
    starts, ends = spans
    occupied = np.array([region[:2] for region in regions] + [(_BEYOND, _BEYOND)], np.int64).T
    free = occupied[0].take(np.searchsorted(occupied[1], starts, "right")) >= ends
    free &= (first <= starts) & (ends <= last)
    empty = starts == ends
    free &= ~empty | (
        (first < starts) & (ends < last) & ~np.isin(starts, occupied[0][occupied[0] == occupied[1]])
    )
    starts, ends, empty = starts[free], ends[free], empty[free]
    shifts = np.array([offset, *(each.stop - each.end for each in differences)], np.int64)
    behind = np.searchsorted(np.array([each.end for each in differences], np.int64), starts, "right")
    begins = copy.starts.take(starts + shifts[behind], mode="clip")
    stops = np.where(empty, begins, copy.ends.take(ends - 1 + shifts[behind], mode="clip"))
    for number, begin, stop in zip(numbers[free].tolist(), begins.tolist(), stops.tolist(), strict=True):
        yield number, copy.text[begin:stop]
