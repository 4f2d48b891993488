"""Main text to the lines a person wrote: junk lines out, each with its reason, broken lines rejoined."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.schema import Line, RemovedLine
from pipeline.text.rules import MORE, PAYWALL, RELATED, RULES
from pipeline.text.script import to_hans

NUMERAL = r"[一二三四五六七八九十百零\d]{1,4}"
NUMBERED = re.compile(
    rf"^\s*(第?{NUMERAL}\s*[、.．,，:：]|[（(]{NUMERAL}[)）]|第{NUMERAL}[章节条点部篇]|[①-⑳])"
)
"""Start of a heading or list item: 一、 （二） 3. 第四节 …"""

_ENDS_SENTENCE = re.compile(r"[。！？；：…!?;:”’』」）)》〉】\]]$")
_ENDS_OPEN = re.compile(r"[，、,]$")
_STARTS_MIDWAY = re.compile(r"^[，。、；：！？,;:!?”’）》】]")
_SALUTATION = re.compile(r"^(尊敬|各位|同志|亲爱|敬爱|老师|领导).{0,14}$")
_PAIRS = (("“", "”"), ("《", "》"), ("（", "）"), ("(", ")"))
_COMMA = re.compile(r"[，,]")
_BROKEN_CLAUSE_LENGTH, _BROKEN_LINE_LENGTH, _LONG_LINE = 25, 40, 60
"""A paragraph that ends without punctuation was cut and is no heading: from 25 characters if it has a
comma, from 40 if it has none, from 60 even under a number."""

_TITLE_LENGTH = 45
_EXCERPT = re.compile(r"(\.{3,}|…+|。{3,})$")

_TRAVEL = re.compile(
    r"旅游|攻略|景点|景区|[一二两三四五]日游|自驾游?|自由行|跟团|周边游|美食|小吃|特产|排行榜|排行|排名|前[十五]名?|十大"
    r"|必去|好玩|去哪|最佳路线|路线|线路|门票|民宿|酒店|机票|温泉|古镇|度假|风景区|地图"
)
_SALES_WORD = re.compile(r"攻略|排行|排名|前[十五]|十大|必去|最佳路线|门票|自驾|[一二两三四五]日游|好玩|去哪")
_CLAUSE = re.compile(r"[^，。；：、！？,;:!?]*")
_INJECTED_LENGTH = 30

_JAMMER = re.compile(r"(?:[!-~]{1,3} ){2,}[!-~]{1,3}")
_SYMBOL = re.compile(r"[{}\[\]!@#$^&*~|<>\\;`_=+]")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Lines of an article that are left, and what was taken out."""

    lines: tuple[Line, ...]
    removed: tuple[RemovedLine, ...]
    more: frozenset[int]
    """Positions in ``lines`` before which the page announced further essays."""
    cut_off: bool
    """A paywall line said that the text goes on elsewhere."""


def clean(lines: Sequence[Line], drop: Sequence[re.Pattern[str]] = ()) -> Cleaned:
    """Take out what is not the essay's, cut injected text from half lines, rejoin broken lines.

    Args:
        lines: main text, repaired, in either script.
        drop: the site's own patterns, searched in the simplified line.
    """
    kept: list[Line] = []
    removed: list[RemovedLine] = []
    more: set[int] = set()
    cut_off = False
    in_related = False
    for line in lines:
        hans = to_hans(line.text)
        rule = _rule_for(hans, drop)
        in_related = rule == RELATED.name or (in_related and rule is None and _is_list_entry(hans))
        if MORE.finds(hans) and rule is not None:
            more.add(len(kept))
            rule = MORE.name
        cut_off = cut_off or rule == PAYWALL.name
        if rule or in_related:
            removed.append(RemovedLine(rule or "related_list", line.text))
        else:
            kept.append(line)
    return _mend(kept, removed, more, cut_off=cut_off)


def _rule_for(hans: str, drop: Sequence[re.Pattern[str]]) -> str | None:
    if any(pattern.search(hans) for pattern in drop):
        return "site"
    return next((rule.name for rule in RULES if rule.finds(hans)), None)


def _is_list_entry(hans: str) -> bool:
    """Whether a line under a related-articles heading still belongs to that list."""
    return bool(_EXCERPT.search(hans)) or (
        len(hans) <= _TITLE_LENGTH and not re.search(r"[。；，：]", hans) and not NUMBERED.match(hans)
    )


def _mend(kept: list[Line], removed: list[RemovedLine], more: set[int], *, cut_off: bool) -> Cleaned:
    """Second pass, over lines that are neighbours now: injections out, halves together."""
    result: list[Line] = []
    starts: set[int] = set()
    for position, line in enumerate(kept):
        previous = result[-1] if result else None
        text, junk = _without_injection(line.text, None if previous is None else previous.text)
        removed += [RemovedLine(rule, part) for rule, part in junk]
        glued = any(rule == "injected_glued" for rule, _ in junk)
        if position in more:
            starts.add(len(result))
        elif text and previous is not None and (glued or _continues(previous, replace(line, text=text))):
            result[-1] = replace(previous, text=previous.text + text)
            continue
        if text:
            result.append(replace(line, text=text))
    return Cleaned(tuple(result), tuple(removed), frozenset(starts), cut_off)


def _without_injection(text: str, previous: str | None) -> tuple[str, list[tuple[str, str]]]:
    """The line less what was injected into it, and the parts taken out with their rule."""
    junk: list[tuple[str, str]] = []
    for match in reversed(list(_JAMMER.finditer(text))):
        if len(_SYMBOL.findall(match[0])) >= 2:
            junk.append(("jammer", match[0]))
            text = text[: match.start()].rstrip() + text[match.end() :].lstrip()
    hans = to_hans(text)
    if is_travel_line(hans):
        return "", [*junk, ("injected_line", text)]
    size = _glued_prefix(hans, previous)
    if size:
        junk.append(("injected_glued", text[:size]))
    return text[size:], junk


def is_travel_line(hans: str) -> bool:
    """Whether a whole line is a link seller's: short, no punctuation, two or more travel words."""
    if len(hans) > _INJECTED_LENGTH or NUMBERED.match(hans) or _CLAUSE.match(hans)[0] != hans:  # type: ignore[index]
        return False
    return len(_TRAVEL.findall(hans)) >= 2 and _SALES_WORD.search(hans) is not None


def _glued_prefix(hans: str, previous: str | None) -> int:
    """Characters of injected text at the start of a line that goes on with the previous sentence."""
    if previous is None or _ENDS_SENTENCE.search(previous) or re.search(r"[。！？]$", previous):
        return 0
    clause = _CLAUSE.match(hans)
    words = list(_TRAVEL.finditer(clause[0][:_INJECTED_LENGTH])) if clause else []
    sold = [word for word in words if _SALES_WORD.search(word[0])]
    return words[-1].end() if len(words) >= 2 and sold else 0


def _continues(previous: Line, line: Line) -> bool:
    """Whether a line is the second half of the one before it."""
    first, second = previous.text, line.text
    if previous.head or line.head:
        return False
    if _STARTS_MIDWAY.match(second):
        return True
    if any(first.count(left) > first.count(right) and right in second for left, right in _PAIRS):
        return True
    if NUMBERED.match(second) or _ENDS_SENTENCE.search(first) or _SALUTATION.match(first):
        return False
    if re.search(r"\d$", first) and re.match(r"[年月日号时]\d", second):
        return True
    cut = len(first) >= _BROKEN_LINE_LENGTH or (len(first) >= _BROKEN_CLAUSE_LENGTH and _COMMA.search(first))
    return bool(_ENDS_OPEN.search(first) or (cut and not NUMBERED.match(first)) or len(first) >= _LONG_LINE)
