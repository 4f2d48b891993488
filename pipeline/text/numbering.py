"""Numbers that paragraphs begin with, and the headings that they make."""

import re
from collections.abc import Iterator, Sequence

from pipeline.schema import Heading

NUMERAL = r"[一二三四五六七八九十百零\d]{1,4}"
NUMBERED = re.compile(
    rf"\s*(第?{NUMERAL}\s*[、.．,，:：]|[（(]{NUMERAL}[)）]|第{NUMERAL}[章节条点部篇]|[①-⑳])"
)
"""Start of a heading or list item: 一、 （二） 3. 第四节 …"""

_STYLES = tuple(
    re.compile(rf"\s*(?:{pattern})")
    for pattern in (
        r"第[一二三四五六七八九十百\d]{1,3}[章部编]",
        r"第[一二三四五六七八九十百\d]{1,3}节",
        r"[一二三四五六七八九十]{1,3}\s*[、.．,，:：]",
        r"[（(][一二三四五六七八九十]{1,3}[)）]",
        r"\d{1,2}\s*[、.．](?!\d)",
        r"[（(]\d{1,2}[)）]",
        r"[①-⑳]",
    )
)
_LONGEST_HEADING = 50


def headings_of(lines: Sequence[str]) -> tuple[Heading, ...]:
    """Numbered headings among paragraphs; levels go by how the kinds of numbers nest in such reports."""
    found = list(_numbered(lines))
    levels = {style: level for level, style in enumerate(sorted({style for _, style in found}), 1)}
    return tuple(Heading(line, levels[style]) for line, style in found)


def _numbered(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Position and style of each short paragraph that begins with a number and is no sentence."""
    for position, line in enumerate(lines):
        if len(line) > _LONGEST_HEADING or line[-1:] in "。；，、;,":
            continue
        if not NUMBERED.match(line):
            continue
        style = next((number for number, pattern in enumerate(_STYLES) if pattern.match(line)), None)
        if style is not None:
            yield position, style


def value_of(numeral: str) -> int:
    """Number that a numeral stands for: Arabic, Chinese up to 999, circled or Roman."""
    if len(numeral) == 1 and ("①" <= numeral <= "⑳" or "Ⅰ" <= numeral <= "Ⅻ"):
        return ord(numeral) - ord("①" if numeral >= "①" else "Ⅰ") + 1
    total = digit = 0
    for char in numeral:
        if char in "十百":
            total, digit = total + (digit or 1) * (10 if char == "十" else 100), 0
        else:
            digit = digit * 10 + (int(char) if char.isdecimal() else "零一二三四五六七八九".find(char))
    return total + digit
