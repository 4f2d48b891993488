"""The key a duplicate is looked for under: what reposters change is masked, what a person wrote stays."""

import functools
import re
import unicodedata
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.text.characters import Codes, Kind, codes_of, kinds_of, text_of

_NUMERAL = "〇零○一二三四五六七八九十"
_BLANK = "xX×✕╳ΧХχх*＊_＿~～某□◯●△▲-"
_UNIT = "年月日号时市县区省镇乡村局校大届厂矿院所站户人名个"
_SPELLED = re.compile(rf"[{_NUMERAL}](?:(?=[月日号])|[{_NUMERAL}]{{1,3}}(?=[年月日号大]))")
"""二〇二一年三月五日, and the 十九 of 党的十九大, which is masked too in what says 党的“xx大”."""
_BLANKS = re.compile(rf"[{_BLANK}]+")
_DASHES = frozenset("-~～")
_UNITS = frozenset(_UNIT)
_REPEATED_YEAR = re.compile(r"0年年+")
_ZEROS = re.compile(r"00+")
_BMP = 0x10000
_WORDS = np.zeros(len(Kind), dtype=np.bool_)
_WORDS[[Kind.OTHER, Kind.DIGIT, Kind.LATIN, Kind.HAN, Kind.FUNCTION, Kind.TRADITIONAL, Kind.SIMPLIFIED]] = (
    True
)
"""Kinds of characters that a key has."""


class Masked(NamedTuple):
    """What is left of a text when what reposters change is masked."""

    key: str
    placeholders: int
    """How often something stands for a year, number or name that was taken out: XX年, 20xx, 20__, ~年, 某某."""


def masked(text_hans: str) -> Masked:
    """Key of a simplified text: width, case, punctuation and white space folded, numbers masked as 0.

    Years and dates in digits, Chinese numerals or placeholders (``2021年``, ``二〇二一年``, ``20xx年``,
    ``XX年``, ``~年``) become ``0年``; other placeholders become ``0`` too, so ``XX市`` and ``**市`` agree.
    """
    codes = codes_of(text_hans)
    if _is_complex().take(codes, mode="clip").any():
        codes = codes_of(unicodedata.normalize("NFKC", text_hans))
    codes = folded(codes)
    plain = text_of(codes[_counts().take(codes)]).replace("○", "〇")
    placeholders = 0

    def mask(run: re.Match[str]) -> str:
        nonlocal placeholders
        if not _is_placeholder(run):
            return run[0] if run[0].isalpha() else ""
        placeholders += 1
        return "0"

    spelled = _SPELLED.sub("0", _BLANKS.sub(mask, plain))
    return Masked(_REPEATED_YEAR.sub("0年", _ZEROS.sub("0", spelled)), placeholders)


def duplicate_key(text_hans: str) -> str:
    """Key of a simplified text, the same for reposts that differ only in what ``masked`` masks."""
    return masked(text_hans).key


def _is_placeholder(run: re.Match[str]) -> bool:
    """A lone x or a dash is one only in front of what is counted."""
    text, behind = run[0], run.string[run.end() : run.end() + 1]
    return behind in _UNITS or (len(text) > 1 and not _DASHES.issuperset(text))


def folded(codes: Codes) -> Codes:
    """Code points in NFKC, lower case and with digits as 0, one for one, ``uint32[n]``."""
    if codes.size and int(codes.max()) >= _BMP:
        return np.where(codes < _BMP, _folding().take(codes, mode="clip"), codes)
    return _folding().take(codes)


@functools.cache
def _folding() -> Codes:
    """NFKC, lower case and digits as 0, of each code point that has a form of one character."""
    table = np.arange(_BMP, dtype=np.uint32)
    for code in range(_BMP):
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char).lower()
        if len(folded) == 1 and not "\ud800" <= char <= "\udfff":
            table[code] = ord("0") if folded.isdecimal() else ord(folded)
    return table


@functools.cache
def _counts() -> npt.NDArray[np.bool_]:
    """Code points that are part of a word, a number or a placeholder, ``bool[0x110000]``."""
    every = np.arange(0x110000, dtype=np.uint32)
    table = _WORDS[kinds_of(every)]
    table[codes_of(_BLANK + _NUMERAL)] = True
    return table


@functools.cache
def _is_complex() -> npt.NDArray[np.bool_]:
    """Code points whose NFKC form has several characters that are no punctuation: ㎡, Ⅲ, ㈠; all from U+FFFF."""
    table = np.zeros(_BMP, dtype=np.bool_)
    for code in range(_BMP):
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char).lower()
        table[code] = unicodedata.combining(char) or (
            len(folded) > 1 and any(part.isalnum() for part in folded)
        )
    table[-1] = True
    return table
