"""Saved pages in folders, laid out host/path: what is known of a page is its address."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from pipeline.schema import Page
from pipeline.sources.location import as_text
from pipeline.sources.stored import Split

_BUFFER = 1 << 16


def read_folder(split: Split) -> Iterator[Page]:
    """Pages of a group; one that cannot be read is a row with the reason.

    Raises:
        InputError: a page at an address cannot be read.
    """
    for row, inside in enumerate(split.stored.files):
        name, file = as_text(inside), PurePosixPath(inside)
        host, _, address = name.partition("/")
        if file.stem == "index":
            address = address.removesuffix(file.name)
        body, error = b"", ""
        try:
            with split.location.below(inside).open(_BUFFER) as opened:
                body = opened.read()
        except OSError as failure:
            error = f"file cannot be read: {failure.strerror or failure}"
        yield Page(f"http://{host}/{address}", 200, "text/html", None, body, name, row, error)
