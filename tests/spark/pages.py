"""Pages of the sample web as archives, some of them fetched twice."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.sample.sites import locate
from crawler.sample.web import SampleWeb


def addresses(web: SampleWeb) -> Iterator[str]:
    """All pages of all articles, then some of them once more."""
    for number in range(web.pages):
        site, local = locate(number)
        for page in range(1, len(web.article(number).pages) + 1):
            yield site.origin + site.article_path(local, page)
    yield from islice(web.urls(), 0, None, 15)


ZERO = "0001-01-01T00:00:00Z"
"""What a careless program takes for the moment of a fetch."""


def write_archive(web: SampleWeb, folder: Path, pages: int, files: int) -> None:
    """So many pages in so many files."""
    folder.mkdir(parents=True)
    urls = list(islice(addresses(web), pages))
    for number in range(files):
        with (folder / f"{number:05d}.warc.gz").open("wb") as file:
            writer = WARCWriter(file, gzip=True)
            for at, url in enumerate(urls[number::files]):
                reply = web.get(url)
                assert reply is not None, url
                headers = StatusAndHeaders("200 OK", list(reply.headers.items()), protocol="HTTP/1.1")
                date = (
                    ZERO
                    if not at
                    else f"2026-01-{1 + number:02d}T{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}Z"
                )
                writer.write_record(
                    writer.create_warc_record(
                        url,
                        "response",
                        BytesIO(reply.body),
                        http_headers=headers,
                        warc_headers_dict={"WARC-Date": date},
                    )
                )


def write_folder(web: SampleWeb, folder: Path, pages: int) -> None:
    """So many pages as they are saved: host/path."""
    for url in islice(addresses(web), pages):
        reply = web.get(url)
        assert reply is not None, url
        file = folder / url.partition("://")[2]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(reply.body)


def write_twins(web: SampleWeb, folders: Sequence[Path], pages: int) -> None:
    """In each folder a Parquet file of the same name with the same addresses; only what they hold is not the same."""
    for number, folder in enumerate(folders):
        folder.mkdir()
        urls = list(islice(addresses(web), pages))
        bodies = [reply.body + b"<!-- -->" * number for url in urls if (reply := web.get(url)) is not None]
        pq.write_table(pa.table({"url": urls, "html": bodies}), folder / "pages.parquet")
