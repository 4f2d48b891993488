"""Differences of two texts: complete, readable, bounded."""

import time

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.report.differences import differences

TEXT = st.text(alphabet="的工作20169年\n，。", max_size=60)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_back(before: str, after: str) -> None:
    segments = differences(before, after)
    assert "".join(segment[1] for segment in segments if segment[0] in "=-") == before
    assert "".join(segment[1] for segment in segments if segment[0] in "=+") == after
    assert all(len(segment) == 2 and segment[1] for segment in segments)


def test_equal_texts_have_no_difference() -> None:
    assert differences("工作总结", "工作总结") == (("=", "工作总结"),)
    assert differences("", "") == ()


def test_numbers_change_as_a_whole() -> None:
    assert differences("我自2016年起", "我自2021年起") == (
        ("=", "我自"),
        ("-", "2016"),
        ("+", "2021"),
        ("=", "年起"),
    )


def test_single_characters_between_changes_are_part_of_them() -> None:
    assert differences("甲乙丙丁，全体同志", "戊乙己丁，全体同志") == (
        ("-", "甲乙丙"),
        ("+", "戊乙己"),
        ("=", "丁，全体同志"),
    )


def test_text_of_one_character_takes_no_time() -> None:
    start = time.monotonic()
    differences("的" * 1800, "的" * 1799 + "了")
    assert time.monotonic() - start < 5
