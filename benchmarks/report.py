"""What `fanwen report` takes on a large corpus: time, memory, size of the file, and time until it is drawn.

    python benchmarks/report.py [--pages 100000] [--sites 40] [--folder FOLDER] [--keep]

The corpus is invented (tests/report/written.py) and never crawled: 100,000 pages of 40 sites, texts of about 1,500
characters, nearly half of them copies, two to three repairs and a removed line a text. The command runs in a process of
its own; its time is that from start to exit, its memory the peak of the process. The page is opened in Chromium from
disk five times, each in a fresh profile; the times are those of the page's own clock, from the start of navigation.
"""

import argparse
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.report.invented import World
from tests.report.written import write_corpus, write_runs

COMMAND = "from crawler.cli.report import report; report()"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
TIMES = """() => [performance.getEntriesByType("navigation")[0].loadEventEnd,
    performance.getEntriesByName("fanwen-first-chart")[0].startTime,
    performance.getEntriesByName("fanwen-drawn")[0].startTime,
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN]"""


def invent(folder: Path, pages: int, sites: int) -> None:
    start = time.perf_counter()
    manifest = write_corpus(folder / "corpus", World(pages=pages, sites=sites, sentences=64))
    write_runs(folder / "runs", manifest, runs=12, sites=sites)
    size = sum(path.stat().st_size for path in (folder / "corpus").rglob("*.parquet"))
    print(
        f"corpus of {pages:,} pages, {size / 1e6:,.0f} MB, invented in {time.perf_counter() - start:,.1f} s"
    )


def measure(folder: Path) -> None:
    """Run the command, and print what the kernel says it took.

    Its peak counts from what this process had when it started it, so the corpus is invented in another one.
    """
    start = time.perf_counter()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", COMMAND, str(folder / "corpus")],
        os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"the command failed with status {status}")
    seconds = time.perf_counter() - start
    print(
        f"fanwen report: {seconds:,.1f} s ({usage.ru_utime + usage.ru_stime:,.1f} s of CPU), {usage.ru_maxrss / 1024:,.0f} MB at its peak"
    )
    print(f"report.html: {(folder / 'report.html').stat().st_size / 1e6:,.2f} MB")


def open_it(page: Path, times: int = 5) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is not installed")
    found = []
    with sync_playwright() as playwright:
        for _ in range(times):
            with tempfile.TemporaryDirectory() as profile:
                context = playwright.chromium.launch_persistent_context(
                    profile,
                    executable_path=chromium,
                    args=list(FLAGS),
                    viewport={"width": 1280, "height": 900},
                )
                context.pages[0].goto(page.as_uri())
                context.pages[0].wait_for_selector("html[data-drawn]")
                context.pages[0].wait_for_timeout(500)
                found.append(context.pages[0].evaluate(TIMES))
                context.close()
    names = ("load", "first chart", "all charts", "first paint")
    for name, values in zip(names, zip(*found, strict=True), strict=True):
        print(f"{name:>12}: {statistics.median(values):,.0f} ms (worst of {times}: {max(values):,.0f})")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "fanwen-report")
    parser.add_argument(
        "--keep", action="store_true", help="measure the corpus that is there, and leave it there"
    )
    options = parser.parse_args()
    if not (options.keep and (options.folder / "corpus" / "manifest.json").exists()):
        shutil.rmtree(options.folder, ignore_errors=True)
        maker = multiprocessing.get_context("spawn").Process(
            target=invent, args=(options.folder, options.pages, options.sites)
        )
        maker.start()
        maker.join()
    measure(options.folder)
    open_it(options.folder / "report.html")
    if not options.keep:
        shutil.rmtree(options.folder)


if __name__ == "__main__":
    main()
