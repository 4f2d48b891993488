"""Parquet files with the columns url and html, as text or as bytes."""

import itertools
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.schema import Page
from pipeline.sources.stored import Split, Stored, first_line

FOOTER = 1 << 16
"""Bytes asked for at a time of a file of which a part is read."""
_TEXT_TYPES = (pa.string(), pa.large_string(), pa.string_view())
_BYTES_TYPES = (pa.binary(), pa.large_binary(), pa.binary_view())


def parquet_splits(stored: Stored) -> list[Split]:
    """A split a row group; one for a file that has none, so that it counts as read.

    Raises:
        InputError: it is no Parquet file, or the columns are not there.
    """
    path = stored.location.name
    try:
        with stored.location.open(FOOTER) as opened:
            file = pq.ParquetFile(opened)
            schema, metadata = file.schema_arrow, file.metadata
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a Parquet file ({first_line(error)})") from error
    missing = {"url", "html"} - set(schema.names)
    if missing:
        raise InputError(
            f"{path}: no column {' and '.join(sorted(missing))}; it has {', '.join(schema.names)}"
        )
    for column, kinds in (("url", _TEXT_TYPES), ("html", (*_TEXT_TYPES, *_BYTES_TYPES))):
        if (kind := schema.field(column).type) not in kinds:
            raise InputError(
                f"{path}: column {column} holds {kind}, expected text{' or bytes' * (column == 'html')}"
            )
    rows = itertools.accumulate(
        metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)
    )
    starts = [0, *rows][: max(1, metadata.num_row_groups)]
    return [Split(stored, group=group, start=start) for group, start in enumerate(starts)]


def read_parquet(split: Split) -> Iterator[Page]:
    """Rows of a row group; what cannot be read on is a row with the reason.

    Raises:
        InputError: the file lies at an address that cannot be reached any more.
    """
    row = split.start
    try:
        with split.location.open(FOOTER) as opened:
            file = pq.ParquetFile(opened)
            groups = list(range(file.num_row_groups))[split.group : split.group + 1]
            for batch in file.iter_batches(batch_size=256, row_groups=groups, columns=["url", "html"]):
                for record in batch.to_pylist():
                    yield _page(record["url"] or "", record["html"] or b"", split.name, row)
                    row += 1
    except (pa.ArrowException, OSError) as error:
        reason = f"{split.name} cannot be read on from row {row:,}: {first_line(error)}"
        yield Page("", 0, "", None, b"", split.name, row, reason)


def _page(url: str, html: str | bytes, source: str, row: int) -> Page:
    if isinstance(html, bytes):
        return Page(url, 200, "text/html", None, html, source, row)
    return Page(
        url, 200, "text/html; charset=utf-8", None, html.encode("utf-8", "surrogatepass"), source, row
    )
