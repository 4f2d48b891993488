"""Frontier: tasks out, outcomes and links in, each outcome in one transaction.

A task on its way is not marked, so that a killed crawl finds it pending again.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from crawler.frontier.counts import Counts
from crawler.frontier.database import key_of, open_database, transaction
from crawler.frontier.hosts import Hosts
from crawler.frontier.queue import AWAKE, RANK, RECHECK, Guide, Queue, Row
from crawler.frontier.recheck import days_until_next
from crawler.frontier.task import TAKEDOWN, Outcome, Skip, Stored, Task
from crawler.site import Site
from crawler.tally import SiteResult
from pipeline.schema import stable_id

_ENDLESS = 5
"""Lists, each reached from the one before and none with a new article, after which no further one is taken."""
_DAY = 86_400.0


class Frontier:
    """The URLs of some sites during one run; each canonical URL is handed out once, retries apart."""

    def __init__(
        self, path: Path, sites: Sequence[Site], run: str, *, now: Callable[[], float] = time.time
    ) -> None:
        """Open the file and begin the run, or go on with it where it was interrupted.

        Raises:
            OutputError: the file cannot be written.
        """
        self.path = path
        self.now = now
        self._sites = {site.id: site for site in sites}
        self._run = run
        self.db, self.is_new = open_database(path)
        with transaction(self.db, path):
            before = self.db.execute("SELECT 1 FROM run WHERE id = ?", (run,)).fetchone()
            if before is None:
                self.db.execute("INSERT INTO run (id, started) VALUES (?, ?)", (run, now()))
        self.resumed = before is not None
        self.counts = Counts(self.db, run)
        self.hosts = Hosts(self.db, path, now)
        self._queue = Queue(self.db, self.counts, run)

    def begin(self) -> None:
        """Make pending what is due and where the sites begin; nothing is done twice in a run.

        Raises:
            OutputError: the file cannot be written.
        """
        with self._transaction():
            for site in self._sites.values():
                begun = (self._run, site.id)
                query = "SELECT 1 FROM tally WHERE run = ? AND site = ? LIMIT 1"
                if self.db.execute(query, begun).fetchone() is None:
                    self._judge_anew(site)
                    self._wake_due(site)
                    self._add_entries(site)

    def next(self, site: str, active: Collection[str], guide: Guide | None = None) -> Task | None:
        """First pending task of a site, see ``Queue.next``."""
        return self._queue.next(site, active, guide)

    def settle(self, task: Task, outcome: Outcome, found: Iterable[Task | Skip] = ()) -> int:
        """One page is dealt with: its outcome, its links and the counts, in one transaction.

        Returns:
            How many articles the page is the first to lead to.

        Raises:
            OutputError: the file cannot be written.
        """
        own = key_of(task.site, task.url)
        links: dict[int, Task | Skip] = {}
        for link in found:
            key = key_of(task.site, link.url)
            if key != own and (isinstance(link, Task) or key not in links):
                links[key] = link
        with self._transaction():
            news = self._add_links(task, links)
            if outcome.state == "again":
                self._queue.put_back(outcome.again or task)
            else:
                self._store(task, outcome, news)
                self.counts.settle(task, outcome)
        return news

    def add(self, tasks: Iterable[Task]) -> None:
        """Tasks that no page led to: the sitemaps that a robots.txt names.

        Raises:
            OutputError: the file cannot be written.
        """
        with self._transaction():
            for task in tasks:
                self._add_entry(task)

    def unread(self) -> list[Site]:
        """Sites whose pages an archive that is older than this frontier may hold, and that were not entered yet."""
        if self.db.execute("SELECT 1 FROM fact WHERE name = 'archive read'").fetchone():
            return []
        known = {name for (name,) in self.db.execute("SELECT id FROM site")}
        return [site for name, site in self._sites.items() if name not in known]

    def mark_read(self, *, all_sites: bool) -> None:
        """The archived pages of these sites are entered; of all that may come, if there was no archive.

        Raises:
            OutputError: the file cannot be written.
        """
        with self._transaction():
            if all_sites:
                self.db.execute("REPLACE INTO fact (name, value) VALUES ('archive read', 'all')")
            self.db.executemany(
                "INSERT OR IGNORE INTO site (id) VALUES (?)", [(name,) for name in self._sites]
            )

    def enter(self, pages: Iterable[tuple[str, str, str, Stored]]) -> None:
        """Pages (site, canonical URL, kind, what is stored) that were fetched by a crawl that is not remembered.

        Raises:
            OutputError: the file cannot be written.
        """
        with self._transaction():
            self.db.executemany(
                "REPLACE INTO page (key, url, site, kind, state, digest, fetched_at, days, due)"
                " VALUES (?, ?, ?, ?, 'done', ?, ?, ?, ?)",
                (
                    (key_of(site, url), url, site, kind, stored.digest, stored.fetched_at, stored.days,
                     (stored.fetched_at or 0.0) + stored.days * _DAY)
                    for site, url, kind, stored in pages
                ),
            )  # fmt: skip

    def is_copy(self, task: Task, digest: bytes) -> bool:
        """Whether another page of the site is stored with the same bytes."""
        query = "SELECT 1 FROM page WHERE digest = ? AND site = ? AND url <> ? LIMIT 1"
        return self.db.execute(query, (digest, task.site, task.url)).fetchone() is not None

    def results(self) -> dict[str, SiteResult]:
        """Counts of this run by site; of those too that only an interrupted part of it crawled."""
        names = dict.fromkeys([*self._sites, *sorted(self.counts.sites())])
        return {site: self.counts.result(site, self._queue.pending(site)) for site in names}

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with transaction(self.db, self.path):
            yield
            self.counts.save()

    def _judge_anew(self, site: Site) -> None:
        """Where the site's rules have changed, URLs that were skipped by them or wait are judged again."""
        rules = stable_id(repr(site.rules()))
        before = self.db.execute("SELECT rules FROM site WHERE id = ?", (site.id,)).fetchone()
        self.db.execute(
            "INSERT INTO site (id, rules) VALUES (?, ?) ON CONFLICT DO UPDATE SET rules = excluded.rules",
            (site.id, rules),
        )
        if before is None or before[0] in (None, rules):
            return
        query = (
            "SELECT key, url FROM page WHERE site = ?"
            " AND ((state = 'pending' AND kind IN ('article', 'list'))"
            " OR (state = 'skipped' AND reason IN ('no rule', 'ignored')))"
        )
        for key, url in self.db.execute(query, (site.id,)).fetchall():
            kind = site.urls.kind(url)
            reason = {"ignore": "ignored", "other": "no rule"}.get(kind, "")
            self.db.execute(
                "UPDATE page SET kind = ?, state = ?, reason = ?, rank = ? WHERE key = ?",
                ("" if reason else kind, "skipped" if reason else "pending", reason, RANK.get(kind, 0), key),
            )

    def _wake_due(self, site: Site) -> None:
        self.db.execute(
            f"UPDATE page SET {AWAKE}, stale = 0, rank = CASE kind WHEN 'sitemap' THEN {RANK['sitemap']}"
            f" WHEN 'list' THEN {RANK['list']} ELSE {RECHECK} END"
            " WHERE site = ? AND due <= ? AND state <> 'pending'",
            (site.id, self.now()),
        )
        self.counts.add(site.id, "found", count=self._queue.pending(site.id))

    def _add_entries(self, site: Site) -> None:
        for path in site.entries.sitemaps:
            self._add_entry(Task(site.id, site.urls.canonical(path), "sitemap"))
        for path in site.entries.pages:
            self._add_entry(Task(site.id, site.urls.canonical(path), "list"))

    def _add_entry(self, task: Task) -> None:
        key = key_of(task.site, task.url)
        row = self.db.execute("SELECT state, run FROM page WHERE key = ?", (key,)).fetchone()
        if row is None:
            self._queue.insert(key, task)
        elif row[0] != "pending" and row[1] != self._run:
            self._queue.wake(key, task)

    def _add_links(self, task: Task, links: Mapping[int, Task | Skip]) -> int:
        known = self._queue.known(list(links))
        listing = task.kind == "list"
        news = 0
        for key, link in links.items():
            if isinstance(link, Skip):
                if key not in known:
                    self._queue.insert_skip(key, task.site, link)
            elif link.kind != "list":
                news += self._add_page(key, link, known.get(key), listing=listing)
        stale = task.stale + 1 if listing and not news else 0
        for key, link in links.items():
            if isinstance(link, Task) and link.kind == "list":
                self._add_list(key, replace(link, stale=stale), known.get(key))
        return news

    def _add_page(self, key: int, link: Task, row: Row | None, *, listing: bool) -> bool:
        """Whether the link is news: an article that is unknown, or that no list has shown before."""
        if row is None:
            self._queue.insert(key, link, listed=listing)
            return link.kind != "sitemap"
        state, run, fetched_at, listed, kind = row
        if state == "skipped" and not kind:
            self._queue.wake(key, link)
        newer = link.modified_at is not None and link.modified_at > (fetched_at or 0.0)
        if newer and state not in ("pending", "skipped") and run != self._run:
            self._queue.wake(key, link, rank=RECHECK if link.kind == "article" else None)
        if listing and not listed:
            self.db.execute("UPDATE page SET listed = 1 WHERE key = ?", (key,))
        return listing and not listed

    def _add_list(self, key: int, link: Task, row: Row | None) -> None:
        if row is None:
            if link.stale < _ENDLESS:
                self._queue.insert(key, link)
            else:
                self._queue.insert_skip(key, link.site, Skip(link.url, "endless list"))
            return
        state, run, fetched_at, _, kind = row
        if state == "skipped" and not kind and link.stale < _ENDLESS:
            self._queue.wake(key, link)
            return
        asked_before = state != "pending" and run != self._run and fetched_at is not None
        if asked_before and link.stale < self._sites[link.site].recheck.known_lists:
            self._queue.wake(key, link)

    def _store(self, task: Task, outcome: Outcome, news: int) -> None:
        got = outcome.state in ("fetched", "not modified")
        stored = outcome.stored or task.before or Stored()
        days = days_until_next(self._sites[task.site].recheck, task, outcome, news=news)
        self.db.execute(
            "UPDATE page SET state = ?, reason = ?, run = ?, address = '', redirects = 0, retries = 0, etag = ?,"
            " modified = ?, digest = ?, fetched_at = ?, days = ?, due = ?, rights = ? WHERE key = ?",
            (
                "done" if got else outcome.state,
                outcome.reason,
                self._run,
                stored.etag,
                stored.modified,
                stored.digest or None,
                self.now() if got else stored.fetched_at,
                days,
                self.now() + (0.0 if outcome.reason == TAKEDOWN else days * _DAY),
                outcome.rights,
                key_of(task.site, task.url),
            ),
        )
