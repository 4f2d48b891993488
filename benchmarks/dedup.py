"""Near-duplicate search: what it finds against an exact join, and what it costs beside datasketch, rensa and daft.

    python benchmarks/dedup.py quality            recall of pairs, removals, chains, containment, one template
    python benchmarks/dedup.py engine [--documents 20000] [--rounds 3]      a table in memory in, kept rows out
    python benchmarks/dedup.py command [--documents 100000]                  the command, beside datasketch's loop
    python benchmarks/dedup.py signatures         signatures a second, beside UTF-8 decoding and datasketch
    python benchmarks/dedup.py scale [--documents 5000000] [--memory 2GiB]   more than fits into memory

Peers: ``pip install rensa daft`` beside fanwen. One core; all tools see the same texts in turn, and the ratio,
not the absolute figure, is what holds on another machine. CPU time, since other work shares the machine.
"""

import argparse
import contextlib
import functools
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.corpora import clauses, reports, table
from benchmarks.peers import TOOLS, datasketch, fanwen
from pipeline.dedup.minhash import Hash, Sketch, signatures
from pipeline.dedup.near import near_duplicates
from pipeline.dedup.search import Wanted
from pipeline.dedup.shingles import Tokens, shingle_sets, shingles
from pipeline.dedup.texts import texts_of

THRESHOLDS = (0.6, 0.7, 0.8, 0.9)
HASHES: tuple[Hash, ...] = ("multilinear", "sha1")
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["quality", "engine", "command", "signatures", "scale"])
    parser.add_argument("--documents", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", nargs="*", default=list(TOOLS))
    parser.add_argument("--memory", default="2GiB")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if options.what == "quality":
        quality(options.documents or 6000)
        hard_cases()
    elif options.what == "engine":
        engine(options.documents or 20_000, options.rounds, options.tools)
    elif options.what == "command":
        command(options.documents or 100_000, options.rounds)
    elif options.what == "signatures":
        speed_of_signatures(options.documents or 20_000, options.rounds)
    else:
        scale(options.documents or 5_000_000, options.memory)


def engine(count: int, rounds: int, tools: list[str]) -> None:
    """All tools in turn on one table in memory."""
    texts = table(reports(count))
    print(f"{count:,} texts of {np.mean([len(text) for text in texts['text'].to_pylist()]):.0f} characters")
    fanwen(texts.slice(0, 100))  # compiled, or loaded from the cache
    taken: dict[str, list[float]] = {name: [] for name in tools}
    for _ in range(rounds):
        for name in tools:
            seconds, kept = cpu_seconds(TOOLS[name], texts)
            taken[name].append(seconds)
            print(f"  {name}: {seconds:.2f} s, {len(kept):,} kept", flush=True)
    for name, times in taken.items():
        ratios = [other / own for other, own in zip(times, taken["fanwen"], strict=True)]
        print(f"{name}: {statistics.median(times):.2f} s, {spread(ratios)} times fanwen's")


def command(count: int, rounds: int) -> None:
    """The whole command, Parquet to Parquet, beside datasketch's loop alone."""
    texts = table(reports(count))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "corpus.parquet"
        pq.write_table(texts, source, compression="zstd", row_group_size=10_000)
        ours = []
        for number in range(rounds + 1):  # the first may compile
            begin = os.times()
            run_dedupe(source, "-o", Path(folder) / f"out{number}", "--workers", "1")
            end = os.times()
            ours.append(end.children_user + end.children_system - begin.children_user - begin.children_system)
    print(f"dedupe, {count:,} documents, start-up, reading and writing: {spread(ours[1:])} s")
    seconds, _ = cpu_seconds(datasketch, texts)
    print(f"datasketch's loop: {seconds:.1f} s, {spread([seconds / own for own in ours[1:]])} times")


def speed_of_signatures(count: int, rounds: int) -> None:
    """Signatures a second, beside what it takes to decode the same bytes, and datasketch's."""
    strings = reports(count)
    texts, rows = texts_of(strings), np.arange(count)
    raw = texts.data.tobytes()
    for name in HASHES:
        sketch = Sketch(hash=name)
        signatures(texts, rows[:10], sketch, workers=1)
        speeds, ratios, others, hashing = [], [], [], []
        for _ in range(rounds):
            own, _ = cpu_seconds(functools.partial(signatures, texts, rows, sketch, workers=1))
            decoding, _ = cpu_seconds(raw.decode)
            few = strings[:300]
            making, batches = cpu_seconds(encoded_shingles, few)
            theirs, _ = cpu_seconds(with_datasketch, batches)
            speeds.append(count / own)
            ratios.append(own / decoding)
            others.append((count / own) / (len(few) / (making + theirs)))
            hashing.append((count / own) / (len(few) / theirs))
        print(
            f"{name}: {spread(speeds, 0)} documents/s; {spread(ratios)} times the decoding of their UTF-8;"
            f" {spread(others)} times datasketch (SHA-1), {spread(hashing)} where its shingles were made beforehand"
        )


def encoded_shingles(texts: list[str]) -> list[list[bytes]]:
    """What datasketch is given."""
    return [[shingle.encode() for shingle in shingles(text)] for text in texts]


def with_datasketch(batches: list[list[bytes]]) -> None:
    """A signature of each set of shingles, by datasketch's defaults."""
    from datasketch import MinHash

    for batch in batches:
        MinHash().update_batch(batch)


def quality(count: int) -> None:
    """Recall of pairs and soundness of removals against an exact join of all pairs."""
    chance = random.Random(4)
    fresh = clauses(60 * count, 9)
    texts: list[str] = []
    while len(texts) < count:  # families whose members are alike to 50 to 100 %
        own = [fresh.pop() for _ in range(50)]
        texts.append("".join(own))
        for _ in range(chance.choice([0, 1, 2, 3])):
            share = chance.uniform(0, 0.3)
            copy = [fresh.pop() if chance.random() < share else clause for clause in own]
            texts.append("".join(copy))
    chance.shuffle(texts)
    names = list(map(str, range(len(texts))))
    pairs, similarity = exact_join(texts)
    print(f"{len(texts):,} texts against an exact join; (removals with a kept row at or above the threshold)")
    for threshold in THRESHOLDS:
        above = pairs[similarity >= threshold]
        found = near_duplicates(names, texts, Wanted(threshold))
        kept = np.zeros(len(texts), np.bool_)
        kept[found.kept] = True
        recall = 1 - np.mean(kept[above].all(axis=1))
        sound = sum(row["jaccard"] >= threshold and kept[row["kept_row"]] for row in found.drops.to_pylist())
        candidates = recall_of_candidates(texts, above, threshold)
        print(
            f"  J >= {threshold}: {len(above):,} pairs, a side removed {recall:.5f}, proposed {candidates:.5f},"
            f" removals {sound} of {len(found.drops)}"
        )


def recall_of_candidates(texts: list[str], pairs: npt.NDArray[Any], threshold: float) -> float:
    """Share of the pairs that agree on a whole band and on enough permutations, whoever is removed."""
    from pipeline.dedup.verify import least_agreement

    bands = Wanted(threshold).bands
    sketches = signatures(texts_of(texts), np.arange(len(texts)), Sketch())
    same = sketches[pairs[:, 0]] == sketches[pairs[:, 1]]
    cut = same[:, : bands.bands * bands.rows].reshape(-1, bands.bands, bands.rows).all(axis=2).any(axis=1)
    return float(np.mean(cut & (same.sum(axis=1) >= least_agreement(128, threshold))))


def exact_join(texts: list[str], least: float = 0.5) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """All pairs at or above a similarity, by an inverted index over all shingles: pairs, and their similarity."""
    sets = shingle_sets(texts_of(texts), Tokens())
    sizes = np.array([len(one) for one in sets])
    numbers = np.unique(np.concatenate(sets), return_inverse=True)[1]
    starts = np.concatenate(([0], np.cumsum(sizes)))
    holders: list[list[int]] = [[] for _ in range(int(numbers.max()) + 1)]
    pairs, similarity = [], []
    for row in range(len(texts)):
        common = np.zeros(row, np.int64)
        for number in numbers[starts[row] : starts[row + 1]]:
            common[holders[number]] += 1
            holders[number].append(row)
        near = common / (sizes[row] + sizes[:row] - common)
        for other in np.flatnonzero(near >= least):
            pairs.append((int(other), row))
            similarity.append(near[other])
    return np.array(pairs), np.array(similarity)


def hard_cases() -> None:
    """Chains, one template thousands of times, essays in pages of several."""
    chance = random.Random(3)
    fresh = clauses(400_000, 5)
    chains = []
    for _ in range(50):
        own = [fresh.pop() for _ in range(60)]
        for step in range(20):
            chains.append("".join(own))
            for at in range(4):
                own[(step * 4 + at) % 60] = fresh.pop()
    sets = shingle_sets(texts_of(chains), Tokens())
    steps = [jaccard_of(sets[at], sets[at + 1]) for at in range(19)]
    found = near_duplicates(list(map(str, range(1000))), chains)
    kept = set(found.kept.tolist())
    sound = sum(row["kept_row"] in kept and row["jaccard"] >= 0.8 for row in found.drops.to_pylist())
    print(f"50 chains of 20, steps of J {min(steps):.2f} to {max(steps):.2f}: {len(kept)} kept,")
    print(f"  {sound} of {len(found.drops)} dropped rows have a kept row at J >= 0.8")
    template = "".join(fresh.pop() for _ in range(150))
    for name, copies in (
        ("copies", [template] * 20_000),
        ("variants", [f"{template[:600]}第{number}号{template[600:]}" for number in range(20_000)]),
    ):
        texts = table(copies)
        fanwen(texts.slice(0, 10))
        seconds, kept = cpu_seconds(fanwen, texts)
        print(f"20,000 {name} of one template: {seconds:.2f} s, {len(kept)} kept")
    contained(chance, fresh)


def contained(chance: random.Random, fresh: list[str]) -> None:
    """Essays in pages of seven, and copies cut short, among texts that share clauses with them."""
    stock = [fresh.pop() for _ in range(300)]

    def essay() -> list[str]:
        return [
            chance.choice(stock) if chance.random() < 0.3 else fresh.pop()
            for _ in range(chance.randint(20, 90))
        ]

    essays = [essay() for _ in range(1400)]
    pages = ["".join(itertools.chain(*essays[at : at + 7])) for at in range(0, 1400, 7)]
    cut = ["".join(own[: max(12, round(len(own) * chance.uniform(0.3, 0.75)))]) for own in essays[:700]]
    others = ["".join(essay()) for _ in range(2000)]
    texts = [*pages, *map("".join, essays), *cut, *others]
    found = near_duplicates(list(map(str, range(len(texts)))), texts, Wanted(contained=0.9))
    rows = found.drops.to_pylist()
    gone = {row["dropped_row"] for row in rows}
    expected = set(range(len(pages), len(pages) + 2100))
    sets = [shingles(text) for text in texts]
    sound = sum(
        len(sets[row["dropped_row"]] & sets[row["kept_row"]]) >= 0.9 * len(sets[row["dropped_row"]])
        or row["rule"] != "contained"
        for row in rows
    )
    print(
        f"containment: {len(gone & expected)} of {len(expected)} essays and cut copies removed, "
        f"{sound} of {len(rows)} removals exact, {len(gone - expected)} others removed"
    )


def scale(count: int, memory: str) -> None:
    """The command on more than fits: rows a second and the most memory that it had."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        source = Path(folder) / "corpus"
        source.mkdir()
        size = generate(source, count)
        print(f"{count:,} documents, {size / 1e9:.1f} GB of text", flush=True)
        begin = time.perf_counter()
        shown = run_dedupe(source, "-o", Path(folder) / "out", "--memory", memory, "--json", measured=True)
        seconds = time.perf_counter() - begin
        print(shown)
        print(f"{seconds:,.0f} s, {count / seconds:,.0f} documents/s, memory limit {memory}")


def generate(folder: Path, count: int) -> int:
    """Parquet files of short reports (about 400 characters), a fifth of them reposts; their bytes of text."""
    size = 0
    part = 100_000
    for number in range(0, count, part):
        texts = reports(min(part, count - number), seed=number // part + 1, characters=400)
        size += sum(len(text.encode()) for text in texts)
        rows = table(texts)
        rows = rows.set_column(0, "id", pa.array([f"doc-{number + row:08d}" for row in range(len(rows))]))
        pq.write_table(rows, folder / f"{number:09d}.parquet", compression="zstd", row_group_size=10_000)
    return size


def run_dedupe(*arguments: object, measured: bool = False) -> str:
    """The command in a process of its own; what it prints, and its peak memory if that is asked for."""
    program = "import sys; from pipeline.cli import main; main()"
    if measured:
        program = (
            "import atexit, resource; from pipeline.cli import main\n"
            "atexit.register(lambda: print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, 'MiB'))\n"
            "main()"
        )
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def jaccard_of(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> float:
    common = len(np.intersect1d(left, right))
    return common / (len(left) + len(right) - common)


def cpu_seconds(work: Callable[..., T], *arguments: object) -> tuple[float, T]:
    begin = time.process_time()
    result = work(*arguments)
    return time.process_time() - begin, result


def spread(values: list[float], digits: int = 1) -> str:
    """Median, least and most."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
