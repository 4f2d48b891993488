"""MinHash signatures: how often two agree estimates the Jaccard similarity of the shingle sets.

Broder, "On the resemblance and containment of documents" (1997). The permutations and their scheme
("affine32") are datasketch's, so that a signature can be read back with
``datasketch.MinHash(hashvalues=signature, scheme="affine32")``.
"""

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.dedup.jit import compiled
from pipeline.dedup.sha1 import sha1_hash32
from pipeline.dedup.shingles import Hashes, Points, Tokens, shingling, window_hashes, workspace
from pipeline.dedup.texts import Bytes, Rows, Texts

Signatures = npt.NDArray[np.uint32]
Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, what is done of it, and the whole (rows)."""
Hash = Literal["multilinear", "sha1"]

SEED = 1
EMPTY = np.uint32(0xFFFFFFFF)
"""Value of the signature of a text without a token."""
_TASK_ROWS = 4096
_KEPT = 128
_GROUP = 4
"""Permutations applied together, so that a hash is loaded once for all of them."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """How signatures are made."""

    tokens: Tokens = Tokens()
    num_perm: int = 128
    """Permutations, 4 bytes each a row."""
    seed: int = SEED
    hash: Hash = "multilinear"
    """``multilinear`` is `pipeline.dedup.shingles.hashfunc`; ``sha1`` gives the signatures of a plain
    ``datasketch.MinHash()``."""


def signatures(
    texts: Texts,
    rows: Rows,
    sketch: Sketch,
    *,
    out: Signatures | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Signatures:
    """Signatures of some texts, the same for any number of workers.

    Args:
        texts: all texts.
        rows: which of them.
        sketch: how.
        out: where to, ``uint32[len(texts), num_perm]``; rows that are not asked for are left alone.
        workers: threads; all processors by default.
        progress: told how many rows are done.

    Returns:
        ``uint32[len(texts), num_perm]``, in the rows that were asked for bit-identical to datasketch 2's. A text
        without a token has the signature of nothing: all bits set.
    """
    result = np.empty((len(texts), sketch.num_perm), np.uint32) if out is None else out
    tasks = [rows[start : start + _TASK_ROWS] for start in range(0, len(rows), _TASK_ROWS)]
    work = functools.partial(_sign, texts, sketch, result)
    done = 0
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        for task, _ in zip(tasks, pool.map(work, tasks), strict=True):
            done += len(task)
            if progress:
                progress("signatures", done, len(rows))
    return result


@functools.cache
def permutations(num_perm: int, seed: int = SEED) -> tuple[Signatures, Signatures]:
    """The ones of datasketch, permutations ``h -> a*h + b mod 2^32``: ``uint32[num_perm]`` a, and b.

    The usual ones are kept beside this module, since importing datasketch takes as long as comparing
    ten thousand texts.
    """
    if (num_perm, seed) == (_KEPT, SEED):
        kept = resources.files("pipeline.dedup").joinpath("permutations.bin").read_bytes()
        factors, addends = np.frombuffer(kept, "<u4").astype(np.uint32).reshape(2, _KEPT)
        return factors, addends
    from datasketch import MinHash  # noqa: PLC0415 - see above

    factors, addends = MinHash(num_perm=num_perm, seed=seed).permutations
    return factors, addends


def _sign(texts: Texts, sketch: Sketch, out: Signatures, rows: Rows) -> None:
    how = shingling(sketch.tokens)
    factors, addends = permutations(sketch.num_perm, sketch.seed)
    longest = int(texts.sizes()[rows].max(initial=0))
    points, hashes = workspace(longest)
    _sign_rows(
        texts.data, texts.offsets, rows, how.ngram, how.factors, how.in_word, sketch.hash == "sha1",
        points, hashes, np.empty(longest, np.uint32), factors, addends, out,
    )  # fmt: skip


@compiled
def _sign_rows(
    data: Bytes,
    offsets: Rows,
    rows: Rows,
    ngram: int,
    multipliers: Hashes,
    in_word: npt.NDArray[np.bool_],
    sha1: bool,
    points: Points,
    hashes: Hashes,
    mixed: Signatures,
    factors: Signatures,
    addends: Signatures,
    out: Signatures,
) -> None:
    for row in rows:
        start, end = offsets[row], offsets[row + 1]
        if sha1:
            count = sha1_hash32(data, start, end, ngram, points, mixed)
        else:
            count = window_hashes(data, start, end, ngram, multipliers, in_word, points, hashes)
            for window in range(count):
                mixed[window] = np.uint32(hashes[window] >> np.uint64(32))
        _fmix32(mixed, count)
        _minima(mixed, count, factors, addends, out[row])


@compiled
def _fmix32(mixed: Signatures, count: int) -> None:
    """The finalizer of MurmurHash3, which datasketch applies before it permutes."""
    for at in range(count):
        value = mixed[at]
        value ^= value >> np.uint32(16)
        value = np.uint32(value * np.uint32(0x85EBCA6B))
        value ^= value >> np.uint32(13)
        value = np.uint32(value * np.uint32(0xC2B2AE35))
        mixed[at] = value ^ (value >> np.uint32(16))


@compiled
def _minima(
    mixed: Signatures, count: int, factors: Signatures, addends: Signatures, signature: Signatures
) -> None:
    """Permutations in the outer loop, so that each minimum stays in a register."""
    grouped = len(factors) - len(factors) % _GROUP
    for first in range(0, grouped, _GROUP):
        a0, a1, a2, a3 = factors[first], factors[first + 1], factors[first + 2], factors[first + 3]
        b0, b1, b2, b3 = addends[first], addends[first + 1], addends[first + 2], addends[first + 3]
        m0 = m1 = m2 = m3 = np.uint32(0xFFFFFFFF)
        for at in range(count):
            value = mixed[at]
            m0 = min(m0, np.uint32(a0 * value + b0))
            m1 = min(m1, np.uint32(a1 * value + b1))
            m2 = min(m2, np.uint32(a2 * value + b2))
            m3 = min(m3, np.uint32(a3 * value + b3))
        signature[first], signature[first + 1] = m0, m1
        signature[first + 2], signature[first + 3] = m2, m3
    for last in range(grouped, len(factors)):
        least = np.uint32(0xFFFFFFFF)
        for at in range(count):
            least = min(least, np.uint32(factors[last] * mixed[at] + addends[last]))
        signature[last] = least
