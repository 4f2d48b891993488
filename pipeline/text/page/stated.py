"""What the visible lines about a page state: when it was published, by whom, from where, in which section.

Only lines that speak of the page are asked: short ones, outside the sentences of the text. None is better
than a wrong one: what an event's date might be is no publication date, and 会员上传 is no author.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.text.page.boxes import Block, Box

_PINYIN = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]{1,6}\)")

_EDGE = r"(?:^|[\s(（\[【|｜])"
_END = r"(?=$|[\s)）\]】|｜]|更新|发布|發布|發佈|发表|發表|来源|來源|阅读|閱讀|浏览|点击|作者|编辑|責任|责任)"
_DAY = r"((?:19|20)\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)日?"
_NUMERIC_DAY = r"((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"
_CLOCK = r"[\sT]?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?"
_PUBLISHED = r"(?:本文|本[帖贴]|文章)?(?:发布|發布|發佈|发表|發表|更新|发稿|發稿|上传|上傳|编辑|編輯|刊发|刊登|录入|添加)"
_MOMENT = r"(?:于|於|时间|時間|日期)"
_LABELLED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_EDGE}{_PUBLISHED}{_MOMENT}?\s?[:：]\s?{_DAY}",
        rf"{_EDGE}{_PUBLISHED}{_MOMENT}\s?{_DAY}(?:{_CLOCK})?(?:{_END}|(?=[,，]))",
        rf"{_EDGE}(?:时间|時間|日期)\s?[:：]\s?{_NUMERIC_DAY}",
        rf"{_EDGE}(?:时间|時間|日期)\s?[:：]\s?{_DAY}{_CLOCK}",
        rf"于\s?{_DAY}{_CLOCK}\s?(?:在.{{0,30}})?(?:发表|發表|发布|發布)",
    )
)
"""Dates with a label. 时间：2019年3月5日 is as likely an event's in the text, so a bare label needs
2019-03-05 or a time of day."""
_CLOCKED = (
    re.compile(rf"{_EDGE}(?<![:：间間期]\s){_DAY}{_CLOCK}{_END}"),
    re.compile(rf"(?<=[\u3400-\u9fff]){_NUMERIC_DAY}{_CLOCK}$"),
)
_BARE = re.compile(rf"(?:^|[\s|｜])(?<![:：间間期]\s){_DAY}{_END}")
_ABOUT = re.compile(r"[-/.]\d|来源|來源|作者|阅读|閱讀|浏览|点击|编辑|編輯|字[体号]|评论|人气|次|网|报")
"""What stands in a line about the page; a date in words alone may be the text's own, as in a speech."""
_HAS_YEAR = re.compile(r"(?:19|20)\d\d")
_ANY_DAY = re.compile(_DAY)
_TODAY = re.compile(r"今天|现在|农历|星期|礼拜|欢迎|版权|copyright|©", re.IGNORECASE)
_INFO_LINE = 120
"""A line about the page is short; a date in a longer one belongs to the text."""
_BARE_LINE = 60
_NEAR = 12
"""Blocks around the text in which a date is taken for the page's."""
_BESIDE = 4
"""Blocks within which a line with the time of day is taken for one about the text it stands in or under."""
_LIST = 3
"""Dated lines in one box that make a list."""
_MOST_LINKED = 0.8
_SELF = ("本帖", "本贴", "本文")
"""Beginnings of a line that speaks of its own page, wherever it stands."""

_FIELD = r"[:：]\s*([^\s|｜/【】\[\]()（）:：,，;；。]{1,24}(?:[ 、][^\s|｜/【】\[\]()（）:：,，;；。]{2,4}(?=[\s、]|$)){0,4})"
_COLON = re.compile("[:：]")
_AUTHOR = re.compile(rf"(?:^|[\s|｜(（\[【])(?:(?:本文|文章)?作\s?者|撰文|文字|撰稿){_FIELD}")
_SOURCE = re.compile(rf"(?:^|[\s|｜(（\[【])(?:(?:本文|文章|信息|稿件)?[来來]\s?源|出处|出處|稿源){_FIELD}")
_GLUED = re.compile(r"(?:举报|分享|评论|收藏|打印|关注|字号|订阅|点击)+$")
"""Words of buttons that stand behind a name without a space."""
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


@dataclass(frozen=True, slots=True)
class Statement:
    """What a page states, and the blocks that do."""

    stated: Stated
    blocks: tuple[Block, ...]


def read_stated(blocks: Sequence[Block], text: Sequence[Block]) -> Statement:
    """What is stated in a page's blocks, ``text`` being those of its main text."""
    inside = {id(block) for block in text if block.weight}
    first = last = -1
    about: list[tuple[int, Block]] = []
    for at, block in enumerate(blocks):
        if id(block) in inside:
            first, last = (at if first < 0 else first), at
            if not block.text.startswith(_SELF):
                continue
        if len(block.text) <= _INFO_LINE:
            about.append((at, block))
    home = blocks[first].home if first >= 0 else None
    if home is None:
        first = last = len(blocks)
    published = _published(_dated(about, first, last, home))
    author, source = (_named(pattern, about) for pattern in (_AUTHOR, _SOURCE))
    crumbs = _breadcrumb(blocks[:first])
    found = (published, author, source, crumbs)
    return Statement(
        Stated(
            published[0] if published else None,
            author[0] if author else "",
            source[0] if source else "",
            crumbs[0] if crumbs else (),
        ),
        tuple(dict.fromkeys(pair[1] for pair in found if pair)),
    )


@dataclass(frozen=True, slots=True)
class _Dated:
    """A line about the page with a date in it."""

    block: Block
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
        if block.linked < _MOST_LINKED
        and _HAS_YEAR.search(block.text)
        and _ANY_DAY.search(_plain(block.text))
    ]
    lists = Counter(id(block.home) for _, block in found)
    return [
        _Dated(block, _plain(block.text), block.home is not home, first - at, at - last)
        for at, block in found
        if lists[id(block.home)] < _LIST or first - _NEAR <= at < first
    ]


def _published(lines: Sequence[_Dated]) -> tuple[date, Block] | None:
    """A labelled date near the text, one with the time of day, or the only one by itself above the text."""
    near = [line for line in lines if 0 < line.above <= _NEAR or -_NEAR < line.below <= _NEAR]
    rest = [line for line in lines if not _TODAY.search(line.text)]
    beside = [line for line in rest if -_BESIDE <= line.above <= _NEAR or abs(line.below) <= _BESIDE]
    for group, patterns in ((near, _LABELLED), (beside, _CLOCKED)):
        for pattern in patterns:
            for found in _days(pattern, group):
                return found
    above = [line for line in rest if 0 < line.above <= _NEAR]
    alone = [
        line for line in above if len(line.text) <= _BARE_LINE and (line.apart or _ABOUT.search(line.text))
    ]
    bare = list(_days(_BARE, alone))
    if len({found for found, _ in bare}) == 1:
        return bare[0]
    over = [line for line in rest if line.above > 0]
    ways = [*((pattern, rest) for pattern in _LABELLED), *((pattern, over) for pattern in _CLOCKED)]
    return next((found for pattern, group in ways for found in _days(pattern, group)), None)


def _plain(text: str) -> str:
    """The text without the annotations of a mirror that injects pinyin."""
    return _PINYIN.sub("", text) if "(" in text else text


def _days(pattern: re.Pattern[str], lines: Iterable[_Dated]) -> Iterator[tuple[date, Block]]:
    for line in lines:
        for match in pattern.finditer(line.text):
            if found := _calendar_date(match):
                yield found, line.block


def _calendar_date(match: re.Match[str]) -> date | None:
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return found if 1995 <= found.year <= 2035 else None


def _named(pattern: re.Pattern[str], about: Iterable[tuple[int, Block]]) -> tuple[str, Block] | None:
    for _, block in about:
        if not _COLON.search(block.text):
            continue
        for match in pattern.finditer(_plain(block.text)):
            name = _GLUED.sub("", match[1].strip(" ·-—"))
            if name and not _NOBODY.search(name) and not _ANY_DAY.search(name):
                return name, block
    return None


@functools.lru_cache(maxsize=1 << 14)
def _is_crumb(name: str) -> bool:
    return _CRUMB_NAME.search(name) is not None


def _breadcrumb(blocks: Sequence[Block]) -> tuple[tuple[str, ...], Block] | None:
    for at, block in enumerate(blocks):
        named = _is_crumb(block.box.name) or _is_crumb(block.home.name)
        if not (named or _CRUMB_LABEL.search(block.text)) or len(block.text) > _INFO_LINE:
            continue
        text = block.text
        if not _CRUMB_MARK.search(text):  # a list item a section
            text = " > ".join(
                other.text[:_INFO_LINE] for other in blocks[at : at + 8] if other.home is block.home
            )
        parts = [
            part.strip(" -–—·") for part in _CRUMB_MARK.split(_CRUMB_LABEL.sub("首页 > ", text, count=1))
        ]
        sections = [
            part for part in parts[1:] if not _NO_SECTION.match(part) and len(part) <= _LONGEST_SECTION
        ]
        if sections:
            return tuple(sections), block
    return None
