"""Pages on which every line has a label, and how recovery does on them.

A page is one JSON object a line: ``title`` and ``lines``, each with its ``text``, a ``label`` (``text`` for the
author's, ``title`` for what heads an essay, ``junk`` for the site's) and the ordinal of its ``essay``; ``joins``
says that a sentence torn over two lines goes on here, ``cut`` which words a link seller glued to it.
"""

import bisect
import json
import lzma
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.edits import REMOVED, Traced
from pipeline.text.essays import essays_in
from pipeline.text.paragraph import REJOINED, Paragraph, publish

FOLDER = Path(__file__).parent / "labelled"
DEVELOPED_ON = ("first", "second", "third", "fourth")
"""Sets that rules and models may learn from; the others are kept aside."""
KEPT, OUT, JOINED, BORDER = "k", "o", "j", "b"
"""What became of a character of the page; a border is the line end between two essays."""
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares between 0 and 1."""

    pages: int
    essay_f1: float
    """Of the places where an essay begins, on pages of several: the title counts as well as what it heads."""
    alone: float
    """Of the pages of one essay, those left whole."""
    junk: float
    """Of the site's lines, those taken out."""
    damaged: float
    """Of the author's lines, those that lost a character."""
    cut: float
    """Of the author's lines with a seller's words glued to them, those left exactly as written."""
    rejoined: float
    """Of the torn sentences, those that are whole again."""
    rejoined_at_cut: float
    """The same where a seller's words tore them."""
    wrongly_joined: float
    """Of the author's lines that begin a paragraph, those hung on to the one before."""


def read(name: str) -> list[dict[str, Any]]:
    """The pages of a set."""
    with lzma.open(FOLDER / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def score(pages: Iterable[Mapping[str, Any]]) -> Scores:
    """How recovery does on the pages."""
    tally: Counter[str] = Counter()
    for page in pages:
        tally["pages"] += 1
        _score_page(page["title"], page["lines"], tally)

    def share(part: str, whole: str) -> float:
        return tally[part] / tally[whole] if tally[whole] else 1.0

    return Scores(
        tally["pages"],
        2 * tally["found"] / (tally["begun"] + tally["said"]),
        share("alone right", "alone"),
        share("junk out", "junk"),
        share("damaged", "own"),
        share("cut right", "cut"),
        share("whole again", "torn"),
        share("whole again at cut", "torn at cut"),
        share("wrongly joined", "apart"),
    )


def _score_page(title: str, lines: Sequence[Line], tally: Counter[str]) -> None:
    fates, starts = _recovered(title, lines)
    ends = [0]
    for line in lines:
        ends.append(ends[-1] + len(line["text"]) + 1)
    places = [bisect.bisect_right(ends, start) - 1 for start in starts]
    spans = list(_beginnings(lines))
    found = sum(any(first <= place <= last for place in places) for first, last in spans)
    if len(spans) > 1:
        tally.update({"found": found, "begun": len(spans), "said": len(places)})
    else:
        tally.update({"alone": 1, "alone right": len(places) == 1})
    for at, line in enumerate(lines):
        fate = fates[ends[at] : ends[at + 1] - 1]
        if line["label"] == "junk":
            tally.update({"junk": 1, "junk out": KEPT not in fate})
        elif line["label"] == "text":
            _score_own(lines, at, fate, fates[_end_of_own(lines, at, ends) : ends[at + 1] - 1], tally)


def _score_own(lines: Sequence[Line], at: int, fate: str, since: str, tally: Counter[str]) -> None:
    """One of the author's lines: what became of it, and of the page since the author's line before it."""
    line = lines[at]
    if "cut" in line:
        written = line["text"]
        for words in line["cut"]:
            written = written.replace(words, "", 1)
        kept = "".join(char for char, what in zip(line["text"], fate, strict=True) if what == KEPT)
        tally.update({"cut": 1, "cut right": "".join(kept.split()) == "".join(written.split())})
    else:
        tally.update({"own": 1, "damaged": set(fate) != {KEPT}})
    if line.get("joins"):
        whole = JOINED in since and BORDER not in since
        glued = " at cut" * ("cut" in line)
        tally.update({"torn": 1, "whole again": whole})
        if glued:
            tally.update({"torn at cut": 1, "whole again at cut": whole})
    elif at and lines[at - 1]["label"] == "text" and lines[at - 1]["essay"] == line["essay"]:
        tally.update({"apart": 1, "wrongly joined": JOINED in since})


def _end_of_own(lines: Sequence[Line], at: int, ends: Sequence[int]) -> int:
    """Where the line ends that stands before a line, the site's lines left out."""
    before = at - 1
    while before >= 0 and lines[before]["label"] == "junk":
        before -= 1
    return ends[before + 1] - 1 if before >= 0 else 0


def _beginnings(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """For each essay, the lines between which it may be said to begin: behind the one before, and its first."""
    own = [(at, line["essay"]) for at, line in enumerate(lines) if line["label"] == "text"]
    for essay in sorted({essay for _, essay in own}):
        first = min(at for at, other in own if other == essay)
        yield max((at for at, other in own if other < essay), default=-1) + 1, first


def _recovered(title: str, lines: Sequence[Line]) -> tuple[str, list[int]]:
    """What became of each character of the page, and where the essays begin that were found."""
    drafts = essays_in([Paragraph.of(line["text"]) for line in lines], title)
    fates: list[str] = []
    starts = []
    raw = []
    for draft in drafts:
        traced = publish(draft.paragraphs)
        fate = "".join(_fates(traced))
        starts.append(sum(map(len, fates)) + len(fates) + fate.index(KEPT))
        fates.append(fate)
        raw.append(traced.raw())
    assert "\n".join(raw) == "\n".join(line["text"] for line in lines)
    return BORDER.join(fates), starts


def _fates(traced: Traced) -> Iterator[str]:
    at = 0
    for edit in traced.edits:
        yield KEPT * (edit.start - at)
        what = {REMOVED: OUT, REJOINED: JOINED}.get(edit.kind, KEPT)
        yield what * len(edit.before)
        at = edit.end
    yield KEPT * (len(traced.text) - at)
