import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from crawler.sample.inject import LISTED, decode_leniently, inject, to_hant, to_mirror_hant

SEED = Path(__file__).resolve().parents[3] / "shared" / "seeds" / "mirror_annotated_traditional.txt"
ANNOTATED = re.compile(r"(.)\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)")


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        ("或學習", "或?qū)W習"),
        ("日報", "日?qǐng)?bào)"),
        ("們在稍加修改后，會", "們?cè)谏约有薷暮螅瑫?huì)"),
        ("總結", "總結(jié)"),
        ("76所", "76所"),
    ],
)
def test_forward_model_does_what_was_seen(text: str, damaged: str) -> None:
    assert inject(text, listed="驅請報冊會結") == damaged


@pytest.mark.parametrize(
    ("text", "damaged"),
    [("主干。總結", "主干?？偨Y(jié)"), ("規模", "規(guī)模"), ("規模化", "規(guī)?；?")],
)
def test_punctuation_bytes_collide(text: str, damaged: str) -> None:
    squeezed = inject(text, listed="規結", collisions=True).replace(" ", "")
    assert squeezed == damaged


def test_list_holds_traditional_characters_only() -> None:
    simplified = OpenCC("t2s")
    assert len(LISTED) == len(set(LISTED)) == 120
    assert [character for character in LISTED if simplified.convert(character) == character] == []


def test_every_listed_character_is_annotated() -> None:
    annotated = re.findall(r"(.)\(\w+\)", inject("、".join(LISTED)))
    assert set(annotated) == set(LISTED)


def test_conversion_of_a_mirror_keeps_ambiguous_characters() -> None:
    assert to_mirror_hant("后来里面为了工作总结") == "后來里面為了工作總結"
    assert to_hant("以后") == "以後"


@given(st.text(st.sampled_from("工作總結，發展。日報請會 A7(")))
def test_text_without_listed_bytes_stays(text: str) -> None:
    assert inject(text, listed="") == text


@given(st.binary())
def test_lenient_decoder_takes_anything(data: bytes) -> None:
    assert len(decode_leniently(data)) <= len(data)


@given(st.text(st.characters(codec="gbk")))
def test_lenient_decoder_is_gbk_on_sound_bytes(text: str) -> None:
    assert decode_leniently(text.encode("gbk")) == text


@pytest.mark.shared
@pytest.mark.skipif(not SEED.exists(), reason="no folder of real pages beside the checkout")
def test_forward_model_rebuilds_a_real_page() -> None:
    """But for ``?`` of misaligned runs, whose plain text cannot be read off the page."""
    lines = [line for line in SEED.read_text("utf-8").splitlines() if "?" not in line and "•" not in line]
    listed = "".join({match[1] for line in lines for match in ANNOTATED.finditer(line)})
    annotated = [line for line in lines if ANNOTATED.search(line)]
    assert len(annotated) > 20
    assert [inject(ANNOTATED.sub(r"\1", line), listed=listed) for line in annotated] == annotated
