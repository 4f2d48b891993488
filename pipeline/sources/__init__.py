"""Where pages come from: WARC files, folders of saved pages, Parquet with url and html columns.

They lie on this machine or at any address that pyarrow or fsspec opens. Finding is two steps, because
on a cluster only the first, which opens nothing, is done in one place.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.schema import Page
from pipeline.sources.find import find_files
from pipeline.sources.folder import read_folder
from pipeline.sources.location import Location
from pipeline.sources.parquet import parquet_splits, read_parquet
from pipeline.sources.stored import Split, Stored
from pipeline.sources.warc import read_warc, warc_splits

__all__ = ["Location", "Split", "Stored", "find_files", "find_splits", "read_split", "splits_of"]


def find_splits(inputs: Sequence[str | Path], exclude: str | Path | None = None) -> list[Split]:
    """Splits of all inputs, in an order that depends on the inputs alone.

    Args:
        inputs: as for ``find_files``.
        exclude: as for ``find_files``.

    Raises:
        InputError: an input does not exist, is of no known kind, or nothing in it can be read.
    """
    return [split for stored in find_files(inputs, exclude) for split in splits_of(stored)]


def splits_of(stored: Stored) -> list[Split]:
    """Splits of one file or group of pages, in their order; it is opened for that.

    Raises:
        InputError: the file is not what its name says.
    """
    match stored.kind:
        case "warc":
            return warc_splits(stored)
        case "parquet":
            return parquet_splits(stored)
        case _:
            return [Split(stored)]


def read_split(split: Split) -> Iterator[Page]:
    """Pages of a split, in the order they are stored.

    Raises:
        InputError: the file is not what its name says, or its address cannot be reached any more.
    """
    match split.kind:
        case "warc":
            return read_warc(split)
        case "parquet":
            return read_parquet(split)
        case _:
            return read_folder(split)
