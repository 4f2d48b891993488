"""The frontier's file: tables, and how it is opened, written and read by others."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import CorpusError, LockedError, OutputError

VERSION = 1
_SCHEMA = """
CREATE TABLE page (               -- every URL that was found
  key INTEGER PRIMARY KEY,        -- 63 bits of BLAKE2b over site and URL, see key_of
  url TEXT NOT NULL,              -- canonical; of offsite links the host alone
  site TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT '',  -- continued, sitemap, article, list; empty if it was never a task
  state TEXT NOT NULL,            -- pending, done, failed, skipped
  reason TEXT NOT NULL DEFAULT '',
  run TEXT NOT NULL DEFAULT '',   -- run that settled it last
  rank INTEGER NOT NULL DEFAULT 0,
  shape TEXT NOT NULL DEFAULT '',  -- of a list's URL
  serial INTEGER NOT NULL DEFAULT 0,
  address TEXT NOT NULL DEFAULT '',
  redirects INTEGER NOT NULL DEFAULT 0,
  retries INTEGER NOT NULL DEFAULT 0,
  stale INTEGER NOT NULL DEFAULT 0,
  listed INTEGER NOT NULL DEFAULT 0,   -- a list has shown it
  etag TEXT NOT NULL DEFAULT '',
  modified TEXT NOT NULL DEFAULT '',
  digest BLOB,
  fetched_at REAL,
  days REAL NOT NULL DEFAULT 0,   -- interval of its rechecks
  due REAL,                       -- when it is asked for again; Unix time
  rights TEXT NOT NULL DEFAULT ''
);
CREATE INDEX page_queue ON page (site, rank, shape, serial) WHERE state = 'pending';
CREATE INDEX page_due ON page (site, due) WHERE due IS NOT NULL;
CREATE INDEX page_digest ON page (digest) WHERE digest IS NOT NULL;
CREATE TABLE host (origin TEXT, what TEXT, value TEXT, at REAL, PRIMARY KEY (origin, what)) WITHOUT ROWID;
CREATE TABLE site (id TEXT PRIMARY KEY, rules TEXT, hold_until REAL NOT NULL DEFAULT 0,
  hold_reason TEXT NOT NULL DEFAULT '', failures INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (id TEXT PRIMARY KEY, started REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE tally (run TEXT, site TEXT, name TEXT, reason TEXT, count INTEGER NOT NULL,
  PRIMARY KEY (run, site, name, reason)) WITHOUT ROWID;
"""


def key_of(site: str, url: str) -> int:
    """Row of a URL; paths that differ in their letters' case alone are one page, as they are on most servers."""
    path, mark, query = url.partition("?")
    name = f"{site}\0{path.lower()}{mark}{query}"
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def open_database(path: Path) -> tuple[sqlite3.Connection, bool]:
    """The file, made if need be, and whether it is new.

    A file that is damaged is set aside under another name, and a new one begun.

    Raises:
        OutputError: the folder cannot be written, or the file is of a later version.
        LockedError: another crawl uses the file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists() or path.stat().st_size == 0
        db = _connect(path)
        if not new and not _is_sound(db):
            db.close()
            _set_aside(path)
            new, db = True, _connect(path)
        new = new or _is_empty(db)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise _explained(path, error) from error
    with transaction(db, path):
        if new:
            for statement in _SCHEMA.split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found != VERSION:
        db.close()
        raise OutputError(f"{path}: of version {found}, this fanwen writes version {VERSION}")
    return db, new


def read_database(path: Path) -> sqlite3.Connection | None:
    """The file for reading, None if there is none; a crawl may be writing it.

    Raises:
        CorpusError: it cannot be read.
    """
    if not path.exists():
        return None
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        db.execute("SELECT 1 FROM page LIMIT 1")
    except sqlite3.Error as error:
        raise CorpusError(f"{path}: cannot be read: {error}") from error
    return db


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All of the block, or nothing of it.

    Raises:
        OutputError: the disk is full, the file damaged or not writable.
    """
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except sqlite3.Error as error:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise _explained(path, error) from error
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=5.0)
    with suppress(sqlite3.DatabaseError):
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -32768")
        db.execute("PRAGMA temp_store = MEMORY")
    return db


def _is_empty(db: sqlite3.Connection) -> bool:
    """Whether whoever made the file was killed before its tables were there."""
    return db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


def _is_sound(db: sqlite3.Connection) -> bool:
    """Whether the file is a whole database; the check reads all of it, some seconds for a million URLs."""
    try:
        return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False


def _set_aside(path: Path) -> None:
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    for end in ("", "-wal", "-shm"):
        part = path.with_name(path.name + end)
        if part.exists():
            part.rename(part.with_name(f"{path.name}.damaged-{stamp}{end}"))


def _explained(path: Path, error: sqlite3.Error) -> CorpusError:
    code = getattr(error, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LockedError(f"{path}: another crawl is writing it")
    return OutputError(f"{path}: cannot be written: {error}")
