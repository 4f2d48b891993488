"""Fixtures of the crawler's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.crawl import CrawlResult, crawl
from crawler.site import Site
from tests.crawler.fixture_web import Run, Web, make_site


@pytest.fixture
def web() -> Iterator[Web]:
    served = Web()
    with served.proxy:
        yield served


@pytest.fixture
def run(web: Web, tmp_path: Path) -> Run:
    """Crawls the web into ``tmp_path``; the counts add up and nothing was raised, whatever the crawl."""

    def start(*sites: Site, data: Path = tmp_path, **options: object) -> CrawlResult:
        log = tmp_path / "crawl.jsonl"
        how = {
            "proxy": web.proxy.url,
            "delay": 0.0,
            "backoff": 0.02,
            "run_id": "r1",
            "log_file": log,
        } | options
        result = crawl(sites or (make_site(),), data, **how)  # type: ignore[arg-type]
        for each in (result.total, *result.sites.values()):
            assert each.adds_up(), each
        assert "Traceback" not in log.read_text("utf-8")
        return result

    return start
