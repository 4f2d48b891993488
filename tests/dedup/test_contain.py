"""What lies inside other texts, held against sets of strings."""

import random
from collections.abc import Sequence
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedup.contain import Contained, Drop, contained
from pipeline.dedup.fingerprints import SHORTEST, _fingerprint
from pipeline.dedup.shingles import Tokens, hash64, shingles
from pipeline.dedup.texts import Rows, texts_of

HAN = [chr(point) for point in range(0x4E00, 0x4E00 + 3_000)]
DROPS: tuple[Drop, ...] = get_args(Drop)
CHARACTERS = Tokens()


def search(
    texts: Sequence[str],
    drop: Drop = "part",
    *,
    least: float = 0.9,
    tokens: Tokens = CHARACTERS,
    rate: int = 16,
    rows: Rows | None = None,
    workers: int | None = None,
) -> Contained:
    every = np.arange(len(texts)) if rows is None else rows
    return contained(
        texts_of(texts), every, least=least, tokens=tokens, drop=drop, rate=rate, workers=workers
    )


def pairs(found: Contained) -> list[tuple[int, int]]:
    return list(zip(found.gone.tolist(), found.kept_row.tolist(), strict=True))


def han(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(HAN, k=length))


def report(chance: random.Random, stock: Sequence[str], length: int, share: float = 0.4) -> str:
    """Clauses, of which a share are stock phrases."""
    text = ""
    while len(text) < length:
        text += chance.choice(stock) if chance.random() < share else han(chance, chance.randint(6, 20)) + "，"
    return text


def edited(text: str, places: Sequence[int]) -> str:
    """Characters that occur nowhere else, each in five shingles."""
    characters = list(text)
    for at in places:
        characters[at] = chr(0xAC00 + at)
    return "".join(characters)


def assert_sound(
    texts: Sequence[str], found: Contained, drop: Drop, least: float, tokens: Tokens = CHARACTERS
) -> None:
    """Each one that goes has one that stays, at an exact containment of at least so much."""
    sets = [shingles(text, tokens) for text in texts]
    gone = set(found.gone.tolist())
    assert found.gone.tolist() == sorted(gone)
    for (row, kept), containment in zip(pairs(found), found.containment.tolist(), strict=True):
        small, large = (row, kept) if drop == "part" else (kept, row)
        assert kept not in gone
        assert kept != row
        assert SHORTEST <= len(sets[small]) <= len(sets[large])
        assert containment == len(sets[small] & sets[large]) / len(sets[small]) >= least
    assert found.short == sum(len(shingle_set) < SHORTEST for shingle_set in sets)


@pytest.fixture(scope="module")
def corpus() -> tuple[list[str], list[tuple[int, int]]]:
    """Pages of seven essays, copies cut short, unrelated texts of the same phrases; pairs of part and whole."""
    chance = random.Random(1)
    stock = [han(chance, chance.randint(6, 20)) + "，" for _ in range(400)]
    texts: list[str] = []
    inside: list[tuple[int, int]] = []
    for _ in range(200):
        essays = [report(chance, stock, chance.randint(300, 1_200)) for _ in range(7)]
        inside += [(len(texts) + place, len(texts)) for place in range(1, 8)]
        texts += ["\n".join(essays), *essays]
    for _ in range(500):
        text = report(chance, stock, chance.randint(300, 1_200))
        inside.append((len(texts) + 1, len(texts)))
        texts += [text, text[: int(len(text) * chance.uniform(0.3, 0.8))]]
    texts += [report(chance, stock, chance.randint(300, 1_200)) for _ in range(1_500)]
    return texts, inside


@pytest.mark.parametrize(("drop", "rate"), [("part", 16), ("whole", 16), ("part", 32)])
def test_essays_of_a_page_and_cut_copies_are_found_among_texts_of_the_same_phrases(
    corpus: tuple[list[str], list[tuple[int, int]]], drop: Drop, rate: int
) -> None:
    texts, inside = corpus
    found = search(texts, drop, rate=rate)
    assert_sound(texts, found, drop, 0.9)
    gone = set(found.gone.tolist())
    removed = [(part if drop == "part" else whole) in gone for part, whole in inside]
    assert sum(removed) >= 0.99 * len(inside)
    assert len(gone) == len({pair[drop == "whole"] for pair in inside})
    assert found.candidates < 0.02 * len(texts) ** 2 / 2
    assert found.verified < 2 * len(inside)


@pytest.mark.parametrize("drop", DROPS)
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    least=st.sampled_from([0.6, 0.8, 0.9, 1.0]),
    rate=st.sampled_from([1, 4, 16, 64]),
    tokens=st.sampled_from([Tokens(), Tokens(3), Tokens(2, "words")]),
)
def test_the_guarantee_holds_and_nothing_far_above_the_least_is_left(
    drop: Drop, seed: int, least: float, rate: int, tokens: Tokens
) -> None:
    chance = random.Random(seed)
    joint = " " if tokens.kind == "words" else ""
    clauses = [joint.join([*han(chance, chance.randint(10, 60)), "。"]) for _ in range(12)]
    texts = [joint.join(chance.sample(clauses, chance.randint(0, 8))) for _ in range(25)]
    texts += [text[chance.randint(0, 20) : chance.randint(60, 400)] for text in texts[:10]]
    found = search(texts, drop, least=least, tokens=tokens, rate=rate)
    assert_sound(texts, found, drop, least, tokens)
    kept = [shingles(texts[row], tokens) for row in set(range(len(texts))).difference(found.gone.tolist())]
    for place, small in enumerate(kept):
        larger = [large for other, large in enumerate(kept) if other != place and len(large) >= len(small)]
        if len(small) >= SHORTEST:
            shares = [len(small & large) / len(small) for large in larger]
            assert max(shares, default=0) < min(1, least + 0.08)


@pytest.mark.parametrize(
    ("least", "count", "edits"),
    [
        (0.9, 50, 1),
        (0.9, 100, 2),
        (0.9, 250, 5),
        (0.9, 300, 6),
        (0.9, 1_000, 20),
        (0.8, 100, 4),
        (0.5, 200, 20),
    ],
)
def test_pairs_at_exactly_the_least_containment_are_hardly_missed(
    least: float, count: int, edits: int
) -> None:
    chance = random.Random(5)
    texts = []
    for _ in range(300):
        part = han(chance, count + 4)
        places = [5 + at * (count - 10) // edits for at in range(edits)]
        texts += [part, edited(part, places) + han(chance, 300)]
    found = search(texts, least=least)
    assert len(found.gone) >= 299
    assert found.containment.max() == least


def test_clauses_of_thousands_of_texts_are_not_looked_up() -> None:
    chance = random.Random(2)
    stock = [han(chance, 12) + "，" for _ in range(60)]
    texts = [report(chance, stock, 600) for _ in range(3_000)]
    found = search(texts)
    assert len(found.gone) == 0
    assert found.candidates < 3_000  # of 4.5 million pairs, all of which share clauses
    assert found.verified == 0


@pytest.mark.parametrize("drop", DROPS)
def test_a_chain_does_not_leave_anyone_pointing_to_a_text_that_went(drop: Drop) -> None:
    chance = random.Random(3)
    small = han(chance, 204)
    middle = edited(small, [20, 40, 60]) + han(chance, 20)
    large = edited(middle, [80, 100, 120, 140]) + han(chance, 200)
    found = search([small, middle, large], drop)
    assert pairs(found) == [(1, 2 if drop == "part" else 0)]
    assert found.containment.tolist() == [200 / 220 if drop == "part" else 185 / 200]


def test_parts_go_or_wholes_go() -> None:
    chance = random.Random(4)
    essays = [han(chance, 300 + 10 * number) for number in range(7)]
    texts = ["".join(essays), *essays]
    assert pairs(search(texts)) == [(row, 0) for row in range(1, 8)]
    assert pairs(search(texts, "whole")) == [(0, 1)]


@pytest.mark.parametrize("drop", DROPS)
def test_of_equal_sets_the_first_in_the_order_given_stays(drop: Drop) -> None:
    text = han(random.Random(6), 200)
    texts = [text, text * 2, text * 2 + text, "unlike"]
    loops = texts[1:3]  # the joint is a shingle more, once or twice
    assert shingles(loops[0]) == shingles(loops[1])
    assert pairs(search(loops, drop)) == [(1, 0)]
    assert pairs(search(loops, drop, rows=np.array([1, 0]))) == [(0, 1)]
    assert pairs(search([text, text, text], drop, rows=np.array([1, 2, 0]))) == [(0, 1), (2, 1)]


@pytest.mark.parametrize("drop", DROPS)
def test_nothing_else_depends_on_the_order_or_on_the_threads(drop: Drop) -> None:
    chance = random.Random(12)
    stock = [han(chance, 12) + "，" for _ in range(60)]
    whole = [report(chance, stock, 200 + 3 * number) for number in range(200)]
    every = [*whole, *(text[:: chance.choice((-1, 1))][: 100 + chance.randrange(100)] for text in whole)]
    texts = list({len(shingles(text)): text for text in every}.values())  # no ties
    rows = np.random.default_rng(7).permutation(len(texts))
    found, shuffled = search(texts, drop, workers=1), search(texts, drop, rows=rows, workers=3)
    assert len(found.gone) > 20
    for name in ("gone", "kept_row", "containment", "candidates", "verified", "short"):
        assert np.array_equal(getattr(found, name), getattr(shuffled, name))


def test_sketches_do_not_depend_on_how_rows_are_dealt_out(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(13)
    texts = [han(chance, chance.randint(0, 600)) for _ in range(100)]
    texts += [text[: len(text) // 2] for text in texts]
    found = search(texts)
    monkeypatch.setattr("pipeline.dedup.fingerprints._TASK_ROWS", 7)
    monkeypatch.setattr("pipeline.dedup.contain._BLOCK", 9)
    dealt = search(texts, workers=4)
    assert len(found.gone) > 70
    assert pairs(dealt) == pairs(found)
    assert (dealt.candidates, dealt.verified, dealt.short) == (found.candidates, found.verified, found.short)


def test_only_the_rows_asked_for_take_part() -> None:
    chance = random.Random(8)
    text = han(chance, 400)
    texts = [text, text[:200], text[:100], text + han(chance, 100)]
    assert pairs(search(texts, rows=np.array([2, 1]))) == [(2, 1)]
    assert pairs(search(texts, rows=np.array([0, 2]))) == [(2, 0)]


@pytest.mark.parametrize("drop", DROPS)
def test_short_texts_are_not_looked_for_and_counted(drop: Drop) -> None:
    text = han(random.Random(9), 400)
    texts = [text, text[: SHORTEST + 3], text[: SHORTEST + 4], "", "。"]
    found = search(texts, drop)
    assert pairs(found) == [(2, 0) if drop == "part" else (0, 2)]
    assert found.short == 3


@pytest.mark.parametrize("drop", DROPS)
@pytest.mark.parametrize(
    "texts", [[], [""], ["", ""], ["。。", "！"], ["文" * 500], ["ab " * 40, "ab " * 400]]
)
@pytest.mark.parametrize("tokens", [Tokens(), Tokens(2, "words")])
def test_nothing_comes_of_texts_without_tokens_or_company(
    texts: list[str], drop: Drop, tokens: Tokens
) -> None:
    found = search(texts, drop, tokens=tokens)
    assert pairs(found) == []
    assert (found.candidates, found.verified, found.short) == (0, 0, len(texts))


@pytest.mark.parametrize("drop", DROPS)
def test_repeated_clauses_count_once(drop: Drop) -> None:
    chance = random.Random(14)
    for _ in range(20):
        refrain, text = han(chance, 6), han(chance, 300)
        texts = [text + han(chance, 300), refrain * 30 + text]
        assert pairs(search(texts, drop)) == [(1, 0) if drop == "part" else (0, 1)]


def test_words_are_compared_as_words() -> None:
    chance = random.Random(10)
    words = [han(chance, 3) for _ in range(300)]
    texts = [" ".join(words), ", ".join(words[50:200]), "".join(words[50:200])]
    assert pairs(search(texts, tokens=Tokens(5, "words"))) == [(1, 0)]


def test_fingerprints_of_shingles_that_hardly_differ_have_nothing_in_common() -> None:
    alike = np.array([hash64("在领导的" + chr(point)) for point in range(0x4E00, 0x8E00)], np.uint64)
    values = [_fingerprint(shingle) for shingle in alike]
    shares = np.histogram(values, bins=16, range=(0, 2**32))[0] / len(values)
    assert shares == pytest.approx(1 / 16, abs=0.01)
    assert len(set(np.diff(values).tolist())) > 0.99 * len(values)  # the hashes themselves have one step


def test_progress_is_told_by_rows() -> None:
    told: list[tuple[str, int, int]] = []
    texts = texts_of([han(random.Random(11), 100)] * 3)
    rows = np.arange(3)
    contained(texts, rows, least=0.9, tokens=Tokens(), progress=lambda *news: told.append(news))
    assert told == [("sketches", 3, 3), ("containment", 3, 3)]


@pytest.mark.parametrize(("least", "rate"), [(0, 16), (1.1, 16), (-1, 16), (0.9, 0)])
def test_settings_out_of_range_are_refused(least: float, rate: int) -> None:
    with pytest.raises(ValueError, match=r"must be (in|at least)"):
        search(["文"], least=least, rate=rate)


@pytest.mark.parametrize("drop", DROPS)
def test_only_those_that_may_go_do(drop: Drop) -> None:
    chance = random.Random(5)
    whole = "".join(chance.choices(HAN, k=300))
    texts = texts_of([whole, whole[:200], whole[20:180], whole[150:290]])
    every = contained(texts, np.arange(4), least=0.9, tokens=CHARACTERS, drop=drop)
    assert len(every.gone) > 1
    one = every.gone[-1:]
    chosen = contained(texts, np.arange(4), least=0.9, tokens=CHARACTERS, drop=drop, may_go=one)
    assert chosen.gone.tolist() == one.tolist()
    nobody = contained(texts, np.arange(4), least=0.9, tokens=CHARACTERS, drop=drop, may_go=one[:0])
    assert nobody.gone.tolist() == []
