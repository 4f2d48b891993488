"""The list of byte pairs that a mirror annotates, as far as one page shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.text.pinyin.injection import traditional_pairs

_NEW_ENTRY_SCORE = -1.0


@dataclass(frozen=True, slots=True)
class Entries:
    """The mirror's list: what the page proves to be on it, and what it proves not to be.

    Scores are natural logarithms: 0 for an entry that plain spots show, less for one that only a
    shifted run would show.
    """

    known: Mapping[bytes, str]
    """Byte pairs annotated in plain spots, with their pinyin."""
    refuted: frozenset[bytes] = frozenset()
    """Byte pairs that stand on the page without annotation."""

    def pairs(self, pinyin: str) -> Iterator[tuple[bytes, float]]:
        """Byte pairs that may carry this annotation, with their scores."""
        for pair in traditional_pairs(pinyin):
            if pair not in self.refuted and pair not in self.known:
                yield pair, _NEW_ENTRY_SCORE
        for pair, own in self.known.items():
            if own == pinyin:
                yield pair, 0.0

    def score(self, pair: bytes, pinyin: str) -> float | None:
        """Score of an annotation behind this pair; None if it cannot be the list's."""
        if pair in self.known:
            return 0.0 if self.known[pair] == pinyin else None
        return _NEW_ENTRY_SCORE if pair in traditional_pairs(pinyin) and pair not in self.refuted else None
