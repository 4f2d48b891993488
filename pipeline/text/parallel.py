"""Titles that only their build tells: lines that stand over parts of a page and are made alike.

A collection's first title stands at the top, and the others are of its build: the same words in front (竞选学习部部长,
竞选文艺部部长) or behind (学生代表篇, 教师代表篇), the same form with another number (第一份计划 护理部), a post and a name. The
headings of one essay are built alike too; what tells the two apart is what stands over the parts, how they begin
and end, and what the page's title says, in points.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.text.metadata import GENRE_WORD
from pipeline.text.pagetitle import PageTitle, folded
from pipeline.text.paragraph import Paragraph
from pipeline.text.titles import bare_title, closes, dated, kin, may_be_title, opens, repeats, undecorated

_ORDINAL = re.compile(
    r"第?(?:[一二三四五六七八九十]{1,3}|\d{1,2}|[①-⑳]|[A-Fa-f](?![A-Za-z]))|其[一二三四五六七八九]"
)
_COUNTED = re.compile(r"[天日周月年站步章节条点次课组类项]|阶段|部分|方面|学期|季度|[、.．，,]")
"""What a number counts within an essay: days, steps, chapters."""
_LEAST_LENGTH, _LONGEST = 3, 40
_SUFFIXES = "篇信书稿版卷"
_NAMED = re.compile(
    r"\S{0,14}(?:[长任记理管员师干工计纳手生士事官]|代表|秘书|教授)[ 　]+[\u3400-\u9fff]{2,4}$"
)
"""A post and a name."""
_LABELLED = re.compile(rf"[^：:]{{0,14}}(?:{GENRE_WORD}|稿|书|信|篇)[:：].+")
"""A kind and a name: 社区书记讲话稿：在动员会上."""
_ADDRESSED = re.compile(r"[致给写](?![力使富谢死敬辞作]).{3,}")
"""致百米运动员: at least three of them."""
_LEAST_ADDRESSED, _LEAST_ADDRESS = 3, 24
_NO_TITLE = re.compile(
    r"[：:，,、；;。！？!?…]$|此致|敬礼|^(?:尊敬|敬爱|亲爱)|(?:[人者员]|签名|日期|时间|地\s*点|主持|记录|出席)\s*[：:]|日$|^\d+$|^[（(]?[一二三四五六七八九十]+[)）、.．]"
)
_HEADING = re.compile(
    r"(?:方面|情况|问题|建设|管理|成绩|成效|回顾|展望|原因|措施|做法|经验|不足|不够|背景|目标|任务|内容|要求|原则|步骤|流程|准备|保障|分析|对策|建议|思考|认识|收获|工作|简介|过程|概况|目的|意义)$|^(?:一是|二是|首先|其次|最后)"
)
"""How the headings within one essay end."""
_SPEAKS = re.compile(
    r"(?:尊敬|敬爱|亲爱)的|各位|大家好|(?:[\u3400-\u9fff]{0,6}(?:老师|同学|同志|家长|女士|先生|领导|朋友|评委|战友|乡亲|伙伴|孩子))们|[^，。；]{2,20}[:：]$|我(?:是|叫|于|从|在|校|院|局|县|镇|村|乡|公司|部|科|班|所|市|区)|本人|作为|我们?[\u3400-\u9fff]{0,6}[，,]"
)
"""How only an essay begins: with whom it speaks to, or who speaks."""
_LEAST_PART = 80
_AFFIX = 2
_LEAST_POINTS = 3.0


class Group(NamedTuple):
    """Lines of one build, the first at the top, and how much speaks for their being titles."""

    positions: tuple[int, ...]
    points: float


def parallel_titles(lines: Sequence[Paragraph], page: PageTitle, top: Sequence[int]) -> Group | None:
    """The group that most speaks for, if that is enough.

    Args:
        lines: of the article, those that a person wrote.
        page: its title.
        top: positions at which a first title may stand.
    """
    top = [at for at in top if at + 1 < len(lines) and _may_be(lines[at].hans)]
    if not top:
        return None
    hans = [line.hans for line in lines]
    repeated = [at for at, line in enumerate(hans) if repeats(line, (page.folded,))][1:]
    places = [at for at, line in enumerate(hans[:-1]) if at not in repeated and _may_be(line)]
    builds = {build: first for first in reversed(top) if first in places for build in _builds(hans[first])}
    groups = [
        Group(group, _points(hans, group, build, page))
        for build, first in builds.items()
        if len(group := _members(hans, first, places, build)) > 1 and not _are_sections(hans, group, page)
    ]
    best = max(groups, key=lambda group: (group.points, len(group.positions)), default=None)
    return best if best is not None and best.points >= _LEAST_POINTS else None


def _are_sections(hans: Sequence[str], group: Sequence[int], page: PageTitle) -> bool:
    """Whether they only repeat parts of the page's title: 2021年工作总结及2022年工作计划."""
    if page.promises or page.parts:
        return False
    return all(folded(hans[at]) in page.folded for at in group)


def _may_be(line: str) -> bool:
    plain = undecorated(line)
    if not _LEAST_LENGTH <= len(plain) <= _LONGEST or dated(plain):
        return False
    return may_be_title(plain) and not _NO_TITLE.search(plain)


def _builds(line: str) -> Iterator[str]:
    """What lines of one build have in common, with the kind of it in front."""
    plain = undecorated(line)
    ordinal = _ORDINAL.search(plain)
    if ordinal and not _COUNTED.match(plain, ordinal.end()):
        yield "ordinal " + _skeleton(plain)
    yield "front " + plain[:_AFFIX]
    yield "behind " + plain[-_AFFIX:]
    if _ADDRESSED.match(plain):
        yield "addressed "
    if plain[-1] in _SUFFIXES:
        yield "behind " + plain[-1]
    if _NAMED.fullmatch(plain):
        yield "named "
    if _LABELLED.fullmatch(plain):
        yield "labelled "
    if bare_title(plain):
        yield "kind "


def _skeleton(plain: str) -> str:
    match = _ORDINAL.search(plain)
    if match is None:
        return ""
    behind = plain[match.end() : match.end() + 2] if match.start() < _AFFIX else ""
    return f"{plain[: match.start()]}#{behind}"


def _members(hans: Sequence[str], first: int, places: Sequence[int], build: str) -> tuple[int, ...]:
    kind, _, what = build.partition(" ")
    group = [at for at in places if at >= first and _has(undecorated(hans[at]), kind, what)]
    ends = [*group[1:], len(hans)]
    least = _LEAST_ADDRESS if kind == "addressed" else _LEAST_PART
    members = tuple(
        at for at, end in zip(group, ends, strict=True) if sum(map(len, hans[at + 1 : end])) >= least
    )
    return () if kind == "addressed" and len(members) < _LEAST_ADDRESSED else members


def _has(plain: str, kind: str, what: str) -> bool:
    if kind == "ordinal":
        return _skeleton(plain) == what
    if kind == "front":
        return plain.startswith(what)
    if kind == "behind":
        return plain.endswith(what)
    if kind == "kind":
        return bare_title(plain)
    if kind == "addressed":
        return _ADDRESSED.match(plain) is not None
    return (_NAMED if kind == "named" else _LABELLED).fullmatch(plain) is not None


_WEIGHTS = {
    "ordinal": 2.0,
    "front": 1.0,
    "behind": 1.0,
    "named": 3.0,
    "labelled": 1.5,
    "addressed": 3.0,
    "kind": 0.5,
}


def _points(hans: Sequence[str], group: Sequence[int], build: str, page: PageTitle) -> float:
    titles = [undecorated(hans[at]) for at in group]
    count = len(group)

    def share(true: Iterator[bool]) -> float:
        return sum(true) / count

    points = _WEIGHTS[build.partition(" ")[0]]
    points += 2 * page.promises + (count == page.count) + 1.5 * (len(page.parts) > 1)
    points += 1.5 * share(kin(title, page) for title in titles)
    points += 1.5 * share(bare_title(title) for title in titles)
    points += 2 * share(_SPEAKS.match(hans[at + 1]) is not None for at in group)
    if page.promises or page.parts:
        points += share(opens(hans[at + 1]) for at in group)
    points += share(closes(hans[at - 1]) for at in (*group[1:], len(hans)))
    points -= 3 * share(_HEADING.search(title) is not None for title in titles)
    return points
