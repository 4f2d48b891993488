"""Train the model of a site's voice, and say how it does on each labelled set when trained on the others.

    python benchmarks/voice.py [--write]

Lines of the labelled pages (``tests/text/labelled``) and of the sample web's essays. ``--write`` stores the model
that was trained on all of them where fanwen reads it.
"""

import argparse
import lzma
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crawler.sample.grammar import essay, fill
from crawler.sample.plan import Plans
from pipeline.text import voice
from pipeline.text.script import to_hans
from tests.text.labelled_pages import FOLDER, read

MODEL = Path(voice.__file__).with_name("voice.bin.xz")
SCALE, ROUNDS, RATE, DECAY = 32.0, 600, 0.5, 1e-4
SAMPLE_ESSAYS = 150
Lines = list[tuple[str, bool]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    sets = {
        path.name.split(".")[0]: labelled(path.name.split(".")[0]) for path in sorted(FOLDER.glob("*.xz"))
    }
    own = sample()
    for name, lines in sets.items():
        others = [line for other, some in sets.items() if other != name for line in some]
        weights = train(others + own)
        values = np.array([value(weights, line) for line, _ in lines])
        site = np.array([is_site for _, is_site in lines])
        figures = [
            f"{least}: {np.mean(values[site] > least):.3f} found, {int(np.sum(values[~site] > least))} wrong"
            for least in (0.5, 0.7, 0.9)
        ]
        print(f"{name}: {site.sum()} lines of sites, {np.sum(~site)} of people | " + " | ".join(figures))
    if options.write:
        weights = train([line for some in sets.values() for line in some] + own)
        data = np.clip(np.round(weights * SCALE), -127, 127).astype(np.int8).tobytes()
        MODEL.write_bytes(lzma.compress(data, preset=9))
        print(f"{MODEL.name}: {MODEL.stat().st_size:,} bytes")


def labelled(name: str) -> Lines:
    """Short lines of a set, and whether they are the site's; those with a seller's words are left out."""
    return [
        (to_hans(line["text"]), line["label"] == "junk")
        for page in read(name)
        for line in page["lines"]
        if "cut" not in line and line.get("class") != "injected" and len(line["text"]) <= voice.LONGEST
    ]


def sample() -> Lines:
    """Short lines of the sample web's essays."""
    plans = Plans(77)
    lines: Lines = []
    for number in range(SAMPLE_ESSAYS):
        copy = plans.first_copy(number)
        head = plans.head(copy.essay)
        lines += [
            (line, False)
            for line in fill(essay(77, copy.essay).paragraphs, head, copy.filling)
            if len(line) <= voice.LONGEST
        ]
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
