"""The main job against the sample web on loopback, and its outcome against the truth."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from crawler.crawl import CrawlResult, How
from crawler.folder import Data
from crawler.run import Afterwards, run
from crawler.sample.score import Scores, score
from crawler.sample.server import LoopbackProxy
from crawler.sample.web import SampleWeb
from crawler.site import load_sites
from pipeline.engine.base import Progress
from pipeline.errors import CorpusError, OutputError
from pipeline.funnel import Funnel
from pipeline.io import exclusive

TRUTH = "truth.jsonl"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo did, and how right it was."""

    crawl: CrawlResult
    funnel: Funnel
    scores: Scores
    seconds: float


def run_demo(data: Path, *, pages: int, seed: int, workers: int, show: Progress) -> Outcome:
    """Crawl a sample web of so many article pages through a loopback proxy, build, score.

    An earlier demo in the folder is replaced, anything else is refused.

    Raises:
        OutputError: the folder holds something that no demo wrote.
        CorpusError: what a run raises, or a run that kept nothing.
    """
    started = time.perf_counter()
    web = SampleWeb(seed=seed, pages=pages)
    _check(data)
    with exclusive(data):
        _clear(data)
        web.write_truth(data / TRUTH)
    with LoopbackProxy(web.get) as proxy:
        how = How(proxy=proxy.url, delay=0.0, backoff=0.1, max_pages=10 * pages)
        sites = [site for site in load_sites() if site.hosts[0] in web.hosts]
        result = run(sites, sites, Data(data), how, show, Afterwards(workers))
    if result.funnel is None:
        raise CorpusError("the demo fetched nothing: " + "; ".join(result.alarms))
    scores = score(data / TRUTH, Data(data).corpus)
    return Outcome(result.crawl, result.funnel, scores, time.perf_counter() - started)


def _check(data: Path) -> None:
    if data.is_dir() and any(data.iterdir()) and not (data / TRUTH).exists():
        raise OutputError(f"{data}: not empty and no demo's; choose another folder with --data")


def _clear(data: Path) -> None:
    for name in ("warc", "quarantine", "corpus", "cache", "runs"):
        shutil.rmtree(data / name, ignore_errors=True)
    for part in data.glob("frontier.sqlite*"):
        part.unlink()
