"""What an index was made with: answers of one with other parameters would be wrong without a sign."""

from dataclasses import dataclass

from pipeline.dedup.bands import Bands
from pipeline.dedup.minhash import Sketch
from pipeline.dedup.verify import least_agreement

PERMUTATIONS_A_WORD = 32


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that decides which documents match.

    Raises:
        ValueError: the threshold is out of its range, or the bands need more permutations than there are.
    """

    threshold: float
    """Jaccard similarity from which on a text repeats another, in (0, 1]."""
    sketch: Sketch
    bands: int
    rows: int
    """Permutations a band."""
    mask: str = ""
    """How texts were prepared before they were compared, such as ``zh``; empty where they were left alone."""

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ValueError("threshold must be in (0, 1]")
        if self.bands < 1 or self.rows < 1 or self.bands * self.rows > self.sketch.num_perm:
            raise ValueError(
                f"{self.bands} bands of {self.rows} rows do not fit {self.sketch.num_perm} permutations"
            )

    @classmethod
    def of(cls, threshold: float, sketch: Sketch, bands: Bands, mask: str = "") -> "Parameters":
        """From what the search itself goes by."""
        return cls(threshold, sketch, bands.bands, bands.rows, mask)

    def values(self) -> dict[str, str | int | float]:
        """Each by its name, for the manifest."""
        tokens, sketch = self.sketch.tokens, self.sketch
        return {
            "threshold": self.threshold,
            "ngram": tokens.ngram,
            "kind": tokens.kind,
            "num_perm": sketch.num_perm,
            "seed": sketch.seed,
            "hash": sketch.hash,
            "bands": self.bands,
            "rows": self.rows,
            "mask": self.mask,
        }

    @property
    def lists(self) -> int:
        """Sorted lists of a segment: one a band, and one of contents."""
        return self.bands + 1

    @property
    def words(self) -> int:
        """64-bit words of a packed sketch: two bits a permutation."""
        return -(-self.sketch.num_perm // PERMUTATIONS_A_WORD)

    @property
    def most_differing(self) -> int:
        """Permutations whose two bits may differ before a pair is set aside.

        Two bits agree with probability ``J + (1 - J) / 4`` (Li and König, "b-bit minwise hashing", 2010); a pair
        of exactly the threshold is missed with a probability of at most 1e-6.
        """
        agree = self.threshold + (1 - self.threshold) / 4
        return self.sketch.num_perm - least_agreement(self.sketch.num_perm, agree)


def differences(stored: dict[str, str | int | float], wanted: dict[str, str | int | float]) -> str:
    """Each name whose values differ, with both, in one line; empty where all are equal."""
    names = [*wanted, *(name for name in stored if name not in wanted)]
    return ", ".join(
        f"{name} {stored.get(name, 'unset')!r} (now {wanted.get(name, 'unset')!r})"
        for name in names
        if stored.get(name) != wanted.get(name)
    )
