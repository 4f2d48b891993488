"""What a crawl must not ask for, because it was demanded that it be taken down."""

from collections.abc import Iterator, Sequence

from crawler.frontier import Task
from crawler.site import Site
from pipeline.pager import firsts
from pipeline.takedown import Takedowns
from pipeline.urls import SiteUrls, path_of


class Refusals:
    """Demands, asked for tasks: for pages, and for what is asked of a host before its pages."""

    def __init__(self, takedowns: Takedowns, sites: Sequence[Site]) -> None:
        self._all = takedowns
        self._hosts = Takedowns(each for each in takedowns.demands if each.kind == "host")
        self._urls = {site.id: site.urls for site in sites}

    def covers(self, task: Task) -> bool:
        """Whether a task must not be requested: its page, its host, or the canonical one of either."""
        if task.is_policy:
            return self._covers_host(task.target)
        if not self._all:
            return False
        urls = self._urls[task.site]
        return any(self._all.refuses((task.url, task.target), article) for article in _articles(urls, task))

    def covers_site(self, site: Site) -> bool:
        """Whether nothing is left of a site: all its pages are those of its canonical host."""
        return self._covers_host(site.urls.origin)

    def _covers_host(self, url: str) -> bool:
        return self._hosts.page((url,), url) is not None


def _articles(urls: SiteUrls, task: Task) -> Iterator[str]:
    """Articles that a task may be a page of; of a page that no rule foresees, those that its number leaves."""
    for url in dict.fromkeys((task.url, urls.canonical(task.target))):
        yield urls.article_page(url)[0]
        if task.kind == "continued":
            yield from (urls.origin + first for first in firsts(path_of(url)))
