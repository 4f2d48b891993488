"""Every change to a text leads back to what stood on the page."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.edits import REMOVED, Traced, restore, shifted
from pipeline.schema import Edit
from pipeline.text.paragraph import Paragraph, publish


def test_what_was_cut_out_stands_where_it_stood() -> None:
    traced = Traced("先六安一日游急后慢").without(1, 6, "injected_glued", 0.8)
    assert traced.text == "先急后慢"
    assert traced.edits == (Edit(1, 1, "六安一日游", REMOVED, "injected_glued", 0.8),)
    assert traced.raw() == "先六安一日游急后慢"


def test_a_cut_takes_earlier_edits_along() -> None:
    repaired = Traced("總結工作", (Edit(1, 1, "(zǒng)", "plain"), Edit(2, 2, "(jié)", "plain")))
    cut = repaired.without(1, 3, "rule")
    assert cut.text == "總作"
    assert cut.raw() == "總(zǒng)結(jié)工作"


def test_halves_come_together_over_what_stood_between() -> None:
    first, junk, second = map(Paragraph.of, ("会议定于6", "某地一日游攻略", "月28日召开。"))
    whole = first.rejoined([junk.removed("injected_line", 0.9)], second, 1.0)
    assert whole.text == "会议定于6月28日召开。"
    assert whole.traced.raw() == "会议定于6\n某地一日游攻略\n月28日召开。"


def test_lines_before_between_and_behind_come_back() -> None:
    lines = [Paragraph.of(text) for text in ("甲", "乙", "丙", "丁", "戊")]
    traced = publish([line.removed("x") if line.text in "甲丙戊" else line for line in lines])
    assert traced.text == "乙\n丁"
    assert traced.raw() == "甲\n乙\n丙\n丁\n戊"


OPERATIONS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 6), st.sampled_from(["", "x", "yz"])), max_size=8
)


@given(st.text(alphabet="甲乙丙(jié)", max_size=30), OPERATIONS)
def test_any_sequence_of_changes_is_undone(text: str, operations: list[tuple[int, int, str]]) -> None:
    traced = Traced(text)
    for start, size, after in operations:
        begin = min(start, len(traced.text))
        end = min(begin + size, len(traced.text))
        traced = traced.replaced(Edit(begin, end, "", "plain"), after)
    assert traced.raw() == text
    assert all(one.end <= other.start for one, other in zip(traced.edits, traced.edits[1:], strict=False))


@given(st.text(max_size=20), st.integers(0, 9))
def test_shifted_edits_hold_behind_a_longer_start(text: str, by: int) -> None:
    traced = Traced(text).without(0, len(text) // 2, "rule")
    assert restore("x" * by + traced.text, shifted(traced.edits, by)) == "x" * by + text
