"""How candidates are found, and how they are judged."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedup.bands import LAST, Bands, band_keys, chains, choose_bands
from pipeline.dedup.exact import content_digests, first_copies
from pipeline.dedup.shingles import Tokens, shingles
from pipeline.dedup.texts import texts_of
from pipeline.dedup.verify import agreement, jaccard, least_agreement

signature_tables = st.integers(1, 30).flatmap(
    lambda rows: st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), min_size=rows, max_size=rows)
)
short_texts = st.text("ab年。 ", max_size=14)


@pytest.mark.parametrize(
    ("threshold", "num_perm", "bands", "rows"),
    [(0.6, 128, 42, 3), (0.7, 128, 32, 4), (0.8, 128, 21, 6), (0.9, 128, 14, 9), (0.8, 256, 32, 8)],
)
def test_bands_follow_from_the_threshold(threshold: float, num_perm: int, bands: int, rows: int) -> None:
    chosen = choose_bands(threshold, num_perm)
    assert (chosen.bands, chosen.rows) == (bands, rows)


@given(st.floats(0.3, 1), st.integers(64, 300))
def test_recall_is_reached_by_any_banding_of_more_than_single_rows(threshold: float, num_perm: int) -> None:
    chosen = choose_bands(threshold, num_perm)
    assert chosen.bands * chosen.rows <= num_perm
    assert chosen.rows == 1 or chosen.recall >= 0.9995
    assert chosen.recall_at_threshold <= chosen.recall + 1e-9


def test_recall_is_what_a_simulation_of_such_pairs_finds() -> None:
    draw = np.random.default_rng(7)
    similarity = 1 - 0.2 * np.sqrt(draw.random(40_000))  # rarer linearly towards 1
    agree = draw.random((40_000, 128)) < similarity[:, None]
    found = np.any(np.all(agree[:, :126].reshape(-1, 21, 6), axis=2), axis=1).mean()
    assert choose_bands(0.8, 128).recall == pytest.approx(found, abs=5e-4)


def test_too_few_permutations_use_single_rows_and_say_what_is_found() -> None:
    chosen = choose_bands(0.1, 16)
    assert chosen.rows == 1
    assert chosen.recall < 0.9995


@settings(deadline=None)
@given(signature_tables, st.randoms())
def test_chains_link_the_rows_that_agree_on_a_band_in_visiting_order(
    table: list[list[int]], chance: random.Random
) -> None:
    signatures = np.array(table, np.uint32)
    order = np.array(chance.sample(range(len(table)), chance.randint(1, len(table))))
    bands = Bands(bands=3, rows=2, recall=0, recall_at_threshold=0)
    linked = chains(band_keys(signatures, np.arange(len(table)), bands), order)
    for band in range(3):
        for place, row in enumerate(order.tolist()):
            behind = linked.behind[band, row]
            agree = [
                other
                for other in order[place + 1 :].tolist()
                if table[row][2 * band : 2 * band + 2] == table[other][2 * band : 2 * band + 2]
            ]
            assert behind == (agree[0] if agree else LAST)


@settings(deadline=None)
@given(
    st.lists(short_texts, min_size=2, max_size=8),
    st.sampled_from([Tokens(), Tokens(2), Tokens(1, "words")]),
)
def test_jaccard_is_exact(texts: list[str], tokens: Tokens) -> None:
    pairs = np.array(list(itertools.combinations(range(len(texts)), 2)))
    sets = [shingles(text, tokens) for text in texts]
    expected = [
        len(sets[left] & sets[right]) / max(1, len(sets[left] | sets[right])) for left, right in pairs
    ]
    assert jaccard(texts_of(texts), pairs[:, 0], pairs[:, 1], tokens).tolist() == expected


def test_agreement_counts_equal_permutations() -> None:
    signatures = np.array([[1, 2, 3], [1, 5, 3], [7, 8, 9]], np.uint32)
    assert agreement(signatures, np.array([0, 0]), np.array([1, 2])).tolist() == [2, 0]


@pytest.mark.parametrize(("num_perm", "threshold"), [(128, 0.8), (128, 0.6), (256, 0.9), (4096, 0.5)])
def test_signatures_set_aside_less_than_one_pair_in_a_million(num_perm: int, threshold: float) -> None:
    least = least_agreement(num_perm, threshold)
    draws = np.random.default_rng(3).binomial(num_perm, threshold, 1_000_000)
    assert np.count_nonzero(draws < least) <= 8  # one is expected; nine by chance once in a million runs
    assert least > num_perm * threshold - 6 * np.sqrt(num_perm * threshold * (1 - threshold))


def test_at_threshold_one_all_permutations_must_agree() -> None:
    assert least_agreement(128, 1.0) == 128


@settings(deadline=None)
@given(st.lists(st.sampled_from(["甲", "乙", "丙", "丁丁"]), min_size=1), st.randoms())
def test_copies_point_to_the_first_of_their_kind(texts: list[str], chance: random.Random) -> None:
    order = list(range(len(texts)))
    chance.shuffle(order)
    first = first_copies(content_digests(texts_of(texts)), np.array(order))
    assert first.tolist() == [next(row for row in order if texts[row] == text) for text in texts]
