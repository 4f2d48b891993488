"""One run: crawl, build, judge, and a manifest of what happened."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.crawl import CrawlProgress, CrawlResult, crawl
from crawler.site import Site
from pipeline.corpus import build
from pipeline.dataset.shards import read_manifest
from pipeline.engine.base import Progress
from pipeline.engine.local import LocalEngine
from pipeline.errors import CorpusError
from pipeline.funnel import Funnel
from pipeline.io import exclusive, write_json

_MOST_FAILED = 0.5
_ANSWERS = ("http 404", "http 410")
"""A page that is gone is an answer, not a failure of the site."""


@dataclass(frozen=True, slots=True)
class Data:
    """Layout of a data folder."""

    root: Path

    @property
    def warc(self) -> Path:
        """Fetched responses."""
        return self.root / "warc"

    @property
    def corpus(self) -> Path:
        """Published tables."""
        return self.root / "corpus"

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.root / "runs"


@dataclass(frozen=True, slots=True)
class Limits:
    """How a run fetches: from where, how fast, how much."""

    contact: str | None = None
    proxy: str | None = None
    delay: float | None = None
    max_pages: int | None = None
    max_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did; ``alarms`` are the monitors that failed."""

    run_id: str
    crawl: CrawlResult
    funnel: Funnel | None
    alarms: tuple[str, ...]


def run(
    sites: Sequence[Site], known: Sequence[Site], data: Data, limits: Limits, show: Progress, *, workers: int
) -> RunResult:
    """One scheduled run, alone on its data folder.

    Args:
        sites: what is crawled.
        known: all sites whose pages the archive may hold; the corpus is built with their rules.
        data: where all of it lies.
        limits: how to fetch.
        show: told how far it has come.
        workers: processes of the build.

    Raises:
        LockedError: another run holds the folder.
        CorpusError: what crawl and build raise.
    """
    with exclusive(data.root):
        run_id = new_run_id()
        started = time.time()
        crawled = fetch(sites, data, limits, show, run_id)
        funnel = None
        if any(data.warc.glob("*.warc.gz")):
            rules = [site.rules() for site in known]
            with LocalEngine(workers, show) as engine:
                funnel = build([data.warc], data.corpus, sites=rules, engine=engine)
        result = RunResult(run_id, crawled, funnel, tuple(_alarms(crawled, funnel)))
        _write_manifest(data, result, started)
        return result


def fetch(sites: Sequence[Site], data: Data, limits: Limits, show: Progress, run_id: str) -> CrawlResult:
    """The crawl of a run, into the data folder's archive."""
    log = data.runs / run_id / "crawl.log"
    log.parent.mkdir(parents=True, exist_ok=True)

    def on_progress(progress: CrawlProgress) -> None:
        show("crawl", progress.fetched, 0)

    return crawl(sites, data.warc, run_id=run_id, on_progress=on_progress, log_file=log, **asdict(limits))


def new_run_id() -> str:
    """Start of the run in UTC, to the millisecond, so that runs sort by name."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"


def _alarms(crawled: CrawlResult, funnel: Funnel | None) -> Iterator[str]:
    """Monitors: each yields one line if it failed."""
    failed = sum(count for reason, count in crawled.failed.items() if reason not in _ANSWERS)
    if not crawled.fetched:
        yield "nothing was fetched"
    elif failed > _MOST_FAILED * (crawled.fetched + failed):
        yield f"{failed} of {crawled.fetched + failed} requests failed"
    if crawled.fetched and (funnel is None or not funnel.kept):
        yield "no essay came out of the pages"


def _write_manifest(data: Data, result: RunResult, started: float) -> None:
    facts = {
        "run": result.run_id,
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - started, 1),
        "crawl": asdict(result.crawl),
        "funnel": result.funnel.as_dict() if result.funnel else None,
        "alarms": list(result.alarms),
    }
    write_json(data.runs / result.run_id / "manifest.json", facts)


def past_runs(data: Data, last: int) -> list[dict[str, object]]:
    """Manifests of the last runs, the latest first.

    Raises:
        CorpusError: a manifest cannot be read.
    """
    manifests = sorted(data.runs.glob("*/manifest.json"), reverse=True)[:last]
    try:
        return [json.loads(path.read_bytes()) for path in manifests]
    except (OSError, ValueError) as error:
        raise CorpusError(f"{data.runs}: a run's manifest cannot be read ({error})") from error


def status_rows(data: Data, runs: Sequence[dict[str, object]]) -> list[tuple[str, str]]:
    """Lines about the last runs and the corpus, for a terminal."""
    rows = []
    for manifest in runs:
        crawled, funnel = manifest.get("crawl"), manifest.get("funnel")
        fetched = crawled.get("fetched", 0) if isinstance(crawled, dict) else 0
        kept = funnel.get("kept", 0) if isinstance(funnel, dict) else 0
        alarms = manifest.get("alarms")
        state = "; ".join(map(str, alarms)) if isinstance(alarms, list) and alarms else "ok"
        seconds = manifest.get("seconds")
        rows.append(
            (str(manifest.get("run")), f"{fetched:,} pages, {kept:,} essays kept, {seconds} s: {state}")
        )
    published = read_manifest(data.corpus)
    tables = published.get("tables") if published else None
    for name, files in (tables if isinstance(tables, dict) else {}).items():
        count, size = (sum(file[key] for file in files) for key in ("rows", "bytes"))
        rows.append((f"table {name}", f"{count:,} rows, {size / 1e6:,.1f} MB"))
    return rows or [(str(data.root), "no run yet")]
