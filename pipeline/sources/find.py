"""Inputs as files: which there are, and of which kind, known by the ends of their names."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.sources.listing import Entry, entries_of, state_of
from pipeline.sources.location import Location, as_text, locate
from pipeline.sources.parquet import FOOTER
from pipeline.sources.stored import PART, State, Stored

_HTML_ENDINGS = {".html", ".htm", ".shtml", ".xhtml", ".asp", ".aspx", ".php", ".jsp", ".mht"}
_WARC_ENDINGS = (".warc", ".warc.gz")


def find_files(inputs: Sequence[str | Path], exclude: str | Path | None = None) -> list[Stored]:
    """Files and groups of saved pages of all inputs, in an order that depends on the inputs alone.

    None is opened but Parquet files in a folder, to tell pages from other tables.

    Args:
        inputs: files and folders, as paths or addresses such as ``s3://bucket/folder``; hidden folders in them,
            and Parquet files without pages, are passed over.
        exclude: a folder that is no input even if it lies in one: where the output goes.

    Raises:
        InputError: an input does not exist, is of no known kind, is empty, or its address cannot be reached.
    """
    outside = None if exclude is None else locate(exclude)
    return [stored for name in inputs for stored in _found(locate(name), outside)]


def _found(location: Location, exclude: Location | None) -> list[Stored]:
    state = state_of(location)
    if state is None:
        return _in_folder(location, exclude)
    if location.base.endswith(_WARC_ENDINGS) and not state[0]:
        raise InputError(f"{location.name}: empty file, not a WARC")
    return [_file(location, location.base, state)]


def _file(location: Location, name: str, state: State) -> Stored:
    ending = PurePosixPath(location.base).suffix
    if location.base.endswith(_WARC_ENDINGS):
        return Stored("warc", location, name, (state,))
    if ending == ".parquet":
        return Stored("parquet", location, name, (state,))
    if ending.lower() in _HTML_ENDINGS:
        raise InputError(
            f"{location.name}: a single page has no address; give the folder that holds host/path"
        )
    raise InputError(
        f"{location.name}: not a WARC file (.warc, .warc.gz), a Parquet file or a folder of saved pages"
    )


def _in_folder(root: Location, exclude: Location | None) -> list[Stored]:
    entries = entries_of(root, exclude)
    stored = [
        _file(root.below(inside), as_text(inside), state)
        for inside, state in entries
        if (inside.endswith(_WARC_ENDINGS) and state[0])
        or (inside.endswith(".parquet") and _has_pages(root.below(inside)))
    ]
    stored += _groups(root, [entry for entry in entries if _is_page(entry[0])])
    if not stored:
        raise InputError(
            f"{root.name}: no WARC file, no Parquet file and no saved page (host/path.html) in this folder"
        )
    return stored


def _groups(root: Location, pages: Sequence[Entry]) -> Iterator[Stored]:
    for start in range(0, len(pages), PART):
        files, states = zip(*pages[start : start + PART], strict=True)
        yield Stored("folder", root, root.base, states, files)


def _is_page(inside: str) -> bool:
    host, slash, _ = inside.partition("/")
    return bool(slash) and "." in host and PurePosixPath(inside).suffix.lower() in _HTML_ENDINGS


def _has_pages(file: Location) -> bool:
    """Whether a Parquet file in a folder is meant as input; one that cannot be read is an error, said later."""
    try:
        with file.open(FOOTER) as opened:
            return {"url", "html"} <= set(pq.read_schema(opened).names)
    except (pa.ArrowException, OSError):
        return True
