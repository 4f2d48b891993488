"""Lines that may be titles of essays on a page of several, numbered or not, and what speaks for them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.text.metadata import ENDS_IN_GENRE, genre_of
from pipeline.text.numbering import NUMBERED, value_of
from pipeline.text.pagetitle import PageTitle, folded

LONGEST = 60
_NUMBER = r"(?:[一二三四五六七八九十百零]{1,4}|\d{1,3}|[①-⑳]|[Ⅰ-Ⅻ])"
_NUMERAL = re.compile("[一二三四五六七八九十百零0-9①-⑳Ⅰ-Ⅻ]")
_ENDS_SENTENCE = frozenset("。；")
_OPEN, _CLOSE = r"[（(【\[]?", r"[)）】\]]?"
_PIECE = r"(?<![开新])(?:篇|范文|范本|模板|样本|样例|例文|Part)"

_FORMS = (
    # 总结篇1 / 篇二：某某计划 / 【篇三】 / 范文一： / Part 2 / 总结篇二（保安队）
    ("piece", rf"(?P<base>[^。；，]{{0,40}}?){_OPEN}{_PIECE}\s*{_OPEN}(?P<n>{_NUMBER}){_CLOSE}\s*(?:(?:[:：、\s（(]|(?<=[】\]）)]))(?P<own>[^。；！？]{{0,50}}))?"),
    # 第五篇：某某 / 第2则
    ("piece", rf"{_OPEN}第\s*(?P<n>{_NUMBER})\s*[篇则份封例套首稿]{_CLOSE}\s*(?:(?:[:：、\s]|(?<=[】\]）)]))(?P<own>[^。；！？]{{0,50}}))?"),
    # 某某讲话稿（第二篇） / 某某讲话稿 第二篇
    ("piece", rf"(?P<own>[^。；，]{{2,40}}?)\s*{_OPEN}第\s*(?P<n>{_NUMBER})\s*[篇则份封首稿]{_CLOSE}"),
    # （二）某某总结
    ("headed", rf"[（(](?P<n>{_NUMBER})[)）]\s*(?P<own>[^。；，]{{5,50}})"),
    # （二）
    ("alone", rf"[（(](?P<n>{_NUMBER})[)）]"),
    # 某某总结（三） / 倡议书 1 / 检讨书二：上课玩手机 / 发言稿一（班主任）
    ("tail", rf"(?P<base>[^。；，：:]{{2,40}}?)\s*{_OPEN}(?P<n>{_NUMBER}){_CLOSE}\s*(?:[:：](?P<own>[^。；！？]{{0,30}})|[（(](?P<whose>[^。；]{{1,20}})[)）])?"),
)  # fmt: skip
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _FORMS)
_DECORATION = re.compile(r"^[\s★☆◆◇■●▲△※*=—~-]+|[\s★☆◆◇■●▲△※*=—~-]+$")
_TRAILING_DATE = re.compile(r"\s*[（(]?(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?[)）]?$")
_STOPS = re.compile(r"[。；！？]")
_SECTION = re.compile(
    r"^(?:下半年|今后|明年|来年|存在|主要|几点|问题|原因|对策|措施|意见|建议|(?:工作)?(?:体会|感想|打算|安排))"
    r"|下一?(?:步|阶段|年|学期).{0,6}$|(?:存在|主要).{0,3}问题|(?:打算|安排|对策|措施|意见|建议)$"
)
"""A heading that is part of an essay: 工作体会, 下一步工作安排, 存在问题和整改计划."""
_OPENING = re.compile(
    r"(?:尊敬|敬爱|亲爱)的|各位|(?:老师|同学|同志|家长|女士|先生|领导|朋友|评委|战友|乡亲)们|[^，。；]{2,20}[:：]$"
    r"|我(?:是|叫|于|从|在|校|院|局|县|镇|村|乡|公司|部|科|班|所|市|区)|本人|作为|今年|本(?:年度|学期|学年|人)|一年来|过去的?一年|时光|光阴|岁月|转眼|(?:19|20)\d\d年|近年来|近期"
    r"|为(?:了|进一步|切实|认真|贯彻|深入)|在.{2,20}(?:领导|指导|关心|支持)下|根据|按照|随着|回顾|首先"
)
"""How essays begin: a salutation, who speaks, when."""
_CLOSING = re.compile(
    r"^(?:此致|敬礼|特此|谢谢|汇报人|报告人|述职人|总结人|申请人|检讨人|倡议人|承诺人|日期|20\d\d)|谢谢(?:大家|各位)?[！!。]?$|批评指正|敬礼[！!]?$"
    r"|(?:努力|成绩|贡献|明天|辉煌|进步|未来|奋斗|发展|满意|力量|期望|要求)[。！!]$|^[^，。；：]{2,20}$|日$"
)
"""How they end: thanks, a signature, a date, a resolution."""
_MARKED = re.compile(r"[、：:！？!?,;…“”]$|[；;,、]|\d{4}[-/.]\d")
_LETTER = re.compile(
    r"此致|敬礼|敬上|谢谢|日$|[人者员]\s*[：:]|^(?:尊敬|敬爱|亲爱)|们$|(?:19|20)\d\d年|特此|完毕|^(?:附|注)"
)
_DATED = re.compile(r"(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]|星期[一二三四五六日天]")
_LEAST_NAME, _LONGEST_NAME = 2, 32
_SUFFIX = 4
_LONGEST_REPEATED = 120
_ALIKE = 0.4
_TOP_LEVEL = re.compile(r"\s*([一二三四五六七八九十]{1,2})\s*[、.．]")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line that may be a numbered title: the form of its number, the number, what stands around it."""

    position: int
    kind: str
    number: int
    base: str
    """What is numbered, folded."""
    own: str
    """The essay's own title, as far as the line has one."""


def numbered_title(position: int, hans: str) -> Numbered | None:
    """A line as a numbered title, if it has the form of one."""
    if len(hans) > LONGEST or hans[-1:] in _ENDS_SENTENCE or not _NUMERAL.search(hans):
        return None
    plain = undecorated(hans)
    for kind, pattern in _PATTERNS:
        if match := pattern.fullmatch(plain):
            groups = match.groupdict()
            base = (groups.get("base") or "").strip()
            own = (groups.get("own") or "").strip("（）() 　")
            return Numbered(position, kind, value_of(groups["n"]), folded(base), own)
    return None


def bare_title(hans: str) -> bool:
    """Whether a line without a number has the form of a document's title: short, ending in what it is."""
    return may_be_title(hans) and ENDS_IN_GENRE.search(_TRAILING_DATE.sub("", hans.strip())) is not None


def may_be_title(hans: str) -> bool:
    """Whether a line could be a title by its form: short, no number in front, no sentence, no part of an essay."""
    return (
        len(hans) <= LONGEST
        and not NUMBERED.match(hans)
        and not _STOPS.search(hans)
        and "，" not in hans
        and not _SECTION.search(hans)
    )


def names_an_essay(hans: str) -> bool:
    """Whether a line may be a title that says nothing of its kind: 草房子, 仓储主管 宋卫东; no end of a letter."""
    plain = hans.strip()
    return (
        _LEAST_NAME <= len(plain) <= _LONGEST_NAME
        and may_be_title(plain)
        and not _MARKED.search(plain)
        and not _LETTER.search(plain)
        and not dated(plain)
    )


def dated(hans: str) -> bool:
    """Whether a line is the head of an entry in a diary, which is no text of its own: 9月3日 星期二 晴."""
    return _DATED.match(hans.strip()) is not None


def evidence(lines: Sequence[str], at: int, page: PageTitle) -> int:
    """How much speaks for an essay's beginning at the title ``lines[at]``, in points; 4 are enough.

    Args:
        lines: of the whole article, simplified.
        at: position of the title, neither the first line nor the last.
        page: its own title.
    """
    title, before, behind = lines[at], lines[at - 1], lines[at + 1]
    points = _kinship(title, page.hans) + page.promises
    if page.lists(folded(title)):
        points += 3
    if folded(lines[0]) == page.folded and title[-_SUFFIX:] == page.hans[-_SUFFIX:]:
        points += 1
    points += 1 if _CLOSING.search(before) else 0
    points += 2 if _OPENING.match(behind) else 0
    first, last = _first_level(lines[at + 1 :]), _last_level(lines[:at])
    if first == 1 and last > 1:
        points += 2
    elif first > 1 and first == last + 1:
        points -= 4
    return points


def kin(title: str, page: PageTitle) -> bool:
    """Whether a title is of the page's kind or has words of its title."""
    return page.lists(folded(title)) or bool(_pairs(title) & _pairs(page.hans))


def opens(line: str) -> bool:
    """Whether an essay may begin like this: a salutation, who speaks, when."""
    return _OPENING.match(line) is not None


def closes(line: str) -> bool:
    """Whether one may end like this: thanks, a signature, a date, a resolution."""
    return _CLOSING.search(line) is not None


def _kinship(title: str, page_title: str) -> int:
    """Points for how alike a title and the page's are: of one kind, and of the same words."""
    kind = genre_of(title)
    same = kind != "" and kind == genre_of(page_title)
    own, page = _pairs(title), _pairs(page_title)
    shared = len(own & page) / max(1, len(own))
    return (2 if same else 0) + (1 if shared >= _ALIKE else 0)


def _pairs(text: str) -> set[str]:
    plain = folded(text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def _first_level(lines: Sequence[str]) -> int:
    """Number of the first heading 一、 in the lines, 0 if there is none."""
    return next((value_of(match[1]) for line in lines if (match := _TOP_LEVEL.match(line))), 0)


def _last_level(lines: Sequence[str]) -> int:
    return _first_level(lines[::-1])


def undecorated(text: str) -> str:
    """The line less stars and dashes around it."""
    return _DECORATION.sub("", text)


def repeats(hans: str, titles: tuple[str, ...]) -> bool:
    """Whether a line only repeats one of the titles, folded."""
    if len(hans) > _LONGEST_REPEATED:
        return False
    plain = folded(hans)
    return any(title and plain in _variants(title) for title in titles)


def _variants(title: str) -> Iterator[str]:
    yield title
    for suffix in ("范文", "模板", "篇"):
        yield title + suffix
        yield title.removesuffix(suffix)
