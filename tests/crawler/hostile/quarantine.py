"""Pages that answer 200 and are not what was asked for, beside ordinary ones that only speak of such things."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.sample.server import Reply
from tests.crawler.hostile.pages import HTML, document, links, page, report
from tests.crawler.hostile.wordings import ORDINARY, WORDINGS, Notice

ORIGIN = "http://www.suspect.example"
_SITE = "青禾文库"
_LINES = 3
"""Paragraphs of a report that stand before a line which says that the text is cut."""


def _bare(title: str, body: str, head: str = "") -> str:
    return document(title, f"<div class='box'>{body}</div>\n", head)


def _framed(title: str, body: str, head: str = "") -> str:
    """The site's frame: channels above, related articles beside, small print below."""
    channels = links([("/", "首页"), ("/zongjie/", "总结"), ("/jihua/", "计划")])
    related = links((f"/a/{1 + number}.html", report(number).title) for number in range(6))
    return document(
        f"{title}_{_SITE}",
        f"<div class='nav'>{channels}</div><div class='crumb'>当前位置：首页 &gt; 正文</div>\n"
        f"<div class='main'>{body}</div>\n<div class='side'><h3>相关推荐</h3>{related}</div>\n"
        f"<div class='foot'>Copyright © {_SITE} 版权所有 如有侵权请联系站长删除</div>\n",
        head,
    )


def _columns(title: str, body: str, head: str = "") -> str:
    """An older frame of tables, with a login box beside the text."""
    box = "<form>用户名<input name='u'>密码<input type='password' name='p'><button>登录</button></form>"
    return document(
        f"{title} - {_SITE}",
        f"<table><tr><td><a href='/'>{_SITE}</a></td></tr><tr><td>{box}</td><td>{body}</td></tr></table>\n"
        f"<center>{_SITE}提供 <a href='/sm.htm'>免责声明</a></center>\n",
        head,
    )


_LAYOUTS: tuple[Callable[[str, str, str], str], ...] = (_bare, _framed, _columns)


@dataclass(eq=False)
class QuarantineWeb:
    """A page for each wording of each kind of stand-in, and as many ordinary ones; ``make_site("suspect")`` fits it.

    Kinds are named as the reasons of ``pipeline.text.quarantine``: captcha, anti-bot, login, paywall, hijacked, blocked
    and closed. A notice that no site of essays would frame stands bare; others stand in the site's frame too.
    """

    def __post_init__(self) -> None:
        made = [(kind, html) for kind, notices in WORDINGS.items() for html in _stand_ins(kind, notices)]
        whole = [("", html) for html in _ordinary()]
        urls = [f"{ORIGIN}/a/{number}.html" for number in range(1, len(made) + len(whole) + 1)]
        self.html = {url: html for url, (_, html) in zip(urls, made + whole, strict=True)}
        """Pages by URL, front page apart."""
        self.suspects = {url: kind for url, (kind, _) in zip(urls, made, strict=False)}
        """Kind of each page that is to be set aside."""
        self.ordinary = frozenset(urls) - self.suspects.keys()
        """URLs of pages that are what they should be."""

    def __call__(self, url: str) -> Reply | None:
        if url == f"{ORIGIN}/":
            mixed = sorted(self.html, key=lambda each: each[::-1])
            return page(_SITE, links((each, f"范文第{number}篇") for number, each in enumerate(mixed)))
        html = self.html.get(str(url))
        return Reply(200, {"Content-Type": HTML}, html.encode()) if html else None


def _stand_ins(kind: str, notices: Sequence[Notice]) -> list[str]:
    made = []
    for number, notice in enumerate(notices):
        if kind == "paywall":
            layouts: Sequence[Callable[[str, str, str], str]] = _LAYOUTS[1:]
            cut = report(40 + number)
            lines = "".join(f"<p>{line}</p>\n" for line in cut.paragraphs[:_LINES])
            made += [layout(cut.title, f"<h1>{cut.title}</h1>{lines}{notice.body}", "") for layout in layouts]
        else:
            layouts = _LAYOUTS[: 2 if notice.framed else 1]
            made += [layout(notice.title, notice.body, notice.head) for layout in layouts]
    return made


def _ordinary() -> list[str]:
    """Reports with paragraphs that mention what stand-ins are about, in every layout, and reports without."""
    made = []
    for number, (title, *lines) in enumerate(ORDINARY):
        own = report(80 + number).paragraphs[:4]
        text = "".join(f"<p>{line}</p>\n" for line in (*lines, *own))
        layout = _LAYOUTS[1 + number % 2]
        made.append(layout(title, f"<h1>{title}</h1>\n{text}", ""))
    plain = (report(120 + number) for number in range(len(ORDINARY)))
    return made + [_framed(each.title, each.text, "") for each in plain]
