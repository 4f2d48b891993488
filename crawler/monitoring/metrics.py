"""Metrics of the last run in Prometheus' text format, for the textfile collector of node_exporter."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from crawler.tally import CrawlResult, SiteResult
from pipeline.errors import OutputError
from pipeline.funnel import Funnel


def write_metrics(
    path: Path,
    run_id: str,
    crawl: CrawlResult,
    funnel: Funnel | None,
    alarms: Sequence[str],
    finished: datetime,
    *,
    seconds: float | None = None,
) -> None:
    """Replace the file, atomically; figures of a site that was not crawled leave it.

    Args:
        path: the file, ``*.prom``.
        run_id: the run.
        crawl: what it fetched.
        funnel: what its build made of the archive; None if there was none.
        alarms: its monitors that failed.
        finished: when it ended.
        seconds: how long crawl and build took; no such gauge without it.

    Raises:
        OutputError: the file cannot be written.
    """
    registry = CollectorRegistry()
    Gauge("fanwen_run_info", "The last run.", ["run"], registry=registry).labels(run_id).set(1)
    values = {
        "timestamp_seconds": ("When the last run ended, Unix time.", finished.timestamp()),
        "alarms": ("Monitors that failed.", len(alarms)),
        "stopped": ("1 if it was told to stop before it was done.", int(crawl.stopped)),
    }
    if seconds is not None:
        values["duration_seconds"] = ("How long crawl and build took.", seconds)
    for name, (words, value) in values.items():
        Gauge(f"fanwen_run_{name}", words, registry=registry).set(value)
    _add_sites(registry, crawl)
    if funnel:
        essays = Gauge("fanwen_corpus_essays", "Texts of the corpus by state.", ["state"], registry=registry)
        essays.labels("kept").set(funnel.kept)
        essays.labels("dropped").set(funnel.duplicates)
        essays.labels("rejected").set(sum(funnel.essays_rejected.values()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _add_sites(registry: CollectorRegistry, crawl: CrawlResult) -> None:
    urls = Gauge(
        "fanwen_run_urls",
        "URLs that the last run found, by what became of them.",
        ["site", "outcome", "reason"],
        registry=registry,
    )
    received = Gauge(
        "fanwen_run_received_bytes", "Bytes of the fetched bodies, as received.", ["site"], registry=registry
    )
    for site, result in crawl.sites.items():
        received.labels(site).set(result.bytes)
        for outcome, reason, count in _outcomes(result):
            urls.labels(site, outcome, reason).set(count)


def _outcomes(site: SiteResult) -> Iterator[tuple[str, str, int]]:
    """Outcome, reason and count; the counts of a site sum up to what it found."""
    yield from (("article", "", site.articles), ("list", "", site.lists))
    yield from (("not_modified", "", site.not_modified), ("pending", "", site.pending))
    yield from (("failed", reason, count) for reason, count in site.failed.items())
    yield from (("skipped", reason, count) for reason, count in site.skipped.items())
