"""Where a seller's words end in front of somebody's line."""

import pytest

from pipeline.text.glued import end_of_sold, ends_in


@pytest.mark.parametrize(
    ("before", "sold", "rest"),
    [
        ("出院时纯母乳喂养率从六成提高到了七", "青州公积金贷款怎么办理", "成八。"),
        ("要从一米六的台子上往后倒，十二双手", "北海涠洲岛船票预订", "稳稳地接住了我。"),
        ("", "宜宾装修公司口碑排行榜", "不足也有：我的英语底子薄。"),
    ],
)
def test_the_end_of_a_sellers_words(before: str, sold: str, rest: str) -> None:
    assert end_of_sold(before, sold + rest).size == len(sold)


def test_an_end_is_in_the_first_clause() -> None:
    assert list(ends_in("无锡游船多少钱，今年")) == [4, 5, 6, 7]
    assert end_of_sold("", "好。") == (0, 0.0)
