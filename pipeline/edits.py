"""A text and what leads back to the page: every change is an edit, so nothing is lost by changing it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from pipeline.schema import Edit

REMOVED = "removed"
"""Kind of an edit that took out what is not the author's; all others are repairs."""


class Traced(NamedTuple):
    """A text and its edits, in order of their places."""

    text: str
    edits: tuple[Edit, ...] = ()

    def raw(self) -> str:
        """What stood on the page."""
        return restore(self.text, self.edits)

    def without(self, start: int, end: int, rule: str, score: float = 1.0) -> "Traced":
        """The text less ``text[start:end]``, which is noted as removed."""
        return self.replaced(Edit(start, end, "", REMOVED, rule, score), "")

    def replaced(self, edit: Edit, after: str) -> "Traced":
        """The text with ``after`` in place of ``text[edit.start:edit.end]``; the edit tells why.

        Earlier edits in that place become part of the new one, as do those that lie across its borders.
        """
        start, end = edit.start, edit.end
        across = [
            other for other in self.edits if other.start < start < other.end or other.start < end < other.end
        ]
        low = min((start, *(other.start for other in across)))
        high = max((end, *(other.end for other in across)))
        before = [other for other in self.edits if other.end <= low]
        behind = [other for other in self.edits[len(before) :] if other.start >= high]
        inside = self.edits[len(before) : len(self.edits) - len(behind)]
        raw = restore(self.text[low:high], shifted(inside, -low))
        middle = self.text[low:start] + after + self.text[end:high]
        new = replace(edit, start=low, end=low + len(middle), before=raw)
        grown = len(middle) - (high - low)
        return Traced(self.text[:low] + middle + self.text[high:], (*before, new, *shifted(behind, grown)))

    def followed_by(self, other: "Traced", *between: Edit) -> "Traced":
        """Both texts in one, with edits at the seam whose places are counted from it."""
        size = len(self.text)
        return Traced(
            self.text + other.text,
            (*self.edits, *shifted(between, size), *shifted(other.edits, size)),
        )


def restore(text: str, edits: Iterable[Edit]) -> str:
    """What stood on the page, from a text and its edits, in order."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += (text[at : edit.start], edit.before)
        at = edit.end
    return "".join((*parts, text[at:]))


def shifted(edits: Sequence[Edit], by: int) -> tuple[Edit, ...]:
    """The edits of a text that has ``by`` more characters in front."""
    if not by or not edits:
        return tuple(edits)
    return tuple(replace(edit, start=edit.start + by, end=edit.end + by) for edit in edits)
