"""Train the models of a site's and a seller's voice, and say how each does on a labelled set when trained on the others.

    python benchmarks/voice.py [--write]

Lines of the labelled pages (``tests/text/labelled``), of the sample web's essays, and invented ones of all three
kinds beside this file. ``--write`` stores the models that were trained on all of them where fanwen reads them.
"""

import argparse
import json
import lzma
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crawler.sample.grammar import essay, fill
from crawler.sample.plan import Plans
from pipeline.text import voice
from pipeline.text.script import to_hans
from tests.text.labelled_pages import DEVELOPED_ON, read

MODEL = Path(voice.__file__).with_name("voice.bin.xz")
INVENTED = Path(__file__).with_name("voice_lines.jsonl.xz")
CLAUSE = re.compile(r"[，。；：！？“”]")
LEAST_CLAUSE, LONGEST_CLAUSE, MOST_CLAUSES = 4, 24, 3
ROUNDS, RATE, DECAY = 600, 0.5, 1e-4
SAMPLE_ESSAYS = 150
Lines = list[tuple[str, bool]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    models = []
    for whose, labelled, longest in (
        ("site", of_sites, voice.LONGEST),
        ("seller", of_sellers, voice.LONGEST_SOLD),
    ):
        sets = {name: labelled(name) for name in DEVELOPED_ON}
        own = [(line, False) for line in sample()] + invented(whose)
        if whose == "seller":
            own += [(clause, False) for line in sample() for clause in parts(line)]
        own = [(line, is_theirs) for line, is_theirs in own if len(line) <= longest]
        for name, lines in sets.items():
            weights = train([line for other in DEVELOPED_ON if other != name for line in sets[other]] + own)
            report(f"{whose}, {name}", weights, lines)
        models.append(train([line for lines in sets.values() for line in lines] + own))
    if options.write:
        data = np.clip(np.round(np.array(models) * voice.SCALE), -127, 127).astype(np.int8).tobytes()
        MODEL.write_bytes(lzma.compress(data, preset=9))
        print(f"{MODEL.name}: {MODEL.stat().st_size:,} bytes")


def report(name: str, weights: npt.NDArray[np.float64], lines: Lines) -> None:
    """Print what is found and what is taken wrongly at some thresholds."""
    values = np.array([value(weights, line) for line, _ in lines])
    truth = np.array([is_theirs for _, is_theirs in lines])
    figures = [
        f"{least}: {np.mean(values[truth] > least):.3f} found, {int(np.sum(values[~truth] > least))} wrong"
        for least in (0.5, 0.7, 0.85, 0.95)
    ]
    print(f"{name}: {truth.sum()} of theirs, {np.sum(~truth)} of people | " + " | ".join(figures))


def of_sites(name: str) -> Lines:
    """Short lines of a set, and whether they are the site's; those with a seller's words are left out."""
    return [
        (to_hans(line["text"]), line["label"] == "junk")
        for page in read(name)
        for line in page["lines"]
        if "cut" not in line and line.get("class") != "injected" and len(line["text"]) <= voice.LONGEST
    ]


def of_sellers(name: str) -> Lines:
    """Short lines of a set, and whether they are a seller's; so are the words that one glued to others."""
    lines: Lines = []
    for line in (line for page in read(name) for line in page["lines"]):
        if line.get("class") == "injected" or "cut" in line:
            lines += [(to_hans(words), True) for words in line.get("cut", [line["text"]])]
        elif line["label"] != "junk":
            lines += [(part, False) for part in parts(to_hans(line["text"]))]
    return lines


def parts(line: str) -> Iterator[str]:
    """A person's line if it is short, else clauses of it: what a seller's words that are glued to it are told from."""
    if len(line) <= voice.LONGEST_SOLD:
        yield line
    else:
        clauses = [clause for clause in CLAUSE.split(line) if LEAST_CLAUSE <= len(clause) <= LONGEST_CLAUSE]
        yield from clauses[:MOST_CLAUSES]


def invented(whose: str) -> Lines:
    """Lines that were written for this: those of a site or a seller, and of people."""
    with lzma.open(INVENTED, "rt", encoding="utf-8") as rows:
        lines = [json.loads(row) for row in rows]
    return [
        (to_hans(line["text"]), line["label"] == whose)
        for line in lines
        if line["label"] in (whose, "person")
    ]


def sample() -> list[str]:
    """Lines of the sample web's essays."""
    plans = Plans(77)
    lines: list[str] = []
    for number in range(SAMPLE_ESSAYS):
        copy = plans.first_copy(number)
        lines += fill(essay(77, copy.essay).paragraphs, plans.head(copy.essay), copy.filling)
    return lines


def train(lines: Sequence[tuple[str, bool]]) -> npt.NDArray[np.float64]:
    """Weights and, last, the bias of a logistic regression with an L2 penalty, by gradient descent with momentum."""
    places = [voice.features(line) for line, _ in lines]
    starts = np.cumsum([0, *map(len, places)])[:-1]
    rows = np.repeat(np.arange(len(lines)), [len(each) for each in places])
    columns = np.concatenate(places)
    truth = np.array([is_site for _, is_site in lines], dtype=np.float64)
    weights, speed = np.zeros(voice.SIZE + 1), np.zeros(voice.SIZE + 1)
    for _ in range(ROUNDS):
        sums = np.add.reduceat(weights[columns], starts) + weights[-1]
        error = 1 / (1 + np.exp(-sums)) - truth
        gradient = np.append(np.bincount(columns, error[rows], voice.SIZE), error.sum()) / len(lines)
        speed = 0.9 * speed - RATE * (gradient + DECAY * weights)
        weights = weights + speed
    return weights


def value(weights: npt.NDArray[np.float64], line: str) -> float:
    """Probability by weights that are not stored yet."""
    return float(1 / (1 + np.exp(-weights[voice.features(line)].sum() - weights[-1])))


if __name__ == "__main__":
    main()
