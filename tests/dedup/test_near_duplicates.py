"""The search as a whole, held against brute force."""

import functools
import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from pipeline.dedup.near import Result, near_duplicates
from pipeline.dedup.order import Keep
from pipeline.dedup.search import Wanted
from pipeline.dedup.shingles import Tokens, shingles
from pipeline.errors import InputError

HAN = [chr(point) for point in range(0x4E00, 0x4E00 + 600)]
ENGLISH = "The department reports that its work went well this year, and thanks all of its colleagues. "
JAPANESE = "本年度の業務報告をまとめました。皆様のご協力に感謝いたします。来年も努力します。"
CODE = "def total(rows):\n    return sum(row.value for row in rows if row.value is not None)\n"


shingle_set = functools.cache(shingles)


def jaccard(left: str, right: str, ngram: int = 5) -> float:
    """Similarity as its definition has it, on the strings themselves; empty texts are like nothing."""
    one, other = shingle_set(left, Tokens(ngram)), shingle_set(right, Tokens(ngram))
    return len(one & other) / len(one | other) if one and other else 0.0


def containment(kept: str, dropped: str, ngram: int = 5) -> float:
    """Share of the dropped text's shingles that the kept one has."""
    one, other = shingle_set(kept, Tokens(ngram)), shingle_set(dropped, Tokens(ngram))
    return len(one & other) / len(other) if other else 1.0


def search(texts: Sequence[str | None], *, keep: Keep = "first", threshold: float = 0.8) -> Result:
    return near_duplicates(list(map(str, range(len(texts)))), texts, Wanted(threshold), keep=keep)


def changed(chance: random.Random, text: str, edits: int) -> str:
    characters = list(text)
    for _ in range(edits):
        characters[chance.randrange(len(characters))] = chance.choice(HAN)
    return "".join(characters)


def reposts(seed: int, families: int, length: int = 200, edits: int = 6) -> list[str]:
    chance = random.Random(seed)
    texts = []
    for _ in range(families):
        original = "".join(chance.choices(HAN, k=length))
        texts += [changed(chance, original, chance.randint(0, edits)) for _ in range(chance.randint(1, 4))]
    chance.shuffle(texts)
    return texts


def assert_sound(texts: Sequence[str], result: Result, threshold: float) -> None:
    """Kept and dropped add up, and each dropped row has a kept row at or above the threshold."""
    kept = set(result.kept.tolist())
    dropped = result.drops["dropped_row"].to_pylist()
    assert sorted([*kept, *dropped]) == list(range(len(texts)))
    for drop in result.drops.to_pylist():
        similarity = jaccard(texts[drop["dropped_row"]], texts[drop["kept_row"]])
        assert drop["kept_row"] in kept
        assert drop["jaccard"] == similarity >= threshold
        assert drop["containment"] == containment(texts[drop["kept_row"]], texts[drop["dropped_row"]])
        assert drop["rule"] == ("exact" if similarity == 1 else "near")
        assert result.clusters[drop["dropped_row"]] == drop["kept_row"]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32), st.sampled_from([0.6, 0.7, 0.8, 0.9, 1.0]), st.sampled_from(["first", "longest"])
)
def test_every_dropped_row_has_a_kept_row_it_repeats(seed: int, threshold: float, keep: Keep) -> None:
    texts = reposts(seed, families=12)
    assert_sound(texts, search(texts, keep=keep, threshold=threshold), threshold)


@settings(deadline=None)
@given(st.lists(st.text("ab年。 ", max_size=12), max_size=30), st.sampled_from([0.1, 0.5, 0.8, 1.0]))
def test_short_texts_of_few_characters_are_judged_as_strictly(texts: list[str], threshold: float) -> None:
    assert_sound(texts, search(texts, threshold=threshold), threshold)


@pytest.mark.parametrize("threshold", [0.6, 0.7, 0.8, 0.9])
def test_pairs_are_found_as_by_an_exact_join(threshold: float) -> None:
    texts = reposts(5, families=150, edits=round(24 * (1 - threshold)))
    kept = set(search(texts, threshold=threshold).kept.tolist())
    pairs = [
        pair
        for pair in itertools.combinations(range(len(texts)), 2)
        if jaccard(texts[pair[0]], texts[pair[1]]) >= threshold
    ]
    missed = [pair for pair in pairs if kept.issuperset(pair)]
    assert len(pairs) > 100
    assert missed == []


def test_chains_do_not_collapse() -> None:
    chance = random.Random(11)
    texts = []
    for _ in range(50):
        text = "".join(chance.choices(HAN, k=300))
        for step in range(20):
            texts.append(text)
            start = step * 12 % 288
            text = text[:start] + "".join(chance.choices(HAN, k=20)) + text[start + 20 :]
    steps = [jaccard(left, right) for left, right in itertools.pairwise(texts[:20])]
    assert 0.8 < min(steps) < max(steps) < 0.9
    result = search(texts)
    assert_sound(texts, result, 0.8)
    assert 400 <= len(result.kept) <= 700


def test_the_search_is_the_greedy_visit_row_by_row() -> None:
    texts = reposts(3, families=40)
    kept: list[int] = []
    for row, text in enumerate(texts):
        if all(jaccard(text, texts[other]) < 0.8 for other in kept):
            kept.append(row)
    assert search(texts).kept.tolist() == kept


def test_one_template_in_many_variants_costs_a_comparison_each() -> None:
    chance = random.Random(2)
    template = "".join(chance.choices(HAN, k=400))
    texts = [template[:200] + f"第{number}号" + template[200:] for number in range(2_000)]
    result = search(texts)
    assert result.kept.tolist() == [0]
    assert result.statistics.candidates < 2_000
    assert result.statistics.hot_buckets > 0
    assert result.statistics.largest_bucket > 1_900


def test_identical_texts_are_never_compared() -> None:
    result = search(["同一篇总结，一字不差。"] * 500)
    assert result.kept.tolist() == [0]
    assert result.statistics.identical == 499
    assert result.statistics.candidates == 0
    assert set(result.drops["rule"].to_pylist()) == {"exact"}


def test_copies_of_a_dropped_text_point_to_the_row_that_is_kept() -> None:
    original = "".join(HAN[:200])
    variant = original[:-3] + "完毕了"
    result = search([original, variant, variant])
    assert result.clusters.tolist() == [0, 0, 0]
    assert result.drops["jaccard"].to_pylist() == [jaccard(original, variant)] * 2
    assert result.drops["rule"].to_pylist() == ["near", "near"]


def test_empty_and_missing_texts_repeat_nothing() -> None:
    assert search(["", "", None, None, "总结"]).kept.tolist() == [0, 1, 2, 3, 4]


def test_short_texts_repeat_only_themselves() -> None:
    assert search(["总结", "计划", "总结", "总", "总结。"]).kept.tolist() == [0, 1, 3, 4]


def test_nothing_in_nothing_out() -> None:
    result = search([])
    assert (len(result.kept), len(result.drops)) == (0, 0)


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, CODE, "🎉🎉🎉 émoji et accents, naïve café"])
def test_other_languages_and_code(text: str) -> None:
    longer = text * 3
    pair = [text, text, longer + "1", longer + "2", "something else altogether / まったく別の文章"]
    result = search(pair)
    assert_sound(pair, result, 0.8)
    assert {1, 3} <= set(result.drops["dropped_row"].to_pylist())
    assert 4 in result.kept


class TestWhoStays:
    texts = ("".join(HAN[:100]), "".join(HAN[:104]), "".join(HAN[:102]))

    def test_the_first_in_input_order(self) -> None:
        assert search(self.texts).kept.tolist() == [0]

    def test_the_longest(self) -> None:
        assert search(self.texts, keep="longest").kept.tolist() == [1]

    def test_the_lowest_by_a_given_order(self) -> None:
        days = np.array(["2019-03-01", "2018-07-01", "2017-01-05"], "datetime64[D]")
        assert near_duplicates(["a", "b", "c"], self.texts, order=days).kept.tolist() == [2]

    @given(st.permutations(range(30)))
    def test_the_same_texts_whatever_their_order_if_the_policy_does_not_name_it(
        self, shuffled: list[int]
    ) -> None:
        texts = reposts(9, families=20)[:30]
        again = [texts[row] for row in shuffled]
        kept = {texts[row] for row in search(texts, keep="longest").kept}
        assert {again[row] for row in search(again, keep="longest").kept} == kept


def test_drops_name_both_rows_and_the_reason() -> None:
    assert near_duplicates(["first", "second"], ["工作总结一篇"] * 2).drops.to_pylist() == [
        {
            "dropped_row": 1,
            "kept_row": 0,
            "dropped_id": "second",
            "kept_id": "first",
            "jaccard": 1.0,
            "containment": 1.0,
            "rule": "exact",
        }
    ]


def test_two_runs_agree() -> None:
    texts = reposts(21, families=60)
    one, other = search(texts), search(texts)
    assert one.drops.equals(other.drops)
    assert_array_equal(one.clusters, other.clusters)


def test_progress_reaches_the_end_of_each_stage() -> None:
    seen: dict[str, tuple[int, int]] = {}

    def note(stage: str, done: int, total: int) -> None:
        seen[stage] = (done, total)

    texts = reposts(4, families=20)
    near_duplicates(list(map(str, range(len(texts)))), texts, progress=note)
    assert set(seen) == {"signatures", "comparison"}
    assert all(done == total for done, total in seen.values())


def test_ids_must_be_distinct() -> None:
    with pytest.raises(InputError, match="distinct"):
        near_duplicates(["a", "a"], ["甲", "乙"])


def test_parameters_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        near_duplicates(["a"], ["甲"], Wanted(0))
    with pytest.raises(ValueError, match="one value a row"):
        near_duplicates(["a"], ["甲", "乙"])
