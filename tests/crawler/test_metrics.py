"""Metrics: read back as Prometheus reads them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from crawler.monitoring.metrics import write_metrics
from crawler.tally import CrawlResult, SiteResult
from pipeline.errors import OutputError
from pipeline.funnel import Funnel

SITE = SiteResult(
    found=21,
    articles=7,
    lists=3,
    not_modified=2,
    pending=1,
    bytes=4096,
    failed={"http 404": 2, "timeout": 1},
    skipped={"offsite": 4, 'odd "reason"\\': 1},
)
CRAWL = CrawlResult(SITE, {"gz85": SITE}, {}, 50.0, stopped=True, resumed=False, segments=())
FUNNEL = Funnel(12, 7, 3, 0, 0, 0, {"empty": 2}, 9, 0, {"too_short": 1, "no_essay": 2}, 2, 4)
ENDED = datetime(2026, 3, 1, 2, 45, tzinfo=UTC)


def read(path: Path) -> dict[tuple[str, ...], float]:
    """Values by name and the values of the labels, in the order of the labels' names."""
    families = text_string_to_metric_families(path.read_text("utf-8"))
    return {
        (each.name, *(value for _, value in sorted(each.labels.items()))): each.value
        for family in families
        for each in family.samples
    }


def write(path: Path, funnel: Funnel | None = FUNNEL) -> None:
    alarms = ["one", "two"]
    write_metrics(path, "20260301T023000000Z", CRAWL, funnel, alarms, ENDED, seconds=900.0)


def test_a_run_is_told_in_gauges(tmp_path: Path) -> None:
    write(tmp_path / "new" / "metrics.prom")
    values = read(tmp_path / "new" / "metrics.prom")
    assert values["fanwen_run_info", "20260301T023000000Z"] == 1
    assert values["fanwen_run_timestamp_seconds",] == ENDED.timestamp()
    assert values["fanwen_run_duration_seconds",] == 900
    assert values["fanwen_run_alarms",] == 2
    assert values["fanwen_run_stopped",] == 1
    assert values["fanwen_run_received_bytes", "gz85"] == 4096
    assert values["fanwen_run_urls", "failed", "timeout", "gz85"] == 1
    assert values["fanwen_run_urls", "skipped", 'odd "reason"\\', "gz85"] == 1
    essays = {state: values["fanwen_corpus_essays", state] for state in ("kept", "dropped", "rejected")}
    assert essays == {"kept": 4, "dropped": 2, "rejected": 3}


def test_the_outcomes_of_a_site_sum_up_to_what_it_found(tmp_path: Path) -> None:
    write(tmp_path / "metrics.prom")
    urls = [value for key, value in read(tmp_path / "metrics.prom").items() if key[0] == "fanwen_run_urls"]
    assert sum(urls) == SITE.found


def test_the_next_run_replaces_the_file_whole(tmp_path: Path) -> None:
    write(tmp_path / "metrics.prom")
    write(tmp_path / "metrics.prom", None)
    assert not [key for key in read(tmp_path / "metrics.prom") if key[0] == "fanwen_corpus_essays"]
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.prom"]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file/metrics\.prom: cannot be written"):
        write(tmp_path / "file" / "metrics.prom")
