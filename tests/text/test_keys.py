"""Reposts that differ only in script, width, years, dates and placeholders, or in injected pinyin: one key.

The essays and what reposters do to them come from the sample web, the masks were written without it.
"""

import dataclasses
import random
import re
from collections.abc import Callable

import pytest

from crawler.sample.grammar import Filling, essay, fill, original_filling
from crawler.sample.inject import inject, to_hant, to_mirror_hant
from pipeline.text.masks import duplicate_key
from pipeline.text.repair import InjectedPage
from pipeline.text.script import simplify

SEED, ESSAYS = 4242, 500
YEARS = (
    "{}年", "XX年", "xx年", "20xx年", "20__年", "201*年", "~年", "20**年", "XX年年", "1920xx年", "某年", "20□□年",
    "２０ｘｘ年", "____年", "20--年",
)  # fmt: skip
NARROW = str.maketrans("，。：；！？（）％", ",.:;!?()%")
WIDE = {code: code + 0xFEE0 for code in range(ord("0"), ord("9") + 1)}
DIGITS = "〇一二三四五六七八九"


def spelled(text: str) -> str:
    """Years in Chinese numerals."""
    return re.sub(r"\d{4}(?=年)", lambda year: "".join(DIGITS[int(digit)] for digit in year[0]), text)


def masked(text: str) -> str:
    """Months and days as placeholders."""
    return re.sub(r"\d{1,2}(?=[月日])", "X", text)


def narrow(text: str) -> str:
    return text.translate(NARROW)


def wide(text: str) -> str:
    return text.translate(WIDE)


def key(text: str) -> str:
    return duplicate_key(simplify(text).text)


CHANGES: list[Callable[[str], str]] = [to_hant, narrow, wide, spelled, masked]


@pytest.mark.parametrize("change", CHANGES)
def test_a_repost_has_the_key_of_the_original(change: Callable[[str], str]) -> None:
    pick = random.Random(change.__name__)
    same = sum(key(original(number)) == key(change(reposted(number, pick))) for number in range(ESSAYS))
    assert same >= 0.99 * ESSAYS


def test_an_injected_repost_has_the_key_of_the_original_where_nothing_was_lost() -> None:
    """Bytes that the mirror's decoder swallowed are gone; what is left is marked, and makes another key."""
    pick = random.Random("injected")
    whole = same = 0
    for number in range(ESSAYS):
        text, lost = repaired(reposted(number, pick))
        if not lost:
            whole += 1
            same += key(original(number)) == key(text)
    assert same >= 0.99 * whole
    assert whole >= 0.8 * ESSAYS


def repaired(text: str) -> tuple[str, int]:
    """As a mirror shows it, repaired as a build does, and how many spots could not be."""
    lines = [inject(to_mirror_hant(line)) for line in text.split("\n")]
    page = InjectedPage.detect(lines)
    if page is None:
        return "\n".join(lines), 0
    repairs = [page.repair(line) for line in lines]
    return "\n".join(each.text for each in repairs), sum(each.unrecovered for each in repairs)


def original(number: int) -> str:
    return text_of(number, original_filling(SEED, number))


def reposted(number: int, pick: random.Random) -> str:
    filling = original_filling(SEED, number)
    year, style = pick.randint(2008, 2024), pick.choice(YEARS)
    return text_of(number, dataclasses.replace(filling, year=year, year_style=style))


def text_of(number: int, filling: Filling) -> str:
    template = essay(SEED, number)
    return "\n".join(fill(template.paragraphs, template.head, filling))


def test_essays_of_their_own_have_keys_of_their_own() -> None:
    assert len({key(original(number)) for number in range(ESSAYS)}) == ESSAYS
