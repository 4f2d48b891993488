"""Words, and whether a torn one spans a seam."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.words import bond, character_counts, word_costs


def test_common_words_cost_less() -> None:
    costs = word_costs()
    assert costs["工作"] < costs["总结"] < costs["检讨"]


def test_characters_and_pairs_are_counted_in_words() -> None:
    singles, pairs = character_counts()
    assert singles["的"] > singles["囫"]
    assert pairs["工", "作"] > pairs.get(("作", "工"), 0)


@pytest.mark.parametrize(
    ("first", "second"), [("车辆管", "理坚持厉行节约"), ("我们认真贯", "彻落实"), ("囫", "囵吞枣")]
)
def test_halves_of_a_word_hold_together(first: str, second: str) -> None:
    assert bond(first, second) > 3


@pytest.mark.parametrize(
    ("first", "second"),
    [("年度计划", "生育工作"), ("一年来，", "在领导下"), ("", "工作"), ("工作", ""), ("共完成12", "项")],
)
def test_whole_words_on_both_sides_are_not_torn(first: str, second: str) -> None:
    assert bond(first, second) == 0


@given(st.text(max_size=12), st.text(max_size=12))
def test_only_what_touches_the_seam_counts(first: str, second: str) -> None:
    assert bond("工作，" * 3 + first[-8:], second[:8] + "，好") == bond("。" + first[-8:], second[:8])
