"""What a page's own title says of the essays under it: how many there are, and which."""

import re
from dataclasses import dataclass

from pipeline.text.metadata import GENRE_WORD
from pipeline.text.numbering import NUMERAL, value_of
from pipeline.text.script import to_hans

_NUMBER_OF_ESSAYS = (
    rf"(?<![第一二三四五六七八九十百零\d])(?![一1]篇)(?P<n>两|{NUMERAL}|[多几数])(?:[篇则]|[份封](?!额))"
)
_SOME = r"合集|汇总|汇编|大全|精选|集锦|集合|文集|选编|选登|范文集|一组"
_REST = r"(?:范文|模板|样本|参考|通用|最新|推荐|[（(【][^）)】]{1,40}[)）】]|[\W_])*$"
_COUNTED = re.compile(_NUMBER_OF_ESSAYS + _REST)
_COLLECTION = re.compile(rf"(?:{_SOME}){_REST}")
_TAIL = 48
_BRACKETS = re.compile(r"[（(【]([^（(【）)】]{2,40})[)）】]\s*$")
_LISTED = re.compile(r"\s*[、，,+＋/／&\s]\s*")
_NOT_A_WORD = re.compile(r"[\W_]+")
_LEAST_PART, _LONGEST_PART, _LEAST_END = 2, 24, 4
_OWN_KIND = re.compile(rf"(?:个人|工作|年度|年终|年中)*(?:{GENRE_WORD})$")
"""What the last of several shares with the others: 出纳、会计、审计年终总结."""


@dataclass(frozen=True, slots=True)
class PageTitle:
    """The page's own title, as the lines are compared with it."""

    title: str
    hans: str
    folded: str
    promises: bool
    """Says that several essays follow."""
    count: int
    """How many, 0 if it does not say."""
    counted: bool
    """Says a number, be it 多 or 几."""
    parts: tuple[str, ...]
    """What it lists, folded: 班主任, 体育组; at least two or none."""

    @classmethod
    def of(cls, title: str) -> "PageTitle":
        """Read a title, in either script."""
        hans = to_hans(title)
        tail = hans[-_TAIL:]
        number = _COUNTED.search(tail)
        count = 0
        if number and number["n"] not in "多几数":
            count = 2 if number["n"] == "两" else value_of(number["n"])
        promises = number is not None or _COLLECTION.search(tail) is not None
        return cls(title, hans, folded(hans), promises, count, number is not None, _parts(hans))

    def lists(self, plain: str) -> bool:
        """Whether a folded line is, begins or ends with, one of the things that the title lists, or is its end."""
        return any(
            plain.startswith(part)
            or plain.endswith(part)
            or (len(plain) >= _LEAST_END and part.endswith(plain))
            for part in self.parts
        )


def folded(text: str) -> str:
    """What titles are compared by: letters and digits."""
    return _NOT_A_WORD.sub("", text).lower()


def _parts(hans: str) -> tuple[str, ...]:
    inner = _BRACKETS.search(hans)
    for listing in (inner[1] if inner else "", hans[: inner.start()] if inner else hans):
        parts = tuple(map(folded, _LISTED.split(listing)))
        if len(parts) > 1 and (own := _OWN_KIND.sub("", parts[-1])):
            parts = (*parts[:-1], own) if _OWN_KIND.sub("", parts[0]) == parts[0] else parts
        if len(parts) > 1 and all(_LEAST_PART <= len(part) <= _LONGEST_PART for part in parts):
            return parts
    return ()
