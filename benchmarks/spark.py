"""Spark beside the local engine, on the same texts in the same run: CPU seconds, peak memory, bytes shuffled.

    python -m benchmarks.spark --rows 100000 [--finish 400000] [--characters 1200]

CPU is that of the processes and all their children, Java and its workers included; peak memory the largest sum over
a process and its children, looked at ten times a second. What a first run on a machine compiles is not counted. Bytes shuffled are Spark's own, from its event log.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.corpora import reports, table
from crawler.sample.web import SampleWeb
from tests.spark.pages import write_archive

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """What a command took."""

    cpu: float
    wall: float
    peak: int
    """Bytes, shared pages of the same file counted once a process."""


def measured(command: list[str], environment: dict[str, str]) -> Spent:
    """Run a command and all that it starts."""
    begin, peak = time.perf_counter(), 0
    seen: dict[int, float] = {}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)
        while process.poll() is None:
            memory = 0
            for pid, cpu, resident in session_of(process.pid):
                seen[pid] = max(cpu, seen.get(pid, 0))
                memory += resident
            peak = max(peak, memory)
            time.sleep(0.1)
        if process.returncode:
            said.seek(0)
            sys.exit(said.read().decode())
    return Spent(sum(seen.values()), time.perf_counter() - begin, peak)


def session_of(leader: int) -> list[tuple[int, float, int]]:
    """Processes of a session: number, CPU seconds of its own, bytes resident."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                found.append(
                    (int(folder.name), (int(fields[11]) + int(fields[12])) / _TICK, int(fields[21]) * _PAGE)
                )
        except (OSError, IndexError):
            continue
    return found


def shuffled(folder: Path) -> int:
    """Bytes written to shuffles by all tasks that ended well."""
    total = 0
    for file in folder.rglob("events_*"):
        for line in file.read_text().splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
                total += event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"]
    return total


@dataclass(frozen=True)
class Both:
    """One command on both engines."""

    folder: Path
    master: str
    finish: int

    def run(self, command: list[str]) -> tuple[Spent, Spent]:
        """Outputs are ``local`` and ``spark`` in the folder."""
        properties = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "3g",
            "spark.fanwen.finishRows": str(self.finish),
            "spark.fanwen.splitBytes": str(1 << 24),
            "spark.eventLog.enabled": "true",
            "spark.eventLog.compress": "false",
            "spark.eventLog.dir": (self.folder / "log").as_uri(),
        }
        given = [f"--spark-conf={key}={value}" for key, value in properties.items()]
        environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}
        local = measured([*command, "-o", str(self.folder / "local"), "--workers", "2"], environment)
        on_spark = ["-o", str(self.folder / "spark"), "--engine", "spark", "--master", self.master]
        return local, measured([*command, *on_spark, *given], environment)

    def say(self, rows: int, unit: str, local: Spent, spark: Spent) -> None:
        """What it took."""
        for label, spent in (("local", local), ("spark", spark)):
            million = spent.cpu * 1e6 / rows
            print(
                f"{label}: {spent.cpu:.0f} CPU s ({million:,.0f} a million {unit}s), {spent.wall:.0f} s, "
                f"{spent.peak / 1e6:,.0f} MB"
            )
        print(f"shuffled: {shuffled(self.folder / 'log') / rows:,.0f} bytes a {unit}")


def dedupe(both: Both, rows: int, characters: int) -> None:
    """Invented reports, a third of them near-duplicates."""
    texts = table(reports(rows, characters=characters))
    pq.write_table(texts, both.folder / "in.parquet", row_group_size=max(1, rows // 8))
    pq.write_table(texts[:500], both.folder / "few.parquet")
    command = [sys.executable, "-m", "pipeline.submit"]
    few = [*command, str(both.folder / "few.parquet"), "-o", str(both.folder / "few")]
    measured(few, dict(os.environ))  # compiled functions are stored
    local, spark = both.run([*command, str(both.folder / "in.parquet")])
    here, there = (
        json.loads((both.folder / name / "manifest.json").read_text()) for name in ("local", "spark")
    )
    print(
        f"{rows:,} rows; {there['counts']['dropped']:,} dropped, counts equal: {here['counts'] == there['counts']}; "
        f"{there['engine']}"
    )
    both.say(rows, "row", local, spark)


def build(both: Both, pages: int) -> None:
    """Pages of the sample web in WARC files."""
    write_archive(SampleWeb(seed=41, pages=pages), both.folder / "warc", pages, files=8)
    command = [sys.executable, "-m", "crawler.submit", "build", str(both.folder / "warc")]
    local, spark = both.run(command)
    sums = [(both.folder / name / "SHA256SUMS").read_text() for name in ("local", "spark")]
    print(f"{pages:,} pages; all files equal: {sums[0] == sums[1]}")
    both.say(pages, "page", local, spark)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--characters", type=int, default=1200)
    parser.add_argument("--pages", type=int, help="measure a build of so many pages, and not dedupe")
    parser.add_argument("--finish", type=int, default=400_000, help="spark.fanwen.finishRows")
    parser.add_argument("--master", default="local[2]")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        both = Both(Path(name), chosen.master, chosen.finish)
        (both.folder / "log").mkdir()
        if chosen.pages:
            build(both, chosen.pages)
        else:
            dedupe(both, chosen.rows, chosen.characters)


if __name__ == "__main__":
    main()
