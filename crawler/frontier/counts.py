"""Counts of a run, kept in memory and, with each transaction, in the frontier's file."""

import sqlite3
from collections import Counter

from crawler.frontier.task import Outcome, Task
from crawler.tally import SiteResult

_PLAIN = ("found", "articles", "lists", "unchanged", "not_modified", "bytes")


class Counts:
    """Counts of one run by site, name and reason; a killed run finds them again."""

    def __init__(self, db: sqlite3.Connection, run: str) -> None:
        self._db = db
        self._run = run
        rows = db.execute("SELECT site, name, reason, count FROM tally WHERE run = ?", (run,))
        self._all: Counter[tuple[str, str, str]] = Counter({row[:3]: row[3] for row in rows})
        self._unsaved: Counter[tuple[str, str, str]] = Counter()

    def get(self, site: str, name: str, reason: str = "") -> int:
        """One count."""
        return self._all[site, name, reason]

    def add(self, site: str, name: str, reason: str = "", count: int = 1) -> None:
        """Count; durable from the next ``save`` on."""
        if count:
            self._all[site, name, reason] += count
            self._unsaved[site, name, reason] += count

    def sites(self) -> set[str]:
        """Sites that something was counted of."""
        return {site for site, _, _ in self._all}

    def settle(self, task: Task, outcome: Outcome) -> None:
        """Count an outcome."""
        if outcome.state == "fetched":
            self.add(task.site, "articles" if task.kind in ("article", "continued") else "lists")
            self.add(task.site, "bytes", count=outcome.bytes)
            if not outcome.changed:
                self.add(task.site, "unchanged")
        elif outcome.state == "not modified":
            self.add(task.site, "not_modified")
        else:
            self.add(task.site, outcome.state, outcome.reason)

    def save(self) -> None:
        """Write what was counted since the last time, in the transaction that is open."""
        self._db.executemany(
            "INSERT INTO tally (run, site, name, reason, count) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(self._run, *key, count) for key, count in self._unsaved.items()],
        )
        self._unsaved.clear()

    def result(self, site: str, pending: int) -> SiteResult:
        """Counts of one site; what is pending is told from outside, so that the sum can be checked."""
        reasons: dict[str, dict[str, int]] = {"failed": {}, "skipped": {}}
        for (owner, name, reason), count in self._all.items():
            if owner == site and name in reasons:
                reasons[name][reason] = count
        plain = {name: self.get(site, name) for name in _PLAIN}
        return SiteResult(pending=pending, failed=reasons["failed"], skipped=reasons["skipped"], **plain)

    def progress(self) -> tuple[int, int, int, int]:
        """URLs settled and found so far, pages fetched, bytes received; over all sites."""
        sums: Counter[str] = Counter()
        for (_, name, _), count in self._all.items():
            sums[name] += count
        fetched = sums["articles"] + sums["lists"]
        return (
            fetched + sums["not_modified"] + sums["failed"] + sums["skipped"],
            sums["found"],
            fetched,
            sums["bytes"],
        )
