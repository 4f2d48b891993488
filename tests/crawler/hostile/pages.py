"""What the hostile webs' pages are made of."""

import functools
import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crawler.sample.grammar import essay, fill, original_filling
from crawler.sample.server import Reply

HTML = "text/html; charset=utf-8"
_SEED = 411


@dataclass(frozen=True, slots=True)
class Report:
    """An invented report."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """Title and text, as they stand on a page."""
        lines = "".join(f"<p>{html.escape(line)}</p>\n" for line in self.paragraphs)
        return f"<h1>{html.escape(self.title)}</h1>\n<div class='content'>\n{lines}</div>\n"


@functools.lru_cache(maxsize=4096)
def report(number: int) -> Report:
    """Report ``number``; two of different numbers share phrases and no more."""
    written, filling = essay(_SEED, number), original_filling(_SEED, number)
    title, *paragraphs = fill((written.head.title, *written.paragraphs), written.head, filling)
    return Report(title, tuple(paragraphs))


def document(title: str, body: str, head: str = "") -> str:
    return (
        f"<!DOCTYPE html>\n<html lang='zh-CN'><head><meta charset='utf-8'><title>{html.escape(title)}</title>\n"
        f"{head}</head>\n<body>\n{body}</body></html>\n"
    )


def page(title: str, body: str, head: str = "", headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(200, {"Content-Type": HTML} | dict(headers or {}), document(title, body, head).encode())


def article(number: int, around: str = "", head: str = "", headers: Mapping[str, str] | None = None) -> Reply:
    """Report ``number`` as a page, with what stands around it."""
    return page(report(number).title, report(number).text + around, head, headers)


def links(targets: Iterable[tuple[str, str]]) -> str:
    """A list of links from addresses and their texts."""
    items = (f"<li><a href='{html.escape(href)}'>{html.escape(text)}</a></li>" for href, text in targets)
    return f"<ul>{''.join(items)}</ul>\n"


def moved(location: str, status: int = 302) -> Reply:
    return Reply(status, {"Location": location, "Content-Type": HTML}, b"")
