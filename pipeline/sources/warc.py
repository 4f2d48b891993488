"""WARC files, fanwen's own or others': responses with what the server said."""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from pipeline.errors import InputError
from pipeline.schema import Page
from pipeline.sources.stored import PART, Split, Stored, first_line

_RIGHTS_HEADERS = ("x-robots-tag", "tdm-reservation")


def warc_splits(stored: Stored) -> list[Split]:
    """Splits at every so many records; finding them costs a small part of what extraction does.

    Raises:
        InputError: it does not begin as a WARC does, or lies at an address that cannot be reached.
    """
    starts: list[int] = []
    with stored.location.open() as file:
        records = ArchiveIterator(file, no_record_parse=True)
        try:
            for number, _ in enumerate(records):
                offset = records.get_record_offset()
                if number % PART == 0:
                    starts.append(offset)
        except InputError:
            raise
        except Exception as error:
            if not starts:
                raise InputError(f"{stored.location.name}: not a WARC file ({first_line(error)})") from error
    starts = starts or [0]
    counts = [*([PART] * (len(starts) - 1)), None]
    return [Split(stored, start, count) for start, count in zip(starts, counts, strict=True)]


def read_warc(split: Split) -> Iterator[Page]:
    """Response records; one that cannot be read is a row with the reason, and so is a torn tail.

    Raises:
        InputError: the file lies at an address that cannot be reached any more.
    """
    with split.location.open() as file:
        file.seek(split.start)
        records = ArchiveIterator(file)
        try:
            for record in itertools.islice(records, split.records):
                if record.rec_type == "response" and record.http_headers is not None:
                    yield _page(record, records, split.name)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - warcio raises whatever a torn header leads to
            offset = file.tell()
            reason = f"{split.name} cannot be read on before byte {offset:,}: {first_line(error)}"
            yield Page("", 0, "", None, b"", split.name, offset, reason)


def _page(record: ArcWarcRecord, records: ArchiveIterator, source: str) -> Page:
    url = str(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    body, error = b"", ""
    try:
        body = record.content_stream().read()
        if missing := getattr(record.raw_stream, "limit", 0):
            error = f"record ends {missing:,} bytes early"
    except InputError:
        raise
    except Exception as failure:  # noqa: BLE001 - decoders of all kinds; the record costs itself only
        error = f"body cannot be decoded: {first_line(failure)}"
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


def _timestamp(text: str | None) -> datetime | None:
    """Moment in UTC, which WARC dates are in even where they do not say so."""
    with suppress(ValueError, OverflowError):
        if text:
            moment = datetime.fromisoformat(text)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
