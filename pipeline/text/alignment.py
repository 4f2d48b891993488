"""A copy of an essay laid beside another one, word by word: what differs, and how far they reach.

A text is looked at as its words: runs of digits, numerals, Latin letters or placeholders are one, every other
character that is no punctuation is one. The shortest edit script (Levenshtein distance, bit-parallel: Hyyrö, "A
bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003) is then put as a reader would.
"""

import itertools
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from pipeline.text.characters import Kind, codes_of, kinds_of, text_of
from pipeline.text.masks import folded

LONG = 20
"""Characters that a slot has at most; what is longer has been rewritten."""
_ANCHOR = 4
"""Words at either end of a text that tell, beyond a long difference, that the text was not cut there."""
_GRAM, _STEP = 16, 48
"""Words of an anchor, and of the kept text from one anchor to the next."""
_PRIVATE = 0xF0000
"""Code points that stand for runs; in texts they stand for nothing."""
_NUMERAL = "0-9０-９〇零○一二三四五六七八九十百千万亿两×✕╳ΧХх*＊_＿□◯△某"
_LATIN = "A-Za-zＡ-Ｚａ-ｚ"
_RUN = re.compile(
    rf"(?:[{_NUMERAL}]|(?<=[0-9０-９])[.．,](?=[0-9０-９])|(?<![{_LATIN}])[xXｘＸ]+(?![{_LATIN}]))+|[{_LATIN}]+"
    r"|(?<![0-9])[-~～]+(?=[年月日])"
)
_ROUGHLY = re.compile(rf"[-~～{_NUMERAL}{_LATIN}][-~～.．,{_NUMERAL}{_LATIN}]*[年月日]?")
"""Where runs are: a set of characters is searched for five times as fast."""
_ONE = frozenset("一二三四五六七八九十百千万亿两某")
"""Words like any other where they stand alone."""
_IN_WORDS = np.ones(len(Kind), np.bool_)
_IN_WORDS[[Kind.SPACE, Kind.PUNCTUATION, Kind.SENTENCE_END]] = False


class Words(NamedTuple):
    """The words of a text."""

    text: str
    signs: str
    """One character a word, the same for the same word."""
    starts: npt.NDArray[np.int32]
    """``int32[n]``: where each begins in the text."""
    ends: npt.NDArray[np.int32]
    """``int32[n]``: where each ends."""

    def between(self, start: int, end: int) -> str:
        """Text of the words ``[start, end)``, with what is between them."""
        return self.text[self.starts[start] : self.ends[end - 1]] if start < end else ""

    def is_long(self, start: int, end: int) -> bool:
        """Whether they have more characters than a slot."""
        return start < end and bool(self.ends[end - 1] - self.starts[start] > LONG)

    def are_joined(self, start: int, end: int) -> bool:
        """Whether nothing, not even a space, is between them."""
        return bool((self.starts[start + 1 : end] == self.ends[start : max(end - 1, start)]).all())


class Difference(NamedTuple):
    """Words ``[start, end)`` of the one text, for which the other has its words ``[begin, stop)``."""

    start: int
    end: int
    begin: int
    stop: int

    @property
    def size(self) -> int:
        """Words, in the text in which there are more."""
        return max(self.end - self.start, self.stop - self.begin)

    @property
    def is_one_sided(self) -> bool:
        """Whether one of the texts has nothing there."""
        return self.start == self.end or self.begin == self.stop


class Aligned(NamedTuple):
    """A copy beside the kept text."""

    copy: Words
    differences: list[Difference]
    """Ascending, with common words between them; those at the ends, where either text was cut, are left out."""
    first: int
    last: int
    """The copy has the words ``[first, last)`` of the kept text, but for the differences."""
    offset: int
    """Word ``first`` is the copy's word ``first + offset``."""


class Kept(NamedTuple):
    """What copies are laid beside."""

    words: Words
    signs: Mapping[str, str]
    """A sign for each run."""
    anchors: Sequence[tuple[int, str]]
    """Where words stand that are found only once, and their signs."""


def kept_of(text: str) -> Kept:
    """A text, made ready for `align`."""
    runs = dict.fromkeys(_normal(text[start:end]) for start, end in _runs(text))
    signs = {run: chr(_PRIVATE + 1 + at) for at, run in enumerate(runs)}
    words = _words_of(text, signs)
    grams = [(at, words.signs[at : at + _GRAM]) for at in range(0, len(words.signs) - _GRAM, _STEP)]
    return Kept(
        words, signs, [(at, gram) for at, gram in grams if words.signs.rfind(gram) == words.signs.find(gram)]
    )


def align(kept: Kept, text: str) -> Aligned:
    """What differs between two texts, and from where to where they say the same."""
    words, copy = kept.words, _words_of(text, kept.signs)
    differences: list[Difference] = []
    for each in _edits(kept, copy.signs):
        found = _leftmost(each, differences[-1].end if differences else 0, words, copy)
        while differences and _are_one(words, differences[-1], found):
            before = differences.pop()
            found = Difference(before.start, found.end, before.begin, found.stop)
        differences.append(found)
    return _without_ends(words, copy, differences)


def _edits(kept: Kept, signs: str) -> Iterator[Difference]:
    """The shortest edit script from anchor to anchor: comparing whole texts takes quadratic time."""
    own = kept.words.signs
    ends = [*_anchored(kept, signs), (len(own), len(signs))]
    for (start, begin), (end, stop) in itertools.pairwise([(0, 0), *ends]):
        left, right = own[start:end], signs[begin:stop]
        if left == right:
            continue
        for each in Levenshtein.opcodes(left, right):
            if each.tag != "equal":
                yield Difference(
                    start + each.src_start,
                    start + each.src_end,
                    begin + each.dest_start,
                    begin + each.dest_end,
                )


def _anchored(kept: Kept, signs: str) -> list[tuple[int, int]]:
    """Anchors and where the copy has them: as many as come in the same order in both."""
    pairs: list[tuple[int, int]] = []
    shift = 0
    for at, gram in kept.anchors:
        to = max(at + shift, 0)
        to = to if signs.startswith(gram, to) else signs.find(gram)
        if to >= 0:
            pairs.append((at, to))
            shift = to - at
    if all(left < right for (_, left), (_, right) in itertools.pairwise(pairs)):
        return pairs
    lasts: list[int] = []
    chains: list[list[int]] = []
    for number, (_, to) in enumerate(pairs):
        place = bisect_left(lasts, to)
        chain = [*(chains[place - 1] if place else []), number]
        lasts[place:], chains[place:] = [to, *lasts[place + 1 :]], [chain, *chains[place + 1 :]]
    return [pairs[number] for number in chains[-1]]


def _runs(text: str) -> Iterator[tuple[int, int]]:
    for rough in _ROUGHLY.finditer(text):
        start, end = rough.span()
        if end - start == 1 and text[start] in _ONE:
            continue
        for run in _RUN.finditer(text, start, end):
            if run[0] not in _ONE:
                yield run.span()


def _words_of(text: str, signs: Mapping[str, str]) -> Words:
    """Words of a text; runs for which there is no sign are like no word of the text that the signs are of."""
    codes = codes_of(text)
    begins = _IN_WORDS[kinds_of(codes)] & (codes < _PRIVATE)
    plain = folded(codes)
    plain = np.where(plain == ord("0"), codes, plain)
    ends = np.arange(1, len(codes) + 1, dtype=np.int32)
    for start, end in _runs(text):
        begins[start:end] = False
        begins[start] = True
        plain[start] = ord(signs.get(_normal(text[start:end]), chr(_PRIVATE)))
        ends[start] = end
    starts = np.flatnonzero(begins)
    return Words(text, text_of(plain[starts]), starts.astype(np.int32), ends[starts])


def _normal(run: str) -> str:
    return unicodedata.normalize("NFKC", run).lower().replace("○", "〇")


def _leftmost(found: Difference, limit: int, kept: Words, copy: Words) -> Difference:
    """The same words more or fewer, as far to the left as they can stand: 好[人好]人 for 好人[好人]."""
    if not found.is_one_sided:
        return found
    signs, first, last = _more(found, kept, copy)
    by = 0
    while found.start - by > limit and signs[first - by - 1] == signs[last - by - 1]:
        by += 1
    return Difference(*(place - by for place in found))


def _more(found: Difference, kept: Words, copy: Words) -> tuple[str, int, int]:
    """Signs of the text that has more words in a one-sided difference, and where it has them."""
    if found.begin == found.stop:
        return kept.signs, found.start, found.end
    return copy.signs, found.begin, found.stop


def _are_one(kept: Words, left: Difference, right: Difference) -> bool:
    """Whether what two differences have between them is chance: a word inside a name, a few in a rewritten passage."""
    common = right.start - left.end
    if common <= min(left.size, right.size) // 2:
        return True
    first, last = left.end - (left.start < left.end), right.start + (right.start < right.end)
    return common == 1 and kept.are_joined(first, last)


def _without_ends(kept: Words, copy: Words, differences: list[Difference]) -> Aligned:
    first, last, offset = 0, len(kept.signs), 0
    if differences:
        found = differences[-1]
        behind = last - found.end
        if _is_end(found, behind, kept, copy):
            last, differences = found.start, differences[:-1]
        elif found.is_one_sided:
            signs, start, end = _more(found, kept, copy)
            if signs[start : start + behind] == signs[end:]:
                last, differences = found.start + behind, differences[:-1]
    if differences and _is_end(differences[0], differences[0].start, kept, copy):
        found, *differences = differences
        first, offset = found.end, found.stop - found.end
    return Aligned(copy, differences, first, last, offset)


def _is_end(found: Difference, beyond: int, kept: Words, copy: Words) -> bool:
    """Whether a difference with so many common words between it and the end of both is one of where they end."""
    if kept.is_long(found.start, found.end) or copy.is_long(found.begin, found.stop):
        return beyond < _ANCHOR
    return beyond == 0 and found.is_one_sided
