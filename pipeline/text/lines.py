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
_SALUTATION = re.compile(r"^((尊敬|亲爱|敬爱)的|各位)[^。；]{0,40}$|^(同志|老师|领导|女士|先生).{0,14}$")
_PAIRS = (("“", "”"), ("《", "》"), ("(", ")"))
_NARROW = str.maketrans("（）", "()")
_LONGEST_QUOTE = 60
_ENDS_IN_WORD = re.compile(r"[\u3400-\u9fff\d]$")
_HAS_PUNCTUATION = re.compile(r"[，。；：！？、,;:!?]")
_COMMA = re.compile(r"[，,]")
_BROKEN_CLAUSE_LENGTH, _BROKEN_LINE_LENGTH, _LONG_LINE = 25, 40, 60
"""A paragraph that ends without punctuation was cut and is no heading: from 25 characters if it has a
comma, from 40 if it has none, from 60 even under a number."""

_FIRST_LINES, _LAST_LINES = 4, 10
"""Where a site's own lines stand: before and behind the text."""
_TITLE_LENGTH = 45
_EXCERPT = re.compile(r"(?:\.{3}|…|。{3})$")

TRAVEL = re.compile(
    r"旅游|旅行|游玩|风?景点|景区|[一二两三四五]日游|亲子游|自驾游?|自由行|跟团游?|周边游|门票|美食|小吃|特产|温泉|古镇|度假"
    r"|民宿|酒店|机票|攻略"
)
SALES = re.compile(
    r"攻略|排行榜?|排名|前[十五]|十大|大全|推荐|必去|必玩|好玩|哪里|哪家|去哪|怎么(玩|走)|最佳|价格|多少钱|费用|路线|线路|附近"
    r"|自驾|[一二两三四五]日游|亲子游"
)
_WORK = re.compile(r"工作|活动|建设|管理|方案|总结|计划|发展|服务|开发|宣传|报告|情况|整治|产业")
"""Words of a report's headings; a link seller's line has none."""
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
    beside = True
    for position, line in enumerate(lines):
        hans = to_hans(line.text)
        edge = beside or position < _FIRST_LINES or position >= len(lines) - _LAST_LINES
        rule = _rule_for(hans, drop, edge=edge)
        in_related = rule == RELATED.name or (in_related and rule is None and _is_list_entry(hans))
        if MORE.finds(hans) and rule is not None:
            more.add(len(kept))
            rule = MORE.name
        cut_off = cut_off or rule == PAYWALL.name
        beside = rule is not None or in_related
        if rule or in_related:
            removed.append(RemovedLine(rule or "related_list", line.text))
        else:
            kept.append(line)
    return _mend(kept, removed, more, cut_off=cut_off)


def _rule_for(hans: str, drop: Sequence[re.Pattern[str]], *, edge: bool) -> str | None:
    if any(pattern.search(hans) for pattern in drop):
        return "site"
    return next((rule.name for rule in RULES if (edge or not rule.edge) and rule.finds(hans)), None)


def _is_list_entry(hans: str) -> bool:
    """Whether a line under a related-articles heading still belongs to that list."""
    return bool(_EXCERPT.search(hans)) or (
        len(hans) <= _TITLE_LENGTH and not re.search(r"[。；，：]", hans) and not NUMBERED.match(hans)
    )


def _mend(kept: list[Line], removed: list[RemovedLine], more: set[int], *, cut_off: bool) -> Cleaned:
    """Second pass, over lines that are neighbours now: injections out, halves together."""
    result: list[Line] = []
    starts: set[int] = set()
    sells = not _is_about_travel(kept)
    sold = sells and any(is_travel_line(to_hans(line.text)) for line in kept)
    for position, line in enumerate(kept):
        previous = result[-1] if result else None
        before = "" if previous is None else previous.text
        text, junk = _without_injection(line.text, before, sells=sells, sold=sold)
        removed += [RemovedLine(rule, part) for rule, part in junk]
        glued = any(rule == "injected_glued" for rule, _ in junk)
        if position in more:
            starts.add(len(result))
        elif text and previous is not None and _continues(previous, replace(line, text=text), glued=glued):
            result[-1] = replace(previous, text=previous.text + text)
            continue
        if text:
            result.append(replace(line, text=text))
    return Cleaned(tuple(result), tuple(removed), frozenset(starts), cut_off)


def _without_injection(
    text: str, previous: str, *, sells: bool, sold: bool
) -> tuple[str, list[tuple[str, str]]]:
    """The line less what was injected into it, and the parts taken out with their rule.

    A link seller's words at the start of a line count where the sentence before goes on behind them, and
    anywhere on a page with whole lines of them (``sold``); nowhere in a text about travel (not ``sells``).
    """
    junk: list[tuple[str, str]] = []
    for match in reversed(list(_JAMMER.finditer(text))):
        if len(_SYMBOL.findall(match[0])) >= 2:
            junk.append(("jammer", match[0]))
            text = text[: match.start()].rstrip() + text[match.end() :].lstrip()
    hans = to_hans(text)
    if not sells:
        return text, junk
    if is_travel_line(hans):
        return "", [*junk, ("injected_line", text)]
    midway = bool(previous) and not _ENDS_SENTENCE.search(previous)
    size = _sells_travel(_clause(hans)[:_INJECTED_LENGTH]) if midway or sold else 0
    if size:
        junk.append(("injected_glued", text[:size]))
    return text[size:], junk


def _is_about_travel(lines: Sequence[Line]) -> bool:
    """Whether two in five paragraphs speak of travel: then that is what the person wrote about."""
    paragraphs = [to_hans(line.text) for line in lines if len(line.text) >= _BROKEN_LINE_LENGTH]
    return sum(TRAVEL.search(text) is not None for text in paragraphs) > 0.4 * len(paragraphs)


def is_travel_line(hans: str) -> bool:
    """Whether a whole line is a link seller's: short, no punctuation, what is travelled to and what sells it."""
    if len(hans) > _INJECTED_LENGTH or NUMBERED.match(hans) or _WORK.search(hans) or _clause(hans) != hans:
        return False
    return _sells_travel(hans) > 0


def _sells_travel(clause: str) -> int:
    """End of the last selling word if a clause has two words of the trade, one of travel and one of sale."""
    travel = {match.span() for match in TRAVEL.finditer(clause)}
    sales = {match.span() for match in SALES.finditer(clause)}
    return max(end for _, end in travel | sales) if travel and sales and len(travel | sales) > 1 else 0


def _clause(hans: str) -> str:
    """The text up to the first punctuation mark."""
    return re.split(r"[，。；：、！？,;:!?]", hans, maxsplit=1)[0]


def _continues(previous: Line, line: Line, *, glued: bool = False) -> bool:
    """Whether a line is the second half of the one before it; ``glued`` if something stood between them."""
    first, second = previous.text, line.text
    if previous.head or line.head or _STARTS_MIDWAY.match(second):
        return not (previous.head or line.head)
    if NUMBERED.match(second) or _SALUTATION.match(first):
        return False
    if _closes(first, second) or _ENDS_SENTENCE.search(first):
        return _closes(first, second)
    dated = re.search(r"\d$", first) and re.match(r"[年月日号时]\d", second)
    cut = _ENDS_IN_WORD.search(first) and _HAS_PUNCTUATION.search(second) and _is_cut(first)
    return bool(glued or dated or cut or _ENDS_OPEN.search(first))


def _closes(first: str, second: str) -> bool:
    """Whether the second line has the closing mark that the first one lacks, in whatever width."""
    opened, closing = first.translate(_NARROW), second[:_LONGEST_QUOTE].translate(_NARROW)
    return any(
        opened.count(left) > opened.count(right)
        and closing.find(right) >= 0
        and not 0 <= closing.find(left) < closing.find(right)
        for left, right in _PAIRS
    )


def _is_cut(first: str) -> bool:
    """Whether a paragraph that ends in a word is too long for a heading."""
    if NUMBERED.match(first):
        return len(first) >= _LONG_LINE
    return len(first) >= (_BROKEN_CLAUSE_LENGTH if _COMMA.search(first) else _BROKEN_LINE_LENGTH)
