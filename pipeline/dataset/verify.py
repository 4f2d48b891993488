"""The way back: every page's text as it was read, from the published tables alone, held against its hash."""

import hashlib
import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.dataset.shards import files_of
from pipeline.dataset.versions import published, root_of, table_files
from pipeline.edits import restore
from pipeline.errors import InputError
from pipeline.schema import Edit, stable_id

_Key = tuple[str, str]
_ROWS = 2048


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One page of an article, with its text as it was read."""

    page_id: str
    url: str
    text: str
    intact: bool
    """The text is the one that was read, by its hash."""
    withheld: bool
    """The tables do not hold all of its text: some was taken down, or masked late."""


def check_files(corpus: Path) -> int:
    """Hold every published file against the manifest's digest; their number.

    Raises:
        InputError: a file is missing or has other bytes, with its name.
    """
    files = list(files_of(published(corpus)))
    for shard in files:
        path = root_of(corpus) / shard.file
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
        if digest != shard.sha256:
            raise InputError(f"{path}: has other bytes than {corpus / 'manifest.json'} says")
    return len(files)


def rebuild(corpus: Path) -> Iterator[Rebuilt]:
    """The text of every page as it was read, from essays, duplicates, rejected texts, repairs and removed lines.

    Tables are streamed in their order, by site and URL; only what the pages say of themselves is in memory.
    """
    texts = heapq.merge(
        _rows(corpus, "essays", "essay_id"),
        _rows(corpus, "duplicates", "essay_id"),
        _rows(corpus, "rejected", "id"),
        key=_order,
    )
    edits = heapq.merge(_edit_rows(corpus, "repairs"), _edit_rows(corpus, "removed_lines"), key=_edit_order)
    by_article = itertools.groupby(edits, key=_article)
    ahead = next(by_article, None)
    pages = _pages(corpus)
    for article, essays in itertools.groupby(texts, key=_article):
        found: list[dict[str, Any]] = []
        if ahead is not None and ahead[0] == article:
            found = list(ahead[1])
            ahead = next(by_article, None)
        yield from _split(_raw(list(essays), found), pages.get(article, ()))


def _raw(essays: list[dict[str, Any]], edits: list[dict[str, Any]]) -> str:
    """The text of an article as its pages had it."""
    own: dict[str, list[Edit]] = {}
    for row in edits:
        before = row["before"] if "before" in row else row["lead"] + row["text"] + row["trail"]
        own.setdefault(row["essay_id"], []).append(Edit(row["start"], row["end"], before, ""))
    return "\n".join(restore(row["text"], own.get(row["id"], ())) for row in essays)


def _split(raw: str, pages: "list[dict[str, Any]] | tuple[()]") -> Iterator[Rebuilt]:
    at = 0
    for page in pages:
        text = raw[at : at + page["text_chars"]]
        at += page["text_chars"] + 1
        intact = stable_id(text) == page["text_hash"] if text else not page["text_hash"]
        yield Rebuilt(page["page_id"], page["url"], text, intact, not page["text_hash"])


def _rows(corpus: Path, name: str, identity: str) -> Iterator[dict[str, Any]]:
    """Texts of a table in the order of their articles."""
    columns = {"id": identity, **{each: each for each in ("site", "url", "ordinal", "text")}}
    table = ds.dataset(table_files(corpus, name))
    if name == "rejected":
        chosen = table.to_table(list({*columns.values()}), filter=pc.field("kind") == "essay")
        ordered = chosen.sort_by([("site", "ascending"), ("url", "ascending"), ("ordinal", "ascending")])
        batches: Iterator[pa.RecordBatch] = iter(ordered.to_batches(_ROWS))
    else:
        batches = table.to_batches(list(columns.values()), batch_size=_ROWS)
    for batch in batches:
        yield from batch.select(list(columns.values())).rename_columns(list(columns)).to_pylist()


def _edit_rows(corpus: Path, name: str) -> Iterator[dict[str, Any]]:
    for batch in ds.dataset(table_files(corpus, name)).to_batches(batch_size=_ROWS):
        yield from batch.to_pylist()


def _pages(corpus: Path) -> dict[_Key, list[dict[str, Any]]]:
    """Pages of each article, in the order in which they were joined."""
    columns = [
        "page_id",
        "url",
        "site",
        "article_url",
        "page_no",
        "source",
        "offset",
        "text_chars",
        "text_hash",
    ]
    table = ds.dataset(table_files(corpus, "pages")).to_table(
        columns, filter=pc.field("outcome") == "article"
    )
    table = table.sort_by([(name, "ascending") for name in ("page_no", "url", "source", "offset")])
    pages: dict[_Key, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        pages.setdefault((row["site"], row["article_url"]), []).append(row)
    return pages


def _article(row: dict[str, Any]) -> _Key:
    return row["site"], row["url"]


def _order(row: dict[str, Any]) -> tuple[str, str, int]:
    return row["site"], row["url"], row["ordinal"]


def _edit_order(row: dict[str, Any]) -> tuple[str, str, int, int]:
    return row["site"], row["url"], row["ordinal"], row["number"]
