"""Where pages come from: WARC files, folders of saved pages, Parquet with url and html columns."""

import itertools
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from pipeline.errors import InputError
from pipeline.schema import Page

_WARC_ERRORS = (ArchiveLoadFailed, EOFError, OSError, ValueError, zlib.error)
_HTML_ENDINGS = {".html", ".htm", ".shtml", ".xhtml", ".asp", ".aspx", ".php", ".jsp", ".mht"}
_WARC_ENDINGS = (".warc", ".warc.gz")
_SPLIT = 100
"""Pages that one task reads; a split is what a worker process takes at a time."""


@dataclass(frozen=True, slots=True)
class Split:
    """A part of the input that one worker reads on its own."""

    kind: str
    """warc, folder or parquet."""
    path: Path
    """File; for a folder split its root."""
    name: str
    """What rows say they come from: the same on every machine."""
    files: tuple[Path, ...] = ()
    """Saved pages of a folder split."""
    start: int = 0
    """Byte offset of the first record of a WARC split, number of the first row of a Parquet split."""
    records: int | None = None
    """Records of a WARC split; None is all up to the end, or to where the file is torn."""
    group: int = 0
    """Row group of a Parquet split."""


def find_splits(inputs: Sequence[Path]) -> list[Split]:
    """Splits of all inputs, in an order that depends on names only.

    Raises:
        InputError: a path does not exist, is of no known kind, or nothing in it can be read.
    """
    splits: list[Split] = []
    for path in inputs:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
        splits += _folder_splits(path) if path.is_dir() else _file_splits(path, path.name)
    return splits


def read_split(split: Split) -> Iterator[Page]:
    """Pages of a split, in the order they are stored.

    Raises:
        InputError: the file is not what its name says.
    """
    match split.kind:
        case "warc":
            return _read_warc(split)
        case "parquet":
            return _read_parquet(split)
        case _:
            return _read_folder(split)


def _file_splits(path: Path, name: str) -> list[Split]:
    if path.name.endswith(_WARC_ENDINGS):
        return _warc_splits(path, name)
    if path.suffix == ".parquet":
        return _parquet_splits(path, name)
    if path.suffix.lower() in _HTML_ENDINGS:
        raise InputError(f"{path}: a single page has no address; give the folder that holds host/path")
    raise InputError(f"{path}: not a WARC file (.warc, .warc.gz), a Parquet file or a folder of saved pages")


def _folder_splits(root: Path) -> list[Split]:
    files = sorted(file for file in root.rglob("*") if file.is_file() and not file.name.startswith("."))
    stored = [file for file in files if file.name.endswith(_WARC_ENDINGS) or file.suffix == ".parquet"]
    splits = [split for file in stored for split in _file_splits(file, file.relative_to(root).as_posix())]
    pages = [
        file
        for file in files
        if file.suffix.lower() in _HTML_ENDINGS
        and "." in file.relative_to(root).parts[0]
        and file.parent != root
    ]
    splits += [
        Split("folder", root, root.name, tuple(pages[start : start + _SPLIT]))
        for start in range(0, len(pages), _SPLIT)
    ]
    if not splits:
        raise InputError(
            f"{root}: no WARC file, no Parquet file and no saved page (host/path.html) in this folder"
        )
    return splits


def _warc_splits(path: Path, name: str) -> list[Split]:
    """Splits at every so many records; finding them costs a small part of what extraction does."""
    if path.stat().st_size == 0:
        raise InputError(f"{path}: empty file, not a WARC")
    starts: list[int] = []
    with path.open("rb") as file:
        records = ArchiveIterator(file, no_record_parse=True)
        try:
            for number, _ in enumerate(records):
                offset = records.get_record_offset()
                if number % _SPLIT == 0:
                    starts.append(offset)
        except _WARC_ERRORS as error:
            if not starts:
                raise InputError(f"{path}: not a WARC file ({_first_line(error)})") from error
    counts = [*([_SPLIT] * (len(starts) - 1)), None]
    return [
        Split("warc", path, name, start=start, records=count)
        for start, count in zip(starts, counts, strict=True)
    ]


def _read_warc(split: Split) -> Iterator[Page]:
    """Response records; a torn tail is one row with the reason, what stands before it is kept."""
    with split.path.open("rb") as file:
        file.seek(split.start)
        records = ArchiveIterator(file)
        try:
            for record in itertools.islice(records, split.records):
                if record.rec_type == "response" and record.http_headers is not None:
                    yield _warc_page(record, records, split.name)
        except _WARC_ERRORS as error:
            offset = file.tell()
            reason = f"{split.name} cannot be read on before byte {offset:,}: {_first_line(error)}"
            yield Page("", 0, "", None, b"", split.name, offset, reason)


def _warc_page(record: ArcWarcRecord, records: ArchiveIterator, source: str) -> Page:
    status = record.http_headers.get_statuscode()
    body = record.content_stream().read()
    if record.raw_stream.limit:
        raise EOFError(f"record ends {record.raw_stream.limit:,} bytes early")
    return Page(
        url=str(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>"),
        status=int(status) if str(status).isdigit() else 0,
        content_type=str(record.http_headers.get_header("Content-Type") or ""),
        fetched_at=_timestamp(record.rec_headers.get_header("WARC-Date")),
        body=body,
        source=source,
        offset=records.get_record_offset(),
    )


def _read_folder(split: Split) -> Iterator[Page]:
    for row, file in enumerate(split.files):
        relative = file.relative_to(split.path)
        host, *path = relative.parts
        address = "/".join(path)
        if address in ("index.html", "index.htm"):
            address = ""
        elif file.name in ("index.html", "index.htm"):
            address = address.removesuffix(file.name)
        yield Page(
            url=f"http://{host}/{address}",
            status=200,
            content_type="text/html",
            fetched_at=None,
            body=file.read_bytes(),
            source=os.fspath(relative),
            offset=row,
        )


def _parquet_splits(path: Path, name: str) -> list[Split]:
    """A split a row group; one for a file that has none, so that it counts as read."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a Parquet file ({_first_line(error)})") from error
    names = file.schema_arrow.names
    missing = {"url", "html"} - set(names)
    if missing:
        raise InputError(f"{path}: no column {' and '.join(sorted(missing))}; it has {', '.join(names)}")
    rows = itertools.accumulate(
        file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)
    )
    starts = [0, *rows][: file.num_row_groups]
    return [Split("parquet", path, name, group=group, start=start) for group, start in enumerate(starts)]


def _read_parquet(split: Split) -> Iterator[Page]:
    file = pq.ParquetFile(split.path)
    batches = file.iter_batches(batch_size=256, row_groups=[split.group], columns=["url", "html"])
    rows = (record for batch in batches for record in batch.to_pylist())
    for row, record in enumerate(rows, split.start):
        html: str | bytes = record["html"] or b""
        yield Page(
            url=str(record["url"] or ""),
            status=200,
            content_type="text/html; charset=utf-8" if isinstance(html, str) else "text/html",
            fetched_at=None,
            body=html.encode("utf-8", "surrogatepass") if isinstance(html, str) else html,
            source=split.name,
            offset=row,
        )


def _timestamp(text: str | None) -> datetime | None:
    with suppress(ValueError):
        if text:
            return datetime.fromisoformat(text).astimezone(UTC)
    return None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
