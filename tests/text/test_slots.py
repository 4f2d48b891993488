"""Slots of templates: invented essays, copied with other years, places, numbers and names."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.text.slotkinds import kind_of, letters
from pipeline.text.slots import Filling, Slot, slots_of

KEPT = (
    "尊敬的各位同事：\n"
    "2021年，我校在XX县委的关心下，新修操场3个，种树1200棵，为青云镇的孩子们添了一处好地方。\n"
    "操场建成以后，每天清早都有人来跑步，傍晚还有老人带着孙子来散步，大家都说日子越过越有滋味。\n"
    "新的一年，我们要把花坛也修起来，请大家多出主意。谢谢大家！"
)
HAN = [chr(point) for point in range(0x4E00, 0x4E00 + 600)]


def put_back(kept: str, slots: Sequence[Slot], fillings: Sequence[Filling]) -> str:
    places = {slot.number: slot for slot in slots}
    text, at = "", 0
    for filling in fillings:
        slot = places[filling.slot]
        assert at <= slot.start, "slots of one copy overlap"
        text += kept[at : slot.start] + filling.text
        at = slot.end
    return text + kept[at:]


def told(kept: str, *copies: str) -> list[tuple[str, str, list[str | None]]]:
    """Of each slot what the kept text has there, its kind, and what the copies have; None if they have no filling."""
    slots, fillings = slots_of(kept, copies)
    assert [slot.number for slot in slots] == list(range(1, len(slots) + 1))
    assert slots == tuple(sorted(slots, key=lambda slot: (slot.start, slot.end)))
    texts = [{filling.slot: filling.text for filling in its} for its in fillings]
    return [
        (kept[slot.start : slot.end], slot.kind, [its.get(slot.number) for its in texts]) for slot in slots
    ]


def edited(*edits: tuple[str, str], text: str = KEPT) -> str:
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("old", "new", "slot", "kind"),
    [
        ("2021年", "2023年", ("2021", "2023"), "year"),
        ("2021年", "20XX年", ("2021", "20XX"), "year"),
        ("2021年", "二〇二三年", ("2021", "二〇二三"), "year"),
        ("2021年", "２０２２年", ("2021", "２０２２"), "year"),
        ("3个", "12个", ("3", "12"), "number"),
        ("3个", "三个", ("3", "三"), "number"),
        ("1200棵", "98.5棵", ("1200", "98.5"), "number"),
        ("XX县", "临江县", ("XX", "临江"), "place"),
        ("XX县", "某县", ("XX", "某"), "placeholder"),
        ("XX县", "__县", ("XX", "__"), "placeholder"),
        ("青云镇", "白鹭镇", ("青云", "白鹭"), "place"),
        ("青云镇", "柳树乡", ("青云镇", "柳树乡"), "place"),
        ("青云镇", "柳云乡", ("青云镇", "柳云乡"), "place"),  # 云 is common by chance
        ("我校", "我局", ("校", "局"), "unit"),
        ("我校", "第二纺织厂", ("我校", "第二纺织厂"), "unit"),
        ("散步", "下棋", ("散步", "下棋"), "words"),
        ("新的一年", "新的一天", ("年", "天"), "words"),
        ("多出主意", "多多出主意", ("", "多"), "words"),
        ("每天清早都", "每天都", ("清早", ""), "words"),
    ],
)
def test_one_difference_is_one_slot(old: str, new: str, slot: tuple[str, str], kind: str) -> None:
    assert told(KEPT, edited((old, new)), KEPT) == [(slot[0], kind, [slot[1], slot[0]])]


def test_a_date_is_one_slot_where_all_of_it_differs() -> None:
    kept = "本次会议于2021年3月5日在礼堂召开，特此通知。"
    later = kept.replace("2021年3月5日", "2022年11月8日")
    assert told(kept, later) == [("2021年3月5", "date", ["2022年11月8"])]
    day = kept.replace("3月5日", "4月6日")
    assert told(kept, day) == [("3月5", "date", ["4月6"])]
    assert told(kept, day, later) == [("2021年3月5", "date", ["2021年4月6", "2022年11月8"])]


def test_several_copies_share_slots_and_those_that_do_not_differ_have_fillings_too() -> None:
    found = told(
        KEPT,
        edited(("2021", "2019"), ("青云", "白鹭")),
        edited(("1200", "500"), ("青云", "XX")),
        KEPT,
    )
    assert found == [
        ("2021", "year", ["2019", "2021", "2021"]),
        ("1200", "number", ["1200", "500", "1200"]),
        ("青云", "place", ["白鹭", "XX", "青云"]),
    ]


def test_names_that_differ_in_part_in_each_copy_are_one_slot() -> None:
    copies = [edited(("青云镇", name)) for name in ("白云镇", "青山镇", "大柳树乡")]
    assert told(KEPT, *copies) == [("青云镇", "place", ["白云镇", "青山镇", "大柳树乡"])]


@pytest.mark.parametrize(
    "copy",
    [
        KEPT,
        KEPT.replace("，", ",").replace("\n", " ").replace("。", " 。\n\n"),
        KEPT.replace("1200", "１２００").replace("XX", "ｘｘ"),
        KEPT.replace("2021年", " 2021 年 ").replace("XX", "X X"),
    ],
)
def test_punctuation_white_space_width_and_case_make_no_slot(copy: str) -> None:
    assert slots_of(KEPT, [copy]) == ((), [()])


def test_a_copy_has_its_own_punctuation_in_its_fillings() -> None:
    kept = "到会的有张三、李四，会议由王五主持，开得很成功。"
    assert told(kept, kept.replace("张三、李四", "赵六，钱七")) == [("张三、李四", "words", ["赵六，钱七"])]


@pytest.mark.parametrize("cut", range(25, len(KEPT) - 6, 7))
def test_a_text_cut_short_is_aligned_as_far_as_it_goes(cut: int) -> None:
    other = edited(("2021", "2020"), ("1200", "60"), ("散步", "下棋"))
    slots, (_, short) = slots_of(KEPT, [other, other[:cut]])
    assert [KEPT[slot.start : slot.end] for slot in slots] == ["2021", "1200", "散步"]
    expected = ["2020", "60", "下棋"]
    assert [filling.text for filling in short] == expected[: len(short)]
    assert len(short) >= sum(other.index(text) + len(text) < cut - 8 for text in expected)


def test_what_is_cut_off_in_front_is_no_slot_and_neither_is_a_heading_or_an_appendix() -> None:
    other = edited(("1200", "60"))
    texts = [
        other[20:],
        "修操场的故事\n" + other,
        other + "\n本文由热心读者提供，转载请注明出处，更多精彩内容请看下期。",
    ]
    assert told(KEPT, *texts) == [("1200", "number", ["60"] * 3)]


def test_a_paragraph_that_one_copy_has_rewritten_encloses_the_slots_of_the_others() -> None:
    paragraph = KEPT.split("\n")[1]
    rewritten = edited(
        (paragraph, "县里拨来一笔款子，学生们终于有了踢球的空地，街坊邻居也沾了光，人人脸上乐开花。")
    )
    found = told(KEPT, edited(("2021", "2018"), ("1200", "77")), rewritten, edited((paragraph + "\n", "")))
    kinds = {kind for _, kind, texts in found if texts[0] is None}
    assert kinds == {"passage"}
    assert [(text, kind, texts[0]) for text, kind, texts in found if texts[0] is not None] == [
        ("2021", "year", "2018"),
        ("1200", "number", "77"),
    ]
    assert [texts[1] for _, kind, texts in found if kind in ("year", "number")] == [None, None]
    gone = [text for text, _, texts in found if texts[2] == ""]
    assert gone == [paragraph.removesuffix("。")]


def test_a_single_copy_among_many_does_not_widen_what_they_agree_on() -> None:
    years = [edited(("2021", str(year))) for year in range(1990, 2020)]
    odd = edited(("2021年", "眼下"))
    found = told(KEPT, *years, odd)
    assert found[0] == ("2021", "year", [str(year) for year in range(1990, 2020)] + [None])
    assert [texts[-1] for _, _, texts in found[1:]] == ["眼下"]


def test_many_small_differences_all_over_do_not_run_into_one() -> None:
    chance = random.Random(1)
    copies = [edited(("2021", str(chance.randint(1990, 2020)))) for _ in range(200)]
    for at, copy in enumerate(copies):
        place = chance.randrange(8, len(copy) - 6)
        copies[at] = copy[:place] + chance.choice(HAN) + copy[place + 1 :]
    slots, fillings = slots_of(KEPT, copies)
    assert max(slot.end - slot.start for slot in slots) <= 20
    year = next(slot for slot in slots if slot.kind == "year")
    assert KEPT[year.start : year.end] == "2021"
    assert sum(filling.slot == year.number for its in fillings for filling in its) > 190
    for copy, its in zip(copies, fillings, strict=True):
        assert letters(put_back(KEPT, slots, its)) == letters(copy)


def test_long_texts_are_aligned_paragraph_by_paragraph_and_may_have_them_in_another_order() -> None:
    chance = random.Random(2)
    paragraphs = ["".join(chance.choices(HAN, k=chance.randint(60, 300))) for _ in range(30)]
    kept = "\n".join(paragraphs)
    copies = []
    for _ in range(30):
        parts = paragraphs.copy()
        for _ in range(3):
            parts.insert(chance.randrange(2, 26), parts.pop(chance.randrange(2, 26)))
        parts[chance.randrange(2, 28)] = ""
        parts[chance.randrange(2, 28)] *= 2
        characters = list("\n".join(parts))
        for place in chance.sample(range(60, len(characters) - 60), 40):
            characters[place] = chance.choice(HAN)
        copies.append("".join(characters))
    slots, fillings = slots_of(kept, copies)
    for copy, its in zip(copies, fillings, strict=True):
        assert letters(put_back(kept, slots, its)) == letters(copy)
    passages = [slot for slot in slots if slot.kind == "passage"]
    assert sum(slot.end - slot.start for slot in passages) / len(copies) < len(kept) / 4


@pytest.mark.parametrize(
    ("fillings", "before", "behind", "kind"),
    [
        (["2021", "XX"], "", "年", "year"),
        (["21", "22"], "", "年", "year"),
        (["2000", "2012"], "", "户", "number"),
        (["2020-2021", "2021-2022"], "", "学年", "year"),
        (["3月", "11月"], "", "底", "date"),
        (["5", "17"], "月", "日", "date"),
        (["2021.3.5", "2022.10.1"], "", "", "date"),
        (["三", "五"], "第", "小组", "number"),
        (["98.5", "近千", "12"], "", "%", "words"),
        (["杭州", "湖南长沙"], "在", "举行", "place"),
        (["人民路", "解放路"], "在", "的", "place"),
        (["农村", "城市"], "在", "里", "words"),
        (["市教育局", "县财政局", "XX镇"], "我", "的", "unit"),
        (["实验", "希望"], "第一", "小学", "unit"),
        (["全部", "内部"], "", "的", "words"),
        (["XX", "***", ""], "", "同志", "placeholder"),
        (["春" * 30, "秋" * 25], "", "", "passage"),
        (["春" * 30, "", "", ""], "", "", "passage"),
    ],
)
def test_kinds(fillings: list[str], before: str, behind: str, kind: str) -> None:
    assert kind_of(dict.fromkeys(fillings, 1), before, behind) == kind


def test_the_kind_is_that_of_most_copies() -> None:
    assert kind_of({"2021": 90, "2022": 5, "去": 5}, "", "年") == "year"
    assert kind_of({"2021": 5, "去": 5}, "", "年") == "words"


@pytest.mark.parametrize(
    ("kept", "copies"),
    [("", []), ("", ["春天来了"]), ("春天来了", ["", "。。", "\n"]), ("。", ["！", "春"]), ("春", ["秋"])],
)
def test_texts_without_words_have_no_slots_beyond_their_words(kept: str, copies: list[str]) -> None:
    slots, fillings = slots_of(kept, copies)
    assert len(fillings) == len(copies)
    assert [(slot.start, slot.end) for slot in slots] == ([(0, 1)] if copies == ["秋"] else [])


YEARS, TOWNS = ("2019", "20XX", "二〇二一", "XX", "2022"), ("青云", "白鹭", "大柳树", "XX", "")
CLAUSES = ("春天", "树上", "小鸟", "河水", "笑声", "课堂", "粉笔", "操场")


@st.composite
def templates(draw: st.DrawFn, rewritten: float = 0.05, shortest: int = 2) -> list[str]:
    """A kept text and its copies: clauses in the same order, with slots; a share of the clauses is rewritten."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    clauses = [
        "".join(chance.choices(HAN, k=chance.randint(shortest, 15))) for _ in range(chance.randint(1, 12))
    ]
    texts = []
    for _ in range(draw(st.integers(1, 14))):
        body = ""
        for clause in clauses:
            if chance.random() < rewritten:
                clause = "".join(chance.choices(HAN, k=chance.randint(0, 60)))  # noqa: PLW2901
            body += clause + chance.choice(TOWNS) + chance.choice("镇，。 ") + chance.choice(YEARS) + "年"
            body += chance.choice(("", "，", "\n")) + chance.choice(CLAUSES)
        texts.append(f"敬爱的诸位嘉宾朋友{body}鞠躬致谢祝愿安康")
    return texts


FEW = st.text(alphabet="春秋1年X，某", max_size=25).map(
    lambda text: f"敬爱的诸位嘉宾朋友{text}鞠躬致谢祝愿安康"
)


@settings(max_examples=300, deadline=None)
@given(texts=templates() | st.lists(FEW, min_size=1, max_size=8))
@example(texts=[f"敬爱的诸位{text}祝愿安康" for text in ("春春", "春", "春春春", "", "秋春", "春1年")])
def test_fillings_put_back_make_the_copy_in_any_order_of_copies(texts: list[str]) -> None:
    kept, *copies = texts
    slots, fillings = slots_of(kept, copies)
    for copy, its in zip(copies, fillings, strict=True):
        assert letters(put_back(kept, slots, its)) == letters(copy)
        for filling in its:
            assert filling.text in copy
    assert slots_of(kept, copies[::-1]) == (slots, fillings[::-1])


@settings(max_examples=150, deadline=None)
@given(texts=templates(rewritten=0, shortest=10), seed=st.integers(0, 2**32))
def test_what_is_put_back_for_a_cut_copy_begins_like_the_copy(texts: list[str], seed: int) -> None:
    kept, *copies = texts
    cuts = [copy[: random.Random(seed).randint(5, len(copy))] for copy in copies]
    slots, fillings = slots_of(kept, [*copies, *cuts])
    for copy, its in zip(cuts, fillings[len(copies) :], strict=True):
        made, whole = letters(put_back(kept, slots, its)), letters(copy)
        assert made.startswith(whole[: max(len(whole) - 45, 0)])


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(alphabet="春秋1年X，某\U000f0000②٣é", max_size=12), min_size=1, max_size=6))
def test_any_texts_have_disjoint_fillings_within_bounds(texts: list[str]) -> None:
    kept, *copies = texts
    slots, fillings = slots_of(kept, copies)
    assert all(0 <= slot.start <= slot.end <= len(kept) for slot in slots)
    for its in fillings:
        put_back(kept, slots, its)
