"""A small site full of traps, each one that real sites set, mostly without meaning to."""

import itertools
import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from crawler.sample.chance import chance
from crawler.sample.server import Reply
from tests.crawler.hostile.pages import article, links, moved, page, report

TRAPS = (
    "calendar",
    "tags",
    "sessions",
    "wildcard hosts",
    "soft 404",
    "redirects",
    "endless pager",
    "growing path",
    "sorted views",
    "random query",
    "letter case",
)
DOMAIN = "trap.example"
ORIGIN = f"http://www.{DOMAIN}"
CATEGORIES = {"zongjie": "工作总结", "jihua": "工作计划", "xinde": "心得体会"}
PER_LIST = 20
CHAIN = 20
"""Redirects in a row before the chain ends at an article."""
_FIRST = 1_000
_LOOPS = ("901", "902", "903")
_DEAD = 30
_ORDERS = ("hits", "time", "title", "id")
_SYLLABLES = "安民兴农守正创新务实求真为公清廉敬业笃行致远惠众"
_SESSION = re.compile(r"/\(S\(\w+\)\)|;jsessionid=\w+", re.IGNORECASE)
_MONTH = re.compile(r"/rili/(\d+)/(\d+)/")
_GROWN = re.compile(r"(/[^/]+)*(/tuijian/jingpin)+/")
_LIST = re.compile(r"/([a-z]+)/(?:list_(\d+)\.html)?")
_ARTICLE = re.compile(r"/([a-z]+)/(\d+)\.html")

Links = list[tuple[str, str]]


@dataclass(eq=False)
class TrapWeb:
    """``articles`` articles that lists, pagers and each other lead to, and all the traps, or some of them.

    ``make_site("trap", rules=TrapWeb.RULES)`` fits it: rules as broad as those of a site file that nobody tuned.
    """

    RULES = {  # noqa: RUF012 - a constant
        "article": [r"(?i:/[a-z]+/\d+\.html)"],
        "list": [r"/(.+/)?(list_\d+\.html)?(\?.*)?"],
    }
    articles: int = 300
    traps: Collection[str] = TRAPS
    gone: Literal["page", "redirect"] = "page"
    """How the soft 404 is answered: at once, or by a redirect to /404.html."""
    seed: int = 1
    _requests: Iterator[int] = field(default_factory=itertools.count)

    @property
    def useful(self) -> frozenset[str]:
        """Canonical URLs of the pages worth a request: front page, lists, articles."""
        lists = (
            _list_path(name, number)
            for at, name in enumerate(CATEGORIES)
            for number in range(1, self._last_list(at) + 1)
        )
        return frozenset(ORIGIN + path for path in ("/", *lists, *map(_path, range(self.articles))))

    @property
    def article_urls(self) -> frozenset[str]:
        """Canonical URLs of the articles."""
        return frozenset(ORIGIN + _path(number) for number in range(self.articles))

    def missed(self, urls: Iterable[str]) -> frozenset[str]:
        """Articles that a crawl did not ask for, in whatever spelling."""
        return self.article_urls - {url.lower() for url in urls}

    def wasted(self, urls: Iterable[str]) -> list[str]:
        """Of the URLs that a crawl asked for, those that were worth nothing: useless ones, and repeats."""
        useful, asked = self.useful, Counter(url.lower() for url in urls)
        return [url for url, times in asked.items() for _ in range(times - (url in useful))]

    def __call__(self, url: str) -> Reply | None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        anyone = "wildcard hosts" in self.traps and host.endswith("." + DOMAIN)
        if not anyone and host not in (f"www.{DOMAIN}", f"m.{DOMAIN}"):
            return None
        rng = chance(self.seed, "request", next(self._requests))
        path = unquote(parts.path) or "/"
        if "sessions" in self.traps:
            path = _SESSION.sub("", path)
        if "letter case" in self.traps:
            path = path.lower()
        return self._page(path, dict(parse_qsl(parts.query)), rng) or self._missing(path, rng)

    def _page(self, path: str, query: dict[str, str], rng: random.Random) -> Reply | None:
        if path == "/":
            newest = range(min(PER_LIST, self.articles))
            channels = [(f"/{name}/", words) for name, words in CATEGORIES.items()]
            return self._show("范文园地", path, self._to_articles(newest) + channels, rng)
        if match := _ARTICLE.fullmatch(path):
            return self._article(path, match, rng)
        if (match := _LIST.fullmatch(path)) and match[1] in CATEGORIES:
            return self._list(match[1], int(match[2] or query.get("page", 1)), query.get("order", ""), rng)
        for trap, answer in (
            ("calendar", self._calendar),
            ("tags", self._tag),
            ("growing path", self._grown),
        ):
            if trap in self.traps and (reply := answer(path, query, rng)):
                return reply
        return None

    def _article(self, path: str, match: re.Match[str], rng: random.Random) -> Reply | None:
        if match[1] == "tiao" and "redirects" in self.traps:
            return _redirected(match[2])
        number = int(match[2]) - _FIRST
        if not 0 <= number < self.articles or path != _path(number):
            return None
        beside = [(number + step) % self.articles for step in (-1, 1, 7, 20)]
        near = [(self._varied(_path(each), rng), report(each).title) for each in beside]
        return article(number, self._spelled(near, rng) + self._bait(path, rng))

    def _list(self, name: str, number: int, order: str, rng: random.Random) -> Reply | None:
        at = list(CATEGORIES).index(name)
        members = range(at, self.articles, len(CATEGORIES))
        last = self._last_list(at)
        shown = list(members[(number - 1) * PER_LIST : number * PER_LIST])
        if order:
            chance(order).shuffle(shown)
        more = "endless pager" in self.traps
        if number > last:
            if not more:
                return None
            shown = rng.sample(members, min(PER_LIST, len(members)))
        path = _list_path(name, number)
        pager = [(_list_path(name, each), str(each)) for each in range(1, last + 1)]
        if more or number < last:
            pager.append((_list_path(name, number + 1), "下一页"))
        views = self._views(name, last, rng) if "sorted views" in self.traps else []
        return self._show(
            f"{CATEGORIES[name]}第{number}页", path, self._to_articles(shown) + pager + views, rng
        )

    def _views(self, name: str, last: int, rng: random.Random) -> Links:
        """The same list in every order; the fields of a query stand in any order, too."""
        views = []
        for order, way in itertools.product(_ORDERS, ("asc", "desc")):
            fields = [("order", order), ("dir", way), ("page", str(rng.randint(1, last)))]
            rng.shuffle(fields)
            views.append((f"/{name}/?{urlencode(fields)}", order))
        return views

    def _calendar(self, path: str, query: dict[str, str], rng: random.Random) -> Reply | None:
        """Months without end, in either direction and two spellings."""
        asked = query.get("year", "2026"), query.get("month", "11")
        match = _MONTH.fullmatch(path)
        if path != "/rili/" and not match:
            return None
        year, month = map(int, match.groups() if match else asked)
        around = [divmod(year * 12 + month - 1 + step, 12) for step in (-1, 1)]
        turns = [(f"/rili/{year}/{month + 1:02}/", f"{year}年{month + 1}月") for year, month in around]
        forms = [(f"/rili/?year={year}&month={month + 1}", "按月查看") for year, month in around]
        return self._show(f"{year}年{month}月文章归档", path, self._known(rng, 3) + turns + forms, rng)

    def _tag(self, path: str, query: dict[str, str], rng: random.Random) -> Reply | None:
        """Tags that name further tags."""
        del query
        if not re.fullmatch(r"/tag/[^/]+/", path):
            return None
        return self._show(f"标签：{path.split('/')[2]}", path, self._known(rng, 10) + _tags(rng, 6), rng)

    def _grown(self, path: str, query: dict[str, str], rng: random.Random) -> Reply | None:
        """Folders within themselves: a relative link that was meant to start at the root."""
        del query
        known = self._known(rng, 5)
        return self._show("推荐精品", path, known, rng) if _GROWN.fullmatch(path) else None

    def _missing(self, path: str, rng: random.Random) -> Reply | None:
        if "soft 404" not in self.traps:
            return None
        if self.gone == "redirect" and path != "/404.html":
            return moved("/404.html")
        words = "<p>抱歉，页面不存在，可能已被作者移走或改了名字。</p>"
        return page("页面不存在_范文园地", words + self._spelled([("/", "回到首页")], rng))

    def _show(self, title: str, path: str, targets: Links, rng: random.Random) -> Reply:
        return page(title, f"<h1>{title}</h1>" + self._spelled(targets, rng) + self._bait(path, rng))

    def _bait(self, path: str, rng: random.Random) -> str:
        """Links into the traps, as every page has them at its foot."""
        host = f"{rng.choice('abcxyz')}{rng.randrange(1000, 9999)}.{DOMAIN}"
        bait: dict[str, Links] = {
            "calendar": [("/rili/2026/11/", "日历"), ("/rili/?year=2026&month=11", "归档")],
            "tags": _tags(rng, 3),
            "wildcard hosts": [(f"http://{host}{path}", "镜像站")],
            "soft 404": [(f"/zongjie/{80_000 + rng.randrange(_DEAD)}.html", "往年范文")],
            "redirects": [(f"/tiao/{name}.html", "精选") for name in ("1", *_LOOPS)],
            "endless pager": [(_list_path("zongjie", 999_999), "尾页")],
            "growing path": [("tuijian/jingpin/", "推荐")],
        }
        return self._spelled([link for trap in self.traps for link in bait.get(trap, ())], rng)

    def _spelled(self, targets: Links, rng: random.Random) -> str:
        """A list of links; each carries a session id of its own if the site hands them out."""
        if "sessions" not in self.traps:
            return links(targets)
        return links((_with_session(href, rng), words) for href, words in targets)

    def _varied(self, path: str, rng: random.Random) -> str:
        """Another spelling of an article's path, as boxes with related articles have them."""
        if "letter case" in self.traps and rng.random() < 0.1:
            return path.upper()
        return f"{path}?r={rng.random():.6f}" if "random query" in self.traps else path

    def _known(self, rng: random.Random, count: int) -> Links:
        return self._to_articles(rng.randrange(self.articles) for _ in range(count))

    def _to_articles(self, numbers: Iterable[int]) -> Links:
        return [(_path(number), report(number).title) for number in numbers]

    def _last_list(self, category: int) -> int:
        return max(1, -(-len(range(category, self.articles, len(CATEGORIES))) // PER_LIST))


def _path(number: int) -> str:
    return f"/{list(CATEGORIES)[number % len(CATEGORIES)]}/{_FIRST + number}.html"


def _list_path(name: str, number: int) -> str:
    return f"/{name}/" if number == 1 else f"/{name}/list_{number}.html"


def _tags(rng: random.Random, count: int) -> Links:
    words = ["".join(rng.choices(_SYLLABLES, k=3)) for _ in range(count)]
    return [(f"/tag/{quote(word)}/", word) for word in words]


def _redirected(name: str) -> Reply | None:
    """A chain that ends at an article, two pages that lead to each other, one that leads to itself."""
    turns = dict(zip(_LOOPS, ("902", "901", "903"), strict=True))
    if name in turns:
        return moved(f"/tiao/{turns[name]}.html")
    if not 1 <= int(name) <= CHAIN:
        return None
    return moved(_path(0) if int(name) == CHAIN else f"/tiao/{int(name) + 1}.html", 301)


def _with_session(href: str, rng: random.Random) -> str:
    if not href.startswith("/"):
        return href
    session = f"{rng.getrandbits(128):032x}"
    path, mark, query = href.partition("?")
    style = rng.randrange(4)
    if style == 0:
        return f"/(S({session[:24]})){href}"
    if style == 1:
        return f"{path};jsessionid={session.upper()}{mark}{query}"
    name = "PHPSESSID" if style == 2 else "sid"
    return f"{path}?{query + '&' if query else ''}{name}={session}"
