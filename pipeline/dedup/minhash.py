"""MinHash signatures: how often two agree estimates the Jaccard similarity of the shingle sets.

Broder, "On the resemblance and containment of documents" (1997). The permutations and their scheme
("affine32") are datasketch's, so that a signature can be read back with
``datasketch.MinHash(hashvalues=signature, scheme="affine32")``.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from datasketch import MinHash

from pipeline.dedup.shingles import Rows, window_hashes

Signatures = npt.NDArray[np.uint32]
Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, what is done of it, and the whole (rows)."""

SEED = 1
_CHUNK_BYTES = 1 << 18
"""UTF-8 bytes hashed together: large enough to hide numpy's overhead, small enough for the cache."""


def signatures(
    texts: pa.LargeStringArray, rows: Rows, *, ngram: int, num_perm: int, progress: Progress | None = None
) -> Signatures:
    """Signatures of some texts.

    Args:
        texts: all texts, no nulls.
        rows: which of them, in the order wanted; none of these may be empty.
        ngram: code points a shingle.
        num_perm: permutations.
        progress: told how many rows are done.

    Returns:
        ``uint32[len(rows), num_perm]``, bit-identical to datasketch 2's (see `shingles.hashfunc`).
    """
    factors, addends = permutations(num_perm)
    result = np.empty((len(rows), num_perm), np.uint32)
    for start, end in _chunks(texts, rows):
        hashes, offsets = window_hashes(texts.take(pa.array(rows[start:end])), ngram)
        result[start:end] = _minima(_fmix32(hashes), offsets[:-1], factors, addends)
        if progress:
            progress("signatures", end, len(rows))
    return result


def permutations(num_perm: int) -> tuple[Signatures, Signatures]:
    """The ones of datasketch, permutations ``h -> a*h + b mod 2^32``: ``uint32[num_perm]`` a, and b."""
    factors, addends = MinHash(num_perm=num_perm, seed=SEED).permutations
    return factors, addends


def _minima(mixed: Signatures, starts: Rows, factors: Signatures, addends: Signatures) -> Signatures:
    minima = np.empty((len(factors), len(starts)), np.uint32)
    permuted = np.empty_like(mixed)
    for number, (factor, addend) in enumerate(zip(factors, addends, strict=True)):
        np.multiply(mixed, factor, out=permuted)
        np.add(permuted, addend, out=permuted)
        np.minimum.reduceat(permuted, starts, out=minima[number])
    return minima.T


def _fmix32(hashes: npt.NDArray[np.uint64]) -> Signatures:
    """The upper 32 bits through the finalizer of MurmurHash3, as datasketch does before permuting."""
    mixed = (hashes >> np.uint64(32)).astype(np.uint32)
    mixed ^= mixed >> np.uint32(16)
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def _chunks(texts: pa.LargeStringArray, rows: Rows) -> Iterator[tuple[int, int]]:
    ends = np.cumsum(pc.binary_length(texts).to_numpy(zero_copy_only=False)[rows])
    start = 0
    while start < len(rows):
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + _CHUNK_BYTES, "right")))
        yield start, end
        start = end
