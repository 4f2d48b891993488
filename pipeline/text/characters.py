"""Characters by class, for whole texts at once: what scripts, signals and masks are counted from.

A text is looked at as its code points (``uint32[n]``), which tables of one entry a code point turn into
classes; that costs a few nanoseconds a character where a Python loop costs a hundred.
"""

import enum
import functools
import unicodedata

import numpy as np
import numpy.typing as npt
import opencc

Codes = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.int64]

_CODE_POINTS = 0x110000
_FUNCTION = "的一是在了和有不人"
HAN_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))


class Kind(enum.IntEnum):
    """What a code point is; Chinese characters by the script that uses them."""

    OTHER = 0
    SPACE = 1
    DIGIT = 2
    LATIN = 3
    PUNCTUATION = 4
    """With symbols and combining marks."""
    SENTENCE_END = 5
    HAN = 6
    """In either script."""
    FUNCTION = 7
    """What most prose has, in either script."""
    TRADITIONAL = 8
    """t2s changes it, and it is not in GB 2312."""
    SIMPLIFIED = 9
    """s2t changes it."""


def codes_of(text: str) -> Codes:
    """Code points of a text, ``uint32[n]``."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def text_of(codes: Codes) -> str:
    """The text of code points."""
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")


def count_kinds(codes: Codes) -> Counts:
    """Characters of each kind, ``int64[10]``, by ``Kind``."""
    return np.bincount(_kinds().take(codes), minlength=len(Kind))


def has_traditional(codes: Codes) -> bool:
    """Whether a text has a character that simplified texts do not have."""
    return bool((_kinds().take(codes) == Kind.TRADITIONAL).any())


def kinds_of(codes: Codes) -> npt.NDArray[np.uint8]:
    """Kind of each character, ``uint8[n]``."""
    return _kinds().take(codes)


@functools.cache
def one_script_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that only traditional and that only simplified text uses.

    t2s changes some that simplified texts have too (瞭望, 乾隆, 著名): those in GB 2312 belong to both.
    """
    characters = [chr(code) for code in range(0x3400, 0xA000)]
    lines = "\n".join(characters)
    pairs = []
    for configuration in ("t2s", "s2t"):
        converted = opencc.OpenCC(configuration).convert(lines).split("\n")
        pairs.append({char for char, other in zip(characters, converted, strict=True) if char != other})
    traditional, simplified = pairs
    return frozenset(traditional - simplified), frozenset(simplified - traditional)


@functools.cache
def _kinds() -> npt.NDArray[np.uint8]:
    table = np.zeros(_CODE_POINTS, dtype=np.uint8)
    for code in range(0x10000):
        table[code] = _kind_of(chr(code))
    for first, last in HAN_RANGES:
        table[first : last + 1] = Kind.HAN
    table[[ord(char) for char in _FUNCTION]] = Kind.FUNCTION
    traditional, simplified = one_script_characters()
    table[[ord(char) for char in traditional if not is_gb2312(char)]] = Kind.TRADITIONAL
    table[[ord(char) for char in simplified]] = Kind.SIMPLIFIED
    return table


def is_gb2312(char: str) -> bool:
    """Whether a character is in GB 2312, the set that simplified texts were typed in."""
    return bool(char.encode("gb2312", "ignore"))


def _kind_of(char: str) -> Kind:
    if char in "。！？!?｡":
        return Kind.SENTENCE_END
    if char.isspace():
        return Kind.SPACE
    if char.isdecimal():
        return Kind.DIGIT
    category = unicodedata.category(char)
    if category[0] in "PSM":
        return Kind.PUNCTUATION
    if category[0] == "L" and "LATIN" in unicodedata.name(char, ""):
        return Kind.LATIN
    return Kind.OTHER
