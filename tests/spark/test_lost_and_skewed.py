"""Processes that die in the middle, and buckets that half of all rows are in."""

import json
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import submit
from pipeline.dedup.shingles import shingles
from tests.spark.conftest import Dedupe, Output
from tests.spark.deadly import while_it_works
from tests.spark.texts import altered, corpus, fresh

ITSELF = (sys.executable, "-m", "pipeline.submit")
SUBMITTED = ("--driver-java-options", "-XX:TieredStopAtLevel=1", submit.__file__)
"""Arguments of ``spark-submit``."""
CORPUS = ("in.parquet", "-o", "there")


def assert_same(folder: Path) -> None:
    here, there = Output(folder / "here"), Output(folder / "there")
    assert there.kept["id"].equals(here.kept["id"])
    assert there.duplicates.equals(here.duplicates)
    assert len(here.duplicates) > 30


@pytest.fixture
def table(dedupe: Dedupe, tmp_path: Path) -> pa.Table:
    """A corpus, and what one machine makes of it."""
    table = corpus(seed=3, families=10)
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=100)
    assert dedupe("in.parquet", "-o", "here").exit_code == 0
    return table


@pytest.mark.usefixtures("installed", "table")
def test_a_python_worker_that_dies_costs_its_task_only(tmp_path: Path) -> None:
    """In a session of ``spark-submit``."""
    import pyspark

    program = Path(pyspark.__file__).parent / "bin/spark-submit"
    while_it_works(tmp_path, "os._exit(9)", [str(program), "--master", "local[2,4]", *SUBMITTED, *CORPUS])
    assert_same(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("installed", "table")
def test_an_executor_that_is_killed_costs_what_it_held_only(tmp_path: Path) -> None:
    """It takes its shuffle files with it, which others then make again."""
    act = "os.kill(executor(), signal.SIGKILL); time.sleep(60)"
    quick = "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1"
    while_it_works(tmp_path, act, [*ITSELF, *CORPUS], "spark.master=local-cluster[2,1,1024]", quick)
    assert_same(tmp_path)


@pytest.mark.usefixtures("spark")
class TestHalfOfAllRowsInOneBucket:
    def test_copies_and_variants_of_a_template_are_compared_with_one_kept_row(
        self, dedupe: Dedupe, tmp_path: Path
    ) -> None:
        chance = random.Random(5)
        template = fresh(chance, 400)
        texts = [template] * 500 + [altered(chance, template, 8) for _ in range(700)]
        texts += [fresh(chance, 300) for _ in range(1200)]
        chance.shuffle(texts)
        pq.write_table(pa.table({"id": [str(row) for row in range(len(texts))], "text": texts}), "in.parquet")
        assert dedupe("in.parquet", "-o", "here").exit_code == 0
        assert dedupe("in.parquet", "-o", "there", "--engine", "spark", finishRows=100).exit_code == 0
        assert Output(tmp_path / "there").duplicates.equals(Output(tmp_path / "here").duplicates)
        manifest = json.loads((tmp_path / "there/manifest.json").read_text())
        assert manifest["engine"]["rounds"] <= 4
        assert manifest["engine"]["as_on_one_machine"]

    def test_a_bucket_that_costs_too_much_is_closed_and_counted(self, dedupe: Dedupe, tmp_path: Path) -> None:
        """Texts that share a boilerplate and nothing else; without an end, each would be compared with all."""
        chance = random.Random(6)
        boilerplate = fresh(chance, 300)
        texts = [altered(chance, boilerplate, chance.choice([20, 50, 60])) for _ in range(100)]
        pq.write_table(pa.table({"text": texts}), "in.parquet")
        done = dedupe("in.parquet", "-o", "out", "--engine", "spark", finishRows=50, pairsPerBucket=100)
        assert "were closed: some near-duplicates may have stayed" in done.stderr
        engine = json.loads((tmp_path / "out/manifest.json").read_text())["engine"]
        assert engine["closed_buckets"] > 0
        assert not engine["as_on_one_machine"]
        output = Output(tmp_path / "out")
        gone = output.duplicates.select(["dropped_row", "kept_row", "jaccard"]).to_pylist()
        assert len(gone) + len(output.kept) == len(texts)
        assert not {row["kept_row"] for row in gone} & {row["dropped_row"] for row in gone}
        for row in gone:
            left, right = shingles(texts[row["dropped_row"]]), shingles(texts[row["kept_row"]])
            assert row["jaccard"] == len(left & right) / len(left | right) >= 0.8
