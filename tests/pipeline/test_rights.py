"""What pages and headers state on their use, as it stands in pages of these sites."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rights import rights_of, stated_in

COMMONS = "https://creativecommons.org/licenses/by-sa/4.0/"


@pytest.mark.parametrize(
    ("statements", "reserved", "nofollow"),
    [
        (["robots: noindex, nofollow"], "noindex", True),
        (["Robots: NOINDEX"], "noindex", False),
        (["x-robots-tag: none"], "none", True),
        (["robots: index,follow", "robots: all"], "", False),
        (["fanwen: noarchive"], "noarchive", False),
        (["googlebot: noindex"], "", False),
        (["x-robots-tag: fanwen: noindex"], "noindex", False),
        (["x-robots-tag: otherbot: noindex"], "", False),
        (["x-robots-tag: otherbot: noindex, nofollow, fanwen: noarchive"], "noarchive", False),
        (["x-robots-tag: unavailable_after: 25 Jun 2030 15:00:00 PST"], "", False),
        (["robots: max-snippet:20, noai"], "noai", False),
        (["tdm-reservation: 1"], "tdm-reservation", False),
        (["tdm-reservation: 0", "robots:"], "", False),
        (["tdm-reservation: 1", "robots: noarchive"], "noarchive", False),
        ([], "", False),
    ],
)
def test_statements_come_to_a_reservation_or_to_none(
    statements: list[str], reserved: str, *, nofollow: bool
) -> None:
    rights = rights_of(statements)
    assert (rights.reserved, rights.nofollow) == (reserved, nofollow)
    assert rights.stated == "; ".join(statements)


@pytest.mark.parametrize(
    "element",
    [
        '<meta name="robots" content="noarchive">',
        "<META CONTENT='noarchive' NAME='ROBOTS' />",
        "<meta name=Robots content=noarchive/>",
        '<meta\n  data-x="1"\n  name = "robots"\n  content = " noarchive ">',
        '<meta name="robots" content="&#110;oarchive" name="other">',
    ],
)
def test_a_meta_element_is_read_whatever_its_letters_order_and_quotes(element: str) -> None:
    page = f"<html><head><title>工作总结</title>{element}</head><body>正文</body></html>"
    assert stated_in(page) == (("robots: noarchive",), "")


def test_all_that_a_head_states_is_read_in_its_order() -> None:
    page = """<head><meta name="tdm-reservation" content="1"><meta name="description" content="noindex">
        <meta name="fanwen" content="noai"><meta name="robots" content="index,
        follow"></head><body><meta name="robots" content="none">"""
    assert stated_in(page)[0] == ("tdm-reservation: 1", "fanwen: noai", "robots: index, follow")


@pytest.mark.parametrize(
    "head",
    [
        '<!-- <meta name="robots" content="noindex"> -->',
        '<script>document.write(\'<meta name="robots" content="noindex">\')</script>',
        '<style>/* <meta name="robots" content="noindex"> */</style>',
        '<title>怎么写<meta name="robots" content="noindex"></title>',
        '<meta name="robots" content="">',
        '<meta property="robots" content="noindex">',
        '<metadata name="robots" content="noindex">',
    ],
)
def test_what_is_no_element_of_the_head_states_nothing(head: str) -> None:
    page = f'<head>{head}<meta name="robots" content="all"></head>'
    assert stated_in(page)[0] == ("robots: all",)


def test_a_head_may_have_no_end_and_a_page_no_head() -> None:
    assert stated_in('<meta name="robots" content="noindex"><p>正文')[0] == ("robots: noindex",)
    assert stated_in("今年以来，本人认真完成了各项工作任务。") == ((), "")
    assert stated_in("") == ((), "")


@pytest.mark.parametrize(
    ("links", "licence"),
    [
        (f'<link rel="license" href="{COMMONS}">', COMMONS),
        (f"<A HREF='{COMMONS}' REL='nofollow License'>许可</A>", COMMONS),
        ('<a rel="license" href="/about/licence.html?a=1&amp;b=2">许可</a>', "/about/licence.html?a=1&b=2"),
        (f'<a href="{COMMONS}">CC</a>', COMMONS),
        ('<a href="//creativecommons.org/publicdomain/zero/1.0/">CC0</a>',
         "//creativecommons.org/publicdomain/zero/1.0/"),
        (f'<a href="{COMMONS}">CC</a><a rel=license href=/own.html>', "/own.html"),
        ('<a href="https://creativecommons.org/">CC</a>', ""),
        ('<a href="/go?u=https://creativecommons.org/licenses/by/4.0/">CC</a>', ""),
        (f"<!-- <a href='{COMMONS}'> -->{COMMONS}", ""),
        ('<a rel="license" href="javascript:void(0)">', ""),
        ('<a rel="license">', ""),
        ('<a rel="licensed" href="/x">', ""),
        (f'<a rel="license" href="http://x.example/{"a" * 1000}">', ""),
    ],
)  # fmt: skip
def test_the_licence_that_a_page_names_is_found_anywhere_on_it(links: str, licence: str) -> None:
    assert stated_in(f"<head></head><body><p>正文</p>{links}</body>") == ((), licence)


def test_what_a_page_states_without_end_is_cut() -> None:
    page = f'<meta name="robots" content="{"x" * 5000}">' * 5000
    statements, _ = stated_in(page)
    assert len(statements) <= 20
    assert max(map(len, statements)) <= 300


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<meta ",
        "<meta name='robots' ",
        '<meta name="robots" content=">',
        "<a href='",
        "<a rel=license>",
        "<a rel=license href=javascript:x>",
        "<!--",
        "<script",
        "<script></script>",
        "<title>",
        "</head",
        "<a license" + " " * 1000 + ">",
        "<a license" + " " * 1000 + "= " + " " * 1000,
        "x='",
        "x=",
    ],
)
@pytest.mark.parametrize("start", ["license ", "<a license "])
def test_a_page_that_means_no_good_takes_time_that_grows_with_its_length_only(start: str, piece: str) -> None:
    page = start + piece * ((1 << 20) // len(piece)) + ">"
    began = time.process_time()
    stated_in(page)
    assert time.process_time() - began < 5


PARTS = ["<meta ", "<a ", "<link ", "name=", "rel=license ", "robots", "content='", "href=", '"', "'", ">", "<!--",
         "-->", "<script>", "</script>", "</head>", "<body", COMMONS, " ", "/", "noindex", "&#x110000;", "\x00", "\ud800"]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join))
def test_no_page_is_too_odd(page: str) -> None:
    statements, licence = stated_in(page)
    assert all(each.startswith(("robots: ", "fanwen: ", "tdm-reservation: ")) for each in statements)
    assert licence == "" or licence in page.replace(" ", "").replace("&#x110000;", "\ufffd")
    rights_of(statements)
