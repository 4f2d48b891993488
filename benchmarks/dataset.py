"""Bytes of the published tables: against other ways to write them, and what a daily append sends again.

    python benchmarks/dataset.py size CORPUS
    python benchmarks/dataset.py append [--essays 20000] [--days 5] [--share 0.01]

`size` writes every table of a corpus as fanwen does, with pyarrow's defaults (snappy), as zstd without more, and as
JSON lines under gzip -6, and divides by the essays. `append` makes invented essays, adds some among them day after
day, as the order by site and URL has it, and counts the bytes that a store which knows content-defined chunks
(gear hash, 64 KB on average, as Hugging Face's Xet) has not seen, with and without `use_content_defined_chunking`.
"""

import argparse
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from crawler.sample.grammar import essay, fill
from crawler.sample.plan import Plans
from pipeline.dataset.shards import ROW_GROUP_ROWS, parquet
from pipeline.dataset.versions import published, table_files
from pipeline.dedup.jit import compiled
from pipeline.schema import stable_id

SEED = 78
SITES = 40
LEAST, MASK, MOST = 8 << 10, (1 << 16) - 1, 128 << 10
"""Bytes of a chunk: the least, the mask that ends it (64 KB on average), the most."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = parser.add_subparsers(required=True)
    size = kinds.add_parser("size")
    size.add_argument("corpus", type=Path)
    size.set_defaults(run=lambda options: sizes(options.corpus))
    append = kinds.add_parser("append")
    append.add_argument("--essays", type=int, default=20_000)
    append.add_argument("--days", type=int, default=5)
    append.add_argument("--share", type=float, default=0.01)
    append.set_defaults(run=lambda options: appends(options.essays, options.days, options.share))
    options = parser.parse_args()
    options.run(options)


def sizes(corpus: Path) -> None:
    ways: dict[str, Callable[[pa.Table], int]] = {
        "fanwen": lambda table: len(written(table, chunked=True)),
        "without content-defined chunks": lambda table: len(written(table, chunked=False)),
        "pyarrow's defaults": lambda table: len(plain(table)),
        "pyarrow, zstd": lambda table: len(plain(table, compression="zstd")),
        "JSONL, gzip -6": lambda table: len(jsonl_gz(table)),
    }
    shards = published(corpus)
    essays = sum(shard.rows for shard in shards["essays"])
    totals = dict.fromkeys(ways, 0)
    print(f"{essays:,} essays; bytes per kept essay")
    print("| table | rows |", " | ".join(ways), "|")
    for name in shards:
        table = ds.dataset(table_files(corpus, name)).to_table()
        found = {way: write(table) for way, write in ways.items()}
        totals = {way: totals[way] + found[way] for way in ways}
        print(
            f"| `{name}` | {table.num_rows:,} |",
            " | ".join(f"{found[way] / essays:,.0f}" for way in ways),
            "|",
        )
    print("| all | |", " | ".join(f"{total / essays:,.0f}" for total in totals.values()), "|")


def written(table: pa.Table, *, chunked: bool) -> bytes:
    keys = [key for key in ("site", "url", "ordinal") if key in table.column_names]
    return parquet(table, keys, {}, chunked=chunked)


def plain(table: pa.Table, **options: str) -> bytes:
    sink = BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def jsonl_gz(table: pa.Table) -> bytes:
    sink = BytesIO()
    with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=6, mtime=0) as file:
        for batch in table.to_batches(1000):
            for row in batch.to_pylist():
                file.write(json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n")
    return sink.getvalue()


def appends(count: int, days: int, share: float) -> None:
    every = list(invented(int(count * (1 + days * share))))
    order = Random(SEED).sample(range(len(every)), len(every))
    print(f"{count:,} essays, then {share:.1%} more a day; row groups of {ROW_GROUP_ROWS:,}; MB")
    print("| day | file without, with | new without | new with content-defined chunks |")
    seen: dict[bool, set[bytes]] = {False: set(), True: set()}
    for day in range(days + 1):
        present = sorted(order[: int(count * (1 + day * share))])
        table = pa.Table.from_pylist([every[at] for at in present])
        new, whole = {}, {}
        for chunked in (False, True):
            data = written(table, chunked=chunked)
            whole[chunked] = len(data)
            chunks = {hashlib.blake2b(piece).digest(): len(piece) for piece in pieces(data)}
            new[chunked] = sum(size for digest, size in chunks.items() if digest not in seen[chunked])
            seen[chunked] |= chunks.keys()
        print(
            f"| {day} | {whole[False] / 1e6:.1f}, {whole[True] / 1e6:.1f} | {new[False] / 1e6:.1f} | {new[True] / 1e6:.1f} |",
            flush=True,
        )


def invented(count: int) -> Iterator[dict[str, object]]:
    """Rows like those of `essays`, in their order."""
    plans = Plans(SEED)
    for number in range(count):
        copy = plans.first_copy(number)
        head = plans.head(copy.essay)
        text = "\n".join(fill(essay(SEED, copy.essay).paragraphs, head, copy.filling))
        site, at = divmod(number * SITES, count)[0], number
        url = f"http://www.site{site:02d}.example/zongjie/{at:07d}.html"
        yield {
            "essay_id": stable_id(url, "1"), "url": url, "site": f"site{site:02d}", "page_id": stable_id(url), "ordinal": 1,
            "title": fill([head.title], head, copy.filling)[0], "text": text, "chars": len(text),
            "key_hash": stable_id(text),
        }  # fmt: skip


def pieces(data: bytes) -> Iterator[bytes]:
    """Chunks of a file as a store that goes by content cuts them."""
    ends = cut(np.frombuffer(data, np.uint8), gear())
    start = 0
    for end in ends.tolist():
        yield data[start:end]
        start = end


def gear() -> npt.NDArray[np.uint64]:
    return np.random.default_rng(SEED).integers(0, 1 << 63, 256).astype(np.uint64)


@compiled
def cut(data: npt.NDArray[np.uint8], table: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Where the chunks of some bytes end."""
    ends = [0]
    digest, start = np.uint64(0), 0
    for at in range(len(data)):
        digest = (digest << np.uint64(1)) + table[data[at]]
        size = at + 1 - start
        if size >= MOST or (size >= LEAST and (digest >> np.uint64(40)) & np.uint64(MASK) == 0):
            ends.append(at + 1)
            digest, start = np.uint64(0), at + 1
    if start < len(data):
        ends.append(len(data))
    return np.array(ends[1:])


if __name__ == "__main__":
    main()
