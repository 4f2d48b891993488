"""Texts as sets of n-grams (shingles), hashed: what two texts have in common is counted on these.

A shingle of characters ``c_1 .. c_n`` has the multilinear hash ``n*a_0 + c_1*a_1 + .. + c_n*a_n``
modulo 2^64 over its code points (Lemire and Kaser, "Strongly universal string hashing is fast", 2014);
a shingle of words has the same hash over the hashes of its words. All 64 bits stand for the shingle
where sets are compared: two different texts of 2,000 shingles meet a collision once in some 10^12
comparisons, so the Jaccard similarity counted on them is exact for all purposes. The upper 32 bits,
`hashfunc`, are what MinHash permutes.
"""

import functools
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.dedup.jit import compiled
from pipeline.dedup.texts import Bytes, Texts

Hashes = npt.NDArray[np.uint64]
Points = npt.NDArray[np.uint32]
Kind = Literal["characters", "words"]

_MASK = (1 << 64) - 1
_WORD = re.compile(r"\w+")
_WORD_FACTOR = 0x9E3779B97F4A7C15
_CODE_POINTS = 0x110000


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an n-gram is made of."""

    ngram: int = 5
    kind: Kind = "characters"
    """``characters`` are code points, for any language; ``words`` are runs of letters, digits and underscores
    (``\\w+``), for languages that put spaces between them."""


def shingles(text: str, tokens: Tokens = Tokens()) -> set[str]:
    """The set this module is about, spelled out.

    A text shorter than an n-gram is one shingle; a text without a token has none, so it equals nothing.
    Words of a shingle are joined by one space.
    """
    parts, joint = (text, "") if tokens.kind == "characters" else (_WORD.findall(text), " ")
    last = max(len(parts) - tokens.ngram, 0)
    return {joint.join(parts[start : start + tokens.ngram]) for start in range(last + 1)} if parts else set()


def hash64(shingle: str, kind: Kind = "characters") -> int:
    """64-bit hash of one shingle: the reference for `window_hashes`."""
    values = [ord(char) for char in shingle] if kind == "characters" else map(_word_hash, shingle.split(" "))
    values = list(values)
    length, *factors = multipliers(len(values) + 1)
    products = (factor * value for factor, value in zip(factors, values, strict=True))
    return (length * len(values) + sum(products)) & _MASK


def hashfunc(shingle: str) -> int:
    """32-bit hash of a shingle of characters, for ``datasketch.MinHash(hashfunc=hashfunc)``.

    A MinHash of datasketch that is updated with the strings of `shingles` has the signature that
    `pipeline.dedup.minhash.signatures` computes, bit for bit.
    """
    return hash64(shingle) >> 32


def word_hashfunc(shingle: str) -> int:
    """The same for a shingle of words."""
    return hash64(shingle, "words") >> 32


@functools.cache
def multipliers(count: int) -> tuple[int, ...]:
    """Odd 64-bit factors, the same for ever: the output of SplitMix64 from state 0."""
    return tuple(_splitmix64(step) | 1 for step in range(1, count + 1))


@dataclass(frozen=True, slots=True)
class Shingling:
    """What compiled code needs to know of the tokens."""

    ngram: int
    factors: Hashes
    """``uint64[ngram + 1]``: `multipliers`."""
    in_word: npt.NDArray[np.bool_]
    """``bool[0x110000]``: code points that words are made of; empty where tokens are characters."""


@functools.cache
def shingling(tokens: Tokens) -> Shingling:
    """Tables for some tokens."""
    in_word = _word_characters() if tokens.kind == "words" else np.empty(0, np.bool_)
    return Shingling(tokens.ngram, np.array(multipliers(tokens.ngram + 1), np.uint64), in_word)


def shingle_sets(texts: Texts, tokens: Tokens) -> list[Hashes]:
    """Shingle set of each text as a sorted array of distinct 64-bit hashes."""
    how = shingling(tokens)
    found = []
    for start, end in zip(texts.offsets[:-1], texts.offsets[1:], strict=True):
        points, hashes = workspace(int(end - start))
        count = window_hashes(texts.data, start, end, how.ngram, how.factors, how.in_word, points, hashes)
        found.append(np.unique(hashes[:count]))
    return found


def workspace(longest: int) -> tuple[Points, Hashes]:
    """Room for the code points and hashes of a text of so many bytes."""
    return np.empty(longest, np.uint32), np.empty(longest, np.uint64)


@compiled
def window_hashes(
    data: Bytes,
    start: int,
    end: int,
    ngram: int,
    factors: Hashes,
    in_word: npt.NDArray[np.bool_],
    points: Points,
    hashes: Hashes,
) -> int:
    """Shingles of one text, with repetitions, in reading order: the first values of ``hashes``; their number.

    Args:
        data: ``uint8[]``, of which ``[start, end)`` is the text, valid UTF-8.
        start: see above.
        end: see above.
        ngram: tokens a shingle.
        factors: ``uint64[ngram + 1]``.
        in_word: ``bool[0x110000]`` for words, empty for characters.
        points: ``uint32[end - start]`` or more, overwritten.
        hashes: ``uint64[end - start]`` or more, overwritten.
    """
    count = code_points(data, start, end, points)
    if len(in_word):
        tokens = np.empty(count, np.uint64)
        count = _word_hashes(points, count, in_word, tokens)
        return _multilinear(tokens, count, ngram, factors, hashes)
    return _multilinear(points, count, ngram, factors, hashes)


@compiled
def _multilinear(tokens: Hashes | Points, count: int, ngram: int, factors: Hashes, hashes: Hashes) -> int:
    if count == 0:
        return 0
    size = min(ngram, count)
    windows = count - size + 1
    hashes[:windows] = factors[0] * np.uint64(size)
    for place in range(size):
        factor = factors[place + 1]
        for window in range(windows):
            hashes[window] += factor * np.uint64(tokens[window + place])
    return windows


@compiled
def code_points(data: Bytes, start: int, end: int, points: Points) -> int:
    """Code points of one text, in reading order: the first values of ``points``; their number.

    Args:
        data: ``uint8[]``, of which ``[start, end)`` is the text, valid UTF-8.
        start: see above.
        end: see above.
        points: ``uint32[end - start]`` or more, overwritten.
    """
    count, at = 0, start
    while at < end:
        lead = np.uint32(data[at])
        if lead < 0x80:
            points[count] = lead
            at += 1
        elif lead < 0xE0:
            points[count] = (lead & np.uint32(31)) << np.uint32(6) | _tail(data[at + 1])
            at += 2
        elif lead < 0xF0:
            points[count] = (
                (lead & np.uint32(15)) << np.uint32(12)
                | _tail(data[at + 1]) << np.uint32(6)
                | _tail(data[at + 2])
            )
            at += 3
        else:
            points[count] = (
                (lead & np.uint32(7)) << np.uint32(18)
                | _tail(data[at + 1]) << np.uint32(12)
                | _tail(data[at + 2]) << np.uint32(6)
                | _tail(data[at + 3])
            )
            at += 4
        count += 1
    return count


@compiled
def _tail(byte: int) -> int:
    return np.uint32(byte) & np.uint32(63)  # type: ignore[return-value]


@compiled
def _word_hashes(points: Points, count: int, in_word: npt.NDArray[np.bool_], words: Hashes) -> int:
    found, inside = 0, False
    for at in range(count):
        point = points[at]
        if in_word[point]:
            if not inside:
                words[found] = 0
                found += 1
            words[found - 1] = (words[found - 1] + np.uint64(point)) * np.uint64(_WORD_FACTOR)
        inside = in_word[point]
    return found


def _word_hash(word: str) -> int:
    value = 0
    for char in word:
        value = (value + ord(char)) * _WORD_FACTOR & _MASK
    return value


def _word_characters() -> npt.NDArray[np.bool_]:
    every = "".join(chr(code) if not 0xD800 <= code < 0xE000 else " " for code in range(_CODE_POINTS))
    table = np.zeros(_CODE_POINTS, np.bool_)
    for run in _WORD.finditer(every):
        table[run.start() : run.end()] = True
    return table


def _splitmix64(step: int) -> int:
    value = (step * 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
