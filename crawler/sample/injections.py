"""Link sellers' lines that a corpus removed, against those that stand on the sample web's pages."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow.dataset as ds

from crawler.sample.damage import BLACKLIST, Article
from crawler.sample.lines import normal, rows_of
from crawler.sample.web import SampleWeb
from pipeline.dataset.versions import table_files

_LINK = re.compile(r'<a href="/lvyou/\d+\.html" title="([^"]*)">.*?</a>')
_RULES = frozenset({"injected_line", "injected_glued", "injected_anchor"})
_REACH = 8
"""Characters on either side of a seam by which the whole sentence is known again."""


@dataclass(frozen=True, slots=True)
class InjectionScores:
    """Shares between 0 and 1, over the articles of which the corpus has an essay."""

    planted: int
    precision: float
    """Of the lines removed as injected, those that were planted."""
    recall: float
    """Of the planted ones, those that were removed, by whatever rule."""
    glued: int
    rejoined: float
    """Of the sentences torn by one, those that stand whole in the corpus."""


def score_injections(web: SampleWeb, corpus: Path) -> InjectionScores:
    """Planted lines and torn sentences of a corpus built from the web."""
    texts: dict[str, str] = {}
    for url, text in rows_of(corpus):
        texts[url] = texts.get(url, "") + _compared(text)
    removed: dict[str, Counter[str]] = {}
    by_rule: dict[str, Counter[str]] = {}
    for url, rule, line in _removed(corpus):
        removed.setdefault(url, Counter())[line] += 1
        if rule in _RULES:
            by_rule.setdefault(url, Counter())[line] += 1
    tally: Counter[str] = Counter()
    for number, url in enumerate(web.urls()):
        if url not in texts:
            continue
        article = web.article(number)
        planted = Counter(_planted(article))
        tally["planted"] += planted.total()
        tally["found"] += (planted & removed.get(url, Counter())).total()
        tally["taken"] += by_rule.get(url, Counter()).total()
        tally["right"] += (planted & by_rule.get(url, Counter())).total()
        seams = list(_seams(article))
        tally["glued"] += len(seams)
        tally["whole"] += sum(seam in texts[url] for seam in seams)
    return InjectionScores(
        tally["planted"],
        tally["right"] / max(1, tally["taken"]),
        tally["found"] / max(1, tally["planted"]),
        tally["glued"],
        tally["whole"] / max(1, tally["glued"]),
    )


def _planted(article: Article) -> Iterator[str]:
    for page in article.pages:
        for block in page:
            yield from (normal(html.unescape(line)) for line in _LINK.findall(block.html))


def _seams(article: Article) -> Iterator[str]:
    """What stands on both sides of a link that tears a sentence."""
    for page in article.pages:
        for first, second in pairwise(page):
            link = _LINK.match(second.html) if first.kind == second.kind == "text" else None
            if link and "<" not in first.html:
                rest = _compared(html.unescape(second.html[link.end() :]))
                yield _compared(html.unescape(first.html))[-_REACH:] + rest[:_REACH]


def _compared(text: str) -> str:
    """A text less what a site deletes, for it may have been restored meanwhile."""
    return normal(text).translate(dict.fromkeys(map(ord, BLACKLIST)))


def _removed(corpus: Path) -> Iterable[tuple[str, str, str]]:
    table = ds.dataset(table_files(corpus, "removed_lines")).to_table(["url", "rule", "text"])
    for row in table.to_pylist():
        yield row["url"], row["rule"], normal(row["text"])
