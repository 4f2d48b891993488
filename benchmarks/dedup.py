"""Near-duplicate search: what it finds against an exact join, and how fast it is beside datasketch.

    python benchmarks/dedup.py [--documents 4000] [--rounds 3]

Texts are invented (sentences of random characters, part of them shared by many texts; reposts with more
or less replaced). Times are wall clock on one core; both tools see the same texts in alternation, and the
ratio, not the absolute figure, is what holds on another machine.
"""

import argparse
import itertools
import random
import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from datasketch import MinHash, MinHashLSH

from pipeline.dedup.near import near_duplicates
from pipeline.dedup.shingles import as_texts, shingle_sets, shingles

HAN = [chr(point) for point in range(0x4E00, 0x4E00 + 3000)]
THRESHOLDS = (0.6, 0.7, 0.8, 0.9)
Pairs = list[tuple[int, int]]


def corpus(count: int, seed: int, sentences: int = 40) -> list[str]:
    """Texts of about 1,200 characters; of half of them there are up to four changed copies."""
    chance = random.Random(seed)
    shared = [sentence(chance) for _ in range(2000)]
    texts: list[str] = []
    while len(texts) < count:
        original = [
            chance.choice(shared) if chance.random() < 0.3 else sentence(chance) for _ in range(sentences)
        ]
        texts.append("".join(original))
        for _ in range(chance.choice([0, 0, 0, 1, 2, 4])):
            texts.append(repost(chance, texts[-1], share=chance.uniform(0, 0.3)))
    chance.shuffle(texts)
    return texts[:count]


def sentence(chance: random.Random) -> str:
    return "".join(chance.choices(HAN, k=chance.randint(15, 45))) + "。"


def repost(chance: random.Random, text: str, share: float) -> str:
    """The text with about this share of it replaced, in runs of a few characters."""
    characters = list(text)
    for _ in range(round(share * len(text) / 8)):
        start = chance.randrange(len(text) - 8)
        characters[start : start + 8] = chance.choices(HAN, k=8)
    return "".join(characters)


def exact_join(texts: list[str], threshold: float) -> Pairs:
    """All pairs at or above the threshold, by comparing all pairs."""
    sets = shingle_sets(as_texts(texts), 5)
    numbers = np.unique(np.concatenate(sets), return_inverse=True)[1]
    sizes = np.array([len(one) for one in sets])
    starts = np.cumsum(sizes) - sizes
    member = np.zeros(int(numbers.max()) + 1, np.bool_)
    pairs: Pairs = []
    for row in range(len(texts) - 1):
        own = numbers[starts[row] : starts[row] + sizes[row]]
        member[own] = True
        rest = starts[row + 1 :] - starts[row + 1]
        common = np.add.reduceat(member[numbers[starts[row + 1] :]], rest, dtype=np.int64)
        member[own] = False
        similarity = common / (sizes[row] + sizes[row + 1 :] - common)
        pairs += [(row, row + 1 + int(other)) for other in np.flatnonzero(similarity >= threshold)]
    return pairs


def ours(texts: list[str], threshold: float = 0.8) -> set[int]:
    return set(near_duplicates(list(map(str, range(len(texts)))), texts, threshold=threshold).kept.tolist())


def datasketch(texts: list[str], threshold: float = 0.8) -> set[int]:
    """Its default: SHA-1, 128 permutations, a text goes if the index answers anything."""
    index = MinHashLSH(threshold=threshold, num_perm=128)
    kept = set()
    for row, text in enumerate(texts):
        signature = MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in shingles(text)])
        if not index.query(signature):
            index.insert(row, signature)
            kept.add(row)
    return kept


def found(pairs: Pairs, kept: set[int]) -> float:
    """Share of the pairs with at least one side removed."""
    return 1 - sum(kept.issuperset(pair) for pair in pairs) / len(pairs)


def justified(pairs: Pairs, kept: set[int], count: int) -> float:
    """Share of the removed rows that have a kept row at or above the threshold."""
    repeated = {row for pair in pairs for row, other in (pair, pair[::-1]) if other in kept}
    removed = set(range(count)) - kept
    return len(removed & repeated) / len(removed)


def quality(count: int) -> None:
    texts = corpus(count, seed=1)
    print(f"{count:,} texts against an exact join: pairs with a side removed, removals with a kept match")
    for threshold in THRESHOLDS:
        pairs = exact_join(texts, threshold)
        print(f"  J >= {threshold}: {len(pairs):,} pairs", end="")
        for name, search in (("fanwen", ours), ("datasketch", datasketch)):
            kept = search(texts, threshold)
            print(f"; {name} {found(pairs, kept):.4f}, {justified(pairs, kept, count):.4f}", end="")
        print()


def speed(count: int, rounds: int) -> None:
    texts = corpus(count, seed=2)
    times: dict[str, list[float]] = {"fanwen": [], "datasketch": []}
    for _ in range(rounds):
        times["fanwen"].append(seconds(lambda: ours(texts)))
        times["datasketch"].append(seconds(lambda: datasketch(texts)))
    ratios = [slow / fast for fast, slow in zip(times["fanwen"], times["datasketch"], strict=True)]
    print(
        f"{count:,} texts of {statistics.mean(map(len, texts)):.0f} characters, {rounds} rounds in alternation"
    )
    for name, taken in times.items():
        print(f"  {name}: {count / statistics.median(taken):,.0f} documents/s")
    print(f"  ratio: {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")


def hard_cases() -> None:
    chance = random.Random(3)
    template = "".join(chance.choices(HAN, k=1200))
    variants = [template[:600] + f"第{number}号" + template[600:] for number in range(20_000)]
    print(f"20,000 copies of one template: {seconds(lambda: ours([template] * 20_000)):.2f} s")
    print(f"20,000 variants of one template: {seconds(lambda: ours(variants)):.2f} s")
    alike = [repost(chance, template, share=0.06) for _ in range(500)]
    print(f"500 texts of J about {typical(alike):.2f} to each other: {seconds(lambda: ours(alike)):.2f} s")


def typical(texts: list[str]) -> float:
    sets: list[npt.NDArray[np.uint64]] = shingle_sets(as_texts(texts[:20]), 5)
    pairs = itertools.combinations(map(set, (one.tolist() for one in sets)), 2)
    return statistics.median(len(one & other) / len(one | other) for one, other in pairs)


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=4000, help="texts for the speed comparison")
    parser.add_argument("--joined", type=int, default=2000, help="texts for the exact join")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    quality(arguments.joined)
    speed(arguments.documents, arguments.rounds)
    hard_cases()
