"""Both kinds of repetition in one search: whoever goes names one that stays, whatever happened to the one before."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedup.contain import Drop
from pipeline.dedup.near import Result, near_duplicates
from pipeline.dedup.search import Wanted
from pipeline.dedup.shingles import shingles

HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]


def changed(chance: random.Random, text: str, edits: int) -> str:
    characters = list(text)
    for _ in range(edits):
        characters[chance.randrange(len(characters))] = chance.choice(HAN)
    return "".join(characters)


def corpus(seed: int) -> list[str]:
    """Essays, changed copies of them, copies cut short, pages of several."""
    chance = random.Random(seed)
    essays = ["".join(chance.choices(HAN, k=chance.randint(120, 400))) for _ in range(12)]
    texts = list(essays)
    for _ in range(24):
        text = changed(chance, chance.choice(essays), chance.randint(0, 9))
        texts.append(text[: chance.randint(60, len(text))] if chance.random() < 0.5 else text)
    for _ in range(4):
        some = [changed(chance, essay, chance.randint(0, 5)) for essay in chance.sample(essays, 3)]
        texts.append("".join(some))
    chance.shuffle(texts)
    return texts


def search(texts: list[str], drop: Drop = "part") -> Result:
    return near_duplicates(list(map(str, range(len(texts)))), texts, Wanted(contained=0.9, drop=drop))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["part", "whole"]))
def test_every_row_that_goes_names_one_that_stays(seed: int, drop: Drop) -> None:
    texts = corpus(seed)
    sets = [shingles(text) for text in texts]
    result = search(texts, drop)
    kept = set(result.kept.tolist())
    assert len(kept) + len(result.drops) == len(texts)
    for row in result.drops.to_pylist():
        dropped, other = sets[row["dropped_row"]], sets[row["kept_row"]]
        common = len(dropped & other)
        assert row["kept_row"] in kept
        assert row["jaccard"] == common / len(dropped | other)
        if row["rule"] == "contained":
            assert row["containment"] == common / min(len(dropped), len(other)) >= 0.9
        else:
            assert row["containment"] == common / len(dropped)
            assert row["jaccard"] >= 0.8


@pytest.mark.parametrize("drop", ["part", "whole"])
def test_all_rules_are_at_work_on_such_a_corpus(drop: Drop) -> None:
    rules: Counter[str] = Counter()
    for seed in range(5):
        rules.update(search(corpus(seed), drop).drops["rule"].to_pylist())
    assert min(rules["near"], rules["contained"]) > 10


def test_who_went_for_one_that_lies_in_another_is_looked_at_again() -> None:
    chance = random.Random(3)
    essay = "".join(chance.choices(HAN, k=300))
    page = essay + "".join(chance.choices(HAN, k=900))
    tail = "".join(chance.choices(HAN, k=50))
    copy = essay + tail  # like the essay, but not in the page
    without = near_duplicates(["essay", "copy", "page"], [essay, copy, page])
    assert without.drops.select(["dropped_id", "kept_id"]).to_pylist() == [
        {"dropped_id": "copy", "kept_id": "essay"}
    ]
    both = near_duplicates(["essay", "copy", "page"], [essay, copy, page], Wanted(contained=0.9))
    assert both.drops.select(["dropped_id", "kept_id", "rule"]).to_pylist() == [
        {"dropped_id": "essay", "kept_id": "page", "rule": "contained"}
    ]
    assert both.kept.tolist() == [1, 2]
