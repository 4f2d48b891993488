"""One run: crawl, build, judge, and a manifest of what happened."""

import json
import logging
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.crawl import CrawlProgress, CrawlResult, How, crawl
from crawler.folder import Data
from crawler.monitoring.metrics import write_metrics
from crawler.monitoring.monitors import alarms
from crawler.monitoring.webhook import notify
from crawler.site import Site
from pipeline.corpus import build
from pipeline.dataset.report import write_report
from pipeline.engine.base import Progress
from pipeline.engine.local import LocalEngine
from pipeline.errors import CorpusError
from pipeline.funnel import Funnel
from pipeline.io import exclusive, write_json
from pipeline.output import Policy

_TAKEN_UP = timedelta(hours=20)
"""An interrupted run that is older is given up: tonight's run is another."""
_RUN_ID = re.compile(r"\d{8}T\d{9}Z")
_COMPARED = 10
"""Earlier runs that the monitors look at."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did; ``alarms`` are the monitors that failed."""

    run_id: str
    crawl: CrawlResult
    funnel: Funnel | None
    alarms: tuple[str, ...]
    seconds: float
    finished: datetime
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds by step: the crawl, then those of the build."""
    taken_over: int = 0
    """Parts of the archive that the build did not read again."""

    def as_dict(self) -> dict[str, object]:
        """The run's manifest."""
        return {
            "run": self.run_id,
            "finished": self.finished.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 1),
            "crawl": self.crawl.as_dict(),
            "funnel": self.funnel.as_dict() if self.funnel else None,
            "alarms": list(self.alarms),
            "stages": dict(self.stages),
            "taken_over": self.taken_over,
        }


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What a run does when it has crawled."""

    workers: int
    """Processes of the build."""
    webhook: str | None = None
    """URL that alarms and failures are posted to."""
    keep_contacts: bool = False
    """Publish contact data as it stands."""


def run(
    sites: Sequence[Site],
    known: Sequence[Site],
    data: Data,
    how: How,
    show: Progress,
    afterwards: Afterwards,
) -> RunResult:
    """One scheduled run, alone on its data folder; one that was interrupted is gone on with.

    Args:
        sites: what is crawled.
        known: all sites whose pages the archive may hold; the corpus is built with their rules.
        data: where all of it lies.
        how: how to fetch.
        show: told how far it has come.
        afterwards: what follows the crawl.

    Raises:
        LockedError: another run holds the folder.
        CorpusError: what crawl and build raise.
    """
    with exclusive(data.root):
        run_id = next_run_id(data)
        try:
            return _run(run_id, sites, known, data, how, show, afterwards)
        except CorpusError as error:
            _tell(afterwards.webhook, {"run": run_id, "alarms": [f"the run failed: {error}"]})
            raise


def _run(
    run_id: str,
    sites: Sequence[Site],
    known: Sequence[Site],
    data: Data,
    how: How,
    show: Progress,
    afterwards: Afterwards,
) -> RunResult:
    started = time.monotonic()
    crawled = fetch(sites, data, how, show, run_id)
    crawl_seconds = time.monotonic() - started
    built = None
    if any(data.warc.glob("*.warc.gz")):
        rules = [site.rules() for site in known]
        with LocalEngine(afterwards.workers, show) as engine:
            built = build(
                [data.warc],
                data.corpus,
                sites=rules,
                engine=engine,
                policy=Policy(keep_contacts=afterwards.keep_contacts, takedown=data.takedown),
                cache=data.cache,
                workers=afterwards.workers,
            )
    funnel = built.funnel if built else None
    failed = alarms(crawled, funnel, past_runs(data, _COMPARED))
    stages = {"crawl": round(crawl_seconds, 3), **(built.seconds if built else {})}
    result = RunResult(
        run_id,
        crawled,
        funnel,
        failed,
        time.monotonic() - started,
        datetime.now(UTC),
        stages,
        built.taken_over if built else 0,
    )
    write_json(data.manifest(run_id), result.as_dict())
    write_metrics(data.metrics, run_id, crawled, funnel, failed, result.finished, seconds=result.seconds)
    if built:
        _report(data, run_id)
    if failed:
        _tell(afterwards.webhook, result.as_dict())
    return result


def _report(data: Data, run_id: str) -> None:
    """The run as a page to look at; a run does not fail for it."""
    try:
        write_report(data.corpus, data.runs, data.runs / run_id / "report.html")
        shutil.copyfile(data.runs / run_id / "report.html", data.report)
    except (CorpusError, OSError) as error:
        logging.getLogger("fanwen").warning("no report: %s", error)


def fetch(sites: Sequence[Site], data: Data, how: How, show: Progress, run_id: str) -> CrawlResult:
    """The crawl of a run, into the data folder's archive."""

    def on_progress(progress: CrawlProgress) -> None:
        show("crawl", progress.done, progress.found)

    log = data.runs / run_id / "crawl.jsonl"
    return crawl(sites, data.root, run_id=run_id, on_progress=on_progress, log_file=log, **how)


def fetch_alone(sites: Sequence[Site], data: Data, how: How, show: Progress) -> CrawlResult:
    """A run that builds nothing, alone on its data folder.

    Raises:
        LockedError: another run holds the folder.
        CorpusError: what the crawl raises.
    """
    with exclusive(data.root):
        run_id = next_run_id(data)
        started = time.monotonic()
        crawled = fetch(sites, data, how, show, run_id)
        result = RunResult(run_id, crawled, None, (), time.monotonic() - started, datetime.now(UTC))
        write_json(data.manifest(run_id), result.as_dict())
    return crawled


def next_run_id(data: Data) -> str:
    """Id of the run to do: that of the last one if it was interrupted, else the time in UTC, so that runs sort by name.

    An interrupted run that is too old to be taken up gets a manifest that says so.

    Raises:
        OutputError: that manifest cannot be written.
    """
    now = datetime.now(UTC)
    for run_id in unfinished_runs(data):
        age = now - _start_of(run_id)
        if timedelta(0) <= age < _TAKEN_UP:
            return run_id
        if age >= _TAKEN_UP:
            write_json(data.manifest(run_id), {"run": run_id, "alarms": ["interrupted, and not taken up"]})
    return now.strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"


def unfinished_runs(data: Data) -> list[str]:
    """Ids of the runs that are going on, or were interrupted and not taken up yet; the earliest first."""
    folders = (path for path in data.runs.glob("*Z") if _RUN_ID.fullmatch(path.name) and path.is_dir())
    return sorted(path.name for path in folders if not data.manifest(path.name).exists())


def _start_of(run_id: str) -> datetime:
    try:
        return datetime.strptime(run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _tell(webhook: str | None, facts: dict[str, object]) -> None:
    if webhook and (problem := notify(webhook, facts)):
        logging.getLogger("fanwen").warning("webhook: %s", problem)


def past_runs(data: Data, last: int) -> list[dict[str, object]]:
    """Manifests of the last runs, the latest first; of one that is damaged, that it is."""
    return [_read(path) for path in sorted(data.runs.glob("*/manifest.json"), reverse=True)[:last]]


def _read(manifest: Path) -> dict[str, object]:
    try:
        facts = json.loads(manifest.read_bytes())
    except (OSError, ValueError):
        facts = None
    if isinstance(facts, dict):
        return facts
    return {"run": manifest.parent.name, "alarms": [f"{manifest} cannot be read"]}
