"""Train what finds the end of a link seller's words glued to a line, and say how often it is right on labelled pages.

    PYTHONPATH=. python benchmarks/glued.py [--write]

Sellers' words, labelled and invented, are glued to lines of people, half of the time where a sentence was torn. Each
labelled set is asked with weights from the others. ``--write`` stores the weights trained on all where fanwen reads them.
"""

import argparse
import lzma
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.voice import invented, of_sellers, sample
from pipeline.text import glued
from pipeline.text.script import to_hans
from tests.text.labelled_pages import DEVELOPED_ON, read

MODEL = Path(glued.__file__).with_name("glued.bin.xz")
EXAMPLES, ROUNDS, RATE, DECAY = 6000, 300, 1.0, 1e-4
SAMPLE_LINES, LONGEST_SOLD = 600, 24
LEAST_LINE, LEAST_HALF, SHARE_TORN = 9, 4, 0.6
Weights = npt.NDArray[np.float64]


class Example(NamedTuple):
    """A line that begins with a seller's words, and which of the places in it is their end."""

    places: Sequence[glued.Place]
    truth: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    for name in DEVELOPED_ON:
        weights = train(list(examples([other for other in DEVELOPED_ON if other != name])))
        asked = list(cut(name))
        right = sum(best(weights, example) == example.truth for example in asked)
        print(f"{name}: {right} of {len(asked)} ends right")
    if options.write:
        weights = train(list(examples(DEVELOPED_ON)))
        data = np.clip(np.round(weights * glued.SCALE), -127, 127).astype(np.int8).tobytes()
        MODEL.write_bytes(lzma.compress(data, preset=9))
        print(f"{MODEL.name}: {MODEL.stat().st_size:,} bytes")


def examples(names: Sequence[str]) -> Iterator[Example]:
    """Words of sellers glued to lines of people, from the named sets and from what was invented."""
    random_ = random.Random(5)
    sold = [words.replace(" ", "") for words, is_sold in invented("seller") if is_sold]
    sold += [words for name in names for words, is_sold in of_sellers(name) if is_sold]
    sold = [words for words in sold if len(words) in glued.ends_in(words) and len(words) <= LONGEST_SOLD]
    lines = [line for name in names for line in people(name)]
    lines += random_.sample([line for line in sample() if len(line) >= LEAST_LINE], SAMPLE_LINES)
    for _ in range(EXAMPLES):
        words, line, half = random_.choice(sold), random_.choice(lines), ""
        if random_.random() < SHARE_TORN and len(line) > 3 * LEAST_HALF:
            at = random_.randint(LEAST_HALF, len(line) - LEAST_HALF + 1)
            half, line = line[:at], line[at:]
        yield from example(half, words, words + line)


def example(half: str, words: str, line: str) -> Iterator[Example]:
    """The line as an example, unless its end is at no place that is looked at."""
    ends = glued.ends_in(line)
    if len(words) in ends:
        yield Example(list(glued.places(half, line)), ends.index(len(words)))


def people(name: str) -> Iterator[str]:
    """Lines of the authors in a set."""
    for line in (line for page in read(name) for line in page["lines"]):
        if line["label"] == "text" and "cut" not in line and len(line["text"]) >= LEAST_LINE:
            yield to_hans(line["text"])


def cut(name: str) -> Iterator[Example]:
    """Lines of a set with a seller's words in front."""
    for page in read(name):
        half = ""
        for line in page["lines"]:
            hans = to_hans(line["text"])
            if "cut" in line and hans.startswith(words := to_hans(line["cut"][0])):
                yield from example(half if line.get("joins") else "", words, hans)
            if line["label"] == "text":
                half = hans


def train(data: Sequence[Example]) -> Weights:
    """Weights of a conditional logit with an L2 penalty, by gradient descent with momentum."""
    rows = [place for example in data for place in example.places]
    sizes = [len(example.places) for example in data]
    starts = np.cumsum([0, *sizes])[:-1]
    group = np.repeat(np.arange(len(data)), sizes)
    columns = np.array([place.hashes for place in rows])
    figures = np.array([place.figures for place in rows])
    truth = np.zeros(len(rows))
    truth[starts + [example.truth for example in data]] = 1
    weights, speed = np.zeros(glued.SIZE), np.zeros(glued.SIZE)
    for _ in range(ROUNDS):
        values = weights[columns].sum(axis=1) + figures @ weights[: glued.FIGURES]
        odds = np.exp(values - np.maximum.reduceat(values, starts)[group])
        error = odds / np.add.reduceat(odds, starts)[group] - truth
        gradient = np.bincount(columns.ravel(), np.repeat(error, columns.shape[1]), glued.SIZE)
        gradient[: glued.FIGURES] += error @ figures
        speed = 0.9 * speed - RATE * (gradient / len(data) + DECAY * weights)
        weights = weights + speed
    return weights


def best(weights: Weights, example: Example) -> int:
    """Which place of an example has the most weight."""
    return int(
        np.argmax(
            [
                weights[list(place.hashes)].sum() + weights[: glued.FIGURES] @ place.figures
                for place in example.places
            ]
        )
    )


if __name__ == "__main__":
    main()
