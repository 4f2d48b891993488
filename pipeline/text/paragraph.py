"""Paragraphs of an article on their way: all of them stay in the list, those that are not the author's marked."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.edits import REMOVED, Traced, shifted
from pipeline.schema import Edit
from pipeline.text.script import to_hans

REJOINED = "rejoined"
"""Kind of the repair that brings the halves of a torn sentence together."""


class Paragraph(NamedTuple):
    """One paragraph, in its own script and in simplified characters, one for one."""

    traced: Traced
    hans: str
    head: bool = False
    """The page marks it up as a heading."""
    rule: str = ""
    """Why it is not the author's, empty if it is."""
    score: float = 1.0

    @classmethod
    def of(cls, text: str, *, head: bool = False) -> "Paragraph":
        """A paragraph as it stands on a page."""
        return cls(Traced(text), to_hans(text), head)

    @property
    def text(self) -> str:
        """As published."""
        return self.traced.text

    def removed(self, rule: str, score: float = 1.0) -> "Paragraph":
        """The same, marked as no part of the essay."""
        return Paragraph(self.traced, self.hans, self.head, rule, score)

    def without(self, start: int, end: int, rule: str, score: float = 1.0) -> "Paragraph":
        """The same less some of its characters."""
        return self._replace(
            traced=self.traced.without(start, end, rule, score),
            hans=self.hans[:start] + self.hans[end:],
        )

    def rejoined(self, between: Iterable["Paragraph"], other: "Paragraph", score: float) -> "Paragraph":
        """Two halves of a sentence in one paragraph, with what was removed from between them."""
        seam = [Edit(0, 0, "\n" + junk.traced.raw(), REMOVED, junk.rule, junk.score) for junk in between]
        joint = Edit(0, 0, "\n", REJOINED, score=score)
        return self._replace(
            traced=self.traced.followed_by(other.traced, *seam, joint), hans=self.hans + other.hans
        )


def written(paragraphs: Iterable[Paragraph]) -> list[Paragraph]:
    """Those that are the author's."""
    return [paragraph for paragraph in paragraphs if not paragraph.rule]


def publish(paragraphs: Sequence[Paragraph]) -> Traced:
    """The text of the paragraphs that are the author's, and edits for all that stood between them."""
    parts: list[str] = []
    edits: list[Edit] = []
    size = 0
    for paragraph in paragraphs:
        traced = paragraph.traced
        if paragraph.rule:
            raw = traced.raw()
            before = "\n" + raw if parts else raw + "\n"
            edits.append(Edit(size, size, before, REMOVED, paragraph.rule, paragraph.score))
            continue
        if parts:
            size += 1
        parts.append(traced.text)
        if traced.edits:
            edits += shifted(traced.edits, size)
        size += len(traced.text)
    return Traced("\n".join(parts), tuple(edits))
