"""What holds for any text: recovery never raises, loses nothing, invents nothing, and has nothing left to do."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.essays import essays_in
from pipeline.text.lines import clean
from pipeline.text.masks import duplicate_key
from pipeline.text.paragraph import Paragraph, publish, written
from pipeline.text.script import simplify
from tests.text.labelled_pages import read

PIECES = (
    "今年以来，我们认真落实各项任务，", "较好地完成了全年的工作。", "一、加强学习", "（二）转变作风", "篇1：", "第二篇：", "工作总结",
    "黄山旅游攻略大全", "泸溪一日游最佳路线", "相关文章：", "上一篇：某局计划", "本文来自网络", "下载本文", "更多总结小编推荐",
    "【标签】总结", "2021年", "20xx年", "XX市", "軟體開發", "聲明：", "此致", "敬礼", "i( j( e7 Z2 {!", "……", "\u3000", " ", "a", "。", "，", "：",
    "車輛管(gu?n)理", "時(sh?)代", "，先", "远后近", "12", "月28日", "\ufffd", "\U00020000", "é",
)  # fmt: skip
LINE = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
LINES = st.lists(LINE | st.text(max_size=40).map(lambda text: text.replace("\n", "")), max_size=16)
TITLE = st.sampled_from(["", "工作总结", "工作总结3篇", "某局2021年工作总结（精选）", "计划、总结"])


@settings(max_examples=300, deadline=None)
@given(LINES, TITLE)
def test_nothing_is_lost_or_invented(lines: list[str], title: str) -> None:
    drafts = essays_in([Paragraph.of(line) for line in lines], title)
    published = [publish(draft.paragraphs) for draft in drafts]
    if drafts:
        assert "\n".join(traced.raw() for traced in published) == "\n".join(lines)
    assert not Counter("".join(traced.text for traced in published)) - Counter("\n".join(lines))


@settings(max_examples=300, deadline=None)
@given(LINES, TITLE)
def test_what_is_clean_stays_as_it_is(lines: list[str], title: str) -> None:
    once = written(clean([Paragraph.of(line) for line in lines], title))
    again = written(clean([Paragraph.of(each.text) for each in once], title))
    assert [each.text for each in again] == [each.text for each in once]


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_a_key_and_the_simplified_form_are_their_own(lines: list[str]) -> None:
    text = simplify("\n".join(lines)).text
    assert simplify(text).text == text
    assert duplicate_key(duplicate_key(text)) == duplicate_key(text)


def test_an_essay_that_was_found_is_one_essay() -> None:
    for page in (*read("first"), *read("second")):
        for draft in essays_in([Paragraph.of(line["text"]) for line in page["lines"]], page["title"]):
            [again] = essays_in([Paragraph.of(line) for line in draft.lines], draft.title)
            assert again.lines == draft.lines, page["id"]
