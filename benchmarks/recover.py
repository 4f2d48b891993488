"""Stage `recover` on undamaged pages: megabytes of text a second on one core, beside what single steps cost elsewhere.

    python benchmarks/recover.py [--pages 4000] [--rounds 5]

The text is the sample web's, one essay a page, with nothing planted in it. In the same run, in turn, on the same
text: OpenCC's t2s, and NFKC by the standard library, each a small part of what the stage does. Best of the
rounds; CPU time, one process.
"""

import argparse
import time
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import opencc
import pyarrow as pa

from crawler.sample.grammar import essay, fill
from crawler.sample.plan import Plans
from pipeline.records import batched
from pipeline.schema import Document, Line, stable_id
from pipeline.text.recover import recover_essays

SEED = 77


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    documents = list(pages(options.pages))
    texts = ["\n".join(line.text for line in document.lines) for document in documents]
    size = sum(len(text.encode()) for text in texts) / 1e6
    batches = list(batched(Document, documents, 256))
    converter = opencc.OpenCC("t2s")
    steps: dict[str, Callable[[], object]] = {
        "recover": lambda: found(batches),
        "OpenCC t2s": lambda: [converter.convert(text) for text in texts],
        "NFKC": lambda: [unicodedata.normalize("NFKC", text) for text in texts],
    }
    print(
        f"{len(documents):,} pages, {size:.1f} MB of text, {found(batches[:2]):,} essays of the first 512 pages"
    )
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(options.rounds):
        for name, step in steps.items():
            start = time.process_time()
            step()
            best[name] = min(best[name], time.process_time() - start)
    for name, seconds in best.items():
        print(f"{name:12} {size / seconds:8.1f} MB/s")


def found(batches: list[pa.RecordBatch]) -> int:
    """Essays that the stage finds."""
    return sum(batch.num_rows for batch in recover_essays(iter(batches), ()))


def pages(count: int) -> Iterator[Document]:
    """Documents of pages that carry one undamaged essay each."""
    plans = Plans(SEED)
    for number in range(count):
        copy = plans.first_copy(number)
        head = plans.head(copy.essay)
        lines = fill(essay(SEED, copy.essay).paragraphs, head, copy.filling)
        url = f"http://www.example.com/{number}.html"
        yield Document(
            page_id=stable_id(url), url=url, site="example", shape="/0.html",
            fetched_at=datetime(2026, 1, 1, tzinfo=UTC), status=200, bytes=0, charset="utf-8",
            charset_reason="meta", title=fill([head.title], head, copy.filling)[0], author="", origin="",
            breadcrumb=(), extractor="content", confidence=1.0, outcome="article", article_url=url, page_no=1,
            text_chars=0, text_hash="", source="a.warc.gz", offset=number, page_count=1, published=None,
            hijack_score=0.0, lines=tuple(map(Line, lines)), cuts=(), rule="", reason="", bucket=0, fetched_url=url, rights=(), reserved="", licence="", contacts=(), digest="",
        )  # fmt: skip


if __name__ == "__main__":
    main()
