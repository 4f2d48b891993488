"""The index of kept documents: what a nightly batch costs against millions, cold and warm, in a fresh process.

    python benchmarks/dedup_index.py [--documents 5000000] [--batch 100000] [--folder /tmp/index] [--keep]

Texts are invented: 120 to 400 random characters, so no two are alike, but that one in 50 is a variant of one of
1,000 templates, alike in about .6 of it, which fills buckets with what does not match. They are added as nightly
batches are, one run each, which merges as it goes. Of the last batch, which is looked up, one in five rows is a
copy of an indexed document with up to 6 characters replaced, and one in twenty a copy to the byte; once the others
are like nothing, once one in 50 is a further variant of a template, which must be told from some 100 others by their
texts. Signatures are made before, as the engine makes them, and read from files that are mapped. "Cold" means that
the kernel was told to forget the index (``POSIX_FADV_DONTNEED``); what the machine below it keeps, nobody knows.
"""

import argparse
import itertools
import json
import mmap
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.dedup.bands import choose_bands
from pipeline.dedup.exact import content_digests
from pipeline.dedup.index.index import Index
from pipeline.dedup.index.parameters import Parameters
from pipeline.dedup.minhash import Sketch, signatures
from pipeline.dedup.texts import Texts
from pipeline.dedup.verify import jaccard

PARAMETERS = Parameters.of(0.8, Sketch(), choose_bands(0.8, 128))
HAN, CHARACTERS = 0x4E00, 3000
BATCHES = ("plain", "templates")
TEMPLATES, TEMPLATE, REPLACED = 1000, 260, 0.028
ARRAYS = {"data": np.uint8, "offsets": np.int64, "digests": np.uint64, "signatures": np.uint32}
Points = npt.NDArray[np.uint32]


def encoded(texts: list[Points]) -> Texts:
    """UTF-8 of code points of which each takes three bytes."""
    points = np.concatenate(texts)
    data = np.empty((len(points), 3), np.uint8)
    data[:, 0], data[:, 1], data[:, 2] = 0xE0 | points >> 12, 0x80 | points >> 6 & 63, 0x80 | points & 63
    return Texts(data.reshape(-1), 3 * np.cumsum([0, *map(len, texts)]))


def replaced(draw: np.random.Generator, text: Points, places: npt.NDArray[np.int64]) -> Points:
    copy = text.copy()
    copy[places] = HAN + draw.integers(0, CHARACTERS, len(places))
    return copy


def invented(seed: int, count: int, *, templates: bool = True) -> list[Points]:
    draw, always = np.random.default_rng(seed), np.random.default_rng(0)
    whole = (HAN + always.integers(0, CHARACTERS, (TEMPLATES, TEMPLATE))).astype(np.uint32)
    ends = np.cumsum(draw.integers(120, 401, count))
    texts = np.split((HAN + draw.integers(0, CHARACTERS, ends[-1])).astype(np.uint32), ends[:-1])
    for row in range(0, count if templates else 0, 50):
        places = np.flatnonzero(draw.random(TEMPLATE) < REPLACED)
        texts[row] = replaced(draw, whole[draw.integers(TEMPLATES)], places)
    return texts


def build(folder: Path, documents: int, size: int) -> None:
    """Add documents batch by batch, and print what that takes."""
    start, signing = time.perf_counter(), 0.0
    for number, first in enumerate(range(0, documents, size)):
        texts = encoded(invented(1 + number, min(size, documents - first)))
        rows = np.arange(len(texts))
        begin = time.perf_counter()
        signed, digests = signatures(texts, rows, PARAMETERS.sketch), content_digests(texts)
        signing += time.perf_counter() - begin
        begin = time.perf_counter()
        index = Index.open(folder, PARAMETERS)
        with index.writing():
            index.add(f"run {number}", texts, digests, signed, rows, [f"{first + row:012d}" for row in rows])
        print(f"  run {number}: {time.perf_counter() - begin:.1f} s", end="", flush=True)
    print(
        f"\n{documents:,} documents built in {time.perf_counter() - start:.0f} s ({signing:.0f} s of it signatures)"
    )
    report(Index.open(folder, PARAMETERS).sizes(), documents, folder)


def report(sizes: dict[str, int], documents: int, folder: Path) -> None:
    segments = len(list(folder.glob("*.segment")))
    of_texts = {part: size for part, size in sizes.items() if part in ("texts", "ids", "id_offsets")}
    rest = sum(sizes.values()) - sum(of_texts.values())
    print(
        f"{segments} segments, {sum(sizes.values()) / 1e9:.2f} GB; bytes a document {rest / documents:.1f} and"
    )
    print("  texts and ids " + ", ".join(f"{part} {size / documents:.1f}" for part, size in of_texts.items()))
    print("  of which " + ", ".join(f"{part} {size / documents:.2f}" for part, size in sizes.items()))


def make_batch(folder: Path, documents: int, runs: int, size: int, *, templates: bool) -> None:
    """The batch to be looked up, with what is to be found for each row (similarity to its source, and ordinal)."""
    draw = np.random.default_rng(99)
    texts, copies = invented(10**6, size, templates=templates), size // 4
    sources: list[Points] = []
    ordinals = np.empty(copies, np.int64)
    each = -(-copies // runs)
    for run in range(runs):
        first = run * -(-documents // runs)
        known = invented(1 + run, min(-(-documents // runs), documents - first))
        chosen = draw.choice(len(known), min(each, copies - len(sources)), replace=False)
        ordinals[len(sources) : len(sources) + len(chosen)] = first + chosen
        sources += [known[row].copy() for row in chosen]
    rows = draw.permutation(size)[:copies]
    for place, row in enumerate(rows):
        edits = draw.integers(1, 7) if place % 5 else 0
        texts[row] = replaced(draw, sources[place], draw.integers(0, len(sources[place]), edits))
    both = encoded([*texts, *sources])
    share = jaccard(both, rows, size + np.arange(copies), PARAMETERS.sketch.tokens)
    batch = encoded(texts)
    signed = signatures(batch, np.arange(size), PARAMETERS.sketch)
    folder.mkdir(exist_ok=True)
    batch.data.tofile(folder / "data.bin")
    batch.offsets.tofile(folder / "offsets.bin")
    content_digests(batch).tofile(folder / "digests.bin")
    signed.tofile(folder / "signatures.bin")
    np.savez(folder / "truth.npz", rows=rows, ordinals=ordinals, share=share)


def mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def peak() -> int:
    """Megabytes of memory this process has had at most, mapped files included."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1000


def look_up(folder: Path, rows: int) -> None:
    """In a process of its own: look the batch up, and print what that takes as JSON."""
    signatures(
        encoded(invented(0, 10)), np.arange(10), PARAMETERS.sketch
    )  # the compiler is loaded as in a run
    maps = [mapped(folder / f"{name}.bin") for name in ARRAYS]
    data, offsets, digests, signed = (
        np.frombuffer(*pair) for pair in zip(maps, ARRAYS.values(), strict=True)
    )
    texts, count = Texts(data, offsets), len(offsets) - 1

    def release() -> None:
        for each in maps:
            each.madvise(mmap.MADV_DONTNEED)

    before, begin, busy = peak(), time.perf_counter(), time.process_time()
    index = Index.open(folder.parent / "index", PARAMETERS)
    found = index.matches(
        texts,
        digests.reshape(count, 2),
        signed.reshape(count, -1),
        np.arange(min(rows, count)),
        release=release,
    )
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    np.savez(folder / "found.npz", row=found.row, ordinal=found.ordinal)
    print(
        json.dumps(
            {
                "seconds": round(seconds, 2),
                "of processor": round(busy, 2),
                "peak MB": peak(),
                "of it before": before,
                "matches": len(found.row),
                "candidates": found.candidates,
                "verified": found.verified,
            }
        )
    )


def measured(folder: Path, rows: int) -> str:
    command = [sys.executable, __file__, "--folder", str(folder), "--look-up", str(rows)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def forget(folder: Path) -> None:
    for path in folder.iterdir():
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def judge(folder: Path) -> None:
    """How many of the copies at or above the threshold have been found."""
    with np.load(folder / "truth.npz") as truth, np.load(folder / "found.npz") as found:
        answer = dict(zip(found["row"].tolist(), found["ordinal"].tolist(), strict=True))
        due = truth["share"] >= PARAMETERS.threshold
        wanted = zip(truth["rows"][due].tolist(), truth["ordinals"][due].tolist(), strict=True)
        right = sum(answer.get(row) == ordinal for row, ordinal in wanted)
        print(
            f"{right:,} of {np.count_nonzero(due):,} copies at or above the threshold found with their source"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=5_000_000)
    parser.add_argument("--batch", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/index"))
    parser.add_argument("--keep", action="store_true", help="leave the index for another measurement")
    parser.add_argument("--look-up", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder: Path = options.folder
    if options.look_up:
        look_up(folder, options.look_up)
        return
    if not (folder / BATCHES[-1] / "truth.npz").exists():
        build(folder / "index", options.documents, options.batch)
        for batch in BATCHES:
            runs = -(-options.documents // options.batch)
            make_batch(folder / batch, options.documents, runs, options.batch, templates=batch == "templates")
    measured(folder / BATCHES[0], 100)  # what is not compiled yet is now
    for batch, rows, cold in itertools.product(
        BATCHES, (options.batch, 1000), (True, True, True, False, False)
    ):
        if cold:
            forget(folder / "index")
        print(f"{batch}, {rows:,} rows, {'cold' if cold else 'warm'}: {measured(folder / batch, rows)}")
        if rows == options.batch and not cold:
            judge(folder / batch)
    if not options.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
