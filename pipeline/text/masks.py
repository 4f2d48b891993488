"""The key a duplicate is looked for under: what reposters change is masked, what a person wrote stays."""

import re
import unicodedata

_CHINESE_YEAR = re.compile(r"[〇零○一二三四五六七八九十]{2,4}(?=年)")
# 20xx, 20__, 201*, 19XX and the real year are one thing; so are XX, ＸＸ, ** and ____.
_PLACEHOLDER = re.compile(
    r"(?<![\dxX×✕╳*＊_＿~～某])\d{0,4}[xX×✕╳*＊_＿~～某]{1,20}(?=[年月日市县区省镇乡村校局大届])|[xX×*_~]{2,}|某某+"
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_REPEATED_YEAR = re.compile(r"(0年)年+")
_ZEROS = re.compile(r"0+")
_NOT_A_WORD = re.compile(r"[\W_]+")


def duplicate_key(text_hans: str) -> str:
    """Key of a simplified text: width, case, punctuation and white space folded, numbers masked as 0.

    Years in digits, Chinese numerals or placeholders (``2021年``, ``二〇二一年``, ``20xx年``, ``XX年``,
    ``~年``) become ``0年``; other placeholders vanish, so ``XX市`` and ``**市`` agree.
    """
    folded = unicodedata.normalize("NFKC", text_hans)
    folded = _CHINESE_YEAR.sub("0", folded)
    folded = _PLACEHOLDER.sub("0", folded)
    folded = _NUMBER.sub("0", folded)
    folded = _NOT_A_WORD.sub("", folded).lower()
    return _REPEATED_YEAR.sub(r"\1", _ZEROS.sub("0", folded))
