"""Links as they stand in pages and sitemaps."""

import gzip

import pytest

from crawler.links import read_head, sitemap_links
from pipeline.urls import absolute

PAGE = "http://www.fan.example/zongjie/12.htm"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("13.htm", "http://www.fan.example/zongjie/13.htm"),
        ("/a/\n1.html ", "http://www.fan.example/a/1.html"),
        ("//", "http://www.fan.example/"),
        ("//zongjie/", "http://www.fan.example/zongjie/"),
        ("//m.fan.example/a/", "http://m.fan.example/a/"),
        ("#down", "http://www.fan.example/zongjie/12.htm#down"),
        ("javascript:void(0)", ""),
        ("mailto:me@fan.example", ""),
        ("http://[broken", ""),
        ("", ""),
    ],
)
def test_a_link_means_an_address(href: str, url: str) -> None:
    assert absolute(PAGE, href) == url


def test_links_come_with_their_words_and_the_head_with_what_it_says() -> None:
    page = """
        <head><title> 工作总结 </title><link rel="canonical" href="/a/1.html"><link rel=next href=12_2.htm>
        <meta name=Robots content="noindex,nofollow"><meta name="tdm-reservation" content="1"></head>
        <a href='/a/1.html'>总结范文</a> <a href="javascript:void(0)">收藏</a> <a href=2.htm><b>下一页</b></a>
        <area href=/b/>
    """
    head = read_head(PAGE, page)
    assert head.links == [
        ("http://www.fan.example/zongjie/12_2.htm", ""),
        ("http://www.fan.example/a/1.html", "总结范文"),
        ("http://www.fan.example/zongjie/2.htm", "下一页"),
        ("http://www.fan.example/b/", ""),
    ]
    assert (head.title, head.canonical) == ("工作总结", "http://www.fan.example/a/1.html")
    assert head.statements == ["robots: noindex,nofollow", "tdm-reservation: 1"]


def test_the_base_of_a_page_counts() -> None:
    head = read_head(PAGE, "<base href='/b/'><a href='1.html'>")
    assert head.links == [("http://www.fan.example/b/1.html", "")]


@pytest.mark.parametrize("text", ["", " ", "\x00\x00", "<!-- only a remark -->", "\ud800"])
def test_a_page_of_nothing_has_no_links(text: str) -> None:
    assert read_head(PAGE, text).links == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_sitemap_is_read_packed_or_not(pack: "type[bytes]") -> None:
    xml = b"""<urlset><url><loc> /a/1.html </loc></url><url><lastmod>2024-01-01</lastmod></url>
        <url><loc>/a/2.html</loc><lastmod>1970-01-02</lastmod></url>
        <url><loc>/a/3.html</loc><lastmod>1970-01-02T08:00:00+08:00</lastmod></url>
        <url><loc>/a/4.html</loc><lastmod>yesterday</lastmod></url></urlset>"""
    addresses = [f"http://www.fan.example/a/{number}.html" for number in (1, 2, 3, 4)]
    assert sitemap_links(PAGE, pack(xml)) == (
        "urlset",
        list(zip(addresses, [None, 86400.0, 86400.0, None], strict=True)),
    )


@pytest.mark.parametrize("body", [b"", b"not xml", b"\x1f\x8b broken"])
def test_what_is_no_sitemap_has_no_links(body: bytes) -> None:
    assert sitemap_links(PAGE, body)[1] == []
