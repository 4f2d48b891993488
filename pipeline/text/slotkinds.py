"""What the slots of a template are for: years, dates, numbers, names of places and of organisations."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Literal

from pipeline.text.alignment import LONG
from pipeline.text.voice import place_names

Kind = Literal["year", "date", "number", "placeholder", "place", "unit", "words", "passage"]
"""What most copies have in a slot; ``passage`` is more than `LONG` characters of no other kind."""

_MOST = 0.8
"""Share of the copies that have something of their own in a slot, by which its kind is told."""
_BLANK = "x×✕╳χх*_□◯△~某-"
_NO_LETTER = re.compile(rf"[^\w{_BLANK}]|(?<![年月日])[-~](?![年月日])")
_PLACEHOLDER = re.compile(rf"[{_BLANK}]+")
_CHINESE = "〇零一二三四五六七八九"
_NUMERAL = f"{_CHINESE}十百千万亿两"
_FULL_YEAR = rf"(?:(?:19|20)(?:20)?[\d{_BLANK}]{{2}}|[一二][九〇零][{_CHINESE}{_BLANK}]{{2}})"
_YEAR = re.compile(rf"{_FULL_YEAR}(?:[-—~至到]{_FULL_YEAR})?年?[度份]?|\d\d年")
_DAY = rf"[\d{_CHINESE}十{_BLANK}]{{1,3}}"
_DATE = re.compile(
    rf"(?:(?:{_FULL_YEAR}|{_DAY})年)?(?:{_DAY}月(?:{_DAY}[日号]?)?|{_DAY}日)|年?{_DAY}[月日]|月{_DAY}[日号]"
    rf"|{_FULL_YEAR}(?:[./-]\d{{1,2}}){{1,2}}"
)
_NUMBER = re.compile(
    rf"第?(?:\d[\d.,%‰:/—~-]*[多余几]?[万亿千百]*|[{_NUMERAL}几]+)(?:[多余几]|[\u3400-\u9fff])?"
)
_MEASURE = frozenset("人户元亩个次万亿名件家项篇份条场吨公米千百")
"""What is counted: 2000户 is no year."""
_NAME = re.compile(rf"[\u3400-\u9fff〇{_BLANK}]{{1,{LONG}}}")
_PLACE_END = re.compile(r".*(?:[省市县区镇乡村州盟旗]|.街道|.[大]?街|..路)")
_PLACE_BEHIND = re.compile(r"[省市县区镇乡村州盟旗]|街道")
_NO_PLACE = re.compile(r".*(?:[农城乡]村|城[市镇]|乡镇|地区|[小园校景辖厂库战]区|[道思出网线公铁道一]路)")
_UNIT = (
    "学校|[小中大]学|学院|幼儿园|公司|集团|中心|委员会|[党团市县区镇]委|办公室|办事处|政府|银行|支行|[党总]?支部|协会|工会|商会|车间"
    "|党校|社区|机关|单位|部门|企业|大队|支队|医院|法院"
)
_UNIT_END = re.compile(rf".*(?:{_UNIT}|[局厅校厂]|.[院所站科处室部矿社办])|[院所站科处室部矿社]")
_UNIT_BEHIND = re.compile(
    rf"{_UNIT}|[局厅厂矿院校]|科(?![学技研])|处(?![理于置])|室|所(?![有以在])|部(?![分署])|站(?![在位])"
)
_NO_UNIT = re.compile(
    r".*(?:干部|[全内外局]部|[格布结大全当]局|[好之长短难用到各]处|[学专]科|场所|网站|[举主承协]办)"
)


def letters(text: str) -> str:
    """A text without what does not count as a difference: punctuation, white space, width and case."""
    return _NO_LETTER.sub("", _normal(text))


def kind_of(fillings: Mapping[str, int], before: str, behind: str) -> Kind:
    """What a slot is for.

    Args:
        fillings: what copies have in it, and how many of them.
        before: the kept text in front of it.
        behind: the kept text behind it.
    """
    before, behind = before[-1:], _normal(behind[:LONG])
    told = {_normal(text): 0 for text in fillings}
    for text, copies in fillings.items():
        told[_normal(text)] += copies
    told = {text: copies for text, copies in told.items() if text and not _PLACEHOLDER.fullmatch(text)}
    enough = _MOST * sum(told.values())
    if not told:
        return "placeholder"
    for kind, fits in _KINDS:
        if sum(copies for text, copies in told.items() if fits(text, before, behind)) >= enough:
            return kind
    many = sum(copies for text, copies in told.items() if len(text) > LONG)
    return "passage" if many > sum(told.values()) / 4 else "words"


def _normal(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().replace("○", "〇").split())


def _is_year(text: str, _before: str, behind: str) -> bool:
    if behind.startswith("年") and _YEAR.fullmatch(text + "年"):
        return True
    return bool(_YEAR.fullmatch(text)) and behind[:1] not in _MEASURE


def _is_date(text: str, before: str, behind: str) -> bool:
    around = (before if before in ("年", "月") else "", behind[:1] if behind[:1] in "月日号" else "")
    return any(
        _DATE.fullmatch(first + text + last) is not None
        for first in {"", around[0]}
        for last in {"", around[1]}
    )


def _is_number(text: str, _before: str, _behind: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _is_place(text: str, _before: str, behind: str) -> bool:
    if not _NAME.fullmatch(text):
        return False
    if not place_names().sub("", text):
        return True
    if _PLACE_END.fullmatch(text):
        return not _NO_PLACE.fullmatch(text)
    return (
        len(text) > 1
        and _PLACE_BEHIND.match(behind) is not None
        and not _NO_PLACE.fullmatch(text + behind[:1])
    )


def _is_unit(text: str, before: str, behind: str) -> bool:
    if not _NAME.fullmatch(text):
        return False
    if _UNIT_END.fullmatch(text):
        return not _NO_UNIT.fullmatch(text)
    if len(text) > 1 and _UNIT_BEHIND.match(behind) and not _NO_UNIT.fullmatch(text + behind[:1]):
        return True
    return _is_place(text, before, behind)


_KINDS: tuple[tuple[Kind, Callable[[str, str, str], bool]], ...] = (
    ("year", _is_year),
    ("date", _is_date),
    ("number", _is_number),
    ("place", _is_place),
    ("unit", _is_unit),
)
