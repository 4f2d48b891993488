"""Where pages come from, and what a bad input says."""

import gzip
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import InputError
from pipeline.schema import Page, SiteRules
from pipeline.sources import find_splits, read_split
from pipeline.urls import Places

HTML = "<html><body><p>各项工作稳步推进。</p></body></html>"


def pages(*inputs: Path) -> list[Page]:
    return [page for split in find_splits(inputs) for page in read_split(split)]


def write_warc(path: Path, urls: list[str]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url in urls:
            fields = [("Content-Type", "text/html"), ("Content-Encoding", "gzip")]
            headers = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")
            body = BytesIO(gzip.compress(HTML.encode()))
            dated = {"WARC-Date": "2026-01-02T03:04:05Z"}
            writer.write_record(
                writer.create_warc_record(
                    url, "response", body, http_headers=headers, warc_headers_dict=dated
                )
            )
            writer.write_record(writer.create_warc_record(url, "metadata", BytesIO(b"via: test")))
    return path


def test_warc_responses_are_pages_with_their_content_decoded(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc.gz", ["http://x.example/1", "http://x.example/2"])
    first, second = pages(path)
    assert (first.url, second.url) == ("http://x.example/1", "http://x.example/2")
    assert first.body.decode() == HTML
    assert first.fetched_at is not None
    assert first.fetched_at.isoformat() == "2026-01-02T03:04:05+00:00"
    assert (first.source, first.offset, first.status, first.error) == ("a.warc.gz", 0, 200, "")
    assert second.offset > 0


def test_a_torn_tail_costs_the_tail_and_is_a_row(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc.gz", [f"http://x.example/{number}" for number in range(5)])
    path.write_bytes(path.read_bytes()[:-600])
    *whole, torn = pages(path)
    assert len(whole) >= 3
    assert all(not page.error for page in whole)
    assert "early" in torn.error or "cannot be read on" in torn.error


def test_a_folder_is_read_as_host_and_path(tmp_path: Path) -> None:
    for name in (
        "www.x.example/index.html",
        "www.x.example/a/1.html",
        "index.json",
        "www.x.example/robots.txt",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HTML)
    assert [page.url for page in pages(tmp_path)] == [
        "http://www.x.example/a/1.html",
        "http://www.x.example/",
    ]


def test_parquet_with_text_or_bytes(tmp_path: Path) -> None:
    for name, html in (("text", HTML), ("bytes", HTML.encode("gb18030"))):
        pq.write_table(
            pa.table({"url": ["http://x.example/1"], "html": [html]}), tmp_path / f"{name}.parquet"
        )
    found = {page.source: page.body for page in pages(tmp_path)}
    assert found == {"text.parquet": HTML.encode(), "bytes.parquet": HTML.encode("gb18030")}


def bad(tmp_path: Path, case: str) -> Path:
    path = tmp_path / case
    match case:
        case "empty-folder":
            path.mkdir()
        case "no.warc.gz":
            path.write_bytes(b"this is no archive\n" * 50)
        case "empty.warc.gz":
            path.write_bytes(b"")
        case "broken.parquet":
            path.write_bytes(b"PAR1 and nothing else")
        case "columns.parquet":
            pq.write_table(pa.table({"url": ["u"], "content": ["x"]}), path)
        case "notes.txt" | "page.html":
            path.write_text("x")
    return path


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("nowhere", "no such file or folder"),
        ("empty-folder", "no WARC file, no Parquet file and no saved page"),
        ("no.warc.gz", "not a WARC file"),
        ("empty.warc.gz", "empty file"),
        ("broken.parquet", "not a Parquet file"),
        ("columns.parquet", "no column html; it has url, content"),
        ("notes.txt", "not a WARC file"),
        ("page.html", "has no address"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, case: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        pages(bad(tmp_path, case))
    assert "\n" not in str(caught.value)
    assert case in str(caught.value)


RULES = SiteRules("x", "https", ("m.x.example", "www.x.example"), (r"/a/\d+(_\d+)?\.html",))


@pytest.mark.parametrize(
    ("url", "canonical", "kind", "article", "number"),
    [
        ("http://www.x.example/a/1.html", "https://m.x.example/a/1.html", "article", "/a/1.html", 1),
        ("https://m.x.example/a/1_3.html#top", "https://m.x.example/a/1_3.html", "article", "/a/1.html", 3),
        ("http://m.x.example", "https://m.x.example/", "list", "/", 1),
        ("http://m.x.example/list/", "https://m.x.example/list/", "other", "/list/", 1),
        (
            "HTTP://WWW.X.EXAMPLE:80/a/2.html?from=feed&utm_source=q",
            "https://m.x.example/a/2.html",
            "article",
            "/a/2.html",
            1,
        ),
        ("http://www.x.example//a/../a/3.html", "https://m.x.example/a/3.html", "article", "/a/3.html", 1),
    ],
)
def test_a_known_site_has_one_canonical_url_a_page(
    url: str, canonical: str, kind: str, article: str, number: int
) -> None:
    place = Places([RULES]).locate(url)
    assert (place.site, place.url, place.kind, place.page_no) == ("x", canonical, kind, number)
    assert place.article_url == "https://m.x.example" + article


@pytest.mark.parametrize("url", ["", "http://[", "not a url", "http://x.example:99999/a"])
def test_any_string_has_a_place(url: str) -> None:
    assert Places([RULES]).locate(url).kind in ("unknown", "list")
    assert Places([]).locate(url).page_id


def test_a_large_warc_is_read_in_parts_that_make_up_the_whole(tmp_path: Path) -> None:
    urls = [f"http://x.example/{number}" for number in range(130)]
    splits = find_splits([write_warc(tmp_path / "a.warc.gz", urls)])
    parts = [[page.url for page in read_split(split)] for split in splits]
    assert len(parts) == 3
    assert [url for part in parts for url in part] == urls
    assert len({page.offset for split in splits for page in read_split(split)}) == 130


def test_parquet_is_read_a_row_group_at_a_time(tmp_path: Path) -> None:
    table = pa.table({"url": [f"http://x.example/{number}" for number in range(5)], "html": [HTML] * 5})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    splits = find_splits([tmp_path / "a.parquet"])
    assert [[page.offset for page in read_split(split)] for split in splits] == [[0, 1], [2, 3], [4]]


def test_a_body_that_cannot_be_decoded_costs_its_record_only(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, coding in enumerate(("br", "gzip", "")):
            fields = [("Content-Type", "text/html"), *([("Content-Encoding", coding)] if coding else [])]
            headers = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")
            body = BytesIO(HTML.encode())
            url = f"http://x.example/{number}"
            writer.write_record(writer.create_warc_record(url, "response", body, http_headers=headers))
    *_, last = found = pages(path)
    assert len(found) == 3
    assert "cannot be decoded" in found[0].error
    assert last.body.decode() == HTML


def test_what_the_build_writes_is_no_input(tmp_path: Path) -> None:
    write_warc(tmp_path / "warc" / "a.warc.gz", ["http://x.example/1"])
    pq.write_table(pa.table({"title": ["x"]}), tmp_path / "titles.parquet")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    pq.write_table(pa.table({"url": ["http://x.example/2"], "html": [HTML]}), corpus / "pages.parquet")
    assert [split.name for split in find_splits([tmp_path], exclude=corpus)] == ["warc/a.warc.gz"]
