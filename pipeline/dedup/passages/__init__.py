"""Sentences and paragraphs that many texts have in common: the stock of formulaic language.

A paragraph is a line; where a sentence of it ends and what of a passage counts, `sentences` and `masked` spell out.
"""

from pipeline.dedup.passages.count import SCHEMA
from pipeline.dedup.passages.cut import SHORTEST
from pipeline.dedup.passages.search import passages
from pipeline.dedup.passages.sentences import SHORTEST_REPEATED, masked, sentences, without_repeats

__all__ = ["SCHEMA", "SHORTEST", "SHORTEST_REPEATED", "masked", "passages", "sentences", "without_repeats"]
