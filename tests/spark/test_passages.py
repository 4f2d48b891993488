"""The table of passages is the one that one machine makes, whatever the partitions and the hashes."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from pipeline.dedup import passages as local
from pipeline.dedup.passages.cut import ALL_BITS
from pipeline.dedup.texts import texts_of
from tests.spark.texts import fresh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Row = dict[str, object]
Table = Callable[..., list[Row]]
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:::pyspark"),
]
COMMON = "我们认真学习了会议的精神并且把它落实到工作中去。"
LEAD = "  各位领导，各位同事，大家好！在过去的一年里，我们取得了很大的成绩。"
ROOMY = 1 << 33
"""Between rows, as between the partitions that ``monotonically_increasing_id`` numbers."""


@pytest.fixture
def table(spark: "SparkSession", tmp_path: Path) -> Table:
    """The table on Spark, by its masked passages, of rows in batches of 40."""
    from pipeline.engine.spark.passages import passages
    from pipeline.engine.spark.tables import Tables

    def call(texts: pa.Table, **options: int) -> list[Row]:
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "40")
        try:
            given = spark.createDataFrame(texts.to_pylist(), "row long, id string, text string")
            found = passages(Tables(spark, str(tmp_path)), given.repartition(3), **options)
            assert found.columns == local.SCHEMA.names
            assert [path.name for path in tmp_path.iterdir()] == ["passages"]
            return by_masked(found.toArrow())
        finally:
            spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")

    return call


def by_masked(found: pa.Table) -> list[Row]:
    assert [field.type for field in found.schema] == [field.type for field in local.SCHEMA]
    rows: list[Row] = found.sort_by("masked").to_pylist()
    return rows


def on_one_machine(texts: pa.Table, least: int) -> list[Row]:
    order = np.argsort(texts["row"].to_numpy())
    ids = texts["id"]
    found = local.passages(texts_of(texts["text"]), order, lambda some: ids.take(pa.array(some)), least=least)
    rows = texts["row"].take(found["first_row"])
    return by_masked(found.set_column(found.schema.get_field_index("first_row"), "first_row", rows))


def numbered(texts: Sequence[str | None], rows: Sequence[int]) -> pa.Table:
    ids = [f"text-{number}" for number in range(len(texts))]
    return pa.table(
        {"row": pa.array(rows, pa.int64()), "id": pa.array(ids, pa.string()), "text": pa.array(texts, pa.string())}
    )  # fmt: skip


def corpus(seed: int, size: int = 400) -> pa.Table:
    """Texts of a common stock of sentences, in which figures and spaces differ; rows ascend by leaps, in no order."""
    chance = random.Random(seed)
    stock = [fresh(chance, chance.randrange(5, 30)) for _ in range(60)]
    paragraphs = ["".join(f"{chance.choice(stock)}。" for _ in range(3)) for _ in range(15)]

    def sentence() -> str:
        kind = chance.randrange(6)
        if kind == 0:
            return fresh(chance, 12) + "！"
        if kind == 1:
            return f"●{chance.randrange(3000)}年，完成了{stock[0]}{chance.random():.3f}亿元；"
        if kind == 2:
            return f"“in the year{chance.choice([' ', '　 '])}we did {stock[1]}.” "
        return chance.choice(stock) + chance.choice(["。", "！”", "……"])

    def text() -> str | None:
        lines = ["".join(sentence() for _ in range(chance.randrange(4))) for _ in range(chance.randrange(4))]
        lines += [LEAD] if chance.random() < 0.1 else []
        lines += [COMMON * chance.choice([1, 1, 3])] if chance.random() < 0.6 else []
        lines += [chance.choice(paragraphs)] * chance.choice([0, 1, 2])
        chance.shuffle(lines)
        return "\n".join(lines) if chance.random() < 0.97 else None

    rows = [row * 7 + row % 3 * ROOMY for row in range(size)]
    chance.shuffle(rows)
    return numbered([text() for _ in range(size)], rows)


@pytest.mark.parametrize(
    ("least", "bits", "broadcast"),
    [(3, ALL_BITS, "10MB"), (1, ALL_BITS, "-1"), (3, 3 << 62, "-1"), (2, 0, "10MB")],
)
def test_table_is_that_of_one_machine(
    table: Table, spark: "SparkSession", least: int, bits: int, broadcast: str
) -> None:
    texts = corpus(least + bits % 97)
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", broadcast)
    try:
        found = table(texts, least=least, bits=bits)
    finally:
        spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")
    assert found == on_one_machine(texts, least)
    assert {row["kind"] for row in found} == {"sentence", "paragraph"}
    widespread = {row["masked"]: row for row in found}[COMMON.rstrip("。")]
    assert len(texts) / 2 < int(str(widespread["clusters"])) < int(str(widespread["occurrences"]))
    assert any(str(row["masked"]).startswith("0年，完成了") for row in found)


def test_first_is_by_row_and_then_by_place(table: Table) -> None:
    texts = [f"１９年，{COMMON}", f"好。20年，{COMMON}\n21年，{COMMON}", f"22年，{COMMON}"]
    found = table(numbered(texts, [1 << 40, 7, ROOMY]), least=3)
    assert found == [
        {
            "passage": f"20年，{COMMON}",
            "masked": f"0年，{COMMON.rstrip('。')}",
            "kind": "sentence",
            "clusters": 3,
            "occurrences": 4,
            "characters": 3 + len(COMMON) - 1,
            "first_id": "text-1",
            "first_row": 7,
        }
    ]


@pytest.mark.parametrize("texts", [[], [None, "", "短。\n\n", COMMON, COMMON]])
def test_nothing_that_enough_texts_have_is_an_empty_table(table: Table, texts: list[str | None]) -> None:
    assert table(numbered(texts, range(len(texts)))) == []


@pytest.mark.usefixtures("installed")
class TestInTasks:
    """What tasks give to be shuffled."""

    def test_hashes_are_given_once_a_row(self) -> None:
        from pipeline.engine.spark.passages import CutPassages

        texts = numbered([COMMON * 3, None, COMMON, f"{COMMON}\n{LEAD}"], [9, 8, 5, ROOMY])
        found = pa.Table.from_batches(CutPassages(ALL_BITS)(iter(texts.to_batches())))
        assert found["row"].to_pylist() == [9] * 2 + [5] + [ROOMY] * 4
        assert len(set(found["hash"].to_pylist())) == 5

    def test_passages_are_given_once_a_slice_and_only_if_frequent(self) -> None:
        from pipeline.engine.spark.passages import CountPassages, CutPassages

        alone = numbered([COMMON], [0])
        known = next(CutPassages(ALL_BITS)(iter(alone.to_batches())))["hash"].to_pylist()
        texts = numbered([f"{COMMON}\n{LEAD}"] * 1500, range(1500, 0, -1))
        texts = texts.append_column("hashes", pa.array([known] * 1500))
        found = pa.Table.from_batches(CountPassages(ALL_BITS)(iter(texts.to_batches())))
        assert found.schema.names == local.SCHEMA.names
        assert found.select(["passage", "clusters", "first_row"]).to_pylist() == [
            {"passage": COMMON, "clusters": 1024, "first_row": 477},
            {"passage": COMMON, "clusters": 476, "first_row": 1},
        ]


@pytest.mark.usefixtures("spark")
def test_least_must_be_positive(table: Table) -> None:
    with pytest.raises(ValueError, match="least"):
        table(numbered([], []), least=0)
