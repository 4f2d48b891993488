"""What a page says about itself: title, publication date, genre, whether its head was hijacked."""

import re
from dataclasses import dataclass
from datetime import date

from lxml.html import HtmlElement

GENRES = (
    ("总结", "总结"),
    ("计划", "计划|规划|打算|安排"),
    ("汇报", "汇报"),
    ("述职", "述职"),
    ("心得", "心得|体会|感想|感悟|读后感|观后感"),
    ("讲话", "讲话|发言|演讲|致辞|致词"),
    ("申请", "申请"),
    ("报告", "报告"),
    ("方案", "方案"),
    ("检讨", "检讨|检查书"),
    ("倡议", "倡议"),
    ("通知", "通知"),
)
"""Genres with the words that name them in a title; the word that stands last in the title decides."""

GENRE_WORD = "|".join(words for _, words in GENRES)

_PINYIN = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]{1,6}\)")
_SITE_SEPARATOR = re.compile(r"[-_|｜–—]+")
_DATE = re.compile(r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_DATE_LABEL = re.compile(r"时间|時間|日期|发布|發布|发表|更新|来源|作者")
_CLOCK = re.compile(r"\s*日?\s*\d{1,2}:\d{2}(:\d{2})?")
_INFO_LINE = 120
"""A line about the page is short; a date in a longer one belongs to the text."""


@dataclass(frozen=True, slots=True)
class Head:
    """Title of a page and whether its head shows another site's advertisement instead."""

    title: str
    hijacked: bool


def read_head(tree: HtmlElement) -> Head:
    """Title of the page: a heading counts only if it stands in ``<title>`` too.

    A hijacked page has the advertisement in ``<title>`` and ``<h1>`` and its own title in another
    heading, or only in one part of ``<title>``.
    """
    full = _squeeze(tree.findtext(".//title") or "")
    parts = [part.strip() for part in _SITE_SEPARATOR.split(full) if part.strip()]
    ones = [_squeeze(node.text_content()) for node in tree.iter("h1")]
    others = [_squeeze(node.text_content()) for node in tree.iter("h2", "h3")]
    hijacked = any(_is_advertisement(text) for text in (*ones, *parts[:1], *parts[-1:]))
    fitting = [text for text in ones + others if text and text in full and not _is_advertisement(text)]
    if fitting:
        return Head(fitting[0], hijacked)
    clean = [part for part in parts if not _is_advertisement(part)]
    return Head(clean[0] if clean else "", hijacked)


def read_date(lines: list[str]) -> date | None:
    """Publication date from the visible lines about the page; none rather than a doubtful one.

    A line counts if it is short and labels the date (时间, 发布, 更新, …) or gives the time of day
    behind it.
    """
    for line in lines:
        if len(line) > _INFO_LINE:
            continue
        plain = _PINYIN.sub("", line)
        for match in _DATE.finditer(plain):
            labelled = _DATE_LABEL.search(plain[: match.start()]) or _CLOCK.match(plain[match.end() :])
            if labelled and (found := _calendar_date(match)):
                return found
    return None


def genre_of(title_hans: str) -> str:
    """Genre that the title names, empty if none."""
    found = [(match.start(), genre) for genre, words in GENRES for match in re.finditer(words, title_hans)]
    return max(found)[1] if found else ""


def _calendar_date(match: re.Match[str]) -> date | None:
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return found if date(1998, 1, 1) <= found else None


_ADVERTISEMENT = re.compile(
    r"精品|一区二区|一區二區|国产|國產|高清|无码|視頻|免费观看|大全免费|娱乐城|博彩|彩票|开户|開戶"
    r"|澳门|澳門|百家乐|棋牌|体育投注|官网|下载app|app下载|老虎机|赌|賭|真人|送彩金|注册送"
)


def _is_advertisement(text: str) -> bool:
    """Whether a title is an advertisement of the kind that hijacked heads carry (two words of them)."""
    return len(set(_ADVERTISEMENT.findall(text))) >= 2


def _squeeze(text: str) -> str:
    return " ".join(text.split())
