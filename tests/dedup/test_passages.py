"""Sentences and paragraphs that many texts have in common, held against a plain reading of the rules."""

import itertools
import random
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dedup.passages import (
    SCHEMA,
    SHORTEST,
    SHORTEST_REPEATED,
    masked,
    passages,
    sentences,
    without_repeats,
)
from pipeline.dedup.passages import search as module
from pipeline.dedup.texts import Rows, Texts, texts_of

Row = dict[str, object]

compiled = settings(deadline=None)  # what is compiled takes seconds the first time
PIECES = (
    *("认真学习了文件", "各位领导大家好", "Time flies like x", "so it goes", "会议2021", "１２", "3.5", "a"),
    *'。！？；!?;….”’」』）)"“， \u3000\t\n\n\r●\u0301',
)
written = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
any_texts = st.lists(written | st.text(max_size=30), max_size=6)
LONG = "我们认真学习了会议的精神并且把它落实到工作中去"
OTHER = "今年我们完成了领导交给我们的各项任务和各种工作"


def names(rows: Rows) -> pa.Array:
    return pa.array([f"text-{row}" for row in rows.tolist()], pa.string())


def table(
    texts: Sequence[str],
    least: int = 1,
    *,
    rows: Sequence[int] | None = None,
    workers: int = 1,
    most_memory: int = 1 << 30,
) -> list[Row]:
    chosen = np.array(range(len(texts)) if rows is None else rows, np.int64)
    found = passages(texts_of(texts), chosen, names, least=least, most_memory=most_memory, workers=workers)
    assert found.schema == SCHEMA
    listed: list[Row] = found.to_pylist()
    return listed


def counts(found: Sequence[Row]) -> dict[object, tuple[object, object]]:
    return {row["masked"]: (row["clusters"], row["occurrences"]) for row in found}


def cut(line: str) -> list[str]:
    """Sentences, character by character."""
    found, start, at = [], 0, 0
    while at < len(line):
        end = at + 1
        if line[at] in "。！？；!?;…":
            while end < len(line) and line[end] in '。！？；!?;…”’」』）)"':
                end += 1
        elif line[at] == ".":
            while end < len(line) and line[end] in '”’」』）)"':
                end += 1
            if end < len(line) and not line[end].isspace():
                at += 1
                continue
        else:
            at += 1
            continue
        found.append(line[start:end])
        start = at = end
    return [sentence.strip() for sentence in (*found, line[start:]) if sentence.strip()]


def counted(passage: str) -> str:
    characters = list(passage)
    for end in (0, -1):
        while characters and unicodedata.category(characters[end])[0] not in "LMN":
            characters.pop(end)
    runs = itertools.groupby(
        characters, lambda char: "0" if char.isdecimal() else " " if char.isspace() else ""
    )
    return "".join(folded or "".join(run) for folded, run in runs)


def reference(texts: Sequence[str], least: int, rows: Sequence[int]) -> list[Row]:
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in rows:
        for line in texts[row].split("\n"):
            parts = [(sentence, "sentence") for sentence in cut(line)]
            if sum(counted(sentence) != "" for sentence, _ in parts) > 1:
                parts.append((line.strip(), "paragraph"))
            for passage, kind in parts:
                if len(counted(passage)) >= 8:
                    found.setdefault((counted(passage), kind), []).append((row, passage))
    result: list[Row] = [
        {
            "passage": places[0][1],
            "masked": key,
            "kind": kind,
            "clusters": len({row for row, _ in places}),
            "occurrences": len(places),
            "characters": len(key),
            "first_id": f"text-{places[0][0]}",
            "first_row": places[0][0],
        }
        for (key, kind), places in found.items()
        if len({row for row, _ in places}) >= least
    ]
    return sorted(
        result, key=lambda row: (-int(str(row["clusters"])), -len(str(row["masked"])), row["masked"])
    )


def test_what_the_table_says() -> None:
    texts = [
        "尊敬的各位领导：\n　　2021年，我们认真学习了文件。在领导的关心下，各项工作顺利完成！",
        "98年，我们认真学习了文件；在领导的关心下，各项工作顺利完成。",
        "一年来，进步很大。“２０２０年，我们认真学习了文件。”谢谢大家！",
    ]
    assert table(texts, 2, rows=[2, 0, 1]) == [
        {
            "passage": "“２０２０年，我们认真学习了文件。”",
            "masked": "0年，我们认真学习了文件",
            "kind": "sentence",
            "clusters": 3,
            "occurrences": 3,
            "characters": 12,
            "first_id": "text-2",
            "first_row": 2,
        },
        {
            "passage": "在领导的关心下，各项工作顺利完成！",
            "masked": "在领导的关心下，各项工作顺利完成",
            "kind": "sentence",
            "clusters": 2,
            "occurrences": 2,
            "characters": 16,
            "first_id": "text-0",
            "first_row": 0,
        },
    ]


@pytest.mark.parametrize(
    ("line", "cut_into"),
    [
        ("他说：“我们成功了！”大家都笑了。", ["他说：“我们成功了！”", "大家都笑了。"]),
        ("真的吗？！真的……（笑。）好；再见", ["真的吗？！", "真的……", "（笑。）", "好；", "再见"]),
        ("　　增长3.5倍，见www.x.cn。", ["增长3.5倍，见www.x.cn。"]),
        ("「はい。」と言った。本当？", ["「はい。」", "と言った。", "本当？"]),
        ('It is 3.5. "Good." (Yes.) So...  end.', ["It is 3.5.", '"Good."', "(Yes.)", "So...", "end."]),
        ("Mr. Smith went to x.com.", ["Mr.", "Smith went to x.com."]),
        ("    total += prices[at]; // sum", ["total += prices[at];", "// sum"]),
        ("for (i = 0; i < n; i++) {", ["for (i = 0;", "i < n;", "i++) {"]),
        ("    return self.rows.get(key, 0)", ["return self.rows.get(key, 0)"]),
        ("  ", []),
        ("", []),
    ],
)
def test_where_sentences_end(line: str, cut_into: list[str]) -> None:
    assert sentences(line) == cut_into == cut(line)


@pytest.mark.parametrize(
    ("passage", "key"),
    [
        ("一、２０２１年，增长3.5%！", "一、0年，增长0.0"),
        ("　●“我们 \t 都好。”", "我们 都好"),
        ("“九月三日，XX市”", "九月三日，XX市"),
        ("The End...", "The End"),
        ("return x[1024];", "return x[0"),
        ("……", ""),
    ],
)
def test_what_is_folded(passage: str, key: str) -> None:
    assert masked(passage) == key == counted(passage)


@given(written.map(lambda text: text.replace("\n", "")))
def test_sentences_are_those_of_a_plain_reading(line: str) -> None:
    assert sentences(line) == cut(line)


@given(st.text())
def test_masks_are_those_of_a_plain_reading(passage: str) -> None:
    assert masked(passage) == counted(passage)
    assert masked(masked(passage)) == masked(passage)


@compiled
@given(any_texts, st.integers(1, 3))
def test_table_is_that_of_a_plain_reading(texts: list[str], least: int) -> None:
    assert table(texts, least) == reference(texts, least, range(len(texts)))


@compiled
@given(st.lists(written, max_size=6), st.randoms(use_true_random=False))
def test_only_the_rows_asked_for_count_in_their_order(texts: list[str], chance: random.Random) -> None:
    rows = list(range(len(texts)))
    chance.shuffle(rows)
    assert table(texts, rows=rows[:3]) == reference(texts, 1, rows[:3])


@compiled
@given(any_texts, st.integers(1, 3), st.sampled_from([0, 200, 1000]), st.sampled_from([1, 3]))
def test_memory_and_workers_change_nothing(texts: list[str], least: int, memory: int, workers: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TASK_ROWS", 2)
        found = table(texts, least, most_memory=memory, workers=workers)
    assert found == reference(texts, least, range(len(texts)))


def test_little_memory_takes_more_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TASK_ROWS", 4)
    texts = [f"{LONG}。{chr(0x4E00 + row % 5) * 10}。{chr(0x5000 + row) * 10}。" for row in range(40)]
    stages: list[tuple[str, int, int]] = []

    def found(memory: int) -> pa.Table:
        stages.clear()
        return passages(
            texts_of(texts),
            np.arange(40),
            names,
            most_memory=memory,
            progress=lambda *told: stages.append(told),
        )

    at_once = found(1 << 30)
    assert len(at_once) == 6
    assert stages.count(("passages", 40, 40)) == stages.count(("frequent passages", 40, 40)) == 1
    assert found(0) == at_once
    assert stages.count(("passages", 40, 40)) > 4
    assert stages.count(("frequent passages", 40, 40)) == 6


@compiled
@given(any_texts, st.integers(1, 3), st.sampled_from([0, 3 << 62]), st.sampled_from([0, 1 << 30]))
def test_passages_of_one_hash_are_told_apart(texts: list[str], least: int, bits: int, memory: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BITS", bits)
        patch.setattr(module, "_TASK_ROWS", 2)
        found = table(texts, least, most_memory=memory)
    assert found == reference(texts, least, range(len(texts)))


def test_one_passage_in_more_texts_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TASK_ROWS", 2)
    for texts in range(4, 20):
        assert counts(table([LONG] * texts, 4, most_memory=0)) == {LONG: (texts, texts)}


def test_text_that_repeats_itself_is_one() -> None:
    text = f"{LONG}。\n" * 50
    assert counts(table([text])) == {LONG: (1, 50)}
    assert table([text], 2) == []


def test_paragraph_of_one_sentence_is_a_sentence() -> None:
    found = table([f"“{LONG}。”……\n{OTHER}。好。"])
    assert {row["masked"]: row["kind"] for row in found} == {
        LONG: "sentence",
        OTHER: "sentence",
        f"{OTHER}。好": "paragraph",
    }


def test_short_passages_are_not_counted() -> None:
    assert table(["一二三四五六七。" * 3]) == [
        row for row in table(["一二三四五六七。" * 3]) if row["kind"] == "paragraph"
    ]
    assert counts(table(["甲" * (SHORTEST - 1) + "。\n" + "乙" * SHORTEST])) == {"乙" * SHORTEST: (1, 1)}


def test_sentences_of_english_and_code() -> None:
    found = table(
        [
            "I am honored to be here. Thank you!\nfor (i = 0; i < count; i++) {\n    total += i * 12;",
            'He said: "Thank you." I am honored to be here.\n\ttotal += i * 7;',
        ],
        2,
    )
    assert counts(found) == {"I am honored to be here": (2, 2), "total += i * 0": (2, 2)}


@pytest.mark.parametrize(("texts", "rows"), [([], []), (["", ""], [0, 1]), ([LONG], []), (["短。\n\n"], [0])])
def test_nothing_to_count_is_an_empty_table(texts: list[str], rows: list[int]) -> None:
    assert table(texts, rows=rows) == []


def test_least_must_be_positive() -> None:
    with pytest.raises(ValueError, match="least"):
        table([], 0)


def test_texts_may_be_a_mapped_file(tmp_path: Path) -> None:
    texts = texts_of([LONG, f"{OTHER}。{LONG}！", LONG])
    texts.data.tofile(tmp_path / "texts")
    mapped = Texts(np.memmap(tmp_path / "texts", np.uint8, "r"), texts.offsets)
    assert counts(passages(mapped, np.arange(3), names).to_pylist()) == {LONG: (3, 3)}


def test_memory_is_given_back_between_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TASK_ROWS", 2)
    told: list[int | str] = []
    passages(
        texts_of([LONG] * 5),
        np.arange(5),
        names,
        progress=lambda _, done, __: told.append(done),
        release=lambda: told.append("released"),
    )
    assert told == ["released", 2, "released", 4, "released", 5] * 2


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{LONG}。\n{OTHER}。\n{LONG}！\n谢谢。", f"{LONG}。\n{OTHER}。\n谢谢。"),
        (f"　　{LONG}。{OTHER}。\n　　{OTHER}。好。{LONG}。", f"　　{LONG}。{OTHER}。\n　　好。"),
        (f"{LONG}。\n\n{LONG}。", f"{LONG}。\n"),
        ("好的。好的。\n好的。", "好的。好的。\n好的。"),
        (
            "各位领导，各位同事，大家好。谢谢大家的支持。\n" * 2,
            "各位领导，各位同事，大家好。谢谢大家的支持。\n",
        ),
        (f"{LONG}。谢谢。\n{LONG}。谢谢。", f"{LONG}。谢谢。"),
        (
            "A sentence of some length.  Yes. A sentence of some length. No.",
            "A sentence of some length.  Yes. No.",
        ),
        (
            f"{LONG}。\n各位领导，各位同事，大家好。谢谢大家的支持。\n各位领导，各位同事，大家好。{LONG}。谢谢大家的支持。",
            f"{LONG}。\n各位领导，各位同事，大家好。谢谢大家的支持。",
        ),
        (f"One ends. {LONG}！Two", f"One ends. {LONG}！Two"),
        (f"{LONG}！\nOne ends. {LONG}！Two", f"{LONG}！\nOne ends. Two"),
        ("", ""),
    ],
)
def test_what_a_text_repeats_goes(text: str, left: str) -> None:
    assert without_repeats(text) == left


long_written = st.lists(
    st.sampled_from(
        (*PIECES, LONG, OTHER, f"{LONG}。", f"{OTHER}！\n", "a sentence in English. ", "好。谢谢。")
    ),
    max_size=30,
).map("".join)


@given(long_written)
def test_taking_repeats_out_is_done_once(text: str) -> None:
    assert without_repeats(without_repeats(text)) == without_repeats(text)


@given(long_written)
def test_first_occurrences_stay_and_nothing_else_changes(text: str) -> None:
    before, after = said(text), said(without_repeats(text))
    assert list(dict.fromkeys(before)) == list(dict.fromkeys(after))
    long = [key for key in after if len(key) >= SHORTEST_REPEATED]
    assert len(long) == len(set(long))
    if len(before) == len(set(before)):
        assert without_repeats(text) == text
    rest = iter(text)
    assert all(char in rest for char in without_repeats(text))


def said(text: str) -> list[str]:
    return [counted(sentence) for line in text.split("\n") for sentence in cut(line)]
