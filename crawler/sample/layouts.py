"""The five sites' page templates: the frame that each content-management system puts around an essay.

Structure and class names follow the real sites; the words of the frames are our own. A template takes
an article and yields the HTML of one of its pages, not yet encoded.
"""

import html
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.sample import junk
from crawler.sample.damage import Article, Block, as_published
from crawler.sample.sites import PER_LIST, SampleSite

OFF_SITE = '<a href="http://www.example.com/">友情链接</a>'


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another article of the site."""

    path: str
    title: str
    opening: str = ""
    """How that article begins, for lists with excerpts."""


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds an article: links to others, and a source of chance for the frame's variants."""

    related: tuple[Link, ...]
    neighbours: tuple[Link, ...]
    rng: random.Random


def render(article: Article, number: int, around: Around) -> str:
    """HTML of page ``number`` of an article, in its site's layout."""
    return _TEMPLATES[article.plan.site.key](article, number, around)


def list_page(site: SampleSite, category: int, number: int, total: int, links: Sequence[Link]) -> str:
    """HTML of one page of a category's list of ``total`` articles."""
    name = site.categories[category][1]
    last = max(1, -(-total // PER_LIST))
    shown = sorted({1, last, *range(max(1, number - 2), min(last, number + 2) + 1)})
    pager = "".join(f'<a href="{site.list_path(category, page)}">{page}</a>' for page in shown)
    if number < last:
        pager += f'<a href="{site.list_path(category, number + 1)}">下一页</a>'
    body = f'{nav(site)}<h1>{name}</h1>{_items(links)}<div class="pages">{pager}</div>'
    return _document(site, f"{name}_{site.name}", body)


def front_page(site: SampleSite, links: Sequence[Link]) -> str:
    """HTML of a site's front page: its channels, its newest articles, a search form robots may not use."""
    search = '<a href="/so?q=%E6%80%BB%E7%BB%93">热门搜索</a><a href="/down/app.html">客户端下载</a>'
    shared = "".join(
        f'<li><a href="{link.path}?from=timeline">{html.escape(link.title)}</a></li>' for link in links[:3]
    )
    body = (
        f'{nav(site)}<div class="search">{search}</div>{_items(links)}<ul>{shared}</ul><div>{OFF_SITE}</div>'
    )
    return _document(site, site.name, body)


def nav(site: SampleSite) -> str:
    """The channels' links; some lead to sections that this web does not hold."""
    own = "".join(
        f'<li><a href="{site.list_path(at)}">{name}</a></li>' for at, (_, name) in enumerate(site.categories)
    )
    return f'<div class="nav"><ul><li><a href="/">首页</a></li>{own}</ul></div>'


def _items(links: Sequence[Link]) -> str:
    items = "".join(f'<li><a href="{link.path}">{html.escape(link.title)}</a></li>' for link in links)
    return f'<ul class="list">{items}</ul>'


def _document(site: SampleSite, title: str, body: str, head: str = "") -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="{site.declared}">'
        f"<title>{html.escape(title, quote=False)}</title>\n{head}</head>\n<body>\n{body}\n</body></html>\n"
    )


def _paragraphs(blocks: Sequence[Block], indent: str = "", title: str = "h2") -> str:
    """Blocks as paragraphs, bare titles as headings, junk as it comes."""
    marks = {"text": f"<p>{indent}{{}}</p>", "junk": "<p>{}</p>", "marker": "<p>{}</p>"}
    marks["title"] = f"<{title}>{{}}</{title}>"
    return "\n".join(marks[block.kind].format(block.html) for block in blocks)


def _pager(article: Article, number: int) -> str:
    if len(article.pages) == 1:
        return ""
    site, local = article.plan.site, article.plan.local
    paths = [site.article_path(local, page + 1) for page in range(len(article.pages))]
    links = "".join(
        f'<a href="{path}"{" class=cur" if at == number else ""}>{at}</a>' for at, path in enumerate(paths, 1)
    )
    following = f'<a href="{paths[number]}">下一页</a>' if number < len(paths) else ""
    return f'<div class="pages">{links}{following}</div>'


def _xiexiebang(article: Article, number: int, around: Around) -> str:
    plan, title = article.plan, html.escape(article.headline, quote=False)
    site = plan.site
    category, name = site.categories[plan.local % len(site.categories)]
    stamp = f"<span>{plan.published} {around.rng.randint(8, 22):02}:40:02</span>" if plan.published else ""
    related = "".join(
        f'<li><h3><a href="{link.path}">{html.escape(link.title)}</a></h3>'
        f"<p>    {junk.excerpt(around.rng, link.opening)}</p></li>"
        for link in around.related
    )
    repeated = f"<p>{title}</p>\n" if around.rng.random() < 0.5 else ""
    body = f"""<header class="top"><a href="/"><img src="/logo.png" alt="{site.name}"></a>{nav(site)}
<form action="/so"><input name="q" placeholder="请输入关键词"><button>搜索</button></form></header>
<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/{category}/">{name}</a> &gt; 正文</div>
<article class="article"><h1>{title}</h1>
<div class="info">{stamp}<a href="#down">下载本文</a><span>作者：会员上传</span></div>
<div class="intro"><b>简介：</b>{junk.box_intro(site.name, title)}</div>
<div class="content">{repeated}{_paragraphs(article.pages[number - 1])}</div>{_pager(article, number)}
<div id="down" class="downbox"><p>下载{title}word格式文档</p><a href="/down/{plan.number}.doc">下载{title}.doc</a>\
<p>把本文档存到自己电脑，便于修改和收藏，请不要使用迅雷等下载。</p><a href="/down">点此处下载文档</a><span>文档为doc格式</span></div>
<script>document.write('<div class="ad">推广</div>')</script></article>
<div class="statement">声明：本文由互联网用户自行上传分享，本站不拥有所有权，也不承担相关法律责任。如有版权疑问，请写信至\
0000000@example.com，核实后我们将尽快删除。</div>
<section class="related"><h2>相关范文推荐</h2><ul>{related}</ul></section>
<aside class="side"><h3>猜你喜欢</h3>{_items(around.neighbours)}</aside>
<footer>Copyright © 2011-2022 {site.name} 版权所有 京ICP备00000000号 {OFF_SITE}</footer>"""
    return _document(site, f"{article.headline}_{site.name}", body)


def _gz85(article: Article, number: int, around: Around) -> str:
    plan, title = article.plan, html.escape(article.headline, quote=False)
    site = plan.site
    at = plan.local % len(site.categories)
    stamp = f"时间：{plan.published} " if plan.published else ""
    labels = ("上一篇", "下一篇")
    turn = " ".join(
        f'<a href="{link.path}">{label}：{html.escape(link.title)}</a>'
        for label, link in zip(labels, around.neighbours, strict=False)
    )
    body = f"""<div class="header"><a class="logo" href="/">{site.name}</a>{nav(site)}</div>
<div class="position">您的位置：<a href="/">首页</a>&gt;<a href="{site.list_path(at)}">{site.categories[at][1]}</a></div>
<div class="main"><h1>{title}</h1><div class="date">{stamp}来源：{site.name}</div>
<div class="text">{_paragraphs(article.pages[number - 1])}
</div>{_pager(article, number)}
<div class="page">{turn}</div>
<div class="xg"><h3>相关推荐</h3>{_items(around.related)}</div></div>
<div class="foot">Copyright@2009-2021 Gz85.Com 版权所有 <a href="/so">站内搜索</a>
<a href="http://{site.mirrors[0]}{site.article_path(plan.local)}?from=mobile">电脑版</a></div>"""
    return _document(site, f"{article.headline}_{site.name}", body)


def _zaixian(article: Article, number: int, around: Around) -> str:
    plan, title = article.plan, html.escape(article.headline, quote=False)
    site = plan.site
    category, name = site.categories[plan.local % len(site.categories)]
    address = site.origin + site.article_path(plan.local)
    stamp = f"时间：{plan.published} " if plan.published else ""
    body = f"""<div id="welcome">欢迎来到{site.name}！</div>{nav(site)}
<div class="bread"><a href="/">{site.name}</a> &gt; 实用文 &gt; <a href="/{category}/">{name}</a></div>
<h1>{title}</h1><p class="meta">{name} {stamp}手机版</p>
<div id="article-content"><div class="adbox"><script>ad(1)</script></div>{_paragraphs(article.pages[number - 1], "　　")}{_pager(article, number)}</div>
<p class="src">本文来源{address}</p><p class="tip">以上内容转自互联网，请自行判断是否正确。若无意中侵犯了您的权益，请来信告知\
（webmaster@example.com），我们会及时处理，谢谢。</p>
<div class="sidebar"><h4>热门文章</h4>{_items(around.related)}</div><a href="/down/{plan.number}.zip">打包下载</a>"""
    return _document(
        site, f"{article.headline}-{site.name}", body, f'<link rel="canonical" href="{address}">'
    )


def _wenhua(article: Article, number: int, around: Around) -> str:
    plan, title = article.plan, html.escape(article.headline, quote=False)
    site = plan.site
    category, name = site.categories[plan.local % len(site.categories)]
    lines = [f"{title}<br>", *(f"{block.html}<br>" for block in article.pages[number - 1])]
    text = "\n".join(lines) if around.rng.random() < 0.5 else "".join(lines)
    issued = (
        f"<p>本文发布于：{plan.published} {around.rng.randint(8, 22):02}:12:29，感谢您对本站的认可！</p>"
        if plan.published
        else ""
    )
    tags = junk.tags(around.rng, ("工作", "单位", "年度", "同志"))
    body = f"""<div id="toptb"><a href="/">{site.name}</a></div>{nav(site)}
<div id="pt"><a href="/">首页</a> › <a href="/{category}/">{name}</a> › 正文</div>
<h1 class="ph">{title}</h1><p class="xg1">阅读： 评论：0</p>
<div id="article_content">{text}</div>{_pager(article, number)}
{issued}<p>本文链接：{site.origin}{site.article_path(plan.local)}</p><p>版权声明：本站文章多来自互联网，仅作演示，\
请勿用于商业和其他非法用途，若有侵权请联系我们，一日之内删除。</p><p>{tags}</p>
<div class="more"><h3>最近更新</h3>{_items(around.related)}</div>
<div id="comment"><h3>留言与评论（共有 0 条评论）</h3><form><textarea></textarea>验证码：<input name="code"></form></div>
<div id="ft">Copyright ©2024-2030 Powered by © {site.name} 滇ICP备0000000000号 联系QQ：0000000000 <a href="/so">网站地图</a></div>"""
    return _document(site, article.headline, body)


def _mirror(article: Article, number: int, around: Around) -> str:
    plan = article.plan
    site = plan.site

    def damaged(text: str) -> str:
        return html.escape(as_published(plan, text), quote=False)

    title = html.escape(article.headline, quote=False)
    advert = junk.advertisement(around.rng)
    hijacked = "hijacked" in plan.damage
    stamp = f"時間：{plan.published} {around.rng.randint(8, 22):02}:04:33 " if plan.published else ""
    items = "".join(
        f'<li><a href="{link.path}">{damaged(link.title)}</a><span>12-{at:02}</span></li>'
        for at, link in enumerate(around.related, 9)
    )
    ending = (
        f'<p class="t"><strong>{title}{damaged("范文")}</strong></p>' if around.rng.random() < 0.6 else ""
    )
    hidden = (
        f'<div style="display:none"><a href="http://spam.invalid/1">{advert}</a></div>' if hijacked else ""
    )
    above = (
        f'<div style="position:fixed;left:-9000px;"><a href="http://spam.invalid/">{advert}</a></div>\n<h1>{advert}</h1>'
        if hijacked
        else ""
    )
    body = f"""{above}<div class="nav"><a href="/">{damaged("首页")}</a> <a href="{site.list_path(plan.local % 2)}">{damaged("更多")}</a></div>
<div class="wrap"><h2 class="title">{title}</h2>
<div class="info"><span>{damaged(stamp + "年终工作总结 我要投稿")}</span><ul class="more"><li><a href="#r">{damaged("相关推荐")}</a></li></ul></div>
<div class="article_body"><p class="t">{title}{damaged("范文")}</p>{_paragraphs(article.pages[number - 1], "　　")}
{ending}</div>
<div id="r" class="like"><p>{damaged("【" + article.title + "】相关文章：")}</p><ul>{items}</ul></div></div>
{hidden}"""
    return _document(site, f"{article.headline}-{advert}" if hijacked else article.headline, body)


_TEMPLATES: dict[str, Callable[[Article, int, Around], str]] = {
    "x": _xiexiebang,
    "g": _gz85,
    "z": _zaixian,
    "w": _wenhua,
    "m": _mirror,
}
