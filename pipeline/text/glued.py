"""Where a link seller's words end that stand glued to the front of somebody's line.

Every place in the first clause is weighed by the characters and the words on its two sides, by whether a word would be
torn there, and by how well the rest goes on with the half sentence before. The weights are those of a conditional
logit over the places of a line, trained on sellers' words glued to people's lines (``python benchmarks/glued.py``).
"""

import functools
import lzma
import re
import zlib
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.text.voice import character_weights
from pipeline.text.words import Seam, seam_of

SIZE = 1 << 13
"""Weights: those of the figures first, then those that characters and words share by their hash."""
SCALE = 16.0
"""Weights are stored as whole numbers of a 16th."""
FIGURES = 6
_MARK = re.compile(r"[，。；：！？,;:!?“”（）()《》、【】\[\]\s]")
_DIGIT = re.compile(r"\d")
_SHORTEST, _LONGEST, _TOUCHING = 4, 26, 4
_LEAST_WEIGHT = -1.0
_UNIT = 5.0
"""What figures are counted in, in natural logarithms."""


class End(NamedTuple):
    """Characters of a seller's words, 0 if there is no place for an end, and the share of its weight among all places."""

    size: int
    share: float


class Place(NamedTuple):
    """What speaks for a place: hashed characters and words, and figures."""

    hashes: Sequence[int]
    figures: Sequence[float]


def end_of_sold(before: str, line: str) -> End:
    """The likeliest end of a seller's words that a line begins with.

    Args:
        before: the half sentence that the rest should go on with, empty if there is none.
        line: simplified.
    """
    ends = ends_in(line)
    if not ends:
        return End(0, 0.0)
    weights = _weights()
    values = np.array(
        [
            weights[list(place.hashes)].sum() + weights[:FIGURES] @ place.figures
            for place in places(before, line)
        ]
    )
    shares = np.exp(values - values.max())
    best = int(values.argmax())
    return End(ends[best], float(shares[best] / shares.sum()))


def may_begin_sold(line: str) -> bool:
    """Whether any characters at the start of a line speak for a seller; asked first, for that is fast."""
    return bool(character_weights(line[:_LONGEST]).cumsum().max(initial=0.0) > _LEAST_WEIGHT)


def ends_in(line: str) -> range:
    """Where a seller's words may end: in the first clause."""
    mark = _MARK.search(line, _SHORTEST - 1)
    return range(_SHORTEST, min(mark.start() if mark else len(line), _LONGEST) + 1)


def places(before: str, line: str) -> Iterator[Place]:
    """What speaks for each of the ends in a line."""
    sold = character_weights(line[: _LONGEST + _TOUCHING])
    plain = _DIGIT.sub("0", line[: _LONGEST + _TOUCHING])
    for end in ends_in(line):
        left, right = plain[:end], plain[end:]
        torn, goes_on = seam_of(line[:end], line[end:]), seam_of(before, line[end:])
        hashes = _hashes(left, right, torn, end, half=before != "")
        figures = (
            goes_on.torn / _UNIT,
            goes_on.gain / _UNIT,
            torn.torn / _UNIT,
            torn.gain / _UNIT,
            float(sold[max(0, end - _TOUCHING) : end].sum()) / _UNIT,
            float(sold[end : end + _TOUCHING].sum()) / _UNIT,
        )
        yield Place(hashes, figures)


def _hashes(left: str, right: str, seam: Seam, end: int, *, half: bool) -> list[int]:
    last, first = left[len(left) - seam.last :], right[: seam.first]
    words = (
        f"a{left[-1:]}", f"b{left[-2:]}", f"c{left[-3:]}", f"d{right[:1]}", f"e{right[:2]}", f"f{right[:3]}",
        f"g{left[-1:]}{right[:1]}", f"h{last}", f"i{first}", f"j{end // 2}", f"k{half}{right[:1]}", f"l{seam.last}{seam.first}",
    )  # fmt: skip
    return [FIGURES + zlib.crc32(word.encode()) % (SIZE - FIGURES) for word in words]


@functools.cache
def _weights() -> npt.NDArray[np.float32]:
    packed = resources.files("pipeline.text").joinpath("glued.bin.xz").read_bytes()
    return np.frombuffer(lzma.decompress(packed), dtype=np.int8).astype(np.float32) / np.float32(SCALE)
