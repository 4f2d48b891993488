"""Characters that a site deletes: noticed by what is left beside them, put back from reposts only."""

import random
import re
from datetime import UTC, datetime

import opencc
import pyarrow as pa
import pytest

from pipeline.edits import restore
from pipeline.records import from_batch, to_batch
from pipeline.schema import Document, Essay, Line, Patient, Sibling, stable_id
from pipeline.text.deleted import Pairing, by_site, count_pairs, counted_up_to, deleted_characters
from pipeline.text.recover import recover_essays
from pipeline.text.siblings import FROM_SIBLING, Witness, find_gaps, restore_essays, restored

WORDS = re.findall(
    r"\w+",
    "群众 干群 人群 特色 绿色 出色 角色 寻找 查找 找准 工作 单位 领导 同志 材料 会议 学习 任务 检查 制度 安全 服务 "
    "认真 积极 全面 及时 深入 逐步 完成 落实 开展 加强 提高 推动 总结 安排 部署 督促",
)


def text_of(seed: int, paragraphs: int = 12) -> list[str]:
    pick = random.Random(seed)
    return [
        "".join(pick.choices(WORDS, k=30)) + "，" + "".join(pick.choices(WORDS, k=9)) + "。"
        for _ in range(paragraphs)
    ]


def essays_of(site: str, texts: list[list[str]]) -> list[Essay]:
    documents = [document(site, number, lines) for number, lines in enumerate(texts)]
    [batch] = recover_essays([to_batch(Document, documents)], [])
    return list(from_batch(Essay, batch))


def document(site: str, number: int, lines: list[str]) -> Document:
    url = f"http://{site}.example/{number:04d}.html"
    return Document(
        page_id=stable_id(url), url=url, site=site, shape="/0.html", fetched_at=datetime(2024, 5, 1, tzinfo=UTC),
        status=200, bytes=1, charset="utf-8", charset_reason="meta", title="工作总结", author="", origin="",
        breadcrumb=(), extractor="content", confidence=1.0, outcome="article", article_url=url, page_no=1,
        text_chars=0, text_hash="", source="a.warc.gz", offset=number, page_count=1, published=None,
        hijack_score=0.0, lines=tuple(map(Line, lines)), cuts=(), rule="", reason="", bucket=0, fetched_url=url, rights=(), reserved="", licence="", contacts=(), digest="",
    )  # fmt: skip


def without(lines: list[str], chars: str) -> list[str]:
    return [line.translate(dict.fromkeys(map(ord, chars))) for line in lines]


@pytest.fixture(scope="module")
def sites() -> dict[str, list[Essay]]:
    """Three sites with texts of their own, of which one deletes three characters."""
    found = {
        site: essays_of(site, [text_of(at * 100 + n) for n in range(20)]) for at, site in enumerate("abc")
    }
    found["filtered"] = essays_of("filtered", [without(text_of(900 + n), "群色找") for n in range(20)])
    return found


@pytest.fixture(scope="module")
def witness(sites: dict[str, list[Essay]]) -> Witness:
    return Witness.of(pairings(sites))


def pairings(sites: dict[str, list[Essay]]) -> dict[str, Pairing]:
    batches = [to_batch(Essay, essays) for essays in sites.values()]
    below = counted_up_to({site: len(essays) for site, essays in sites.items()})
    return by_site(count_pairs(batches, below))


def test_what_a_site_deletes_is_reported_and_no_other_character(sites: dict[str, list[Essay]]) -> None:
    found = list(deleted_characters(pairings(sites)))
    assert {(each.site, each.character) for each in found} == {("filtered", char) for char in "群色找"}
    assert all(each.probability < 1e-5 and each.expected > 10 for each in found)


def test_a_single_site_has_nothing_to_be_held_against(sites: dict[str, list[Essay]]) -> None:
    assert list(deleted_characters(pairings({"filtered": sites["filtered"]}))) == []


def sibling_of(essay: Essay) -> Sibling:
    return Sibling(essay.essay_id, essay.site, essay.script, essay.text, essay.text_hans)


def patient(essay: Essay, *siblings: Essay) -> Patient:
    values = {name: getattr(essay, name) for name in Essay.__dataclass_fields__}
    return Patient(**values, siblings=tuple(map(sibling_of, siblings)))


def test_what_the_site_deleted_comes_back_from_a_repost(witness: Witness) -> None:
    lines = text_of(7)
    [whole], [damaged] = essays_of("a", [lines]), essays_of("filtered", [without(lines, "群色找")])
    healed = restored(patient(damaged, whole), witness)
    assert healed is not None
    assert healed.text == whole.text
    assert healed.key == whole.key
    puts = [edit for edit in healed.edits if edit.kind == FROM_SIBLING]
    assert {edit.source for edit in puts} == {whole.essay_id}
    assert set("".join(healed.text[edit.start : edit.end] for edit in puts)) == set("群色找")
    assert restore(healed.text, healed.edits) == "\n".join(without(lines, "群色找"))


def test_nothing_comes_back_without_a_source(witness: Witness) -> None:
    [damaged] = essays_of("filtered", [without(text_of(7), "群色找")])
    [other] = essays_of("a", [text_of(8)])
    assert restored(patient(damaged), witness) is None
    assert restored(patient(damaged, other), witness) is None


def test_a_site_that_has_the_character_left_it_out_on_purpose(witness: Witness) -> None:
    lines = text_of(7)
    [whole], [shorter] = (
        essays_of("a", [lines]),
        essays_of("b", [[line.replace("积极学习", "学习") for line in lines]]),
    )
    assert find_gaps(shorter, sibling_of(whole), witness) == []


def test_years_and_punctuation_around_a_gap_may_differ(witness: Witness) -> None:
    lines = ["2021年，我们走访群众1200户，工作有特色。认真查找不足，全面落实任务，及时总结。", *text_of(3)]
    other = [line.replace("2021", "2019").replace("1200", "860").replace("，", ",") for line in lines]
    [whole], [damaged] = essays_of("a", [other]), essays_of("filtered", [without(lines, "群色找")])
    healed = restored(patient(damaged, whole), witness)
    assert healed is not None
    assert healed.text == "\n".join(lines)


def test_batches_keep_their_order(witness: Witness) -> None:
    lines = text_of(7)
    [whole], damaged = (
        essays_of("a", [lines]),
        essays_of("filtered", [without(text_of(6), "群"), without(lines, "群色找")]),
    )
    rows = [patient(damaged[0]), patient(damaged[1], whole), patient(whole)]
    [batch] = restore_essays([to_batch(Patient, rows)], witness)
    assert isinstance(batch, pa.RecordBatch)
    assert batch["essay_id"].to_pylist() == [row.essay_id for row in rows]
    assert batch["text"].to_pylist() == [damaged[0].text, whole.text, whole.text]


def test_a_text_in_traditional_characters_gets_traditional_ones(witness: Witness) -> None:
    convert = opencc.OpenCC("s2t").convert
    lines = [convert(line) for line in text_of(7)]
    [whole], [damaged] = essays_of("a", [lines]), essays_of("filtered", [without(lines, convert("群色找"))])
    healed = restored(patient(damaged, whole), witness)
    assert healed is not None
    assert (healed.script, healed.text, healed.text_hans) == ("hant", whole.text, whole.text_hans)
