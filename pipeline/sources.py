"""Where pages come from: WARC files, folders of saved pages, Parquet with url and html columns."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from pipeline.errors import InputError
from pipeline.schema import Page

_TEXT_TYPES = (pa.string(), pa.large_string(), pa.string_view())
_BYTES_TYPES = (pa.binary(), pa.large_binary(), pa.binary_view())
_HTML_ENDINGS = {".html", ".htm", ".shtml", ".xhtml", ".asp", ".aspx", ".php", ".jsp", ".mht"}
_WARC_ENDINGS = (".warc", ".warc.gz")
_RIGHTS_HEADERS = ("x-robots-tag", "tdm-reservation")
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


def find_splits(inputs: Sequence[Path], exclude: Path | None = None) -> list[Split]:
    """Splits of all inputs, in an order that depends on the inputs alone.

    Args:
        inputs: files and folders; hidden folders in them, and Parquet files without pages, are passed over.
        exclude: a folder that is no input even if it lies in one: where the output goes.

    Raises:
        InputError: a path does not exist, is of no known kind, or nothing in it can be read.
    """
    splits: list[Split] = []
    for path in inputs:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
        splits += _folder_splits(path, exclude) if path.is_dir() else _file_splits(path, path.name)
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


def _folder_splits(root: Path, exclude: Path | None) -> list[Split]:
    files = sorted(file for file in root.rglob("*") if _is_input(file, root, exclude))
    stored = [
        file
        for file in files
        if (file.name.endswith(_WARC_ENDINGS) and file.stat().st_size)
        or (file.suffix == ".parquet" and _has_pages(file))
    ]
    splits = [split for file in stored for split in _file_splits(file, _name(file, root))]
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


def _is_input(file: Path, root: Path, exclude: Path | None) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
    inside = exclude is not None and file.resolve().is_relative_to(exclude.resolve())
    return not hidden and not inside and file.is_file()


def _has_pages(file: Path) -> bool:
    """Whether a Parquet file in a folder is meant as input; one that cannot be read is an error, said later."""
    try:
        return {"url", "html"} <= set(pq.read_schema(file).names)
    except (pa.ArrowException, OSError):
        return True


def _name(file: Path, root: Path) -> str:
    """Path below the root as text, whatever bytes it is made of."""
    return os.fsencode(file.relative_to(root).as_posix()).decode("utf-8", "replace")


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
        except Exception as error:
            if not starts:
                raise InputError(f"{path}: not a WARC file ({_first_line(error)})") from error
    counts = [*([_SPLIT] * (len(starts) - 1)), None]
    return [
        Split("warc", path, name, start=start, records=count)
        for start, count in zip(starts, counts, strict=True)
    ]


def _read_warc(split: Split) -> Iterator[Page]:
    """Response records; one that cannot be read is a row with the reason, and so is a torn tail."""
    with split.path.open("rb") as file:
        file.seek(split.start)
        records = ArchiveIterator(file)
        try:
            for record in itertools.islice(records, split.records):
                if record.rec_type == "response" and record.http_headers is not None:
                    yield _warc_page(record, records, split.name)
        except Exception as error:  # noqa: BLE001 - warcio raises whatever a torn header leads to
            offset = file.tell()
            reason = f"{split.name} cannot be read on before byte {offset:,}: {_first_line(error)}"
            yield Page("", 0, "", None, b"", split.name, offset, reason)


def _warc_page(record: ArcWarcRecord, records: ArchiveIterator, source: str) -> Page:
    url = str(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    body, error = b"", ""
    try:
        body = record.content_stream().read()
        if missing := getattr(record.raw_stream, "limit", 0):
            error = f"record ends {missing:,} bytes early"
    except Exception as failure:  # noqa: BLE001 - decoders of all kinds; the record costs itself only
        error = f"body cannot be decoded: {_first_line(failure)}"
    status = record.http_headers.get_statuscode()
    return Page(
        url=url,
        status=int(status) if str(status).isdecimal() else 0,
        content_type=str(record.http_headers.get_header("Content-Type") or ""),
        fetched_at=_timestamp(record.rec_headers.get_header("WARC-Date")),
        body=body,
        source=source,
        offset=records.get_record_offset(),
        error=error,
        rights=tuple(
            f"{name.lower()}: {value}"
            for name, value in record.http_headers.headers
            if name.lower() in _RIGHTS_HEADERS
        ),
    )


def _read_folder(split: Split) -> Iterator[Page]:
    for row, file in enumerate(split.files):
        name = _name(file, split.path)
        host, _, address = name.partition("/")
        if file.stem == "index":
            address = address.removesuffix(file.name)
        body, error = b"", ""
        try:
            body = file.read_bytes()
        except OSError as failure:
            error = f"file cannot be read: {failure.strerror or failure}"
        yield Page(f"http://{host}/{address}", 200, "text/html", None, body, name, row, error)


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
    for column, kinds in (("url", _TEXT_TYPES), ("html", (*_TEXT_TYPES, *_BYTES_TYPES))):
        if (kind := file.schema_arrow.field(column).type) not in kinds:
            raise InputError(
                f"{path}: column {column} holds {kind}, expected text{' or bytes' * (column == 'html')}"
            )
    rows = itertools.accumulate(
        file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)
    )
    starts = [0, *rows][: file.num_row_groups]
    return [Split("parquet", path, name, group=group, start=start) for group, start in enumerate(starts)]


def _read_parquet(split: Split) -> Iterator[Page]:
    row = split.start
    try:
        file = pq.ParquetFile(split.path)
        for batch in file.iter_batches(batch_size=256, row_groups=[split.group], columns=["url", "html"]):
            for record in batch.to_pylist():
                yield _parquet_page(record["url"] or "", record["html"] or b"", split.name, row)
                row += 1
    except (pa.ArrowException, OSError) as error:
        reason = f"{split.name} cannot be read on from row {row:,}: {_first_line(error)}"
        yield Page("", 0, "", None, b"", split.name, row, reason)


def _parquet_page(url: str, html: str | bytes, source: str, row: int) -> Page:
    if isinstance(html, bytes):
        return Page(url, 200, "text/html", None, html, source, row)
    return Page(
        url, 200, "text/html; charset=utf-8", None, html.encode("utf-8", "surrogatepass"), source, row
    )


def _timestamp(text: str | None) -> datetime | None:
    """Moment in UTC, which WARC dates are in even where they do not say so."""
    with suppress(ValueError, OverflowError):
        if text:
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
