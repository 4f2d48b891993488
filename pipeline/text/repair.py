"""Pinyin injection undone, on the pages of mirrors that inject it and on no others."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.schema import Edit
from pipeline.text.pinyin.entries import Entries
from pipeline.text.pinyin.injection import (
    ANNOTATION,
    MARKS,
    TONED_ANNOTATION,
    encode,
    is_syllable,
    reads,
)
from pipeline.text.pinyin.reading import Reading
from pipeline.text.pinyin.unshift import Run, Unshifter
from pipeline.text.script import traditional_characters

_PINYIN = ANNOTATION.pattern[3:-3]
_SPOT = re.compile(
    rf"(?P<char>.)\((?P<pinyin>{_PINYIN})\)"
    rf"|[{MARKS}]\(?(?P<torn>{_PINYIN})\)"
    rf"|(?P<cut>[{MARKS}][？；！?;!])",
    re.DOTALL,
)

_MIN_SPOTS = 8
_MIN_CHARACTERS = 5
_MIN_TRADITIONAL = 0.95
_MAX_BARE = 0.02
_MIN_REPEATED = 2

_RANKED = 0.9
"""Score of an edit that reads best by far, where others were possible."""
_MAX_RUN = 1000
"""Characters looked at behind the start of a shift; shifts end much sooner."""


class Repair(NamedTuple):
    """A text without injected pinyin, and how to get the damaged one back.

    An edit with the score 1 is certain: nothing else was possible.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    unrecovered: int = 0
    """Damaged spots left as they stand, and lost characters, each a ``?`` in the text."""


@dataclass(frozen=True, slots=True)
class InjectedPage:
    """What one page tells about the mirror that injected pinyin into it."""

    entries: Entries
    unshifter: Unshifter

    @classmethod
    def detect(cls, texts: Sequence[str]) -> "InjectedPage | None":
        """The page these texts (title and lines) make up, None unless pinyin was injected into it.

        Pinyin that fits is no evidence: a gloss in a textbook fits too. An injected page has 8
        spots of 5 characters, 95 % of them traditional-only, hardly any (2 %) without its
        annotation elsewhere; and some of them recur, as those of a word list do not.
        """
        if not _has_annotations(texts):
            return None
        spots, bare = _count(texts)
        traditional = traditional_characters()
        share = sum(char in traditional for char, _ in spots) / max(1, len(spots))
        annotated = Counter(char for char, _ in spots.elements())
        if (
            spots.total() < _MIN_SPOTS
            or len(annotated) < _MIN_CHARACTERS
            or share < _MIN_TRADITIONAL
            or (missing := sum(bare[char] for char in annotated)) > _MAX_BARE * (spots.total() + missing)
            or sum(count > 1 for count in annotated.values()) < _MIN_REPEATED
        ):
            return None
        entries = _entries(spots, bare, annotated)
        return cls(entries, Unshifter(entries, Reading(texts)))

    def repair(self, text: str) -> Repair:
        """One line of the page with its injected pinyin taken out; never raises."""
        if not any(mark in text for mark in ("(", *MARKS)):
            return Repair(text)
        return _Line(self, text).repair()


def _has_annotations(texts: Iterable[str]) -> bool:
    found = (match for text in texts if "(" in text for match in TONED_ANNOTATION.finditer(text))
    return sum(1 for _ in itertools.islice(found, _MIN_SPOTS)) == _MIN_SPOTS


def _count(texts: Iterable[str]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Annotated spots by character and pinyin, and how often each character stands without."""
    spots: Counter[tuple[str, str]] = Counter()
    occurrences: Counter[str] = Counter()
    for text in texts:
        occurrences.update(text)
        for match in _SPOT.finditer(text):
            char, pinyin = match["char"], match["pinyin"]
            if pinyin and "\u3400" <= char <= "\u9fff" and reads(char, pinyin):
                spots[char, pinyin] += 1
    for (char, _), count in spots.items():
        occurrences[char] -= count
    return spots, occurrences


def _entries(spots: Counter[tuple[str, str]], bare: Counter[str], annotated: Counter[str]) -> Entries:
    traditional = traditional_characters()
    known: dict[bytes, str] = {}
    for (char, pinyin), count in spots.most_common():
        pair = encode(char)
        listed = char in traditional or (count > 1 and not bare[char])
        if pair and listed and annotated[char] > bare[char]:
            known.setdefault(pair, pinyin)
    refuted = (encode(char) for char, count in bare.items() if count and char in traditional)
    return Entries(known, frozenset(pair for pair in refuted if pair and pair not in known))


class _Line:
    """One pass over one line of an injected page."""

    def __init__(self, page: InjectedPage, text: str) -> None:
        self._page = page
        self._damaged = text
        self._parts: list[str] = []
        self._length = 0
        self._edits: list[Edit] = []
        self._unrecovered = 0
        self._last = ""

    def repair(self) -> Repair:
        at = 0
        while (match := _SPOT.search(self._damaged, at)) is not None:
            at = self._plain(match, at) if self._is_plain(match) else self._search(match, at)
        self._keep(self._damaged[at:])
        return Repair("".join(self._parts), tuple(self._edits), self._unrecovered)

    def _is_plain(self, match: re.Match[str]) -> bool:
        pair = encode(match["char"]) if match["char"] else None
        return pair is not None and self._page.entries.known.get(pair) == match["pinyin"]

    def _plain(self, match: re.Match[str], at: int) -> int:
        self._keep(self._damaged[at : match.start() + 1])
        self._replace(match[0][1:], "", "plain", 1.0)
        return match.end()

    def _search(self, match: re.Match[str], at: int) -> int:
        start = self._start_of_run(match)
        if start is None:
            self._keep(self._damaged[at : match.start() + 1])
            return match.start() + 1
        self._keep(self._damaged[at:start])
        rest = self._damaged[start : start + _MAX_RUN]
        run = self._page.unshifter.find(self._last, rest)
        if run is None:
            self._unrecovered += 1
            self._keep(self._damaged[start : match.end()])
            return match.end()
        self._unrecovered += run.lost
        if run.text == rest[: run.length]:
            self._keep(run.text)
        else:
            self._replace(rest[: run.length], run.text, _kind(run), 1.0 if run.certain else _RANKED)
        return start + run.length

    def _start_of_run(self, match: re.Match[str]) -> int | None:
        """Where the damage starts that this match is a sign of; None if it is a gloss."""
        char, pinyin = match["char"], match["pinyin"] or match["torn"]
        if match["cut"] or (is_syllable(pinyin) and (char is None or char in MARKS)):
            return match.start()
        if not is_syllable(pinyin) or reads(char, pinyin) or encode(char) is None:
            return None
        return match.start() + 1

    def _keep(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)
            self._last = text[-1]

    def _replace(self, before: str, after: str, kind: str, score: float) -> None:
        start = self._length
        self._keep(after)
        self._edits.append(Edit(start, self._length, before, kind, score=score))


def _kind(run: Run) -> str:
    if run.cut:
        return "punctuation"
    return "ascii_trail" if run.ascii_trail else "misaligned"
