"""Whether a line is in a site's voice or in a person's: a small logistic model of its characters.

Rules know the words that sites have used; this knows how they sound. It was trained on lines labelled by hand
(``python benchmarks/voice.py``), which also says how it does on sets that it has not seen.
"""

import bisect
import functools
import lzma
import math
from collections.abc import Sequence
from importlib import resources

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import Codes, codes_of
from pipeline.text.masks import folded

Features = npt.NDArray[np.uint32]
SIZE = 1 << 14
"""Weights; features share them by their hash."""
LONGEST = 120
"""Characters; what is longer is a person's."""
_SHIFT = np.uint32(32 - 14)
_FIRST, _SECOND, _SINGLE = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
_LENGTHS = (4, 7, 11, 16, 24, 36, 54, 80)
_SENTENCE_ENDS = frozenset("。！？")
_START, _END = "\x02", "\x03"
_SCALE = 32.0


def voices(lines: Sequence[str]) -> list[float]:
    """Probability that a site wrote each line, 0 to 1.

    Args:
        lines: simplified, at most ``LONGEST`` characters each.
    """
    if not lines:
        return []
    weights, bias = _model()
    codes = _codes("".join(f"{_START}{line}{_END}" for line in lines))
    values = weights.take(_singles(codes))
    values[:-1] += weights.take(_pairs(codes)) * (codes[:-1] != ord(_END))
    starts = np.cumsum([0, *(len(line) + 2 for line in lines[:-1])])
    sums = np.add.reduceat(values, starts).tolist()
    shapes = (float(weights[list(_shape(line))].sum()) for line in lines)
    return [1 / (1 + math.exp(-total - shape - bias)) for total, shape in zip(sums, shapes, strict=True)]


def features(line: str) -> Features:
    """Places of the line's characters, pairs of them, and its shape among the weights, ``uint32[n]``."""
    codes = _codes(f"{_START}{line}{_END}")
    return np.concatenate((_singles(codes), _pairs(codes), np.array(_shape(line), dtype=np.uint32)))


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
def _model() -> tuple[npt.NDArray[np.float32], float]:
    packed = resources.files("pipeline.text").joinpath("voice.bin.xz").read_bytes()
    values = np.frombuffer(lzma.decompress(packed), dtype=np.int8).astype(np.float32) / _SCALE
    return values[:SIZE], float(values[SIZE])
