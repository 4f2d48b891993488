"""What the user of `dedupe` chose."""

import math
import os
import re
from dataclasses import asdict, dataclass
from typing import Literal

from pipeline.dedup.minhash import SEED, Hash, Sketch
from pipeline.dedup.order import Keep
from pipeline.dedup.search import Wanted
from pipeline.dedup.sha1 import MOST_CHARACTERS
from pipeline.dedup.shingles import Kind, Tokens
from pipeline.dedupe.source import Columns
from pipeline.errors import InputError

Mask = Literal["none", "zh"]
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(i?)B?|B?)", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
_LEAST_MEMORY = 64 << 20


@dataclass(frozen=True, slots=True)
class Options:
    """What to compare and what to keep."""

    text_column: str = "text"
    id_column: str | None = None
    threshold: float = 0.8
    ngram: int = 5
    tokens: Kind = "characters"
    num_perm: int = 128
    hash: Hash = "multilinear"
    keep: Keep = "first"
    order_by: str | None = None
    mask: Mask = "none"
    contained: float | None = None
    contained_drop: Literal["part", "whole"] = "part"
    passages: bool = False
    drop_repeats: bool = False

    def __post_init__(self) -> None:
        """See that they go together.

        Raises:
            InputError: they do not.
        """
        if self.keep == "best" and not self.order_by:
            raise InputError("to keep the best, --order-by says which column tells what is best")
        if math.isnan(self.threshold) or math.isnan(self.contained or 0):
            raise InputError("a share is a number between 0 and 1, not nan")
        if self.hash == "sha1" and (self.tokens == "words" or self.ngram > MOST_CHARACTERS):
            raise InputError(f"--hash sha1 is for n-grams of at most {MOST_CHARACTERS} characters")

    @property
    def wanted(self) -> Wanted:
        """What counts as a repetition."""
        sketch = Sketch(Tokens(self.ngram, self.tokens), self.num_perm, SEED, self.hash)
        return Wanted(self.threshold, sketch, self.contained, self.contained_drop)

    @property
    def columns(self) -> Columns:
        """The columns that matter."""
        return Columns(self.text_column, self.id_column, self.order_by)

    @property
    def names_input_order(self) -> bool:
        """Whether the order of the input decides what stays."""
        return self.keep == "first" and self.order_by is None

    def parameters(self) -> dict[str, object]:
        """All of them, for a manifest."""
        return {**asdict(self), "seed": SEED}


def memory_bytes(text: str | None) -> int:
    """A size such as ``2GiB`` in bytes; half of the machine's memory if nothing is said.

    Raises:
        InputError: it is no size, or too small to work in.
    """
    if text is None:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise InputError(f"{text!r} is no size; write it like 2GiB or 500MB")
    base = 1024 if match[3] or not match[2] else 1000
    size = int(float(match[1]) * base ** _POWERS[(match[2] or "").upper()])
    if size < _LEAST_MEMORY:
        raise InputError(f"{text} is too little memory; at least {_LEAST_MEMORY >> 20} MiB are needed")
    return size
