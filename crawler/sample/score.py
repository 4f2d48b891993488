"""A finished corpus against the truth of the sample web."""

import functools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
from opencc import OpenCC

from pipeline.dataset.versions import table_files
from pipeline.errors import InputError
from pipeline.text.contacts import find_contacts, mask

FOUND = 0.9
"""Jaccard similarity of 5-character shingles from which on an essay counts as found."""
MATCHED = 0.2
"""Jaccard similarity from which on a row is taken for an attempt at a truth row of its page."""
_COLUMNS = ["essay_id", "url", "text", "published"]


@dataclass(frozen=True, slots=True)
class Scores:
    """How right a corpus is; shares are between 0 and 1, over the articles that were fetched."""

    articles: int
    occurrences: int
    """Essays standing whole on fetched articles."""
    found: float
    """Share of them for which the corpus holds a row of at least 0.9 similarity."""
    rows: int
    spurious: float
    """Share of rows that match no essay of their page."""
    text_precision: float
    text_recall: float
    """Mean over matched whole essays, of 4-character sequences with multiplicity."""
    junk_planted: int
    junk_per_page: float
    """Planted junk lines that are left, per fetched article."""
    duplicate_precision: float
    duplicate_recall: float
    """Over pairs of whole essays."""
    truncated_pairs: int
    truncated_recall: float
    """Over pairs of which at least one is a truncated copy."""
    published_right: int
    published_wrong: int
    published_missing: int

    def lines(self) -> list[str]:
        """The scores for a terminal, a line each."""
        dates = (self.published_right, self.published_wrong, self.published_missing)
        return [
            f"essays found          {self.found:.1%} of {self.occurrences:,} on {self.articles:,} articles",
            f"spurious rows         {self.spurious:.1%} of {self.rows:,}",
            f"text                  precision {self.text_precision:.2%}, recall {self.text_recall:.2%}",
            f"junk lines left       {self.junk_per_page:.3f} a page, of {self.junk_planted:,} planted",
            f"duplicate pairs       precision {self.duplicate_precision:.2%}, recall {self.duplicate_recall:.2%}",
            f"with truncated copies recall {self.truncated_recall:.2%} of {self.truncated_pairs:,} pairs",
            f"publication dates     {dates[0]:,} right, {dates[1]:,} wrong, {dates[2]:,} missing",
        ]


@dataclass(frozen=True, slots=True)
class _Row:
    cluster: str
    text: str
    published: str | None


@dataclass(slots=True)
class _Tally:
    articles: int = 0
    whole: int = 0
    found: int = 0
    rows: int = 0
    spurious: int = 0
    planted: int = 0
    junk: int = 0
    precisions: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)
    dates: Counter[str] = field(default_factory=Counter)
    members: list[tuple[str, int, bool]] = field(default_factory=list)
    """Cluster, original essay and completeness of each matched occurrence."""


def score(truth_file: Path, corpus: Path) -> Scores:
    """Compare the corpus in a folder with the truth that ``SampleWeb.write_truth`` wrote.

    Texts are compared in simplified characters without white space. Rows are matched with the essays of
    their own article, each with one at most, the most similar pairs first.

    Raises:
        InputError: the truth or a table of the corpus is missing.
    """
    if not truth_file.is_file():
        raise InputError(f"{truth_file}: no such file")
    fetched = {row["url"] for row in _table(corpus, "pages", ["url"])}
    rows = _rows(corpus)
    tally = _Tally()
    for url, truths in _articles(truth_file):
        if url in fetched:
            _compare(truths, rows.pop(url, []), tally)
    stray = sum(len(unknown) for unknown in rows.values())
    tally.rows += stray
    tally.spurious += stray
    return _scores(tally)


def _table(corpus: Path, name: str, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    for file in table_files(corpus, name):
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(columns=list(columns)):
                yield from batch.to_pylist()


def _rows(corpus: Path) -> dict[str, list[_Row]]:
    """Rows by article; a dropped row is in the cluster of the one kept for it."""
    rows: dict[str, list[_Row]] = defaultdict(list)
    for name, key in (("essays", "essay_id"), ("duplicates", "kept_id")):
        for row in _table(corpus, name, list(dict.fromkeys([*_COLUMNS, key]))):
            published = str(row["published"]) if row["published"] else None
            rows[str(row["url"])].append(_Row(str(row[key]), _normal(str(row["text"])), published))
    return rows


def _articles(truth_file: Path) -> Iterator[tuple[str, list[Mapping[str, object]]]]:
    """Truth rows by article, as they follow each other in the file."""
    url, truths = "", list[Mapping[str, object]]()
    with truth_file.open(encoding="utf-8") as file:
        for line in file:
            truth = json.loads(line)
            if truths and truth["url"] != url:
                yield url, truths
                truths = []
            url = truth["url"]
            truths.append(truth)
    if truths:
        yield url, truths


def _compare(truths: Sequence[Mapping[str, object]], rows: Sequence[_Row], tally: _Tally) -> None:
    texts = [_normal(str(truth["text"])) for truth in truths]
    matches = _match(texts, [row.text for row in rows])
    tally.articles += 1
    tally.rows += len(rows)
    tally.spurious += len(rows) - len(matches)
    for at, truth in enumerate(truths):
        complete = bool(truth["complete"])
        tally.whole += complete
        if at not in matches:
            continue
        number, similarity = matches[at]
        tally.found += complete and similarity >= FOUND
        tally.members.append((rows[number].cluster, int(str(truth["essay"])), complete))
        if complete:
            precision, recall = _overlap(texts[at], rows[number].text)
            tally.precisions.append(precision)
            tally.recalls.append(recall)
    _compare_page(truths[0], rows, tally)


def _compare_page(first: Mapping[str, object], rows: Sequence[_Row], tally: _Tally) -> None:
    """What is the article's rather than one essay's: junk and the publication date."""
    text = "\n".join(row.text for row in rows)
    planted = first["junk"]
    lines = [_normal(str(line)) for line in planted] if isinstance(planted, list) else []
    tally.planted += len(lines)
    tally.junk += sum(line in text for line in lines)
    if rows:
        said, true = rows[0].published, first["published"]
        tally.dates["right" if said == true else "wrong" if said else "missing"] += 1


def _match(truths: Sequence[str], rows: Sequence[str]) -> dict[int, tuple[int, float]]:
    """Row and similarity for each truth row that has one."""
    wanted, got = [_shingles(text) for text in truths], [_shingles(text) for text in rows]
    pairs = sorted(
        ((_jaccard(a, b), i, j) for i, a in enumerate(wanted) for j, b in enumerate(got)), reverse=True
    )
    matches: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for similarity, i, j in pairs:
        if similarity >= MATCHED and i not in matches and j not in taken:
            matches[i] = (j, similarity)
            taken.add(j)
    return matches


def _shingles(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 5] for at in range(max(1, len(text) - 4)))


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    common = len(a & b)
    return common / (len(a) + len(b) - common)


def _overlap(truth: str, text: str) -> tuple[float, float]:
    """Precision and recall of the text's 4-character sequences."""
    wanted, got = (
        Counter(string[at : at + 4] for at in range(max(1, len(string) - 3))) for string in (truth, text)
    )
    common = (wanted & got).total()
    return common / got.total(), common / wanted.total()


def _pairs(groups: Iterable[object]) -> int:
    """Pairs that lie in one group."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def _scores(tally: _Tally) -> Scores:
    members, whole = tally.members, [member for member in tally.members if member[2]]
    together, whole_together = (_pairs((c, e) for c, e, _ in group) for group in (members, whole))
    same, whole_same = (_pairs(e for _, e, _ in group) for group in (members, whole))
    return Scores(
        articles=tally.articles,
        occurrences=tally.whole,
        found=_share(tally.found, tally.whole),
        rows=tally.rows,
        spurious=_share(tally.spurious, tally.rows, empty=0.0),
        text_precision=_share(sum(tally.precisions), len(tally.precisions)),
        text_recall=_share(sum(tally.recalls), len(tally.recalls)),
        junk_planted=tally.planted,
        junk_per_page=_share(tally.junk, tally.articles, empty=0.0),
        duplicate_precision=_share(together, _pairs(c for c, _, _ in members)),
        duplicate_recall=_share(whole_together, whole_same),
        truncated_pairs=same - whole_same,
        truncated_recall=_share(together - whole_together, same - whole_same),
        published_right=tally.dates["right"],
        published_wrong=tally.dates["wrong"],
        published_missing=tally.dates["missing"],
    )


def _share(part: float, whole: int, *, empty: float = 1.0) -> float:
    return part / whole if whole else empty


def _normal(text: str) -> str:
    return "".join(_t2s().convert(mask(text, find_contacts(text))).split())


@functools.cache
def _t2s() -> OpenCC:
    return OpenCC("t2s")
