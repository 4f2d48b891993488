"""What an operator who looks once a month wants to know: the last runs, what is due, and why a site is behind."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from crawler.folder import Data
from crawler.frontier.database import read_database
from crawler.frontier.task import TAKEDOWN
from pipeline.dataset.versions import read_manifest


def site_states(data: Data, *, now: float | None = None) -> dict[str, dict[str, object]]:
    """State of each site in the frontier: known, fetched, pending and due URLs, next due date, why it is left alone.

    Raises:
        CorpusError: the frontier cannot be read.
    """
    db = read_database(data.frontier)
    if db is None:
        return {}
    try:
        return _states(db, time.time() if now is None else now)
    finally:
        db.close()


def _states(db: sqlite3.Connection, now: float) -> dict[str, dict[str, object]]:
    query = """
        SELECT site, COUNT(*), SUM(state = 'done'), SUM(state = 'pending'),
          SUM(state <> 'pending' AND reason <> ? AND due <= ?), MIN(CASE WHEN state <> 'pending' AND due > ? THEN due END)
        FROM page GROUP BY site ORDER BY site
    """
    holds = {row[0]: row[1:] for row in db.execute("SELECT id, hold_until, hold_reason FROM site")}
    states = {}
    for site, known, done, pending, due, next_due in db.execute(query, (TAKEDOWN, now, now)):
        until, reason = holds.get(site, (0.0, ""))
        states[site] = {
            "known": known,
            "fetched": done,
            "pending": pending,
            "due": due or 0,
            "next_due": _time(next_due),
            "left_alone_until": _time(until) if until > now else None,
            "reason": reason if until > now else "",
        }
    return states


def status_rows(
    data: Data, runs: Sequence[Mapping[str, object]], states: Mapping[str, Mapping[str, object]]
) -> list[tuple[str, str]]:
    """Lines about runs, sites and tables, for a terminal."""
    rows = [_run_row(manifest) for manifest in runs]
    behind = _crawl(runs[0]).get("behind") if runs else None
    for site, state in states.items():
        why = behind.get(site, "") if isinstance(behind, dict) else ""
        rows.append((f"site {site}", _site_row(state, str(why))))
    published = read_manifest(data.corpus)
    tables = published.get("tables") if published else None
    for name, files in (tables if isinstance(tables, dict) else {}).items():
        count, size = (sum(file[key] for file in files) for key in ("rows", "bytes"))
        rows.append((f"table {name}", f"{count:,} rows, {size / 1e6:,.1f} MB"))
    return rows or [(str(data.root), "no run yet")]


def _run_row(manifest: Mapping[str, object]) -> tuple[str, str]:
    crawled, funnel = _crawl(manifest), manifest.get("funnel")
    kept = funnel.get("kept", 0) if isinstance(funnel, dict) else 0
    alarms = manifest.get("alarms")
    state = "stopped early" if crawled.get("stopped") else "ok"
    if isinstance(alarms, list) and alarms:
        state = "; ".join(map(str, alarms))
    counts = f"{crawled.get('fetched', 0):,} fetched, {crawled.get('not_modified', 0):,} not modified"
    return (
        f"run {manifest.get('run')}",
        f"{counts}, {kept:,} essays kept, {manifest.get('seconds')} s: {state}",
    )


def _crawl(manifest: Mapping[str, object]) -> dict[str, object]:
    crawled = manifest.get("crawl")
    return crawled if isinstance(crawled, dict) else {}


def _site_row(state: Mapping[str, object], why: str) -> str:
    parts = [f"{state['fetched']:,} fetched of {state['known']:,} known", f"{state['due']:,} due"]
    if state["pending"]:
        parts.append(f"{state['pending']:,} pending" + (f" ({why})" if why else ""))
    if state["left_alone_until"]:
        parts.append(f"left alone until {state['left_alone_until']} ({state['reason']})")
    elif state["next_due"]:
        parts.append(f"next due {state['next_due']}")
    return ", ".join(parts)


def _time(unix: float | None) -> str | None:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="minutes") if unix else None
