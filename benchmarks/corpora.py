"""Texts to measure with: invented Chinese, English, Japanese and code, with reposts whose similarity is known."""

import functools
import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipeline.text.words import word_costs

CHARACTERS = 1200
_MARKS = ("，", "，", "，", "。", "。", "；", "、")
_COMMON = 20_000
"""Words that are used."""
_SHARED = 0.15
"""Share of the clauses that stand in many texts."""


@functools.cache
def _words() -> tuple[list[str], "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """The commonest words, and their shares added up."""
    costs = word_costs()
    words = sorted(costs, key=lambda word: (costs[word], word))[:_COMMON]
    shares = np.exp([-costs[word] for word in words])
    return words, np.cumsum(shares / shares.sum())


def clauses(count: int, seed: int) -> list[str]:
    """Clauses of some words each, as common in them as in Chinese, with a mark behind."""
    draw = np.random.default_rng(seed)
    words, shares = _words()
    sizes = draw.integers(3, 9, count)
    picked = np.searchsorted(shares, draw.random(int(sizes.sum()))).clip(max=len(words) - 1)
    ends, marks = np.cumsum(sizes).tolist(), draw.integers(0, len(_MARKS), count).tolist()
    start, result = 0, []
    names = [words[at] for at in picked.tolist()]
    for end, mark in zip(ends, marks, strict=True):
        result.append("".join(names[start:end]) + _MARKS[mark])
        start = end
    return result


def reports(count: int, seed: int = 1, characters: int = CHARACTERS) -> list[str]:
    """Texts of about so many characters, of which about a fifth repeat another one to 70 to 100 %."""
    chance = random.Random(seed)
    shared = clauses(5_000, seed + 1_000_003)
    texts: list[str] = []
    fresh: list[str] = []
    batch = 0
    while len(texts) < count:
        own: list[str] = []
        size = 0
        while size < characters:
            if not fresh:
                batch += 1
                fresh = clauses(200_000, seed * 1009 + batch)
            clause = chance.choice(shared) if chance.random() < _SHARED else fresh.pop()
            own.append(clause)
            size += len(clause)
        texts.append("".join(own))
        copies = chance.choice([0, 0, 0, 0, 1, 2, 4])
        texts.extend(repost(chance, own, chance.uniform(0, 0.12), fresh) for _ in range(copies))
    chance.shuffle(texts)
    return texts[:count]


def repost(chance: random.Random, own: Sequence[str], share: float, fresh: list[str]) -> str:
    """The text with about this share of its clauses replaced."""
    return "".join(fresh.pop() if fresh and chance.random() < share else clause for clause in own)


def table(texts: Sequence[str]) -> pa.Table:
    """Texts with an id and another column."""
    return pa.table(
        {
            "id": [f"doc-{row:07d}" for row in range(len(texts))],
            "text": pa.array(texts, pa.large_string()),
            "likes": np.arange(len(texts)) % 97,
        }
    )
