"""What the visible lines about a page state: when it was published, by whom, from where, in which section.

Only lines that speak of the page are asked: short ones, outside the sentences of the text. None is better
than a wrong one: what an event's date might be is no publication date, and 会员上传 is no author.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.text.boxes import Block, Box
from pipeline.text.content import name_of

_PINYIN = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]{1,6}\)")

_EDGE = r"(?:^|[\s(（\[【|｜])"
_END = r"(?=$|[\s)）\]】|｜]|更新|发布|發布|發佈|发表|發表|来源|來源|阅读|閱讀|浏览|点击|作者|编辑|責任|责任)"
_DAY = r"((?:19|20)\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)日?"
_NUMERIC_DAY = r"((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"
_CLOCK = r"[\sT]?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?"
_PUBLISHED = r"(?:本文|本[帖贴贴]|文章)?(?:发布|發布|發佈|发表|發表|更新|发稿|發稿|上传|上傳|编辑|編輯|刊发|刊登|录入|添加)"
_MOMENT = r"(?:于|於|时间|時間|日期)"
_LABELLED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_EDGE}{_PUBLISHED}{_MOMENT}?\s?[:：]\s?{_DAY}",
        rf"{_EDGE}{_PUBLISHED}{_MOMENT}\s?{_DAY}(?:{_CLOCK})?{_END}",
        rf"{_EDGE}(?:时间|時間|日期)\s?[:：]\s?{_NUMERIC_DAY}",
        rf"{_EDGE}(?:时间|時間|日期)\s?[:：]\s?{_DAY}{_CLOCK}",
        rf"于\s?{_DAY}{_CLOCK}\s?(?:在.{{0,30}})?(?:发表|發表|发布|發布)",
    )
)
"""Dates with a label. 时间：2019年3月5日 is as likely an event's in the text, so a bare label needs
2019-03-05 or a time of day."""
_CLOCKED = re.compile(rf"{_EDGE}(?<![:：间間期]\s){_DAY}{_CLOCK}{_END}")
_BARE = re.compile(rf"(?:^|[\s|｜])(?<![:：间間期]\s){_DAY}{_END}")
_ABOUT = re.compile(r"[-/.]\d|来源|來源|作者|阅读|閱讀|浏览|点击|编辑|編輯|字[体号]|评论|人气|次|网|报")
"""What stands in a line about the page; a date in words alone may be the text's own, as in a speech."""
_ANY_DAY = re.compile(_DAY)
_TODAY = re.compile(r"今天|现在|农历|星期|礼拜|欢迎|版权|copyright|©", re.IGNORECASE)
_INFO_LINE = 120
"""A line about the page is short; a date in a longer one belongs to the text."""
_BARE_LINE = 60
_NEAR = 12
"""Blocks around the text in which a date is taken for the page's."""
_LIST = 3
"""Dated lines in one box that make a list."""
_MOST_LINKED = 0.8
_SELF = re.compile(r"本[帖贴文]")
"""Beginning of a line that speaks of its own page, wherever it stands."""

_FIELD = r"[:：]\s*([^\s|｜/【】\[\]()（）:：,，;；。]{1,24}(?:[ 、][^\s|｜/【】\[\]()（）:：,，;；。]{2,4}(?=[\s、]|$)){0,4})"
_AUTHOR = re.compile(rf"(?:^|[\s|｜(（\[【])(?:(?:本文|文章)?作\s?者|撰文|文字|撰稿){_FIELD}")
_SOURCE = re.compile(
    rf"(?:^|[\s|｜(（\[【])(?:(?:本文|文章|信息|稿件)?[来來]\s?[源源]|出处|出處|稿源){_FIELD}"
)
_NOBODY = re.compile(
    r"^(?:会员|會員|用户|网友|网络|網絡|佚名|匿名|未知|不详|不詳|无|暂无|本站|原创|互联网|admin|administrator"
    r"|管理员|小编|编辑|网站|转载|整理|投稿|上传|UNKNOWN)|上传$|整理$|发布$|(?:时间|日期|来源|作者|点击|浏览)$",
    re.IGNORECASE,
)

_CRUMB_NAME = re.compile(
    r"crumb|bread|position|location|weizhi|\bwz\b|dqwz|\bpath\b|\bpt\b|curpos|where", re.IGNORECASE
)
_CRUMB_LABEL = re.compile(
    r"^[\W_]*(?:您|你)?(?:当前|現在|现在|所在|的)*(?:位置|路径|位於|位于)\s?[:：]?|^[\W_]*首页\s*[>›»]"
)
_CRUMB_MARK = re.compile(r"\s*(?:>+|›|»|→|＞|::|\s/\s|\s-\s|┊|\|)\s*")
_NO_SECTION = re.compile(r"^(?:首页|主页|网站首页|正文|内容|详情|文章|浏览|全文|查看|阅读|)$")
_LONGEST_SECTION = 16


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page says about itself in its visible lines; empty where it does not."""

    published: date | None = None
    author: str = ""
    source: str = ""
    """Whom the page names as its source (来源)."""
    breadcrumb: tuple[str, ...] = ()
    """Sections of the site that lead to the page, the widest first."""


def read_stated(blocks: Sequence[Block], text: Sequence[Block]) -> Stated:
    """What is stated in a page's blocks, ``text`` being those of its main text."""
    inside = {id(block) for block in text if block.weight}
    places = [at for at, block in enumerate(blocks) if id(block) in inside]
    first, last = (places[0], places[-1]) if places else (len(blocks), len(blocks))
    about = [
        (at, block)
        for at, block in enumerate(blocks)
        if len(block.text) <= _INFO_LINE and (id(block) not in inside or _SELF.match(block.text))
    ]
    lines = [_PINYIN.sub("", block.text) for _, block in about]
    return Stated(
        _published(_dated(about, first, last, blocks[first].home if places else None)),
        _named(_AUTHOR, lines),
        _named(_SOURCE, lines),
        _breadcrumb(blocks[:first]),
    )


@dataclass(frozen=True, slots=True)
class _Dated:
    """A line about the page with a date in it."""

    text: str
    apart: bool
    """It stands in another box than the text."""
    above: int
    """Blocks from it to the text, negative if it stands behind."""
    below: int
    """Blocks from the text's end to it, negative if it stands before that."""


def _dated(about: Sequence[tuple[int, Block]], first: int, last: int, home: Box | None) -> list[_Dated]:
    """Lines with a date, less those of lists of dated links."""
    found = [
        (at, block)
        for at, block in about
        if block.linked < _MOST_LINKED and _ANY_DAY.search(_PINYIN.sub("", block.text))
    ]
    lists = Counter(id(block.home) for _, block in found)
    return [
        _Dated(_PINYIN.sub("", block.text), block.home is not home, first - at, at - last)
        for at, block in found
        if lists[id(block.home)] < _LIST or first - _NEAR <= at < first
    ]


def _published(lines: Sequence[_Dated]) -> date | None:
    """A labelled date near the text, one with the time of day, or the only one by itself above the text."""
    near = [line for line in lines if 0 < line.above <= _NEAR or -_NEAR < line.below <= _NEAR]
    above = [line for line in lines if 0 < line.above <= _NEAR and not _TODAY.search(line.text)]
    for group in (near, above):
        for pattern in _LABELLED if group is near else (_CLOCKED,):
            for found in _days(pattern, group):
                return found
    alone = [
        line for line in above if len(line.text) <= _BARE_LINE and (line.apart or _ABOUT.search(line.text))
    ]
    bare = set(_days(_BARE, alone))
    if len(bare) == 1:
        return bare.pop()
    rest = [line for line in lines if not _TODAY.search(line.text)]
    return next((found for pattern in (*_LABELLED, _CLOCKED) for found in _days(pattern, rest)), None)


def _days(pattern: re.Pattern[str], lines: Iterable[_Dated]) -> Iterator[date]:
    for line in lines:
        for match in pattern.finditer(line.text):
            if found := _calendar_date(match):
                yield found


def _calendar_date(match: re.Match[str]) -> date | None:
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return found if 1995 <= found.year <= 2035 else None


def _named(pattern: re.Pattern[str], lines: Iterable[str]) -> str:
    for line in lines:
        for match in pattern.finditer(line):
            name = match[1].strip(" ·-—")
            if name and not _NOBODY.search(name) and not _ANY_DAY.search(name):
                return name
    return ""


def _breadcrumb(blocks: Sequence[Block]) -> tuple[str, ...]:
    for at, block in enumerate(blocks):
        named = _CRUMB_NAME.search(f"{name_of(block.box)} {name_of(block.home)}") is not None
        if not (named or _CRUMB_LABEL.search(block.text)) or len(block.text) > _INFO_LINE:
            continue
        text = block.text
        if not _CRUMB_MARK.search(text):  # a list item a section
            text = " > ".join(other.text for other in blocks[at : at + 8] if other.home is block.home)
        parts = [part.strip() for part in _CRUMB_MARK.split(_CRUMB_LABEL.sub("首页 > ", text, count=1))]
        sections = [
            part for part in parts[1:] if not _NO_SECTION.match(part) and len(part) <= _LONGEST_SECTION
        ]
        if sections:
            return tuple(sections)
    return ()
