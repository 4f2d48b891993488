"""The pages that wait in the frontier's file: how they get there, and which is next."""

import sqlite3
import time
from collections.abc import Collection, Sequence
from typing import Protocol

from crawler.frontier.counts import Counts
from crawler.frontier.database import key_of
from crawler.frontier.task import Skip, Stored, Task

RANK = {"continued": 0, "sitemap": 1, "article": 2, "list": 3}
"""Pages of an article that was begun come first, so that a budget that ends cuts between articles."""
RECHECK = 4
AWAKE = "state = 'pending', reason = '', address = '', redirects = 0, retries = 0"
_TASK = "url, kind, address, redirects, retries, stale, etag, modified, digest, fetched_at, days"
_MOST_SHAPES = 500
_FIRST = f"SELECT {_TASK}, rank FROM page WHERE site = ? AND state = 'pending' ORDER BY rank, shape, serial LIMIT ?"
_OF_SHAPE = (
    f"SELECT {_TASK} FROM page WHERE site = ? AND state = 'pending' AND rank = {RANK['list']} AND shape = ?"
    " ORDER BY serial {} LIMIT ?"
)
_NEXT_SHAPE = (
    f"SELECT MIN(shape) FROM page WHERE site = :site AND state = 'pending' AND rank = {RANK['list']}"
)
_SHAPES = f"""
WITH RECURSIVE waiting (shape) AS (
  {_NEXT_SHAPE} UNION ALL SELECT ({_NEXT_SHAPE} AND shape > waiting.shape) FROM waiting WHERE shape IS NOT NULL
) SELECT shape FROM waiting WHERE shape IS NOT NULL LIMIT {_MOST_SHAPES}"""

Row = tuple[str, str, float | None, int, str]
"""State, run, fetched_at, listed and kind of a URL that is known; the kind is empty if it was never a task."""


class Guide(Protocol):
    """What is known of lists by the shape of their URLs."""

    def promise(self, shape: str) -> float:
        """What to expect of the next list of a shape."""

    def is_from_the_end(self, shape: str) -> bool:
        """Whether to take the list that was found last, rather than the first."""


class Queue:
    """Rows that are pending; every change belongs in a transaction of the frontier."""

    def __init__(self, db: sqlite3.Connection, counts: Counts, run: str) -> None:
        self._db = db
        self._counts = counts
        self._run = run
        self._serial = time.time_ns()

    def next(self, site: str, active: Collection[str], guide: Guide | None = None) -> Task | None:
        """First pending task of a site whose URL is not among those on their way.

        Args:
            site: its id.
            active: canonical URLs on their way.
            guide: chooses among lists; without it the first that was found is next.
        """
        rows = self._db.execute(_FIRST, (site, len(active) + 1)).fetchall()
        first = next((row for row in rows if row[0] not in active), None)
        if first is None:
            return None
        if guide is not None and first[-1] == RANK["list"]:
            shapes = [shape for (shape,) in self._db.execute(_SHAPES, {"site": site})]
            for shape in sorted(shapes, key=guide.promise, reverse=True):
                query = _OF_SHAPE.format("DESC" if guide.is_from_the_end(shape) else "")
                rows = self._db.execute(query, (site, shape, len(active) + 1)).fetchall()
                if found := next((row for row in rows if row[0] not in active), None):
                    return _task(site, found)
        return _task(site, first[:-1])

    def pending(self, site: str) -> int:
        """Number of pages of a site that wait."""
        query = "SELECT COUNT(*) FROM page WHERE site = ? AND state = 'pending'"
        return int(self._db.execute(query, (site,)).fetchone()[0])

    def known(self, keys: list[int]) -> dict[int, Row]:
        """Rows that there are of some keys."""
        rows: dict[int, Row] = {}
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ", ".join("?" * len(some))
            query = f"SELECT key, state, run, fetched_at, listed, kind FROM page WHERE key IN ({marks})"
            rows.update({row[0]: row[1:] for row in self._db.execute(query, some)})
        return rows

    def insert(self, key: int, task: Task, *, listed: bool = False) -> None:
        """A page that was unknown."""
        self._serial += 1
        self._db.execute(
            "INSERT INTO page (key, url, site, kind, state, rank, shape, serial, redirects, stale, listed)"
            " VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?)",
            (
                key,
                task.url,
                task.site,
                task.kind,
                RANK[task.kind],
                task.shape,
                self._serial,
                task.redirects,
                task.stale,
                listed,
            ),
        )
        self._counts.add(task.site, "found")

    def insert_skip(self, key: int, site: str, skip: Skip) -> None:
        """A URL that was unknown, and is not fetched."""
        self._db.execute(
            "INSERT INTO page (key, url, site, state, reason, run) VALUES (?, ?, ?, 'skipped', ?, ?)",
            (key, skip.url, site, skip.reason, self._run),
        )
        self._counts.add(site, "found")
        self._counts.add(site, "skipped", skip.reason)

    def wake(self, key: int, task: Task, rank: int | None = None) -> None:
        """A page that was settled waits again."""
        self._serial += 1
        self._db.execute(
            f"UPDATE page SET {AWAKE}, kind = ?, rank = ?, shape = ?, serial = ?, stale = ? WHERE key = ?",
            (task.kind, RANK[task.kind] if rank is None else rank, task.shape, self._serial, task.stale, key),
        )
        self._counts.add(task.site, "found")

    def put_back(self, task: Task) -> None:
        """A page that is to be asked for once more; behind a redirect at once, else at the end."""
        self._serial += 1
        rank = 0 if task.redirects else RANK[task.kind]
        self._db.execute(
            "UPDATE page SET rank = ?, serial = ?, address = ?, redirects = ?, retries = ? WHERE key = ?",
            (rank, self._serial, task.address, task.redirects, task.retries, key_of(task.site, task.url)),
        )


def _task(site: str, row: Sequence[object]) -> Task:
    url, kind, address, redirects, retries, stale, etag, modified, digest, fetched_at, days = row
    before = Stored(etag, modified, digest or b"", fetched_at, days) if days else None  # type: ignore[arg-type]
    return Task(site, url, kind, address, redirects, retries, stale=stale, before=before)  # type: ignore[arg-type]
