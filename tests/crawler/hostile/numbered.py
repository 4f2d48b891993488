"""A plain site of any size, for crawls that are killed, repeated or timed."""

import functools
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from crawler.sample.server import Reply
from tests.crawler.hostile.pages import Report, links, page, report

PER_LIST = 50
_BYTES = 8_000
_STRIDE = 1_000_003
_BEGUN = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(eq=False)
class NumberedWeb:
    """``pages`` articles of about 8 KB in lists of fifty, with ETag and Last-Modified; ``make_site()`` fits it."""

    pages: int = 2_000
    sitemap: bool = False
    """Whether there is a sitemap, with the day on which each article changed."""
    host: str = "www.fan.example"
    revisions: Counter[int] = field(default_factory=Counter)
    """How often each article was changed."""

    def __post_init__(self) -> None:
        self.origin = f"http://{self.host}"
        self._article = functools.lru_cache(maxsize=None)(self._make_article)

    @property
    def lists(self) -> frozenset[str]:
        """URLs of the lists; the front page is one."""
        numbers = range(2, -(-self.pages // PER_LIST) + 1)
        return frozenset(
            [f"{self.origin}/", *(f"{self.origin}/zongjie/list_{number}.html" for number in numbers)]
        )

    @property
    def articles(self) -> frozenset[str]:
        """URLs of the articles."""
        return frozenset(f"{self.origin}/a/{number}.html" for number in range(self.pages))

    def revise(self, number: int) -> None:
        """Change an article: its text, its tag and its date."""
        self.revisions[number] += 1

    def __call__(self, url: str) -> Reply | None:
        path = url.removeprefix(self.origin).partition("?")[0]
        if path.startswith("/a/"):
            stem = path.removeprefix("/a/").removesuffix(".html")
            is_there = stem.isdecimal() and int(stem) < self.pages
            return self._article(int(stem), self.revisions[int(stem)]) if is_there else None
        if path == "/sitemap.xml" and self.sitemap:
            return self._sitemap()
        if path == "/":
            return self._list(1)
        stem = path.removeprefix("/zongjie/list_").removesuffix(".html")
        return self._list(int(stem)) if stem.isdecimal() else None

    def _list(self, number: int) -> Reply | None:
        shown = range((number - 1) * PER_LIST, min(self.pages, number * PER_LIST))
        if not shown:
            return None
        items = [(f"/a/{each}.html", report(each).title) for each in shown]
        following = [(f"/zongjie/list_{number + 1}.html", "下一页")] if shown.stop < self.pages else []
        changed = sum(self.revisions[each] for each in shown)
        tag = f'"list{number}-{changed}"'
        return page(f"工作总结第{number}页", links(items) + links(following), headers={"ETag": tag})

    def _make_article(self, number: int, revision: int) -> Reply:
        added = tuple(f"补充第{each}次：以上数据经核对后作了更正。" for each in range(1, revision + 1))
        whole = Report(report(number).title, (f"编号{number}。", *_lines(number), *added))
        near = ((number + step) % self.pages for step in (1, 7))
        beside = [(f"/a/{each}.html", report(each).title) for each in near]
        headers = {
            "ETag": f'"a{number}-{revision}"',
            "Last-Modified": format_datetime(self._changed(number, revision), usegmt=True),
        }
        return page(whole.title, whole.text + links(beside), headers=headers)

    def _changed(self, number: int, revision: int) -> datetime:
        return _BEGUN + timedelta(hours=number % 5_000, days=revision)

    def _sitemap(self) -> Reply:
        entries = "".join(
            f"<url><loc>{self.origin}/a/{number}.html</loc>"
            f"<lastmod>{self._changed(number, self.revisions[number]).isoformat()}</lastmod></url>\n"
            for number in range(self.pages)
        )
        xml = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>\n{entries}</urlset>\n"
        return Reply(200, {"Content-Type": "application/xml"}, xml.encode())


def _lines(number: int) -> Iterator[str]:
    """About 8 KB of text that no other article has."""
    size = 0
    for part in itertools.count(number, _STRIDE):
        for line in report(part).paragraphs:
            yield line
            size += len(line.encode())
            if size >= _BYTES:
                return
