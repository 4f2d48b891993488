import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sample.grammar import Filling, essay, fill, original_filling
from crawler.sample.phrases import fields

ESSAYS = 300


def shingles(text: str) -> set[str]:
    return {text[at : at + 5] for at in range(len(text) - 4)}


def jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b)


def original(number: int) -> list[str]:
    template = essay(1, number)
    return fill(template.paragraphs, template.head, original_filling(1, number))


@pytest.fixture(scope="module")
def texts() -> list[list[str]]:
    return [original(number) for number in range(ESSAYS)]


def test_different_essays_share_little(texts: list[list[str]]) -> None:
    sets = [shingles("".join(text)) for text in texts]
    assert max(jaccard(a, b) for a, b in combinations(sets, 2)) < 0.3


def test_vocabulary_is_rich(texts: list[list[str]]) -> None:
    assert len({character for text in texts for character in "".join(text)}) > 1500


def test_lengths_are_those_of_the_genre(texts: list[list[str]]) -> None:
    lengths = [sum(map(len, text)) for text in texts]
    assert min(lengths) >= 200
    assert max(lengths) <= 4500
    assert 0.05 < sum(length < 600 for length in lengths) / ESSAYS < 0.25


def test_genres_and_fields_vary() -> None:
    heads = [essay(1, number).head for number in range(ESSAYS)]
    assert {head.genre for head in heads} == {"总结", "计划", "心得", "述职", "讲话", "申请", "汇报", "报告"}
    assert len({head.field.name for head in heads}) == len(fields())


def test_no_slot_or_name_of_the_grammar_is_left(texts: list[list[str]]) -> None:
    assert not [line for text in texts for line in text if re.search(r"[<>{}]", line)]


def test_no_text_without_chinese_punctuation_inside_long_paragraphs(texts: list[list[str]]) -> None:
    assert all("，" in line or "。" in line for text in texts for line in text if len(line) > 60)


@given(
    number=st.integers(0, 10_000),
    year=st.integers(2000, 2030),
    style=st.sampled_from(["{}年", "XX年", "20xx年"]),
    place=st.sampled_from(["清溪县", "XX市"]),
    numbers=st.integers(0, 1000),
)
def test_a_repost_is_the_same_essay_but_for_its_slots(
    number: int, year: int, style: str, place: str, numbers: int
) -> None:
    template = essay(1, number)
    copy = fill(template.paragraphs, template.head, Filling(year, style, place, "{}", numbers))
    masked, source = (
        re.sub(r"\d+(\.\d)?|(XX|20xx)(?=年)", "0", "".join(text)) for text in (copy, original(number))
    )
    assert jaccard(shingles(masked), shingles(source)) > 0.7


def test_blanket_replacement_makes_false_years() -> None:
    head = essay(1, 1).head
    filling = Filling(2021, "{}年", "清溪县", "{}", 1, blanket=True)
    assert fill(["<L>至<Y>"], head, filling) == ["2021年至2021年"]


def test_essays_follow_from_seed_and_number() -> None:
    assert essay(1, 7) == essay(1, 7)
    assert essay(1, 7) != essay(2, 7)
    assert essay(1, 7) != essay(1, 8)
