"""How the pages of one article are numbered: in their addresses, and in the words of the links between them."""

import re
from collections.abc import Iterator

PAGE_SUFFIX = r"_(\d{1,3})(?=\.\w+$)|[?&]p(?:age)?=(\d{1,3})$|(?<=[?&])p(?:age)?=(\d{1,3})&"
"""``12_2.htm``, ``12.htm?page=2``, ``?id=12&page=2`` and ``?page=2&id=12``; taken out, the first page is left."""

_NAMES = r"(?:p|pn|pg|page(?:_?no|_?num|_?index)?|currentpage|curpage)"
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE), left)
    for pattern, left in (
        (r"[-_/]p?(\d{1,3})(?=\.\w{3,5}$)", ""),  # 12-2.html, 12_p2.html and 12/2.html continue 12.html
        (r"(?<=/)(?:index|page|p)?[-_]?(\d{1,3})\.\w{3,5}$", ""),  # 12/2.html and 12/index_2.html: 12/
        (r"/(?:page/?|p)?(\d{1,3})/?$", ""),  # 12.html/2 and 12/page/2: 12.html, 12
        (r"/(?:page/?|p)?(\d{1,3})/?$", "/"),  # 12/2/: 12/
        (rf"[?&]{_NAMES}=(\d{{1,3}})$", ""),
        (rf"(?<=[?&]){_NAMES}=(\d{{1,3}})&", ""),
    )
)
"""Forms that no rule has to foresee where links say that they lead to a page of the same article."""

_BRACKET = r"\s\u3000\[\]()（）【】<>《》«»‹›＜＞…→←"
_BRACKETS = re.compile(f"[{_BRACKET}]+")
MAY_PAGE = re.compile(rf"[{_BRACKET}\d第上前下后後nNpP]")
"""Beginnings of a pager's words: asked of every link, so it is asked fast."""
_NEXT = re.compile(r"(?:下|后|後)一?[页頁]|next(?:page)?", re.IGNORECASE)
_PREVIOUS = re.compile(r"[上前]一?[页頁]|prev(?:ious)?(?:page)?", re.IGNORECASE)
_NUMBER = re.compile(r"第?0*(\d{1,3})[页頁]?", re.ASCII)


def number_of(match: re.Match[str]) -> int:
    """Number that a pattern with several groups found: that of the group that matched, 0 if it is none."""
    found = next((group for group in match.groups() if group is not None), "")
    return int(found) if found.isascii() and found.isdecimal() else 0


def is_pager(words: str) -> bool:
    """Whether the words of a link are those of a pager: 下一页, 上页, 3, [2], 第4页."""
    if not MAY_PAGE.match(words):
        return False
    plain = _BRACKETS.sub("", words)
    return any(pattern.fullmatch(plain) for pattern in (_NEXT, _PREVIOUS, _NUMBER))


def may_page(href: str, words: str, stem: str) -> bool:
    """Whether a link may lead to another page of an article: by its words, or by ``stem`` in its address."""
    return (stem != "" and stem in href) or is_pager(words)


def ways(page: str, link: str, words: str) -> Iterator[tuple[str, int, int]]:
    """Every way to read a pager's link as one from page to page of one article.

    Args:
        page: path of the page that the link stands on.
        link: path that it leads to.
        words: its text.

    Yields:
        Path of the article's first page, number of ``page``, number of ``link``.
    """
    plain = _BRACKETS.sub("", words)
    targets = list(_readings(link))
    for first, own in _readings(page):
        for other, number in targets:
            if first == other and own != number and _leads(plain, own, number):
                yield first, own, number


def firsts(path: str) -> Iterator[str]:
    """Paths of the articles that a path may be a continued page of."""
    return (first for first, number in _readings(path) if number > 1)


def _readings(path: str) -> Iterator[tuple[str, int]]:
    yield path, 1
    for pattern, left in _FORMS:
        match = pattern.search(path)
        if match and int(match[1]) >= (1 if "=" in match[0] else 2):
            yield path[: match.start()] + left + path[match.end() :], int(match[1])


def _leads(words: str, own: int, number: int) -> bool:
    if _NEXT.fullmatch(words):
        return number == own + 1
    if _PREVIOUS.fullmatch(words):
        return number == own - 1
    match = _NUMBER.fullmatch(words)
    return match is not None and int(match[1]) == number
