"""Links as they stand in pages and sitemaps."""

import gzip

import pytest

from crawler.links import page_links, sitemap_links
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


@pytest.mark.parametrize("charset", ["gb18030", "utf-8", "big5hkscs", "utf-16"])
def test_links_are_read_in_every_charset(charset: str) -> None:
    html = "<a href='/a/1.html'>總結範文</a><img alt='許功蓋'><a href=\"/a/2.html\">下一篇</a><link rel=next href=p2.htm>"
    found = [
        "http://www.fan.example/a/1.html",
        "http://www.fan.example/a/2.html",
        "http://www.fan.example/zongjie/p2.htm",
    ]
    assert list(page_links(PAGE, html.encode(charset))) == found


@pytest.mark.parametrize("charset", ["gb18030", "utf-8"])
def test_a_chinese_address_is_read_in_the_pages_charset(charset: str) -> None:
    html = "<a href='/总结/'>总结</a>".encode(charset)
    assert list(page_links(PAGE, html)) == ["http://www.fan.example/总结/"]


def test_one_bad_byte_costs_no_link() -> None:
    html = "<p>总\xff".encode("latin-1", "ignore") + "结<a href='/a/1.html'>".encode("gbk")
    assert list(page_links(PAGE, html)) == ["http://www.fan.example/a/1.html"]


def test_the_base_of_a_page_counts() -> None:
    assert list(page_links(PAGE, b"<base href='/b/'><a href='1.html'>")) == [
        "http://www.fan.example/b/1.html"
    ]


@pytest.mark.parametrize("body", [b"", b" ", b"\x00\x00", b"<!-- only a remark -->"])
def test_a_page_of_nothing_has_no_links(body: bytes) -> None:
    assert list(page_links(PAGE, body)) == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_sitemap_is_read_packed_or_not(pack: "type[bytes]") -> None:
    xml = b"<urlset><url><loc> /a/1.html </loc></url><url><lastmod>2024-01-01</lastmod></url></urlset>"
    assert sitemap_links(PAGE, pack(xml)) == ("urlset", ["http://www.fan.example/a/1.html"])


@pytest.mark.parametrize("body", [b"", b"not xml", b"\x1f\x8b broken"])
def test_what_is_no_sitemap_has_no_links(body: bytes) -> None:
    assert sitemap_links(PAGE, body)[1] == []
