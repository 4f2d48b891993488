"""Title and genre of a page, and whether its head was hijacked."""

import functools
import re
from dataclasses import dataclass

from lxml import etree

from pipeline.text.script import to_hans

GENRES = (
    ("总结", "总结|小结|反思"),
    ("计划", "计划(?!生育)|规划|打算|安排"),
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

_GENERIC = {"报告", "方案", "通知"}
"""Genres that only say how a text is handed in: 述职报告 is a 述职."""
_GENRE_PATTERNS = tuple((genre, re.compile(words)) for genre, words in GENRES)
GENRE_WORD = "|".join(words for _, words in GENRES)
ENDS_IN_GENRE = re.compile(
    rf"(?:{GENRE_WORD}|稿|书|信|材料|范文|模板|鉴定|自我评价|寄语|主持词|日记|事迹|综述|纪要|周记|随笔|[贺祝悼谢辞奖]词|家书|自我介绍)(?:[（(][^（(]{{0,12}}[)）]|\d{{1,2}}篇)?$"
)
"""End of a simplified title that says what kind of text it is the title of."""

_SITE_SEPARATOR = re.compile(r"[_|｜]+|\s[-–—]\s|(?<![-–\d])[-–]{1,3}|[-–]{1,3}(?![-–\d])")
"""Between a title and the site's name; 2020-2021 and 不忘初心——心得体会 are one part each."""


@dataclass(frozen=True, slots=True)
class Head:
    """Title of a page and whether its head shows another site's advertisement instead."""

    title: str
    hijack_score: float
    """Share of its titles (headings of the first order, first and last part of ``<title>``) that are one."""


def read_head(tree: etree._Element) -> Head:
    """Title of the page: a heading counts only if it stands in ``<title>`` too.

    A hijacked page has the advertisement in ``<title>`` and ``<h1>`` and its own title in another
    heading, or only in one part of ``<title>``.
    """
    found = [(node.tag, _words(node)) for node in tree.iter("title", "h1", "h2", "h3")]
    full = next((text for tag, text in found if tag == "title"), "")
    parts = [part.strip() for part in _SITE_SEPARATOR.split(full) if part.strip()]
    ones = [text for tag, text in found if tag == "h1"]
    others = [text for tag, text in found if tag in ("h2", "h3")]
    titles = dict.fromkeys((*ones, *parts[:1], *parts[-1:]))
    hijacked = sum(map(_is_advertisement, titles)) / max(1, len(titles))
    site = parts[-1] if len(parts) > 1 and not _ends_in_genre(parts[-1]) else None
    fitting = [
        text
        for text in ones + others
        if text and text in full and text != site and not _is_advertisement(text)
    ]
    clean = [part for part in parts if not _is_advertisement(part)]
    return Head(_best_title(fitting, clean[0] if clean else ""), round(hijacked, 3))


def _best_title(headings: list[str], part: str) -> str:
    """The longest heading, unless only the part of ``<title>`` says what kind of text it names."""

    def rank(text: str) -> tuple[bool, bool, int]:
        return _names_genre(text), text in part or part in text, len(text)

    best = max(headings, key=rank, default=part)
    return part if _names_genre(part) and not _names_genre(best) else best


def genre_of(title_hans: str) -> str:
    """Genre that the title names, empty if none."""
    found = [
        (genre not in _GENERIC, match.start(), genre)
        for genre, words in _GENRE_PATTERNS
        for match in words.finditer(title_hans)
    ]
    return max(found)[2] if found else ""


_ADVERTISEMENT = re.compile(
    r"精品|一区二区|一區二區|国产|國產|高清|无码|視頻|免费观看|大全免费|娱乐城|博彩|彩票|开户|開戶"
    r"|澳门|澳門|百家乐|棋牌|体育投注|官网|下载app|app下载|老虎机|赌|賭|真人|送彩金|注册送"
)


@functools.lru_cache(maxsize=4096)
def _is_advertisement(text: str) -> bool:
    """Whether a title is an advertisement of the kind that hijacked heads carry (two words of them).

    A report on illegal gambling has such words too, but ends in what it is.
    """
    return len(set(_ADVERTISEMENT.findall(text))) >= 2 and not _ends_in_genre(text)


@functools.lru_cache(maxsize=4096)
def _ends_in_genre(text: str) -> bool:
    return ENDS_IN_GENRE.search(to_hans(text[-40:])) is not None


@functools.lru_cache(maxsize=4096)
def _names_genre(text: str) -> bool:
    return re.search(GENRE_WORD, to_hans(text)) is not None


def _words(node: etree._Element) -> str:
    return _squeeze("".join(node.itertext()) if len(node) else node.text or "")


def _squeeze(text: str) -> str:
    return " ".join(text.split())
