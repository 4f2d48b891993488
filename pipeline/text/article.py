"""The pages of an article brought together: in order, injections undone, with what is missing between them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.edits import REMOVED, Traced
from pipeline.schema import Cut, Document, Edit, Line
from pipeline.text.paragraph import Paragraph
from pipeline.text.repair import InjectedPage, Repair
from pipeline.text.script import to_hans


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pages of an article that follow each other."""

    paragraphs: tuple[Paragraph, ...]
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
    unrecovered: int


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
    hans = iter(_simplified([repair.text for repair in repairs]))
    repaired = iter(repairs)
    pages: dict[int, tuple[Paragraph, ...]] = {}
    for document in documents:
        paragraphs = tuple(_paragraphs(document, repaired, hans))
        known = pages.get(document.page_no, ())
        if known and [each.text for each in known] == [each.text for each in paragraphs]:
            paragraphs = tuple(each.removed("repeated_page") for each in paragraphs)
        pages[document.page_no] = known + paragraphs
    return Article(
        first,
        title.text,
        tuple(_stretches(pages, max(document.page_count for document in documents), rejected)),
        len(documents),
        sum(repair.unrecovered for repair in repairs),
    )


def raw_text(lines: Sequence[Line], cuts: Sequence[Cut]) -> str:
    """The main text of a page as it was read, with all that was cut out of it."""
    return "\n".join(traced.raw() for traced in _traced(lines, cuts))


def _traced(lines: Sequence[Line], cuts: Sequence[Cut]) -> Iterator[Traced]:
    """The lines of a page, each with what was cut out of it."""
    edits: dict[int, list[Edit]] = {}
    for cut in cuts:
        edits.setdefault(cut.line, []).append(Edit(cut.at, cut.at, cut.text, REMOVED, cut.rule))
    for number, line in enumerate(lines):
        yield Traced(line.text, tuple(edits.get(number, ())))


def _paragraphs(document: Document, repaired: Iterator[Repair], hans: Iterator[str]) -> Iterator[Paragraph]:
    """The paragraphs of a document; of the iterators over all of the article's, as many are taken."""
    if not document.cuts:
        for line, repair, simplified in zip(document.lines, repaired, hans, strict=False):
            yield Paragraph(Traced(repair.text, repair.edits), simplified, line.head, line.rule)
        return
    for line, traced in zip(document.lines, _traced(document.lines, document.cuts), strict=True):
        yield _paragraph(line, traced, next(repaired), next(hans))


def _paragraph(line: Line, traced: Traced, repair: Repair, hans: str) -> Paragraph:
    if not traced.edits:
        traced = Traced(repair.text, repair.edits)
    else:
        grown = len(repair.text) - len(line.text)
        for edit in reversed(repair.edits):
            after = repair.text[edit.start : edit.end]
            grown -= len(after) - len(edit.before)
            start = edit.start - grown
            traced = traced.replaced(replace(edit, start=start, end=start + len(edit.before)), after)
    return Paragraph(traced, hans, line.head, line.rule)


def _simplified(texts: Sequence[str]) -> list[str]:
    """Each text in simplified characters, one for one."""
    text = "\n".join(texts)
    hans = to_hans(text)
    if hans == text:
        return list(texts)
    lines = hans.split("\n")
    if len(lines) == len(texts) and all(len(a) == len(b) for a, b in zip(lines, texts, strict=True)):
        return lines
    return ["".join(map(to_hans, text)) for text in texts]


def _stretches(
    pages: Mapping[int, tuple[Paragraph, ...]], count: int, rejected: Mapping[int, str]
) -> Iterator[Stretch]:
    total = max(count, *pages)
    if total == len(pages) == 1:
        yield Stretch(pages[1], "", "")
        return
    places = itertools.groupby(enumerate(sorted(pages)), key=lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in run] for _, run in places]
    before = 0
    for run, following in zip(runs, [*(run[0] for run in runs[1:]), total + 1], strict=True):
        yield Stretch(
            tuple(paragraph for number in run for paragraph in pages[number]),
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
