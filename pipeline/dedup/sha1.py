"""SHA-1 of many short shingles at once, for signatures that equal those of a plain ``datasketch.MinHash()``.

FIPS 180-4. A shingle of up to 55 bytes is one block; the same step of many blocks is one loop, which the
compiler turns into vector instructions.
"""

import numpy as np
import numpy.typing as npt

from pipeline.dedup.jit import compiled
from pipeline.dedup.texts import Bytes

MOST_CHARACTERS = 13
"""The longest n-gram whose UTF-8 bytes fit into one block, whatever its characters."""
_LANES = 128
_FIRST = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
_ROUND = (0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6)

Words = npt.NDArray[np.uint32]


@compiled
def sha1_hash32(data: Bytes, start: int, end: int, ngram: int, starts: Words, hashes: Words) -> int:
    """The first 32 bits, little endian, of the SHA-1 of each n-gram of characters of one text; their number.

    Args:
        data: ``uint8[]``, of which ``[start, end)`` is the text, valid UTF-8.
        start: see above.
        end: see above.
        ngram: characters a shingle, at most `MOST_CHARACTERS`.
        starts: ``uint32[end - start]`` or more, overwritten.
        hashes: ``uint32[end - start]`` or more, overwritten.
    """
    count = 0
    for at in range(start, end):
        if data[at] & 0xC0 != 0x80:
            starts[count] = at - start
            count += 1
    if count == 0:
        return 0
    size = min(ngram, count)
    windows = count - size + 1
    blocks = np.empty((16, _LANES), np.uint32)
    a, b, c = np.empty(_LANES, np.uint32), np.empty(_LANES, np.uint32), np.empty(_LANES, np.uint32)
    d, e = np.empty(_LANES, np.uint32), np.empty(_LANES, np.uint32)
    for first in range(0, windows, _LANES):
        lanes = min(_LANES, windows - first)
        blocks[:] = 0
        for lane in range(lanes):
            last = first + lane + size
            stop = end if last == count else start + starts[last]
            _fill(data, start + starts[first + lane], stop, blocks, lane)
        _digest(blocks, a, b, c, d, e)
        for lane in range(lanes):
            hashes[first + lane] = _swapped(a[lane])
    return windows


@compiled
def _fill(data: Bytes, start: int, end: int, blocks: Words, lane: int) -> None:
    """A message and its padding as one block of sixteen words, big endian; the others are 0 already."""
    size = end - start
    whole = size >> 2
    for word in range(whole):
        at = start + 4 * word
        blocks[word, lane] = (
            np.uint32(data[at]) << np.uint32(24)
            | np.uint32(data[at + 1]) << np.uint32(16)
            | np.uint32(data[at + 2]) << np.uint32(8)
            | np.uint32(data[at + 3])
        )
    last = np.uint32(0x80) << np.uint32(24 - 8 * (size & 3))
    for at in range(4 * whole, size):
        last |= np.uint32(data[start + at]) << np.uint32(24 - 8 * (at & 3))
    blocks[whole, lane] = last
    blocks[15, lane] = np.uint32(8 * size)


@compiled
def _digest(blocks: Words, a: Words, b: Words, c: Words, d: Words, e: Words) -> None:
    """The first word of each lane's digest into ``a``."""
    a[:], b[:], c[:] = np.uint32(_FIRST[0]), np.uint32(_FIRST[1]), np.uint32(_FIRST[2])
    d[:], e[:] = np.uint32(_FIRST[3]), np.uint32(_FIRST[4])
    for step in range(0, 80, 5):
        _step(blocks, step, a, b, c, d, e)
        _step(blocks, step + 1, e, a, b, c, d)
        _step(blocks, step + 2, d, e, a, b, c)
        _step(blocks, step + 3, c, d, e, a, b)
        _step(blocks, step + 4, b, c, d, e, a)
    a += np.uint32(_FIRST[0])


@compiled
def _step(blocks: Words, step: int, a: Words, b: Words, c: Words, d: Words, e: Words) -> None:
    """One step of all lanes: the new a takes the place of e, b is rotated where it is.

    Each loop writes one array, or the compiler gives up telling them apart.
    """
    quarter, here = step // 20, step & 15
    if step >= 16:
        for lane in range(_LANES):
            word = blocks[here, lane] ^ blocks[(step - 3) & 15, lane]
            word ^= blocks[(step - 8) & 15, lane] ^ blocks[(step - 14) & 15, lane]
            blocks[here, lane] = word << np.uint32(1) | word >> np.uint32(31)
    constant = np.uint32(_ROUND[quarter])
    if quarter == 0:
        for lane in range(_LANES):
            e[lane] += (b[lane] & c[lane]) | (~b[lane] & d[lane])
    elif quarter == 2:
        for lane in range(_LANES):
            e[lane] += (b[lane] & (c[lane] | d[lane])) | (c[lane] & d[lane])
    else:
        for lane in range(_LANES):
            e[lane] += b[lane] ^ c[lane] ^ d[lane]
    for lane in range(_LANES):
        e[lane] += (a[lane] << np.uint32(5) | a[lane] >> np.uint32(27)) + constant + blocks[here, lane]
    for lane in range(_LANES):
        b[lane] = b[lane] << np.uint32(30) | b[lane] >> np.uint32(2)


@compiled
def _swapped(word: int) -> int:
    return np.uint32(  # type: ignore[return-value]
        (word >> np.uint32(24))
        | (word >> np.uint32(8) & np.uint32(0xFF00))
        | (word << np.uint32(8) & np.uint32(0xFF0000))
        | (word << np.uint32(24))
    )
