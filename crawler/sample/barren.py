"""Addresses in article form behind which no essay stands: what a build must reject, each for its reason."""

from crawler.sample.layouts import Link
from crawler.sample.server import Reply
from crawler.sample.sites import SampleSite

_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)
_PAGE = (
    '<!DOCTYPE html>\n<html><head><meta charset="{charset}"><title>{title}-{name}</title></head>'
    "<body><h1>{title}</h1><div>{body}</div></body></html>"
)
_TITLES = (
    "年终总结的开头",
    "年终总结的结尾",
    "述职报告的称谓",
    "工作计划的格式",
    "心得体会的写法",
    "汇报材料的提纲",
)

KINDS = ("empty", "image", "pending", "titles")
"""An empty body, an image under a page's name, a notice, a page of nothing but links."""


def links(site: SampleSite, articles: int) -> list[Link]:
    """Links to the barren pages of a site; they lie behind its last article."""
    return [Link(site.article_path(articles + at), "最新范文", "") for at in range(len(KINDS))]


def reply(site: SampleSite, at: int) -> Reply | None:
    """The ``at``-th barren page of a site."""
    if not 0 <= at < len(KINDS):
        return None
    headers = {"Content-Type": "text/html"}
    match KINDS[at]:
        case "empty":
            return Reply(200, headers, b"")
        case "image":
            return Reply(200, headers, _PNG)
        case "pending":
            return Reply(200, headers, _html(site, "内容审核中", "<p>该文章正在审核，请稍后再来。</p>"))
        case _:
            items = "".join(
                f"<p><a href='/x/{number}.htm'>{title}</a></p>" for number, title in enumerate(_TITLES)
            )
            return Reply(200, headers, _html(site, "写作指南目录", items))


def _html(site: SampleSite, title: str, body: str) -> bytes:
    return _PAGE.format(charset=site.declared, title=title, name=site.name, body=body).encode(site.charset)
