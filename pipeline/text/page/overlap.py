"""How much of one text stands in another: what extractors are measured by, and two readings compared."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

_TOKEN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[a-z0-9]+")
_SHINGLE = 4


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shares between 0 and 1."""

    precision: float
    """Of what was found, how much is in the truth."""
    recall: float
    """Of the truth, how much was found."""

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def overlap(found: str, truth: str) -> Overlap:
    """Overlap of the multisets of 4-token shingles; a token is a Chinese character or a run of letters or digits.

    Marks and white space do not count, nor width and case (NFKC, lower case). A text of fewer than four
    tokens is one shingle; where nothing is in common, both shares are 0.
    """
    one, two = _shingles(found), _shingles(truth)
    common = (one & two).total()
    return Overlap(common / one.total(), common / two.total()) if common else Overlap(0.0, 0.0)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text).lower())
    if len(tokens) < _SHINGLE:
        return Counter([tuple(tokens)] if tokens else [])
    return Counter(zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False))
