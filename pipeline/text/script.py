"""Which script a text is in, and its simplified form."""

import functools
import re
from dataclasses import dataclass

import opencc

from pipeline.text.characters import (
    Counts,
    Kind,
    codes_of,
    count_kinds,
    has_traditional,
    is_gb2312,
    one_script_characters,
)

_ZHE = re.compile(r"(?<![显名编论专原译巨土昭卓合所撰拙知])著(?![名作称述书录者])")
"""著 is 着 in simplified text, except where it is about writing or fame; t2s leaves every one as it is."""
_MINORITY = 0.05
_SHORT = 80

_TAIWAN = re.compile(
    "軟體|網路|資訊|程式|計畫|品質|透過|螢幕|印表機|計程車|捷運|專案|影片|簡訊|伺服器|資料庫|滑鼠|硬碟|數位|公車|國中|國小|宣導|研習|評鑑|志工"
    "|民國|鄉公所|區公所|縣政府教育處|里民|里長|立法院|行政院|新[台臺]幣|統一編號|課綱|導師|輔導室|學務處|總務處|教師甄[選試]|幼稚園|單槍|行銷|業者|部落格"
)
_MAINLAND = re.compile(
    "軟件|網絡|信息|程序|計劃|質量|視頻|短信|項目|培訓|幹部|群眾|黨員|黨委|黨支部|總書記|書記|市委|縣委|區委|鄉鎮|街道|科學發展觀|中國特色|小康|社會主義"
    "|社區|村委|工會|民警|我局|我縣|我區|我鎮|駐村|扶貧|十[七八九]大|兩學一做|本科|高考|中考|教研組|班主任"
)
_LEAST_TAIWAN = 3
"""Words of its own that a text must have, each counted once, and so many times those of the mainland."""


@dataclass(frozen=True, slots=True)
class Simplified:
    """A text in simplified characters, and how it became so."""

    text: str
    script: str
    """``hans``, ``hant`` or ``mixed``: of the text as it was."""
    conversion: str
    """OpenCC configuration, empty if the text is as it was."""


def simplify(text: str) -> Simplified:
    """The simplified form of a text; one without traditional characters comes back as it is.

    Mainland pages in traditional characters were converted one by one, so plain t2s is their inverse;
    tw2sp also puts Taiwan's words (軟體, 資訊) into the mainland's, so only what is Taiwan's gets it.
    """
    codes = codes_of(text)
    if not has_traditional(codes):
        return Simplified(text, "hans", "")
    counts = count_kinds(codes)
    script = _script(counts)
    conversion = "tw2sp" if script == "hant" and is_taiwanese(text) else "t2s"
    return Simplified(_ZHE.sub("着", _converter(conversion).convert(text)), script, conversion)


def to_hans(text: str) -> str:
    """Simplified form of a text, character by character and word by word as t2s has it."""
    if len(text) < _SHORT:
        if traditional_only().isdisjoint(text):
            return text
    elif not has_traditional(codes_of(text)):
        return text
    return _ZHE.sub("着", _converter("t2s").convert(text))


def script_of(text: str) -> str:
    """``hans``, ``hant`` or ``mixed``, from the characters that only one script uses.

    A text is mixed when its rarer script has more than 5 % of those characters: a few variant
    characters stand in simplified texts too. A text without any counts as ``hans``.
    """
    return _script(count_kinds(codes_of(text)))


def is_taiwanese(text: str) -> bool:
    """Whether a text in traditional characters was written in Taiwan, by its words."""
    own = set(_TAIWAN.findall(text))
    return len(own) >= _LEAST_TAIWAN and len(own) >= _LEAST_TAIWAN * len(set(_MAINLAND.findall(text)))


def traditional_characters() -> frozenset[str]:
    """Characters that t2s changes and s2t does not."""
    return one_script_characters()[0]


@functools.cache
def traditional_only() -> frozenset[str]:
    """The same less those of GB 2312: what a simplified text does not have."""
    return frozenset(char for char in traditional_characters() if not is_gb2312(char))


def _script(counts: Counts) -> str:
    traditional, simplified = int(counts[Kind.TRADITIONAL]), int(counts[Kind.SIMPLIFIED])
    total = traditional + simplified
    if traditional <= total * _MINORITY:
        return "hans"
    return "hant" if simplified <= total * _MINORITY else "mixed"


@functools.cache
def _converter(configuration: str) -> opencc.OpenCC:
    return opencc.OpenCC(configuration)
