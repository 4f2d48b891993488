"""Texts that are hard for rounds: chains of neighbours, families of variants, copies, empty and short ones."""

import random

import pyarrow as pa

CHARACTERS = 300


def fresh(chance: random.Random, size: int) -> str:
    return "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(size))


def altered(chance: random.Random, text: str, size: int, start: int | None = None) -> str:
    """With so many characters replaced in one place: 21 of 300 make a Jaccard similarity of .84."""
    at = chance.randrange(len(text) - size) if start is None else start
    return text[:at] + fresh(chance, size) + text[at + size :]


def chain(chance: random.Random, links: int) -> list[str]:
    """Each is like the next (.84), none like the one after that (.71)."""
    texts = [fresh(chance, CHARACTERS)]
    for link in range(links - 1):
        texts.append(altered(chance, texts[-1], 21, 28 * link % 270))
    return texts


def corpus(seed: int, families: int = 60) -> pa.Table:
    """Some two thousand rows in no order, with a score that many share and some lack."""
    chance = random.Random(seed)
    texts: list[str | None] = [None, "", "", "短", "短", "短文", "。", "一二三四"]
    for _ in range(families):
        base = fresh(chance, CHARACTERS + chance.randrange(40))
        texts += [
            altered(chance, base, chance.choice([1, 5, 12, 21, 24, 40])) for _ in range(chance.randrange(12))
        ]
        texts += [base] * chance.choice([1, 1, 1, 2, 5])
        texts += chain(chance, chance.choice([2, 3, 3, 6]))
        texts += [fresh(chance, CHARACTERS) for _ in range(15)]
    chance.shuffle(texts)
    scores = [chance.choice([None, float("nan"), -0.0, 0.0, 1.5, 2.0, 7.25]) for _ in texts]
    return pa.table(
        {
            "id": [f"t{chance.randrange(10**6)}-{row}" for row in range(len(texts))],
            "text": pa.array(texts, pa.large_string()),
            "score": pa.array(scores, pa.float64()),
            "small": pa.array([row % 200 for row in range(len(texts))], pa.uint8()),
            "kind": pa.array(["甲" if row % 3 else "乙" for row in range(len(texts))]).dictionary_encode(),
        }
    )
