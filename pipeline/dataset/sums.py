"""Digests of a version's files, for whoever has copied them."""

import hashlib

from pipeline.dataset.facts import Facts
from pipeline.dataset.shards import files_of


def sums(facts: Facts) -> str:
    """The text that ``sha256sum -c`` reads in the folder of the corpus: a line for each Parquet file."""
    return "".join(f"{shard.sha256}  {shard.file}\n" for shard in files_of(facts.files))


def digest(facts: Facts) -> str:
    """One digest for a version, to cite: the SHA-256 of its ``sums``, in hexadecimal digits."""
    return hashlib.sha256(sums(facts).encode()).hexdigest()
