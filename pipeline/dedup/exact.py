"""Identical texts, found before anything is compared, so that copies cost next to nothing."""

import hashlib
import itertools

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.dedup.shingles import Rows

Digests = npt.NDArray[np.uint64]


def content_digests(texts: pa.LargeStringArray) -> Digests:
    """128 bits of BLAKE2b of each text's UTF-8 bytes, ``uint64[n, 2]``: equal only if the texts are."""
    _, offsets, buffer = texts.buffers()
    data = memoryview(buffer) if buffer is not None else memoryview(b"")
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1].tolist()
    digests = b"".join(
        hashlib.blake2b(data[start:end], digest_size=16).digest() for start, end in itertools.pairwise(ends)
    )
    return np.frombuffer(digests, ">u8").astype(np.uint64).reshape(-1, 2)


def first_copies(digests: Digests, order: Rows) -> Rows:
    """For each row the first row of the same content, "first" in the given order.

    Args:
        digests: ``uint64[n, 2]``.
        order: ``int64[n]``, all rows in the order in which they would be kept.

    Returns:
        ``int64[n]``.
    """
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    by_content = np.lexsort((place, digests[:, 1], digests[:, 0]))
    ordered = digests[by_content]
    starts = np.ones(len(order), np.bool_)
    starts[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = np.empty(len(order), np.int64)
    first[by_content] = by_content[starts][np.cumsum(starts) - 1]
    return first
