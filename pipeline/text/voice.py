"""Whether a line is in a site's voice, in a link seller's or in a person's: small logistic models of its characters.

Rules know the words that have been used; these know how such lines sound. They were trained on lines labelled by
hand (``python benchmarks/voice.py``, which also says how they do on sets that they have not seen).
"""

import bisect
import functools
import lzma
import re
from collections.abc import Sequence
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import Codes, codes_of
from pipeline.text.masks import folded

Features = npt.NDArray[np.uint32]
SIZE = 1 << 14
"""Weights; features share them by their hash."""
LONGEST, LONGEST_SOLD = 120, 36
"""Characters; what is longer is no site's, and no seller's."""
_SHIFT = np.uint32(32 - 14)
_FIRST, _SECOND, _SINGLE = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_LENGTHS = (4, 7, 11, 16, 24, 36, 54, 80)
_SENTENCE_ENDS = frozenset("。！？")
_START, _END, _PLACE = "\x02", "\x03", "\x04"
SCALE = 32.0
"""Weights are stored as whole numbers of a 32nd."""


class Voices(NamedTuple):
    """Probabilities that a line is not a person's, 0 to 1."""

    site: float
    seller: float


def voices(lines: Sequence[str]) -> list[Voices]:
    """Whose voice each line is in.

    Args:
        lines: simplified, at most ``LONGEST`` characters each.
    """
    if not lines:
        return []
    models = _models()
    lines = [_anywhere(line) for line in lines]
    codes = _codes("".join(f"{_START}{line}{_END}" for line in lines))
    values = models.take(_singles(codes), axis=1)
    values[:, :-1] += models.take(_pairs(codes), axis=1) * (codes[:-1] != ord(_END))
    starts = np.cumsum([0, *(len(line) + 2 for line in lines[:-1])])
    sums = np.add.reduceat(values, starts, axis=1)
    sums += models[:, [_shape(line) for line in lines]].sum(axis=2) + models[:, SIZE:]
    return [Voices(*pair) for pair in (1 / (1 + np.exp(-sums))).T.tolist()]


def character_weights(line: str) -> npt.NDArray[np.float32]:
    """How much each character, with the pair that it begins, speaks for a seller's voice, ``float32[n]``."""
    codes, model = _codes(line), _models()[1]
    values: npt.NDArray[np.float32] = model[_singles(codes)]
    values[:-1] += model[_pairs(codes)]
    return values


def features(line: str) -> Features:
    """Places of the line's characters, pairs of them, and its shape among the weights, ``uint32[n]``."""
    line = _anywhere(line)
    codes = _codes(f"{_START}{line}{_END}")
    return np.concatenate((_singles(codes), _pairs(codes), np.array(_shape(line), dtype=np.uint32)))


@functools.cache
def place_names() -> re.Pattern[str]:
    """Provinces and cities, with 市 or 省 behind them or not, as far as they begin a line."""
    names = resources.files("pipeline.text").joinpath("places.txt").read_text(encoding="utf-8").split()
    firsts = {name[0] for name in names}
    longest_first = sorted(names, key=len, reverse=True)
    groups = ("|".join(name[1:] for name in longest_first if name[0] == first) for first in sorted(firsts))
    return re.compile(
        rf"(?:{'|'.join(f'{first}(?:{rest})' for first, rest in zip(sorted(firsts), groups, strict=True))})[市省]?"
    )


def _anywhere(line: str) -> str:
    """A line with one sign for whatever place it begins with: sellers write the same for every town."""
    return place_names().sub(_PLACE, line, count=1) if place_names().match(line) else line


def _codes(text: str) -> Codes:
    return folded(codes_of(text))


def _singles(codes: Codes) -> Features:
    mixed: Features = codes * _SINGLE
    return (mixed ^ (mixed >> np.uint32(15))) * _SECOND >> _SHIFT


def _pairs(codes: Codes) -> Features:
    mixed: Features = codes[:-1] * _FIRST + codes[1:] * _SECOND
    return (mixed ^ (mixed >> np.uint32(13))) * _SECOND >> _SHIFT


def _shape(line: str) -> tuple[int, int, int]:
    """Places for its length, for how many marks it has for that, and for a sentence's end."""
    size = bisect.bisect_left(_LENGTHS, len(line))
    stops = line.count("，") + line.count("。")
    dense = min(3, 24 * stops // (len(line) + 1))
    return size, 16 + dense, 24 + (line[-1:] in _SENTENCE_ENDS)


@functools.cache
def _models() -> npt.NDArray[np.float32]:
    """Weights and, last, the bias of the two models, ``float32[2, SIZE + 1]``."""
    packed = resources.files("pipeline.text").joinpath("voice.bin.xz").read_bytes()
    values = np.frombuffer(lzma.decompress(packed), dtype=np.int8).astype(np.float32)
    return values.reshape(len(Voices._fields), SIZE + 1) / np.float32(SCALE)
