"""The five sites of the sample web: hosts, charsets, and which URL stands for which article page.

Page ``i`` of the web lies on the site that ``PATTERN`` names, as that site's ``local``-th article, so
that every URL can be computed from the number and back, at any size, without a table.

Lists of a category lie at ``/<category>/`` and ``/<category>/index_2.html`` …, on gz85 at
``/list/<category>.html`` and ``/list/<category>_2.html``; twenty articles to a list page.
"""

import re
from dataclasses import dataclass

PATTERN = "xgzwmxgzwxgzwmxgzwxgzmxzwxgzwm"
"""Sites by their keys, repeated: which site each article page lies on."""
PER_LIST = 20
_HEX_FACTOR, _HEX_OFFSET, _HEX_RANGE = 0x9E3779B97F4A7C15, 0x5BA90C00023911EB, 1 << 64


@dataclass(frozen=True, slots=True)
class SampleSite:
    """One site; ``charset`` is what its bytes are in, ``declared`` what its meta element says."""

    key: str
    name: str
    scheme: str
    host: str
    mirrors: tuple[str, ...]
    charset: str
    declared: str
    article: str
    """Path of an article with ``{category}`` and ``{id}``."""
    categories: tuple[tuple[str, str], ...]
    """Path part and name of each category."""
    first_id: int
    step: int
    lists: tuple[str, str] = ("/{category}/", "/{category}/index_{number}.html")

    @property
    def origin(self) -> str:
        """Scheme and canonical host."""
        return f"{self.scheme}://{self.host}"

    def article_path(self, local: int, number: int = 1) -> str:
        """Path of page ``number`` of the site's ``local``-th article, counted from 0."""
        category = self.categories[local % len(self.categories)][0]
        identifier = str(self.first_id + local * self.step)
        if self.key == "x":
            identifier = f"{(local * _HEX_FACTOR + _HEX_OFFSET) % _HEX_RANGE:016x}"
        path = self.article.format(category=category, id=identifier)
        return path if number == 1 else re.sub(r"(?=\.\w+$)", f"_{number}", path)

    def parse_article(self, path: str) -> tuple[int, int] | None:
        """Local number and page number that an article path stands for; None if it is no such path."""
        match = re.search(r"/([0-9a-f]+)(?:_(\d{1,2}))?\.html?$", path)
        if match is None:
            return None
        local = self._local(match[1])
        number = int(match[2] or 1)
        return (local, number) if local is not None and self.article_path(local, number) == path else None

    def list_path(self, category: int, number: int = 1) -> str:
        """Path of page ``number`` of a category's list."""
        return self.lists[number > 1].format(category=self.categories[category][0], number=number)

    def parse_list(self, path: str) -> tuple[int, int] | None:
        """Category and page number that a list path stands for; None if it is no such path."""
        match = re.search(r"_(\d{1,5})\.html$", path)
        number = int(match[1]) if match else 1
        for category in range(len(self.categories)):
            if self.list_path(category, number) == path:
                return category, number
        return None

    def _local(self, identifier: str) -> int | None:
        if self.key == "x":
            return (int(identifier, 16) - _HEX_OFFSET) * pow(_HEX_FACTOR, -1, _HEX_RANGE) % _HEX_RANGE
        if not identifier.isdigit():
            return None
        local, rest = divmod(int(identifier) - self.first_id, self.step)
        return local if rest == 0 and local >= 0 else None


SITES = (
    SampleSite(
        "x", "写写帮文库", "https", "www.xiexiebang.com", (), "utf-8", "utf-8", "/{category}/{id}.html",
        (("zongjie/qtzongjie", "其他总结"), ("zongjie/gzzongjie", "工作总结"), ("jihua/gzjihua", "工作计划"),
         ("tihui/xdtihui", "心得体会")), 0, 1,
    ),
    SampleSite(
        "g", "工作总结之家", "http", "m.gz85.com", ("www.gz85.com",), "utf-8", "utf-8", "/a/{id}.html",
        (("5", "教育工作总结"), ("8", "单位工作总结"), ("12", "个人工作计划"), ("17", "述职报告")), 605104, 3,
        ("/list/{category}.html", "/list/{category}_{number}.html"),
    ),
    SampleSite(
        "z", "010在线作文网", "http", "www.010zaixian.com", (), "gb18030", "gbk", "/{category}/{id}.htm",
        (("shiyongwen/gongzuojihua", "工作计划"), ("shiyongwen/gongzuozongjie", "工作总结"),
         ("shiyongwen/xindetihui", "心得体会"), ("shiyongwen/shuzhibaogao", "述职报告")), 681617, 7,
    ),
    SampleSite(
        "w", "文化旅游网", "http", "www.035400.com", (), "gb18030", "gb2312", "/{category}/{id}.html",
        (("whly/3", "文化旅游"), ("whly/5", "范文大全"), ("whly/8", "工作汇报")), 510526, 2,
    ),
    SampleSite(
        "m", "年终总结网", "http", "mirror.jyjzongjie.example", (), "utf-8", "utf-8", "/{category}/{id}.html",
        (("zongjie", "年终工作总结"), ("baogao", "述职报告")), 681204, 11,
    ),
)  # fmt: skip
_BY_KEY = {site.key: site for site in SITES}
_POSITIONS = {site.key: [at for at, key in enumerate(PATTERN) if key == site.key] for site in SITES}


def locate(page: int) -> tuple[SampleSite, int]:
    """Site of page ``page`` and its number among that site's articles."""
    rounds, at = divmod(page, len(PATTERN))
    site = _BY_KEY[PATTERN[at]]
    positions = _POSITIONS[site.key]
    return site, rounds * len(positions) + positions.index(at)


def page_number(site: SampleSite, local: int) -> int:
    """Number of the page that is the site's ``local``-th article: the inverse of ``locate``."""
    positions = _POSITIONS[site.key]
    rounds, at = divmod(local, len(positions))
    return rounds * len(PATTERN) + positions[at]


def count(site: SampleSite, pages: int) -> int:
    """Articles of a site in a web of so many pages."""
    positions = _POSITIONS[site.key]
    rounds, rest = divmod(pages, len(PATTERN))
    return rounds * len(positions) + sum(at < rest for at in positions)
