"""The pages of an article brought together: in order, injections undone, with what is missing between them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.schema import Document, Line, RemovedLine
from pipeline.text.repair import InjectedPage, Repair


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pages of an article that follow each other."""

    lines: tuple[Line, ...]
    gap_before: str
    """Which pages are missing before them, in words; empty if none is."""
    gap_behind: str


@dataclass(frozen=True, slots=True)
class Article:
    """What there is of an article."""

    first: Document
    title: str
    stretches: tuple[Stretch, ...]
    pages: int
    repairs: int
    unrecovered: int
    removed: tuple[RemovedLine, ...]
    """Lines that were taken out page by page."""


def join(documents: Sequence[Document], rejected: Mapping[int, str]) -> Article:
    """An article from its documents, sorted by page.

    Args:
        documents: at least one.
        rejected: by page number, the rule that rejected a page.
    """
    first = documents[0]
    texts = [first.title, *(line.text for document in documents for line in document.lines)]
    injected = InjectedPage.detect(texts)
    title, *repairs = (Repair(text) if injected is None else injected.repair(text) for text in texts)
    repaired = iter(repairs)
    pages: dict[int, tuple[Line, ...]] = {}
    for document in documents:
        lines = tuple(replace(line, text=next(repaired).text) for line in document.lines)
        known = pages.get(document.page_no, ())
        pages[document.page_no] = known if lines == known else known + lines
    return Article(
        first,
        title.text,
        tuple(_stretches(pages, max(document.page_count for document in documents), rejected)),
        len(documents),
        sum(len(repair.edits) for repair in repairs),
        sum(repair.unrecovered for repair in repairs),
        tuple(line for document in documents for line in document.removed),
    )


def _stretches(
    pages: Mapping[int, tuple[Line, ...]], count: int, rejected: Mapping[int, str]
) -> Iterator[Stretch]:
    total = max(count, *pages)
    places = itertools.groupby(enumerate(sorted(pages)), key=lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in run] for _, run in places]
    before = 0
    for run, following in zip(runs, [*(run[0] for run in runs[1:]), total + 1], strict=True):
        yield Stretch(
            tuple(line for number in run for line in pages[number]),
            _gap(range(before + 1, run[0]), total, rejected),
            _gap(range(run[-1] + 1, following), total, rejected),
        )
        before = run[-1]


def _gap(missing: range, total: int, rejected: Mapping[int, str]) -> str:
    if not missing:
        return ""
    words = f"page {missing[0]} of {total} is missing"
    if len(missing) > 1:
        words = f"pages {missing[0]} to {missing[-1]} of {total} are missing"
    rules = dict.fromkeys(rejected[number] for number in missing if number in rejected)
    return f"{words} (rejected: {', '.join(rules)})" if rules else words
