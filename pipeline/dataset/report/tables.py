"""The tables of a corpus as DuckDB views in today's shape, so that older corpora can be asked the same questions."""

import contextlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.dataset.versions import table_files
from pipeline.errors import InputError
from pipeline.records import Record, schema_of
from pipeline.schema import TABLES

_MEMORY = "480MB"
_THREADS = 2
_UNREADABLE = (
    OSError,
    pa.ArrowException,
    duckdb.IOException,
    duckdb.InvalidInputException,
    duckdb.SerializationException,
)
_GLOB = re.compile(r"([*?\[])")
_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("ms", tz="UTC"): "TIMESTAMPTZ",
}
_DEFAULTS = {"VARCHAR": "''", "BIGINT": "0", "DOUBLE": "0.0", "BOOLEAN": "false"}
R = TypeVar("R", bound=Record)
Parameter = str | int | float | list[str]


class Tables:
    """What a corpus holds; a table or column that it lacks is there, empty, and named in ``absent``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, corpus: Path) -> None:
        self._connection = connection
        self._columns = {name: _columns(table_files(corpus, name)) for name in TABLES}
        for name, record in TABLES.items():
            view = _view(schema_of(record), table_files(corpus, name), self._columns[name])
            connection.execute(f"create view {name} as {view}")

    @property
    def absent(self) -> tuple[str, ...]:
        """Tables that a corpus has today and this one, built earlier, does not."""
        return tuple(name for name, columns in self._columns.items() if not columns)

    def has(self, table: str, column: str = "") -> bool:
        """Whether the corpus has a table, or a column of it."""
        columns = self._columns[table]
        return column in columns if column else bool(columns)

    def read(self, record: type[R], query: str, parameters: Sequence[Parameter] = ()) -> list[R]:
        """The rows of a query as records; its columns are the record's fields, in order."""
        return [record(*row) for row in self._connection.execute(query, list(parameters)).fetchall()]

    def counts(self, query: str, parameters: Sequence[Parameter] = ()) -> dict[str, int]:
        """The rows of a query for a name and a number."""
        return {
            str(name): int(count or 0)
            for name, count in self._connection.execute(query, list(parameters)).fetchall()
        }

    def number(self, query: str, parameters: Sequence[Parameter] = ()) -> int:
        """The one number that a query asks for; 0 if there is none."""
        row = self._connection.execute(query, list(parameters)).fetchone()
        return int(row[0] or 0) if row else 0

    def text(self, query: str, parameters: Sequence[Parameter] = ()) -> str:
        """The one value that a query asks for, in words; empty if there is none."""
        row = self._connection.execute(query, list(parameters)).fetchone()
        return str(row[0]) if row and row[0] is not None else ""

    def keep(self, name: str, query: str, parameters: Sequence[Parameter] = ()) -> None:
        """Compute a query once, for several others to ask."""
        self._connection.execute(f"create or replace temp table {name} as {query}", list(parameters))


@contextlib.contextmanager
def opened(corpus: Path) -> Iterator[Tables]:
    """The tables of a corpus, in bounded memory and without a look at the network.

    Raises:
        OutputError: there is no corpus in the folder.
        InputError: a file of it is not there, or damaged.
    """
    with tempfile.TemporaryDirectory(prefix="fanwen-report-") as spill, duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute("set autoinstall_known_extensions = false")
        connection.execute("set autoload_known_extensions = false")
        connection.execute("set temp_directory = " + _quoted(spill))
        connection.execute(f"set memory_limit = '{_MEMORY}'")
        connection.execute(f"set threads = {_THREADS}")
        connection.execute("set timezone = 'UTC'")
        try:
            yield Tables(connection, corpus)
        except _UNREADABLE as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{corpus}: its tables cannot be read ({reason}); see fanwen verify") from error


def _columns(files: Sequence[Path]) -> frozenset[str]:
    return frozenset(pq.read_schema(files[0]).names) if files else frozenset()


def _view(schema: pa.Schema, files: Sequence[Path], columns: frozenset[str]) -> str:
    """Select a table's columns, and for those that its files lack what stands for nothing."""
    shown = [
        f'"{field.name}"' if field.name in columns else f'{_nothing(field.type)} as "{field.name}"'
        for field in schema
    ]
    if not files:
        return f"select {', '.join(shown)} limit 0"
    names = ", ".join(_quoted(_GLOB.sub(r"[\1]", str(path))) for path in files)
    return f"select {', '.join(shown)} from read_parquet([{names}])"


def _nothing(kind: pa.DataType) -> str:
    name = _sql_type(kind)
    if pa.types.is_list(kind):
        return f"cast([] as {name})"
    return f"cast({_DEFAULTS.get(name, 'null')} as {name})"


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"{_sql_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        fields = (f'"{field.name}" {_sql_type(field.type)}' for field in kind)
        return f"struct({', '.join(fields)})"
    return _TYPES[kind]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
