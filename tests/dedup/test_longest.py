"""The longest string that two texts share, held against every substring."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.dedup.longest import longest_runs
from pipeline.dedup.texts import Rows, texts_of

HAN = [chr(point) for point in range(0x4E00, 0x4E00 + 800)]
FEW = st.text(alphabet="ab", max_size=30)
MIXED = st.text(alphabet="a文𠀀𠀁😀é\0", max_size=25)
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
TEXT = FEW | MIXED | ANY


def shared(left: str, right: str) -> int:
    return int(longest_runs(texts_of([left, right]), np.array([0]), np.array([1]))[0])


def every_pair(texts: Sequence[str], workers: int = 1) -> Rows:
    left, right = np.divmod(np.arange(len(texts) ** 2), len(texts))
    return longest_runs(texts_of(texts), left, right, workers)


def longest_run(left: str, right: str) -> int:
    """One diagonal cell after the other."""
    longest, row = 0, [0] * (len(right) + 1)
    for char in left:
        row = [0, *(row[at] + 1 if char == other else 0 for at, other in enumerate(right))]
        longest = max(longest, *row)
    return longest


@pytest.mark.parametrize(
    ("left", "right", "run"),
    [
        ("春风吹过小河边", "春风吹过小河边", 7),
        ("去年春风吹过小河边的柳树", "春风吹过小河边", 7),
        ("春风吹过小河边", "去年春风吹过小河边的柳树", 7),
        ("春风吹过小河边", "秋雨落在大山里", 0),
        ("春风吹过", "秋风吹来", 2),
        ("春风吹过小河边", "", 0),
        ("", "春风吹过小河边", 0),
        ("", "", 0),
        ("a" * 40, "a" * 30, 30),
        ("a" * 30, "a" * 40, 30),
        ("𠀀𠀁𠀂𠀃𠀄", "文𠀀𠀁𠀂𠀃𠀄", 5),
    ],
)
def test_pairs(left: str, right: str, run: int) -> None:
    assert shared(left, right) == run


def test_characters_outside_the_basic_plane_count_once() -> None:
    assert shared("😀😁😂", "一😀😁😂二") == 3
    assert shared("\U00010000", "\U00010001") == 0  # they begin with the same bytes


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(TEXT, max_size=6))
@example(texts=["aaaa", "aaa", "aabaa", "baab", ""])
def test_results_are_those_of_brute_force(texts: list[str]) -> None:
    assert every_pair(texts).tolist() == [longest_run(left, right) for left in texts for right in texts]


@settings(max_examples=100, deadline=None)
@given(before=TEXT, inside=TEXT, behind=TEXT, others=st.tuples(TEXT, TEXT))
def test_what_is_put_into_both_is_found(
    before: str, inside: str, behind: str, others: tuple[str, str]
) -> None:
    left, right = before + inside + behind, others[0] + inside + others[1]
    run = shared(left, right)
    assert run >= len(inside)
    assert run == shared(right, left) == shared(left[::-1], right[::-1])


def test_a_long_text_is_searched_where_each_state_has_many_edges_and_where_each_has_one() -> None:
    chance = random.Random(1)
    han = "".join(chance.choices(HAN, k=3_000))
    after_one = "".join("的" + char for char in chance.choices(HAN, k=3_000))
    fibonacci, before = "ab", "a"
    while len(fibonacci) < 3_000:
        fibonacci, before = fibonacci + before, fibonacci
    for text in (han, after_one, fibonacci, "a" * 5_000, "ab" * 3_000 + "b" * 3_000):
        part = text[1_000:2_234]
        assert shared(text, f"《{part}》") == len(part)
        assert shared(f"《{part}》", text) == len(part)
        assert shared(text, text) == len(text)


def corpus(chance: random.Random) -> list[str]:
    texts = ["".join(chance.choices(HAN, k=chance.randint(0, 300))) for _ in range(20)]
    texts += [text[chance.randrange(40) :] + "".join(chance.choices(HAN, k=9)) for text in texts]
    return texts


def test_nothing_depends_on_the_threads_or_on_how_pairs_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(2)
    texts = corpus(chance)
    found = every_pair(texts)
    order = np.random.default_rng(3).permutation(len(texts) ** 2)
    left, right = np.divmod(order, len(texts))
    for workers, block in ((1, 7), (3, 64), (4, 1)):
        monkeypatch.setattr("pipeline.dedup.longest._BLOCK", block)
        assert np.array_equal(found, every_pair(texts, workers=workers))
        assert np.array_equal(found[order], longest_runs(texts_of(texts), left, right))


def test_a_text_that_is_left_and_right_at_once_is_not_in_its_own_way() -> None:
    texts = corpus(random.Random(4))[:6]
    found = every_pair(texts)
    assert found.reshape(6, 6).diagonal().tolist() == [len(text) for text in texts]


def test_no_pairs() -> None:
    none = np.empty(0, np.int64)
    assert len(longest_runs(texts_of([]), none, none, workers=2)) == 0


def test_pairs_have_two_sides() -> None:
    with pytest.raises(ValueError, match="one row a pair"):
        longest_runs(texts_of(["文"]), np.array([0]), np.empty(0, np.int64))
    with pytest.raises(ValueError, match="max_workers"):
        longest_runs(texts_of(["文"]), np.array([0]), np.array([0]), workers=0)
