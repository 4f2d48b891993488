"""What is stored of a signature: a sorted list a band, and two bits a permutation.

An entry of a list is a 64-bit number: the document's 32-bit key on that band above its 32-bit ordinal. The last
list holds keys of contents instead, so that a copy is found by one look-up.
"""

import numpy as np

from pipeline.dedup.exact import Digests
from pipeline.dedup.index.parameters import PERMUTATIONS_A_WORD, Parameters
from pipeline.dedup.jit import compiled
from pipeline.dedup.minhash import Signatures
from pipeline.dedup.shingles import Hashes, multipliers
from pipeline.dedup.texts import Rows

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
_EVEN = 0x5555555555555555


def sorted_entries(
    signatures: Signatures, digests: Digests, rows: Rows, number: int, parameters: Parameters
) -> Hashes:
    """One list of some rows, ``uint64[len(rows)]``, ascending; see `fill_entries`."""
    entries = np.empty(len(rows), np.uint64)
    fill_entries(signatures, digests, rows, number, parameters, entries)
    entries.sort()
    return entries


def fill_entries(
    signatures: Signatures,
    digests: Digests,
    rows: Rows,
    number: int,
    parameters: Parameters,
    entries: Hashes,
) -> None:
    """One list of some rows, whose ordinals are their places in ``rows``.

    Args:
        signatures: ``uint32[n, num_perm]``.
        digests: ``uint64[n, 2]``.
        rows: ``int64[m]``.
        number: of the band, or of the list of contents, which comes last.
        parameters: how signatures are cut.
        entries: where to, ``uint64[m]``.
    """
    if number == parameters.bands:
        entries[:] = (digests[rows, 0] & ~LOW) | np.arange(len(rows), dtype=np.uint64)
    else:
        factors = np.array(multipliers(parameters.rows), np.uint64)
        _entries(signatures, rows, number * parameters.rows, factors, entries)


def packed(signatures: Signatures, rows: Rows, words: int) -> Hashes:
    """Two bits a permutation: ``uint64[len(rows), words]``.

    The bits are mixed from the whole value, since the upper ones of a minimum are nearly always 0.
    """
    sketches = np.zeros((len(rows), words), np.uint64)
    _pack(signatures, rows, sketches)
    return sketches


@compiled
def _entries(signatures: Signatures, rows: Rows, first: int, factors: Hashes, entries: Hashes) -> None:
    for place in range(len(rows)):
        key = np.uint64(0)
        for column in range(len(factors)):
            key += np.uint64(signatures[rows[place], first + column]) * factors[column]
        key ^= key >> np.uint64(33)
        key *= np.uint64(0xFF51AFD7ED558CCD)
        key ^= key >> np.uint64(33)
        key *= np.uint64(0xC4CEB9FE1A85EC53)
        entries[place] = ((key >> np.uint64(32)) << np.uint64(32)) | np.uint64(place)


@compiled
def _pack(signatures: Signatures, rows: Rows, sketches: Hashes) -> None:
    for place in range(len(rows)):
        for at in range(signatures.shape[1]):
            mixed = np.uint32(signatures[rows[place], at] * np.uint32(0x9E3779B1))
            bits = np.uint64(mixed >> np.uint32(30))
            shift = np.uint64(2 * (at % PERMUTATIONS_A_WORD))
            sketches[place, at // PERMUTATIONS_A_WORD] |= bits << shift


@compiled
def differing(left: Hashes, right: Hashes) -> int:
    """On how many permutations two packed sketches, ``uint64[words]``, differ."""
    count = np.uint64(0)
    for word in range(len(left)):
        bits = left[word] ^ right[word]
        bits = (bits | (bits >> np.uint64(1))) & np.uint64(_EVEN)
        bits = (bits & np.uint64(0x3333333333333333)) + (
            (bits >> np.uint64(2)) & np.uint64(0x3333333333333333)
        )
        bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        count += (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return np.int64(count)  # type: ignore[return-value]
