"""A build with a cache reads what is new, and gives the same bytes as one that reads everything."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pipeline.account import Built
from pipeline.corpus import build
from pipeline.engine.base import Source, Stage
from pipeline.engine.local import InlineEngine
from pipeline.errors import OutputError
from pipeline.output import Policy
from tests.dataset.conftest import PAGES, TEACHING, html, summary

Save = Callable[..., Path]


class Counting(InlineEngine):
    """Counts the tasks of each stage."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    def map(self, stage: Stage, sources: Sequence[Source], folder: Path) -> list[Path]:
        self.tasks[stage.name] += len(sources)
        self.rows[stage.name] += sum(batch.num_rows for source in sources for batch in source.batches())
        return super().map(stage, sources, folder)


@pytest.fixture(autouse=True)
def small_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sources.find.PART", 1)
    monkeypatch.setattr("pipeline.shuffle._RUN", 1)
    monkeypatch.setattr("pipeline.shuffle._ARTICLES_A_BUCKET", 2)


def shards(out: Path, version: int) -> dict[Path, bytes]:
    folder = out / f"v{version:05d}"
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}


def cached(saved: Path, root: Path, engine: InlineEngine | None = None) -> Built:
    return build([saved], root / "corpus", engine=engine or InlineEngine(), cache=root / "cache")


def anew(saved: Path, root: Path) -> dict[Path, bytes]:
    shutil.rmtree(root / "anew", ignore_errors=True)
    build([saved], root / "anew", engine=InlineEngine())
    return shards(root / "anew", 1)


def test_pages_that_came_are_read_and_no_others(save: Save, tmp_path: Path) -> None:
    saved = save()
    cached(saved, tmp_path)
    save(pages={"www.z.example/d/4.html": html("档案工作小结", summary(2020, "太和县", 77))})
    engine = Counting()
    built = cached(saved, tmp_path, engine)
    assert (engine.tasks["sample"], engine.tasks["extract"]) == (1, 1)
    assert engine.rows["recover"] == 1
    assert built.version == 2
    assert built.taken_over > 0
    assert shards(tmp_path / "corpus", 2) == anew(saved, tmp_path)


def test_a_page_that_changed_replaces_what_it_was(save: Save, tmp_path: Path) -> None:
    saved = save()
    cached(saved, tmp_path)
    save(
        pages={
            "www.one.example/a/2.html": html(
                "四年级数学教学总结", [*TEACHING, TEACHING[0].replace("四", "五")]
            )
        }
    )
    engine = Counting()
    built = cached(saved, tmp_path, engine)
    assert engine.rows["recover"] == 1
    assert shards(tmp_path / "corpus", built.version) == anew(saved, tmp_path)


def test_a_second_page_completes_an_article_that_an_earlier_build_rejected(
    save: Save, tmp_path: Path
) -> None:
    pager = "<a href='/a/6.html'>1</a> <a href='/a/6_2.html'>2</a>"
    first = html("教学总结", TEACHING[:2]).replace("<div class='foot'>", pager + "<div class='foot'>")
    saved = save(pages={**PAGES, "www.one.example/a/6.html": first})
    assert cached(saved, tmp_path).funnel.essays_rejected["incomplete"] == 1
    save(pages={"www.one.example/a/6_2.html": html("教学总结", TEACHING[2:], pager)})
    built = cached(saved, tmp_path)
    assert "incomplete" not in built.funnel.essays_rejected
    assert shards(tmp_path / "corpus", built.version) == anew(saved, tmp_path)


def test_nothing_new_is_no_new_version_and_no_work(save: Save, tmp_path: Path) -> None:
    saved = save()
    cached(saved, tmp_path)
    engine = Counting()
    assert cached(saved, tmp_path, engine).version == 1
    assert (engine.tasks["sample"], engine.tasks["extract"], engine.rows["recover"]) == (0, 0, 0)


def test_another_policy_takes_nothing_over(save: Save, tmp_path: Path) -> None:
    saved = save()
    cached(saved, tmp_path)
    engine = Counting()
    policy = Policy(keep_contacts=True)
    build([saved], tmp_path / "corpus", engine=engine, cache=tmp_path / "cache", policy=policy)
    assert engine.tasks["extract"] == len(PAGES)


def test_the_cache_holds_what_the_last_build_needed_and_may_be_lost(save: Save, tmp_path: Path) -> None:
    saved = save()
    cached(saved, tmp_path)
    save(pages={"www.one.example/a/2.html": html("四年级数学教学总结", TEACHING[:3])})
    cached(saved, tmp_path)
    assert len(list((tmp_path / "cache").glob("extract-*"))) == len(PAGES)
    stages = {path.name.partition("-")[0] for path in (tmp_path / "cache").iterdir()}
    assert stages == {"sample", "extract", "recover"}
    (next(path for path in (tmp_path / "cache").glob("recover-*"))).unlink()
    assert cached(saved, tmp_path).version == 2
    shutil.rmtree(tmp_path / "cache")
    assert cached(saved, tmp_path).version == 2


def test_full_does_all_anew(save: Save, tmp_path: Path) -> None:
    saved = save()
    cached(saved, tmp_path)
    engine = Counting()
    built = build([saved], tmp_path / "corpus", engine=engine, cache=tmp_path / "cache", full=True)
    assert engine.tasks["extract"] == len(PAGES)
    assert built.version == 1


def test_a_file_that_is_gone_is_no_reason_to_forget_its_pages(save: Save, tmp_path: Path) -> None:
    first, second = save("first"), save("second")
    build([first, second], tmp_path / "corpus", engine=InlineEngine())
    with pytest.raises(
        OutputError, match=r"1 more file\(s\) that are not in the input \(second\); give them too, or --full"
    ):
        build([first], tmp_path / "corpus", engine=InlineEngine())
    build([first], tmp_path / "corpus", engine=InlineEngine(), full=True)


@pytest.mark.parametrize("damage", ["cut", "emptied", "one byte"])
def test_a_damaged_file_of_the_cache_is_made_anew(save: Save, tmp_path: Path, damage: str) -> None:
    saved = save()
    cached(saved, tmp_path)
    for path in (tmp_path / "cache").iterdir():
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes({"cut": data[:-20], "emptied": bytearray(), "one byte": data}[damage]))
    save(pages={"www.z.example/d/4.html": html("档案工作小结", summary(2020, "太和县", 77))})
    assert cached(saved, tmp_path).version == 2
    assert shards(tmp_path / "corpus", 2) == anew(saved, tmp_path)


def test_what_else_lies_in_the_folder_of_the_cache_stays(save: Save, tmp_path: Path) -> None:
    mine = tmp_path / "cache" / "results.arrow"
    mine.parent.mkdir()
    mine.write_text("precious")
    cached(save(), tmp_path)
    build(
        [tmp_path / "saved"], tmp_path / "corpus", engine=InlineEngine(), cache=tmp_path / "cache", full=True
    )
    assert mine.read_text() == "precious"


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="needs a second disk")
def test_the_cache_may_lie_on_another_disk(save: Save, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as cache:
        saved = save()
        for _ in range(2):
            built = build([saved], tmp_path / "corpus", engine=InlineEngine(), cache=Path(cache))
        assert built.taken_over > 0


def test_a_cache_in_the_corpus_is_refused_unless_hidden(save: Save, tmp_path: Path) -> None:
    saved, out = save(), tmp_path / "corpus"
    with pytest.raises(OutputError, match="lies in the corpus"):
        build([saved], out, engine=InlineEngine(), cache=out / "cache")
    with pytest.raises(OutputError, match="lies in the corpus"):
        build([saved], out, engine=InlineEngine(), cache=out)
    assert build([saved], out, engine=InlineEngine(), cache=out / ".cache" / "mine").version == 1
    assert build([saved], out, engine=InlineEngine(), cache=out / ".cache").version == 1


def test_an_input_without_an_article_is_a_corpus_without_essays(save: Save, tmp_path: Path) -> None:
    saved = save(pages={"www.one.example/index.html": "<a href='/a/1.html'>x</a>"})
    for version in (1, 1):
        built = cached(saved, tmp_path)
        assert (built.funnel.kept, built.version) == (0, version)


def test_many_small_files_of_the_cache_are_put_together(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.remember._MOST_FILES", 4)
    saved = save()
    for night in range(7):
        save(
            pages={
                f"www.z.example/d/{night}.html": html(
                    "档案工作小结", summary(2010 + night, "太和县", 70 + night)
                )
            }
        )
        cached(saved, tmp_path)
        assert len(list((tmp_path / "cache").glob("recover-*"))) <= 6
    assert shards(tmp_path / "corpus", 7) == anew(saved, tmp_path)
