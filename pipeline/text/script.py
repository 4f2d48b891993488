"""Which script a text is in, and its simplified form."""

import functools
import re

import opencc

_FIRST_HAN, _LAST_HAN = 0x3400, 0x9FFF
_ZHE = re.compile(r"(?<![显名编论专原译巨土昭卓合所撰拙])著(?![名作称述书录者])")
"""著 is 着 in simplified text, except where it is about writing or fame; t2s leaves every one as it is."""
_CONVERSION = "t2s"
"""Mainland pages in traditional characters were converted one by one, so plain t2s is their inverse."""


def script_of(text: str) -> str:
    """``hans``, ``hant`` or ``mixed``, from the characters that only one script uses.

    A text is mixed when its rarer script has more than 5 % of those characters: a few variant
    characters (著, 乾) stand in simplified texts too. A text without any counts as ``hans``.
    """
    traditional_only, simplified_only = _one_script_characters()
    traditional = sum(char in traditional_only for char in text)
    simplified = sum(char in simplified_only for char in text)
    total = traditional + simplified
    if traditional <= total * 0.05:
        return "hans"
    return "hant" if simplified <= total * 0.05 else "mixed"


def to_hans(text: str) -> str:
    """Simplified form of a text; a text without traditional characters comes back as it is."""
    traditional_only, _ = _one_script_characters()
    if traditional_only.isdisjoint(text):
        return text
    return _ZHE.sub("着", _converter(_CONVERSION).convert(text))


def traditional_characters() -> frozenset[str]:
    """Characters that t2s changes: those a simplified text does not use."""
    return _one_script_characters()[0]


@functools.cache
def _converter(configuration: str) -> opencc.OpenCC:
    return opencc.OpenCC(configuration)


@functools.cache
def _one_script_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that t2s changes, and characters that s2t changes: each belongs to one script only."""
    characters = [chr(code) for code in range(_FIRST_HAN, _LAST_HAN + 1)]
    lines = "\n".join(characters)
    pairs = []
    for configuration in ("t2s", "s2t"):
        converted = _converter(configuration).convert(lines).split("\n")
        pairs.append({char for char, other in zip(characters, converted, strict=True) if char != other})
    traditional, simplified = pairs
    return frozenset(traditional - simplified), frozenset(simplified - traditional)
