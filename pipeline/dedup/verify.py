"""From candidate to fact: the exact Jaccard similarity of two shingle sets, counted in one pass over each text.

The set of one text, the centre, is put into a hash table once; another text's shingles are looked up in it and
marked there, those that are missing are put into a second table. So nothing is sorted, a repeated shingle counts
once, and a text that has too many shingles of its own is left before its end.
"""

import functools
import math

import numpy as np
import numpy.typing as npt

from pipeline.dedup.exact import table_size
from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import Signatures
from pipeline.dedup.shingles import Hashes, Points, Tokens, shingling, window_hashes, workspace
from pipeline.dedup.texts import Rows, Texts

MISS = 1e-6
"""Probability that a pair at the threshold is set aside by its signatures alone."""
Marks = npt.NDArray[np.uint32]
Shares = npt.NDArray[np.float64]


def jaccard(texts: Texts, left: Rows, right: Rows, tokens: Tokens) -> Shares:
    """``|A ∩ B| / |A ∪ B|`` of pairs of texts; 0 where neither has a shingle.

    Args:
        texts: all texts.
        left: ``int64[m]``; pairs that share it are best given together.
        right: ``int64[m]``.
        tokens: what shingles are made of.

    Returns:
        ``float64[m]``.
    """
    return shares(texts, left, right, tokens)[0]


def shares(texts: Texts, left: Rows, right: Rows, tokens: Tokens, least: float = 0) -> tuple[Shares, Shares]:
    """``|A ∩ B| / |A ∪ B|`` and ``|A ∩ B| / |B|`` of pairs of texts: similarity, and containment of the right one.

    Args:
        texts: all texts.
        left: ``int64[m]``, A; pairs that share it are best given together.
        right: ``int64[m]``, B.
        tokens: what shingles are made of.
        least: similarity below which nobody needs to know more; 0 is told then.

    Returns:
        ``float64[m]`` twice; 0 where neither has a shingle.
    """
    how = shingling(tokens)
    points, hashes, keys, marks = room(int(texts.sizes()[np.concatenate((left, right))].max(initial=0)))
    similarity, containment = np.zeros(len(left), np.float64), np.zeros(len(left), np.float64)
    _shares(
        texts.data, texts.offsets, left, right, least, how.ngram, how.factors, how.in_word, points, hashes, keys,
        marks, similarity, containment,
    )  # fmt: skip
    return similarity, containment


def room(longest: int) -> tuple[Points, Hashes, Hashes, Marks]:
    """Room for texts of so many bytes: code points, hashes, and tables of two sets (memory is used as texts need it).

    Returns:
        ``uint32[longest]``, ``uint64[longest]``, ``uint64[2, s]``, ``uint32[2, s]``.
    """
    size = table_size(longest)
    return *workspace(longest), np.empty((2, size), np.uint64), np.empty((2, size), np.uint32)


def agreement(signatures: Signatures, left: Rows, right: Rows) -> Rows:
    """On how many permutations each pair of signatures agrees, ``int64[m]``."""
    return np.asarray(np.count_nonzero(signatures[left] == signatures[right], axis=1))


@functools.cache
def least_agreement(num_perm: int, threshold: float, miss: float = MISS) -> int:
    """Agreeing permutations below which a pair is not worth an exact comparison.

    The agreement of a pair of similarity J is binomial (num_perm, J); a pair of exactly the
    threshold falls below the result with a probability of at most ``miss``, a closer one yet more
    rarely. At 128 permutations and threshold 0.8: 79.
    """
    below = 0.0
    for count in range(num_perm + 1):
        below += _binomial(num_perm, count, threshold)
        if below > miss:
            return count
    return num_perm


@compiled
def set_of(hashes: Hashes, count: int, keys: Hashes, marks: Marks) -> int:
    """Put a text's shingles into the table in row 0; the number of distinct ones.

    Args:
        hashes: ``uint64[]``, of which the first ``count`` are the text's.
        count: see above.
        keys: ``uint64[2, s]``.
        marks: ``uint32[2, s]``: 0 where a slot is free, 1 where it is taken, more where `compare` has been.
    """
    mask = _mask(count)
    marks[0, : mask + 1] = 0
    distinct = 0
    for window in range(count):
        shingle = hashes[window]
        at = np.int64((shingle >> np.uint64(32)) & np.uint64(mask))
        while marks[0, at] and keys[0, at] != shingle:
            at = (at + 1) & mask
        if not marks[0, at]:
            marks[0, at], keys[0, at] = 1, shingle
            distinct += 1
    return distinct


@compiled
def compare(
    size: int, hashes: Hashes, count: int, turn: int, most: int, keys: Hashes, marks: Marks
) -> tuple[int, int]:
    """Distinct shingles of another text that the set in row 0 has, and that it lacks.

    Args:
        size: ``count`` of the text that the set was made of.
        hashes: the other text's.
        count: their number.
        turn: above 1, and above that of every text compared since the set was made.
        most: missing shingles beyond which nobody needs to know more; one more is told then.
        keys: ``uint64[2, s]``; row 1 is overwritten.
        marks: ``uint32[2, s]``.
    """
    common, missing = 0, 0
    mask, mask_missing = _mask(size), _mask(min(count, most + 1))
    marks[1, : mask_missing + 1] = 0
    for window in range(count):
        shingle = hashes[window]
        at = np.int64((shingle >> np.uint64(32)) & np.uint64(mask))
        while marks[0, at] and keys[0, at] != shingle:
            at = (at + 1) & mask
        if marks[0, at]:
            common += marks[0, at] != turn
            marks[0, at] = turn
            continue
        at = np.int64((shingle >> np.uint64(32)) & np.uint64(mask_missing))
        while marks[1, at] and keys[1, at] != shingle:
            at = (at + 1) & mask_missing
        if not marks[1, at]:
            marks[1, at], keys[1, at] = 1, shingle
            missing += 1
            if missing > most:
                break
    return common, missing


@compiled
def _mask(entries: int) -> int:
    """`table_size` less one."""
    size = 16
    while size < 2 * entries:
        size *= 2
    return size - 1


@compiled
def _shares(
    data: npt.NDArray[np.uint8],
    offsets: Rows,
    left: Rows,
    right: Rows,
    least: float,
    ngram: int,
    factors: Hashes,
    in_word: npt.NDArray[np.bool_],
    points: Points,
    hashes: Hashes,
    keys: Hashes,
    marks: Marks,
    similarity: Shares,
    containment: Shares,
) -> None:
    centre, size, distinct, turn = -1, 0, 0, 1
    for pair in range(len(left)):
        row = left[pair]
        if row != centre:
            size = window_hashes(
                data, offsets[row], offsets[row + 1], ngram, factors, in_word, points, hashes
            )
            distinct = set_of(hashes, size, keys, marks)
            centre, turn = row, 1
        turn += 1
        row = right[pair]
        count = window_hashes(data, offsets[row], offsets[row + 1], ngram, factors, in_word, points, hashes)
        most = min(count, int(distinct * (1 - least) / least) + 1) if least > 0 else count
        common, missing = compare(size, hashes, count, turn, most, keys, marks)
        if missing <= most and distinct + missing and common / (distinct + missing) >= least:
            similarity[pair] = common / (distinct + missing)
            containment[pair] = common / max(1, common + missing)


def _binomial(trials: int, count: int, share: float) -> float:
    if share >= 1:
        return float(count == trials)
    logarithm = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
    return math.exp(logarithm + count * math.log(share) + (trials - count) * math.log1p(-share))
