"""Traps: parts of a site that go on for ever without leading to anything new.

What the URL shows is judged when a link is found, what only fetching shows by what a shape of URLs
has yielded: a shape is a URL with its numbers, codes and last name left open.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit

_LONGEST_URL = 512
_DEEPEST = 10
_SEGMENT_TIMES = 3
_BARREN_LISTS, _BARREN_ARTICLES = 3, 8
"""Pages of one shape in a row that came and were nothing new, after which the shape is left."""
_MEMORY = 0.7
"""Weight of the earlier lists of a shape in what is expected of the next."""
_DATE = re.compile(
    r"(?<!\d)(20\d\d)(?:[-/年](0?[1-9]|1[0-2])(?!\d)|(0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?=[-/]?(?:$|[?&])))"
)
_YEARS = ("year", "y", "nian")
_MONTHS = ("month", "m", "mon", "yue")
_VIEWS = frozenset(
    {"order", "orderby", "sort", "sortby", "dir", "direction", "view", "layout", "limit", "perpage"}
)
_CODE = re.compile(r"(?=[^/]*\d)[0-9A-Za-z]{6,}")
_DIGITS = re.compile(r"\d+")


def url_trap(url: str, *, is_list: bool) -> str:
    """Name of the trap that a canonical URL shows, empty if it shows none.

    Months to come and views are traps of lists only: many sites file their articles under dates.
    """
    parts = urlsplit(url)
    names = [name for name in parts.path.split("/") if name]
    if len(url) > _LONGEST_URL or len(names) > _DEEPEST:
        return "trap: endless path"
    if _repeats(names):
        return "trap: repeated path"
    if is_list:
        query = {key.lower(): value for key, value in parse_qsl(parts.query, keep_blank_values=True)}
        if _is_to_come(unquote(parts.path), query):
            return "trap: calendar"
        if query.keys() & _VIEWS:
            return "trap: sorted view"
    return ""


def _is_to_come(path: str, query: Mapping[str, str]) -> bool:
    """Whether a URL names a month that lies ahead; no list of reports does."""
    now = datetime.now(UTC)
    found = _DATE.findall(path + "?" + "&".join(query.values()))
    months = [(int(year), int(apart or together)) for year, apart, together in found]
    year, month = (next((query[key] for key in keys if key in query), "") for keys in (_YEARS, _MONTHS))
    if year.isdecimal() and month.isdecimal():
        months.append((int(year), int(month)))
    return any(each > (now.year, now.month) for each in months)


def _repeats(names: list[str]) -> bool:
    """Whether a name stands there three times, or a sequence of two and more twice in a row."""
    words = [name for name in names if not name.isdigit()]
    if any(count >= _SEGMENT_TIMES for count in Counter(words).values()):
        return True
    return any(
        names[at : at + size] == names[at + size : at + 2 * size]
        for size in range(2, len(names) // 2 + 1)
        for at in range(len(names) - 2 * size + 1)
    )


def shape_of(url: str) -> str:
    """The URL with digits, codes and the last name left open, and the keys of its query without values."""
    parts = urlsplit(url)
    *folders, last = unquote(parts.path).rstrip("/").split("/")
    stem, dot, ending = last.partition(".")
    last = "*" if stem and not _DIGITS.search(stem) else _DIGITS.sub("0", _CODE.sub("x", stem))
    path = (
        "/".join([*(_DIGITS.sub("0", _CODE.sub("x", name)) for name in folders), last])
        + dot
        + _DIGITS.sub("0", ending)
    )
    keys = "&".join(sorted({key for key, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return f"{path}?{keys}" if keys else path


@dataclass(slots=True)
class Yields:
    """What the shapes of one site's URLs have led to during a crawl.

    Lists of the shape that lately led to most are read first, so that a budget goes where the articles
    are, and by the time the traps have their turn all that they show is known.
    """

    _barren: Counter[str] = field(default_factory=Counter)
    _fruitful: Counter[str] = field(default_factory=Counter)
    _expected: dict[str, float] = field(default_factory=dict)
    _barren_lists: int = 0

    def record(self, url: str, kind: str, news: int) -> None:
        """One page was looked at, and led to so many new articles; one that is an article itself to one."""
        shape = _shape(url, kind)
        if news:
            self._fruitful[shape] += 1
            self._barren[shape] = 0
        else:
            self._barren[shape] += 1
        if kind == "list":
            self._barren_lists = 0 if news else self._barren_lists + 1
            self._expected[shape] = news + _MEMORY * (self._expected.get(shape, news) - news)

    def promise(self, shape: str) -> float:
        """New articles to expect of a list; everything is tried once."""
        return self._expected.get(shape, math.inf)

    def is_from_the_end(self, shape: str) -> bool:
        """After every barren list the other end is tried: where a pager's first pages are known, its last may be new."""
        return self._barren[shape] % 2 == 1

    def exhausted(self, url: str, kind: str) -> bool:
        """Whether pages of this shape are not worth asking for any more.

        A shape that was fruitful is given more patience: a twentieth of what it led to. Where one list
        after another has led to nothing, of whatever shape, the others are given less.
        """
        shape = _shape(url, kind)
        patience = _BARREN_ARTICLES
        if kind == "list":
            others = max(0, self._barren_lists - self._barren[shape])
            patience = max(1, _BARREN_LISTS - others // 3)
        return self._barren[shape] >= patience + self._fruitful[shape] // 20


def _shape(url: str, kind: str) -> str:
    """Shape under which a page is booked; articles have their number's length in it, as old ones die first."""
    if kind == "list":
        return shape_of(url)
    number = _DIGITS.findall(url)
    return f"{shape_of(url)} {len(number[-1]) if number else 0}"
