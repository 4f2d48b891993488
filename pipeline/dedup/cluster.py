"""Who stays: a greedy star, so that whatever is dropped has a *kept* row that it repeats.

Rows are visited in the order in which they would be kept; a row stays unless a row that stays
already repeats it. Connected components would merge chains (A like B, B like C, A unlike C) and drop
rows that resemble nothing kept.

A row that stays is compared with the undecided rows behind it in its buckets; what it matches goes, and leaves its
buckets. So a bucket costs comparisons with the rows that stay only, never all of its pairs: one template in 20,000
variants is 20,000 comparisons, not 200 million, and no bucket needs a cut that would lose pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.dedup.bands import LAST, Behind, Chains
from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import Signatures
from pipeline.dedup.shingles import Hashes, Points, Tokens, shingling, window_hashes
from pipeline.dedup.texts import Bytes, Rows, Texts
from pipeline.dedup.verify import Marks, Shares, compare, least_agreement, room, set_of

_BLOCK = 1 << 10
"""Rows visited between two reports of progress."""


@dataclass(slots=True)
class Star:
    """Who stays and who repeats whom."""

    kept_row: Rows
    """``int64[n]``: the kept row that a row repeats; the row itself where it stays."""
    jaccard: Shares
    """``float64[n]``: its similarity to that row; 1 where it stays."""
    containment: Shares
    """``float64[n]``: share of its shingles that the kept row has; 1 where it stays."""
    work: Rows = field(default_factory=lambda: np.zeros(2, np.int64))
    """``int64[2]``: pairs compared by signature, pairs compared exactly."""

    @classmethod
    def of(cls, count: int) -> "Star":
        """All rows stay."""
        return cls(np.arange(count), np.ones(count), np.ones(count))


def greedy_star(
    texts: Texts,
    signatures: Signatures,
    chains: Chains,
    order: Rows,
    *,
    threshold: float,
    tokens: Tokens,
    star: Star | None = None,
    after_block: Callable[[int], None] | None = None,
) -> Star:
    """Decide for every row whether it stays.

    Args:
        texts: all texts.
        signatures: ``uint32[n, num_perm]``.
        chains: which rows to compare; rows that are decided are taken out of it.
        order: ``int64[m]``: rows that take part, in visiting order.
        threshold: Jaccard similarity from which on a row repeats another.
        tokens: what shingles are made of.
        star: what is decided already; filled in.
        after_block: told now and then how many rows are decided.
    """
    star = star or Star.of(len(texts))
    how = shingling(tokens)
    space = room(int(texts.sizes()[order].max(initial=0)))
    seen, close = np.full(len(texts), LAST, np.int32), np.empty(len(texts), np.int64)
    least = least_agreement(signatures.shape[1], threshold)
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        _visit(
            block, chains.behind, signatures, least, threshold, texts.data, texts.offsets, how.ngram,
            how.factors, how.in_word, seen, close, *space, star.kept_row, star.jaccard, star.containment, star.work,
        )  # fmt: skip
        if after_block:
            after_block(start + len(block))
    return star


@compiled
def _visit(
    block: Rows,
    behind: Behind,
    signatures: Signatures,
    least: int,
    threshold: float,
    data: Bytes,
    offsets: Rows,
    ngram: int,
    factors: Hashes,
    in_word: npt.NDArray[np.bool_],
    seen: Behind,
    close: Rows,
    points: Points,
    hashes: Hashes,
    keys: Hashes,
    marks: Marks,
    kept_row: Rows,
    jaccard: Shares,
    containment: Shares,
    work: Rows,
) -> None:
    for row in block:
        if kept_row[row] != row:
            continue
        found = _close(row, behind, signatures, least, kept_row, seen, close, work)
        if not found:
            continue
        size = window_hashes(data, offsets[row], offsets[row + 1], ngram, factors, in_word, points, hashes)
        distinct = set_of(hashes, size, keys, marks)
        most = int(distinct * (1 - threshold) / threshold) + 1
        work[1] += found
        for place in range(found):
            other = close[place]
            count = window_hashes(
                data, offsets[other], offsets[other + 1], ngram, factors, in_word, points, hashes
            )
            common, missing = compare(size, hashes, count, place + 2, most, keys, marks)
            similarity = common / (distinct + missing)
            if missing <= most and similarity >= threshold:
                kept_row[other], jaccard[other] = row, similarity
                containment[other] = common / (common + missing)


@compiled
def _close(
    row: int,
    behind: Behind,
    signatures: Signatures,
    least: int,
    kept_row: Rows,
    seen: Behind,
    close: Rows,
    work: Rows,
) -> int:
    """Undecided rows behind one in its buckets, whose signatures are close to its; those that went are unlinked."""
    found = 0
    for band in range(len(behind)):
        before, other = row, behind[band, row]
        while other != LAST:
            after = behind[band, other]
            if kept_row[other] != other:
                behind[band, before] = after
            else:
                if seen[other] != row:
                    seen[other] = row
                    work[0] += 1
                    if _agreement(signatures[row], signatures[other]) >= least:
                        close[found] = other
                        found += 1
                before = other
            other = after
    return found


@compiled
def _agreement(left: Signatures, right: Signatures) -> int:
    equal = np.uint32(0)
    for at in range(len(left)):
        equal += np.uint32(left[at] == right[at])
    return equal  # type: ignore[return-value]
