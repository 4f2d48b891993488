"""A web out of a dictionary, sites for it, and what a crawl left in its folder."""

import time
from collections.abc import Callable
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from crawler.crawl import CrawlResult
from crawler.sample.server import LoopbackProxy, Reply
from crawler.site import Site

HOST = "http://www.fan.example"
TEXT = "今年以来，本人在领导的关心和同事的帮助下，认真完成了各项工作任务，现将情况汇报如下。"
HTML = {"Content-Type": "text/html; charset=gbk"}
Run = Callable[..., CrawlResult]


class Web:
    """A web out of a dictionary, behind a proxy."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply] = {}
        self.proxy = LoopbackProxy(self.pages.get)

    @property
    def log(self) -> list[str]:
        """URLs in the order they were asked for."""
        return [access.url for access in self.proxy.log]

    @property
    def asked(self) -> list[str]:
        """The same without what a crawl asks of a host before its pages."""
        return [url for url in self.log if is_page(url)]

    def add(self, url: str, *links: str, status: int = 200, **headers: str) -> None:
        body = "".join(f'<p><a href="{link}">范文</a></p>' for link in links)
        text = f"<html><body><h1>{url}</h1>{body}".encode("gbk")
        self.pages[url] = Reply(
            status, HTML | {name.replace("_", "-"): value for name, value in headers.items()}, text
        )

    def text(self, url: str, text: str, kind: str = "text/plain", status: int = 200, **headers: str) -> None:
        self.pages[url] = Reply(status, {"Content-Type": kind} | headers, text.encode())


def add_article(web: Web, path: str, head: str = "", text: str = TEXT, **headers: str) -> None:
    html = f"<html><head><title>工作总结</title>{head}</head><body><h1>{path}</h1><p>{text * 5}</p></body></html>"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    web.pages[HOST + path] = Reply(200, HTML | names, html.encode("gbk"))


def is_page(url: str) -> bool:
    """Whether a URL is none of those that tell about the host: robots.txt, tdmrep.json, a page that cannot exist."""
    path = url.split("/", 3)[3]
    name = path.removesuffix(".html")
    return path not in ("robots.txt", ".well-known/tdmrep.json") and not (len(name) == 20 and "/" not in name)


def make_site(name: str = "fan", **changes: object) -> Site:
    facts: dict[str, object] = {
        "id": name,
        "name": name,
        "known_from": "a test",
        "scheme": "http",
        "hosts": [f"www.{name}.example", f"m.{name}.example"],
        "rules": {
            "article": [r"/a/\d+(_\d+)?\.html"],
            "list": [r"/[a-z]+/", r"/[a-z]+/list_\d+\.html"],
            "ignore": ["/so.*"],
        },
    }
    return Site.model_validate(facts | changes)


def stored(data: Path, folder: str = "warc") -> list[str]:
    """URLs of the responses in an archive, in the order of the segments."""
    urls = []
    for path in sorted((data / folder).glob("*.warc.gz")):
        with path.open("rb") as file:
            records = [record for record in ArchiveIterator(file) if record.rec_type == "response"]
            urls += [record.rec_headers.get_header("WARC-Target-URI") for record in records]
    return urls


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
