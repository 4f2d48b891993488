"""WARC segments: what is stored comes back, and a kill tears at most the last record."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from crawler.archive import WarcArchive, recover
from pipeline.errors import OutputError

URL = "http://www.fan.example/a/{}.html"
HEADERS = [(b"Content-Type", b"text/html; charset=gbk"), (b"Transfer-Encoding", b"chunked")]


def read(path: Path) -> list[tuple[str, bytes]]:
    with path.open("rb") as file:
        records = ArchiveIterator(BytesIO(file.read()), check_digests="raise")
        return [
            (record.rec_headers.get_header("WARC-Target-URI"), record.raw_stream.read())
            for record in records
            if record.rec_type == "response"
        ]


def torn_segment(folder: Path, *, cut: int) -> Path:
    """A segment of three records as a killed process leaves it, less its last ``cut`` bytes."""
    archive = WarcArchive(folder, "r1")
    for number in range(3):
        archive.write(URL.format(number), 200, HEADERS, os.urandom(300))
    archive.close()
    (path,) = archive.segments
    opened = path.with_name(path.name + ".open")
    opened.write_bytes(path.read_bytes()[: path.stat().st_size - cut])
    path.unlink()
    return opened


@example(body=b"", value=";\x80=0")
@given(body=st.binary(max_size=2000), value=st.text(st.characters(max_codepoint=255), max_size=20))
def test_a_response_comes_back_byte_by_byte(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, value: str
) -> None:
    folder = tmp_path_factory.mktemp("warc")
    archive = WarcArchive(folder, "r1")
    archive.write(URL.format(1), 200, [*HEADERS, (b"X-Odd", value.encode("latin-1"))], body)
    archive.close()
    assert read(archive.segments[0]) == [(URL.format(1), body)]


def test_the_record_says_what_was_received(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, "r1", info={"software": "fanwen"})
    archive.write(URL.format(1), 200, HEADERS, b"<p>", "HTTP/1.0")
    archive.close()
    with (tmp_path / "r1-00000.warc.gz").open("rb") as file:
        records = ArchiveIterator(file)
        info = next(records)
        assert (info.rec_type, info.rec_headers.protocol) == ("warcinfo", "WARC/1.1")
        assert b"software: fanwen" in info.raw_stream.read()
        response = next(records)
        assert response.http_headers.to_str().startswith(
            "HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=gbk"
        )
        assert response.http_headers.get_header("Transfer-Encoding") is None
        assert response.rec_headers.get_header("WARC-Payload-Digest").startswith("sha1:")


def test_a_segment_that_is_full_is_followed_by_the_next(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, "r1", max_bytes=2000)
    for number in range(4):
        archive.write(URL.format(number), 200, HEADERS, os.urandom(1000))
    archive.close()
    assert [path.name for path in archive.segments] == ["r1-00000.warc.gz", "r1-00001.warc.gz"]
    assert [url for path in archive.segments for url, _ in read(path)] == [
        URL.format(number) for number in range(4)
    ]


def test_a_resumed_run_writes_beside_what_it_wrote_before(tmp_path: Path) -> None:
    for _ in range(2):
        archive = WarcArchive(tmp_path, "r1")
        archive.write(URL.format(1), 200, HEADERS, b"<p>")
        archive.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r1-00000.warc.gz", "r1-00001.warc.gz"]


def test_a_record_is_readable_before_the_segment_is_complete(tmp_path: Path) -> None:
    archive = WarcArchive(tmp_path, "r1")
    archive.write(URL.format(1), 200, HEADERS, b"<p>")
    assert read(tmp_path / "r1-00000.warc.gz.open") == [(URL.format(1), b"<p>")]
    assert recover(tmp_path) == [], "a segment being written is left alone"
    archive.close()


@pytest.mark.parametrize(("cut", "kept"), [(0, 3), (1, 2), (150, 2), (900, 1)])
def test_a_torn_tail_is_cut_off(tmp_path: Path, cut: int, kept: int) -> None:
    opened = torn_segment(tmp_path, cut=cut)
    (path,) = recover(tmp_path)
    assert not opened.exists()
    assert [url for url, _ in read(path)] == [URL.format(number) for number in range(kept)]


def test_a_segment_without_one_whole_record_is_removed(tmp_path: Path) -> None:
    (tmp_path / "r1-00000.warc.gz.open").write_bytes(b"\x1f\x8b\x08torn")
    assert recover(tmp_path) == []
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "warc").write_text("a file")
    archive = WarcArchive(tmp_path / "warc", "r1")
    with pytest.raises(OutputError, match="warc: cannot store responses: "):
        archive.write(URL.format(1), 200, HEADERS, b"<p>")
