"""Many pages in one go: whether the worker processes grow, and whether any page is lost on the way.

    python benchmarks/endurance.py [--pages 100000] [--workers 2] [--folder DIR]

Writes so many pages of the sample web to Parquet (once a folder), then runs the stages `sample` and `extract`
on them in a pool, as `fanwen build` does, and notes the resident memory of every worker each second.
"""

import argparse
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crawler.sample.web import SampleWeb
from crawler.site import load_sites
from pipeline import shuffle
from pipeline.engine.local import FileSource, LocalEngine
from pipeline.records import from_batch
from pipeline.schema import Sample
from pipeline.sources import find_splits
from pipeline.stages import extract_stage, sample_stage
from pipeline.text.template.learn import learn

SEED, PART = 77, 2000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--folder", type=Path, help="where the pages lie or are put; a temporary one by default"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch) / "pages"
        write_pages(folder, options.pages)
        run(folder, Path(scratch) / "work", options.workers)


def write_pages(folder: Path, count: int) -> None:
    web = SampleWeb(seed=SEED, pages=count)
    urls = list(web.urls())
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, count, PART):
        file = folder / f"part-{start // PART:04d}.parquet"
        if file.exists():
            continue
        rows = [
            {"url": url, "html": reply.body}
            for url in urls[start : start + PART]
            if (reply := web.get(url)) is not None
        ]
        pq.write_table(pa.Table.from_pylist(rows), file, row_group_size=100)


class Memory(threading.Thread):
    """Resident megabytes of all child processes, each second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: dict[int, list[float]] = {}
        self.running = True

    def run(self) -> None:
        while self.running:
            for pid in children():
                self.seen.setdefault(pid, []).append(resident(pid))
            time.sleep(1)


def children() -> list[int]:
    tasks = Path("/proc/self/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def resident(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next(
        (int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0
    )


def run(folder: Path, work: Path, workers: int) -> None:
    rules = tuple(site.rules() for site in load_sites())
    splits = find_splits([folder])
    with LocalEngine(workers) as engine:
        start = time.perf_counter()
        files = engine.map(sample_stage(rules, keep_contacts=False), shuffle.runs(splits), work)
        templates = learn(
            sample
            for file in files
            for batch in FileSource(file).batches()
            for sample in from_batch(Sample, batch)
        )
        print(f"sampled in {time.perf_counter() - start:.0f} s: {len(templates)} templates")
        memory, start = Memory(), time.perf_counter()
        memory.start()
        sources = [shuffle.SplitSource((split,)) for split in splits]
        files = engine.map(extract_stage(rules, templates, keep_contacts=False), sources, work)
        memory.running = False
        seconds = time.perf_counter() - start
    outcomes: Counter[str] = Counter()
    for file in files:
        for batch in FileSource(file).batches():
            outcomes.update(
                f"{row['outcome']} {row['rule']}".strip()
                for row in batch.select(["outcome", "rule"]).to_pylist()
            )
            outcomes.update(f"read by {name.split()[0]}" for name in batch["extractor"].to_pylist() if name)
    pages = sum(count for name, count in outcomes.items() if not name.startswith("read by"))
    print(f"{pages:,} pages in {seconds:.0f} s with {workers} workers: {pages / seconds:.0f} a second")
    print(", ".join(f"{name} {count:,}" for name, count in outcomes.most_common()))
    for pid, values in memory.seen.items():
        if len(values) > 20:
            early, late = max(values[: len(values) // 5]), max(values[-len(values) // 5 :])
            print(
                f"worker {pid}: {early:.0f} MB in the first fifth, {late:.0f} MB in the last: {late / early - 1:+.1%}"
            )


if __name__ == "__main__":
    main()
