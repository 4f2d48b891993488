"""Looking at a corpus: any query over its tables, and all that is known of one essay."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline.dataset.versions import published, root_of
from pipeline.errors import InputError

Row = dict[str, Any]
_BATCH = 1000
_MOST = 20
"""Members of a cluster that are shown of an essay."""


def open_tables(corpus: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection in which every table of the version in force is a view of its name.

    Raises:
        OutputError: there is no corpus in the folder.
    """
    connection, root = duckdb.connect(), root_of(corpus)
    for name, shards in published(corpus).items():
        files = ", ".join(_quoted(str(root / shard.file)) for shard in shards)
        with _one_line(str(corpus)):
            connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM read_parquet([{files}])')
    return connection


def query(connection: duckdb.DuckDBPyConnection, statement: str) -> Iterator[tuple[object, ...]]:
    """Run a query: the names of its columns, then its rows as they come.

    Raises:
        InputError: DuckDB does not understand it, or there is none, with the reason in a line.
    """
    with _one_line():
        cursor = connection.execute(statement) if statement.strip() else None
        names = cursor.description if cursor else None
    if cursor is None or names is None:
        raise InputError("query: empty; it should begin with SELECT, FROM, DESCRIBE or the like")
    yield tuple(column[0] for column in names)
    while True:
        with _one_line():
            rows = cursor.fetchmany(_BATCH)
        if not rows:
            return
        yield from rows


def draw(connection: duckdb.DuckDBPyConnection, statement: str, rows: int) -> None:
    """Print the answer to a query as a table of at most so many rows, as wide as the terminal.

    Raises:
        InputError: as ``query``.
    """
    with _one_line():
        relation = connection.sql(statement) if statement.strip() else None
        if relation is None:
            raise InputError("query: gives no rows; it should begin with SELECT, FROM, DESCRIBE or the like")
        relation.show(max_rows=rows)


@contextlib.contextmanager
def _one_line(what: str = "query") -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, UnicodeError, RuntimeError) as error:
        raise InputError(f"{what}: {_first_line(error)}") from error


def summary(connection: duckdb.DuckDBPyConnection) -> str:
    """The query that says which tables there are, their rows and columns."""
    names = [
        name
        for (name,) in connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    ]
    return " UNION ALL ".join(
        f"SELECT '{name}' AS table_name, (SELECT count(*) FROM {name}) AS rows, "
        f"(SELECT string_agg(column_name, ', ') FROM (DESCRIBE {name})) AS columns"
        for name in names
    )


@dataclass(frozen=True, slots=True)
class Found:
    """An essay, kept or not, with what leads to it and from it."""

    table: str
    """essays, duplicates or rejected."""
    essay: Row
    pages: Sequence[Row]
    cluster: Sequence[Row]
    cluster_size: int
    repairs: Sequence[Row]
    removed: Sequence[Row]


def find(corpus: Path, what: str) -> list[Found]:
    """Essays by their id, the id of their page or cluster, or the URL of one of their pages.

    Raises:
        OutputError: there is no corpus in the folder.
        InputError: nothing of that name is in it.
    """
    with open_tables(corpus) as connection:
        found = [
            each for table in ("essays", "duplicates", "rejected") for each in _in(connection, table, what)
        ]
    if not found:
        raise InputError(f"{what}: no essay, page or cluster of this id or URL in {corpus}")
    return found


def _in(connection: duckdb.DuckDBPyConnection, table: str, what: str) -> Iterator[Found]:
    essay_id, page_id = ("id", "id") if table == "rejected" else ("essay_id", "page_id")
    articles = "SELECT article_url FROM pages WHERE $what IN (url, fetched_url, page_id)"
    rows = _rows(
        connection,
        f"SELECT * FROM {table} WHERE {essay_id} = $what OR {page_id} = $what OR url = $what "
        f"OR url IN ({articles}) ORDER BY url, ordinal",
        what=what,
    )
    for row in rows:
        identity, url = row[essay_id], row["url"]
        cluster_id = row.get("kept_id") or identity
        yield Found(
            table,
            row,
            _rows(connection, "SELECT * FROM pages WHERE article_url = $url ORDER BY page_no", url=url),
            _rows(
                connection,
                f"SELECT * FROM clusters WHERE cluster_id = $id ORDER BY number LIMIT {_MOST}",
                id=cluster_id,
            ),
            row.get("cluster_size", 0) or _count(connection, "clusters", "cluster_id", cluster_id),
            _edits(connection, "repairs", identity),
            _edits(connection, "removed_lines", identity),
        )


def _edits(connection: duckdb.DuckDBPyConnection, table: str, essay_id: str) -> list[Row]:
    return _rows(connection, f"SELECT * FROM {table} WHERE essay_id = $id ORDER BY number", id=essay_id)


def _count(connection: duckdb.DuckDBPyConnection, table: str, column: str, value: str) -> int:
    (row,) = _rows(connection, f"SELECT count(*) AS n FROM {table} WHERE {column} = $value", value=value)
    return int(row["n"])


def _rows(connection: duckdb.DuckDBPyConnection, statement: str, **values: object) -> list[Row]:
    cursor = connection.execute(statement, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n\n")[0].split())[:400]
