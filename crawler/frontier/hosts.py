"""What hosts have said and how sites bear up, kept beyond a run."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from crawler.frontier.database import transaction


class Hosts:
    """Answers of hosts about being crawled, and until when sites are left alone; each change is a transaction."""

    def __init__(self, db: sqlite3.Connection, path: Path, now: Callable[[], float]) -> None:
        self._db = db
        self._path = path
        self._now = now

    def recall(self, origin: str, what: str) -> tuple[str, float]:
        """What a host answered, and when in Unix time; empty and 0 if it never did."""
        query = "SELECT value, at FROM host WHERE origin = ? AND what = ?"
        return self._db.execute(query, (origin, what)).fetchone() or ("", 0.0)

    def remember(self, origin: str, what: str, value: str) -> None:
        """Keep what a host answered.

        Raises:
            OutputError: the file cannot be written.
        """
        with transaction(self._db, self._path):
            self._db.execute("REPLACE INTO host VALUES (?, ?, ?, ?)", (origin, what, value, self._now()))

    def held(self, site: str) -> tuple[float, str, int]:
        """Until when (Unix time) a site is left alone, why, and its failures in a row."""
        query = "SELECT hold_until, hold_reason, failures FROM site WHERE id = ?"
        return self._db.execute(query, (site,)).fetchone() or (0.0, "", 0)

    def hold(self, site: str, until: float, reason: str, failures: int) -> None:
        """Leave a site alone, in later runs too.

        Raises:
            OutputError: the file cannot be written.
        """
        with transaction(self._db, self._path):
            self._db.execute(
                "UPDATE site SET hold_until = ?, hold_reason = ?, failures = ? WHERE id = ?",
                (until, reason, failures, site),
            )
