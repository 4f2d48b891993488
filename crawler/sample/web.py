"""The sample web: five sites of invented essays at any size, each page made when it is asked for."""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crawler.sample import barren
from crawler.sample.chance import chance
from crawler.sample.damage import Article, article_title, build
from crawler.sample.grammar import essay, fill
from crawler.sample.layouts import Around, Link, front_page, list_page, render
from crawler.sample.plan import PagePlan, Plans
from crawler.sample.server import Reply
from crawler.sample.sites import PER_LIST, SITES, SampleSite, count, locate, page_number
from pipeline.io import atomic_file

_IN_SITEMAP = 0.6
_ROBOTS = "User-agent: *\nDisallow: /so\nDisallow: /down\nDisallow: /lvyou\nSitemap: {}/sitemap.xml\n"
_RELATED = 6


@dataclass(frozen=True, slots=True)
class _Request:
    site: SampleSite
    path: str
    secure: bool


class SampleWeb:
    """Five sites with ``pages`` articles in all; the same seed and size give the same bytes."""

    def __init__(self, seed: int = 1, pages: int = 300) -> None:
        self.seed = seed
        self.pages = pages
        self.hosts = tuple(host for site in SITES for host in (site.host, *site.mirrors))
        self._plans = Plans(seed)
        self._sites = {host: site for site in SITES for host in (site.host, *site.mirrors)}

    def urls(self) -> Iterator[str]:
        """Canonical URLs of all articles (of their first pages)."""
        for number in range(self.pages):
            site, local = locate(number)
            yield site.origin + site.article_path(local)

    def get(self, url: str) -> Reply | None:
        """Reply to a GET; None where this web has nothing."""
        parts = urlsplit(url)
        site = self._sites.get(parts.hostname or "")
        if site is None:
            return None
        if parts.scheme != site.scheme:
            return _redirect(f"{site.scheme}://{parts.hostname}{parts.path or '/'}")
        return self._reply(site, parts.path or "/")

    def article(self, number: int) -> Article:
        """Article ``number`` with all its pages and its truth."""
        return build(self._plans, self._plans.page(number))

    def write_truth(self, path: Path) -> None:
        """Truth as JSON Lines, one row for every essay on every article."""
        with atomic_file(path) as file:
            for number in range(self.pages):
                for row in _truth_rows(self.article(number)):
                    file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")

    def _reply(self, site: SampleSite, path: str) -> Reply | None:
        if path == "/robots.txt":
            return Reply(200, {"Content-Type": "text/plain"}, _ROBOTS.format(site.origin).encode())
        if path == "/sitemap.xml":
            return Reply(200, {"Content-Type": "application/xml"}, self._sitemap(site).encode())
        if path == "/":
            articles = self._links(site, range(min(PER_LIST, self._count(site))))
            return _page(site, front_page(site, [*articles, *barren.links(site, self._count(site))]))
        if (listed := site.parse_list(path)) is not None:
            return self._list(site, *listed)
        if (found := site.parse_article(path)) is not None:
            return self._article_page(site, *found)
        return None

    def _count(self, site: SampleSite) -> int:
        return count(site, self.pages)

    def _list(self, site: SampleSite, category: int, number: int) -> Reply | None:
        members = range(category, self._count(site), len(site.categories))
        shown = members[(number - 1) * PER_LIST : number * PER_LIST]
        if not shown and number > 1:
            return None
        return _page(site, list_page(site, category, number, len(members), self._links(site, shown)))

    def _article_page(self, site: SampleSite, local: int, number: int) -> Reply | None:
        if local >= self._count(site):
            return barren.reply(site, local - self._count(site)) if number == 1 else None
        article = self.article(page_number(site, local))
        if number > len(article.pages):
            return None
        around = self._around(article.plan, number)
        return _page(site, render(article, number, around), article.plan.damage)

    def _around(self, plan: PagePlan, number: int) -> Around:
        rng = chance(self.seed, "around", plan.number, number)
        total = self._count(plan.site)
        chosen = sorted({rng.randrange(total) for _ in range(_RELATED)} - {plan.local})
        beside = [local for local in (plan.local - 1, plan.local + 1) if 0 <= local < total]
        related = self._links(plan.site, chosen, openings=plan.site.key == "x")
        return Around(tuple(related), tuple(self._links(plan.site, beside)), rng)

    def _links(self, site: SampleSite, locals_: "range | list[int]", *, openings: bool = False) -> list[Link]:
        return [self._link(site, local, opening=openings) for local in locals_]

    def _link(self, site: SampleSite, local: int, *, opening: bool) -> Link:
        number = page_number(site, local)
        plan = self._plans.page(number)
        copy = plan.copies[0]
        title = article_title(self._plans, number, copy, len(plan.copies), site.key)
        text = ""
        if opening:
            paragraphs = essay(self.seed, copy.essay).paragraphs
            text = "".join(fill(paragraphs[:2], self._plans.head(copy.essay), copy.filling))
        return Link(site.article_path(local), title, text)

    def _sitemap(self, site: SampleSite) -> str:
        """Part of the site's articles; the others are reached by its lists only."""
        rng = chance(self.seed, "sitemap", site.key)
        paths = (site.article_path(local) for local in range(self._count(site)) if rng.random() < _IN_SITEMAP)
        entries = "\n".join(f"<url><loc>{html.escape(site.origin + path)}</loc></url>" for path in paths)
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">{entries}</urlset>\n'


def _page(site: SampleSite, text: str, damage: frozenset[str] = frozenset()) -> Reply:
    """An HTML page in the site's charset, with the header a careless server sends."""
    body = text.encode(site.charset, "replace")
    if "bad_byte" in damage:
        at = body.find("。".encode(site.charset), len(body) // 3) + 2
        body = body[:at] + b"\xff" + body[at:]
    kind = "text/html"
    if "wrong_header" in damage or (site.charset == "utf-8" and len(body) % 2):
        kind = "text/html; charset=utf-8"
    return Reply(200, {"Content-Type": kind}, body)


def _redirect(url: str) -> Reply:
    return Reply(301, {"Location": url, "Content-Type": "text/html"}, b"")


def _truth_rows(article: Article) -> Iterator[dict[str, object]]:
    plan = article.plan
    for truth in article.essays:
        yield {
            "url": plan.site.origin + plan.site.article_path(plan.local),
            "ordinal": truth.ordinal,
            "essay": truth.essay,
            "title": truth.title,
            "text": truth.text,
            "changes": list(truth.changes),
            "complete": truth.complete,
            "genre": truth.genre,
            "junk": list(article.junk) if truth.ordinal == 1 else [],
            "published": plan.published.isoformat() if plan.published else None,
            "pages": len(article.pages),
        }
