"""Lines of a corpus against the lines that stand on the sample web's pages, character for character."""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.dataset as ds
from lxml import etree, html
from opencc import OpenCC

from crawler.sample.damage import Article
from crawler.sample.web import SampleWeb
from pipeline.dataset.versions import table_files
from pipeline.text.contacts import find_contacts, mask
from pipeline.text.page.boxes import lay_out
from pipeline.text.page.tree import Hiding

_ANNOTATION = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]{1,6}\)")
_ENDS = 10
"""Characters at either end by which a line is known again that has a broken byte in it."""
_MOST_PARTS = 4
"""Blocks that a broken line may have become."""


@dataclass(frozen=True, slots=True)
class LineScores:
    """Shares between 0 and 1, over the articles of which the corpus has an essay."""

    precision: float
    """Of the lines in the corpus, those that are the essay's, or stand so on the page."""
    recall: float
    """Of the essays' lines that stand whole on the page (in one piece or broken), those in the corpus."""
    lost: float
    """Of the same lines, those of which neither beginning nor end stands in the corpus: taken for the site's own."""


def score_lines(web: SampleWeb, rows: Iterable[tuple[str, str]]) -> LineScores:
    """Lines of all essays, kept and dropped, of a corpus built from the web.

    Args:
        web: what was crawled.
        rows: URL of the article and text, of each essay.
    """
    found: dict[str, list[str]] = {}
    for url, text in rows:
        found.setdefault(url, []).extend(_lines(text))
    tally: Counter[str] = Counter()
    for number, url in enumerate(web.urls()):
        if url in found:
            _compare(web.article(number), found[url], tally)
    return LineScores(
        tally["right"] / max(1, tally["found"]),
        tally["kept"] / max(1, tally["whole"]),
        tally["lost"] / max(1, tally["whole"]),
    )


def _compare(article: Article, lines: Sequence[str], tally: Counter[str]) -> None:
    found, text = Counter(lines), "".join(lines)
    shown = set(_shown(article))
    true = Counter(line for essay in article.essays for line in _lines(essay.text))
    whole = Counter({line: count for line, count in true.items() if line in shown})
    tally["found"] += found.total()
    tally["right"] += sum(count for line, count in found.items() if line in true or line in shown)
    tally["whole"] += whole.total()
    tally["kept"] += (whole & found).total()
    tally["lost"] += sum(
        line[:_ENDS] not in text and line[-_ENDS:] not in text for line in (whole - found).elements()
    )


def _shown(article: Article) -> Iterator[str]:
    """What stands in the essays' blocks, and what their neighbours make together."""
    blocks = [
        normal(_ANNOTATION.sub("", _text(block.html)))
        for page in article.pages
        for block in page
        if block.kind in ("text", "title")
    ]
    for start in range(len(blocks)):
        for end in range(start + 1, min(start + _MOST_PARTS, len(blocks)) + 1):
            yield "".join(blocks[start:end])


def _text(fragment: str) -> str:
    node: etree._Element = html.fragment_fromstring(fragment, create_parent="div")
    return "".join(block.text for block in lay_out(node, Hiding(node)).blocks)


def _lines(text: str) -> list[str]:
    return [line for part in text.split("\n") if (line := normal(part))]


def normal(text: str) -> str:
    """A text in simplified characters, less its white space and its contact data, as a corpus masks them."""
    return "".join(_t2s().convert(mask(text, find_contacts(text))).split())


@functools.cache
def _t2s() -> OpenCC:
    return OpenCC("t2s")


def rows_of(corpus: Path) -> Iterator[tuple[str, str]]:
    """Rows for ``score_lines`` of a corpus: its essays and what was dropped as their near-duplicates."""
    for name in ("essays", "duplicates"):
        for row in ds.dataset(table_files(corpus, name)).to_table(columns=["url", "text"]).to_pylist():
            yield row["url"], row["text"]
