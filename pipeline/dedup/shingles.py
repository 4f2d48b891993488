"""Texts as sets of character n-grams (shingles), hashed: what two texts have in common is counted on these.

A shingle of code points ``c_1 .. c_n`` has the multilinear hash ``n*a_0 + c_1*a_1 + .. + c_n*a_n``
modulo 2^64 (Lemire and Kaser, "Strongly universal string hashing is fast", 2014). All 64 bits stand
for the shingle where sets are compared: two different texts of 2,000 shingles meet a collision once
in some 10^12 comparisons, so the Jaccard similarity counted on them is exact for all purposes. The
upper 32 bits, `hashfunc`, are what MinHash permutes.
"""

import functools
import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputError

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

_MASK = (1 << 64) - 1


def shingles(text: str, ngram: int = 5) -> set[str]:
    """The set this module is about, spelled out: n-grams over code points.

    A text shorter than ``ngram`` is one shingle; the empty text has none, so it equals nothing.
    """
    if len(text) <= ngram:
        return {text} if text else set()
    return {text[start : start + ngram] for start in range(len(text) - ngram + 1)}


def hash64(shingle: str) -> int:
    """64-bit hash of one shingle: the reference for `window_hashes`."""
    length, *factors = multipliers(len(shingle) + 1)
    products = (factor * ord(char) for factor, char in zip(factors, shingle, strict=True))
    return (length * len(shingle) + sum(products)) & _MASK


def hashfunc(shingle: str) -> int:
    """32-bit hash of one shingle, for ``datasketch.MinHash(hashfunc=hashfunc)``.

    A MinHash of datasketch that is updated with the strings of `shingles` has the signature that
    `pipeline.dedup.minhash.signatures` computes, bit for bit.
    """
    return hash64(shingle) >> 32


@functools.cache
def multipliers(count: int) -> tuple[int, ...]:
    """Odd 64-bit factors, the same for ever: the output of SplitMix64 from state 0."""
    return tuple(_splitmix64(step) | 1 for step in range(1, count + 1))


def as_texts(values: pa.Array | pa.ChunkedArray | Sequence[str | None]) -> pa.LargeStringArray:
    """Texts as one Arrow array of large strings; null becomes the empty text, which equals nothing.

    Raises:
        InputError: a value is no string, or no valid Unicode.
    """
    try:
        array = (
            values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, pa.large_string())
        )
        if not is_text(array.type):
            raise InputError(f"texts must be strings, not {array.type}")
        array = pc.cast(array, pa.large_string())
        array = pc.fill_null(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array, "")
        array.validate(full=True)
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise InputError(f"texts must be strings of valid Unicode: {error}") from error
    return array


def is_text(kind: pa.DataType) -> bool:
    """Whether an Arrow type holds strings, plain or dictionary-encoded (or nothing but nulls)."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    plain = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(fits(kind) for fits in plain)


def window_hashes(texts: pa.LargeStringArray, ngram: int) -> tuple[Hashes, Rows]:
    """Shingles of many texts, with repetitions, in reading order.

    Args:
        texts: no nulls, no empty texts.
        ngram: code points a shingle.

    Returns:
        ``uint64[total]`` hashes, and ``int64[n + 1]`` offsets: text i has ``[offsets[i], offsets[i + 1])``.
    """
    lengths = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    points = _code_points(pc.utf8_rpad(texts, width=ngram, padding="\0"))
    padded = np.maximum(lengths, ngram)
    length_factor, *factors = multipliers(ngram + 1)
    windows = max(len(points) - ngram + 1, 0)
    hashes = np.full(windows, (length_factor * ngram) & _MASK, np.uint64)
    for shift, factor in enumerate(factors):
        hashes += points[shift : shift + windows] * np.uint64(factor)
    offsets = np.concatenate([[0], np.cumsum(padded - ngram + 1)])
    hashes = hashes[_inside(padded, ngram)]
    short = np.flatnonzero(lengths < ngram)
    hashes[offsets[short]] -= (ngram - lengths[short]).astype(np.uint64) * np.uint64(length_factor)
    return hashes, offsets


def shingle_sets(texts: pa.LargeStringArray, ngram: int) -> list[Hashes]:
    """Shingle set of each text as a sorted array of distinct 64-bit hashes (same arguments as above)."""
    hashes, offsets = window_hashes(texts, ngram)
    return [_distinct(hashes[start:end]) for start, end in itertools.pairwise(offsets)]


def _distinct(hashes: Hashes) -> Hashes:
    ordered = np.sort(hashes)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def _code_points(texts: pa.LargeStringArray) -> npt.NDArray[np.uint64]:
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    joined = str(memoryview(data)[ends[0] : ends[-1]], "utf-8") if data is not None else ""
    return np.frombuffer(joined.encode("utf-32-le"), np.uint32).astype(np.uint64)


def _inside(lengths: Rows, ngram: int) -> npt.NDArray[np.bool_]:
    """Which windows over the joined texts do not reach from one text into the next."""
    ends = np.cumsum(lengths)
    inside = np.ones(int(lengths.sum()), np.bool_)
    inside[(ends[:, None] - np.arange(1, ngram)).ravel()] = False
    return inside[: max(len(inside) - ngram + 1, 0)]


def _splitmix64(step: int) -> int:
    value = (step * 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
