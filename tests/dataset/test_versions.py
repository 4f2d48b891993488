"""A reader sees one whole version, whatever happens to the run that writes the next one."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline.dataset import versions
from pipeline.dataset.shards import Shard, files_of, write_table
from pipeline.dataset.store import LocalStore
from pipeline.dataset.versions import (
    CURRENT,
    FORMAT,
    MANIFEST,
    Version,
    is_published,
    manifest_of,
    next_version,
    placed_in,
    publish,
    published,
    read_manifest,
    table_files,
)
from pipeline.errors import OutputError
from pipeline.gather import Gathered

NAMES = ("essays", "duplicates", "pages")


def rows(count: int) -> Gathered:
    table = pa.table({"essay_id": [f"{number:020x}" for number in range(count)], "n": [count] * count})
    return Gathered((table,), np.arange(count), lambda part, _: part, ("essay_id",))


def stage(folder: Path, count: int) -> dict[str, list[Shard]]:
    """Tables of a version, each of so many rows."""
    return {name: write_table(folder, name, rows(count), {"made": "for a test"}) for name in NAMES}


def publish_next(corpus: Path, staged: Path, count: int) -> Version:
    store = LocalStore(corpus)
    tables = stage(staged, count)
    version = next_version(store, manifest_of(store), tables)
    publish(store, staged, version, {"README.md": version.folder}, {"rows": count})
    return version


def check_whole(corpus: Path) -> int:
    """Every file that manifest and card lead to has its bytes; the rows of each table of the version in force."""
    for shard in files_of(published(corpus)):
        assert hashlib.sha256((corpus / shard.file).read_bytes()).hexdigest() == shard.sha256
    named = (corpus / "README.md").read_text()
    for name in NAMES:
        assert ds.dataset(sorted((corpus / named / name).glob("*.parquet"))).count_rows() > 0
    counts = {ds.dataset(table_files(corpus, name)).count_rows() for name in NAMES}
    assert len(counts) == 1
    return int(counts.pop())


def test_versions_follow_each_other_and_the_last_one_is_in_force(tmp_path: Path) -> None:
    for count in (3, 4, 5):
        publish_next(tmp_path / "corpus", tmp_path / "staged", count)
        assert check_whole(tmp_path / "corpus") == count
    assert (tmp_path / "corpus" / CURRENT).readlink() == Path("v00003")
    manifest = read_manifest(tmp_path / "corpus")
    assert manifest is not None
    assert (manifest["version"], manifest["rows"]) == (3, 5)


def test_files_that_did_not_change_are_stored_once(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    for _ in range(2):
        publish_next(corpus, tmp_path / "staged", 3)
    first, second = (next((corpus / name / "essays").iterdir()) for name in ("v00001", "v00002"))
    assert first.samefile(second)


def test_the_same_tables_are_known_again(tmp_path: Path) -> None:
    publish_next(tmp_path / "corpus", tmp_path / "staged", 3)
    store = LocalStore(tmp_path / "corpus")
    manifest = manifest_of(store)
    assert is_published(store, manifest, stage(tmp_path / "again", 3))
    assert not is_published(store, manifest, stage(tmp_path / "other", 4))
    assert not is_published(store, None, stage(tmp_path / "none", 3))


@pytest.mark.parametrize("damage", ["gone", "one byte"])
def test_a_damaged_file_is_no_reason_to_call_a_version_published(tmp_path: Path, damage: str) -> None:
    corpus = tmp_path / "corpus"
    publish_next(corpus, tmp_path / "staged", 3)
    store, tables = LocalStore(corpus), stage(tmp_path / "again", 3)
    (file,) = table_files(corpus, "essays")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.unlink() if damage == "gone" else file.write_bytes(data)
    assert not is_published(store, manifest_of(store), tables, to_the_byte=True)
    publish_next(corpus, tmp_path / "staged", 3)
    assert check_whole(corpus) == 3


def test_a_version_that_was_replaced_long_ago_goes_but_not_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "GRACE", -1.0)
    for count in (3, 4, 5, 6):
        publish_next(tmp_path / "corpus", tmp_path / "staged", count)
    assert sorted(path.name for path in (tmp_path / "corpus").glob("v*")) == ["v00003", "v00004"]


def test_who_publishes_second_is_told_so(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "corpus")
    tables = stage(tmp_path / "staged", 3)
    slow = next_version(store, None, tables)
    publish_next(tmp_path / "corpus", tmp_path / "other", 4)
    with pytest.raises(OutputError, match="another run has published version 1"):
        publish(store, tmp_path / "staged", slow, {}, {})
    assert check_whole(tmp_path / "corpus") == 4


STEPS = ("replace", "link", "symlink", "fsync", "unlink", "rmdir", "mkdir", "open")
"""Calls of the operating system by which anything is written."""


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Do something in a process that is killed at its n-th call; False if it was done before."""
    child = os.fork()
    if child == 0:
        calls = 0

        def counted(call: Callable[..., object]) -> Callable[..., object]:
            def wrapper(*arguments: object, **options: object) -> object:
                nonlocal calls
                calls += 1
                if calls == step:
                    os._exit(9)
                return call(*arguments, **options)

            return wrapper

        for name in STEPS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            action()
        except BaseException:  # noqa: BLE001 - told by the exit code
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 9)
    return code == 9


def test_a_run_killed_at_any_write_leaves_a_whole_version_and_the_next_one_completes(tmp_path: Path) -> None:
    publish_next(tmp_path / "first", tmp_path / "staged-1", 3)
    tables = stage(tmp_path / "staged-2", 4)
    seen = set()
    step = 0
    while True:
        step += 1
        corpus, staged = tmp_path / f"corpus-{step}", tmp_path / f"staged-2-{step}"
        shutil.copytree(tmp_path / "first", corpus, symlinks=True)
        shutil.copytree(tmp_path / "staged-2", staged)
        store = LocalStore(corpus)
        version = next_version(store, manifest_of(store), tables)

        def action(store: LocalStore = store, staged: Path = staged, version: Version = version) -> None:
            publish(store, staged, version, {"README.md": version.folder}, {"rows": 4})

        killed = killed_at(step, action)
        seen.add(check_whole(corpus))
        if not killed:
            break
        publish_next(corpus, tmp_path / f"staged-3-{step}", 5)
        assert check_whole(corpus) == 5
    assert seen == {3, 4}
    assert step > 20


def by_manifest(corpus: Path) -> int:
    manifest = read_manifest(corpus)
    assert manifest is not None
    tables = placed_in(manifest)
    counts = {ds.dataset([corpus / shard.file for shard in tables[name]]).count_rows() for name in NAMES}
    assert counts == {manifest["rows"]}
    return int(counts.pop())


def by_card(corpus: Path) -> int:
    folder = corpus / (corpus / "README.md").read_text()
    files = [folder / name / "*.parquet" for name in NAMES]
    counts = {pl.scan_parquet(file).select(pl.len()).collect().item() for file in files}
    assert len(counts) == 1
    return int(counts.pop())


def by_link(corpus: Path) -> int:
    folder = (corpus / CURRENT).resolve()
    with duckdb.connect() as connection:
        counts = {
            connection.sql(f"from '{folder}/{name}/*.parquet'").count("*").fetchall()[0] for name in NAMES
        }
    assert len(counts) == 1
    return int(counts.pop()[0])


@pytest.mark.parametrize("once", [by_manifest, by_card, by_link])
def test_a_reader_in_a_loop_never_fails_and_never_sees_half_a_version(
    once: Callable[[Path], int], tmp_path: Path
) -> None:
    corpus, last = tmp_path / "corpus", 30
    publish_next(corpus, tmp_path / "staged", 1)
    seen: list[int] = []

    def read() -> None:
        while not seen or seen[-1] < last:
            seen.append(once(corpus))

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        for count in range(2, last + 1):
            publish_next(corpus, tmp_path / "staged", count)
        reading.result(60)
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def test_nothing_stays_of_versions_that_hold_what_was_taken_down(tmp_path: Path) -> None:
    for count in (3, 4):
        publish_next(tmp_path / "corpus", tmp_path / "staged", count)
    store = LocalStore(tmp_path / "corpus")
    tables = stage(tmp_path / "staged", 2)
    version = next_version(store, manifest_of(store), tables)
    facts = {"rows": 2, "withheld": ["url 0123"]}
    publish(store, tmp_path / "staged", version, {"README.md": version.folder}, facts)
    assert check_whole(tmp_path / "corpus") == 2
    assert [path.name for path in (tmp_path / "corpus").glob("v*")] == ["v00003"]


def test_a_corpus_of_the_time_before_versions_becomes_one_with_versions(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    tables = {name: [asdict(shard) for shard in shards] for name, shards in stage(corpus, 3).items()}
    (corpus / MANIFEST).write_text(json.dumps({"format": FORMAT, "tables": tables}), "utf-8")
    publish_next(corpus, tmp_path / "staged", 4)
    assert check_whole(corpus) == 4
    assert sorted(path.name for path in corpus.iterdir()) == ["README.md", CURRENT, MANIFEST, "v00001"]


def test_what_is_no_corpus_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty and not a corpus"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text('{"format": "another"}')
    with pytest.raises(OutputError, match=r"its manifest.json is not a corpus's"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(OutputError, match="cannot be read"):
        read_manifest(tmp_path)
    with pytest.raises(OutputError, match="is a file, not a folder"):
        read_manifest(tmp_path / "thesis.txt")
    with pytest.raises(OutputError, match="no corpus here"):
        published(tmp_path / "nowhere")


def test_a_shard_says_what_made_it_and_finds_an_id_without_reading_its_rows(tmp_path: Path) -> None:
    (shard,) = write_table(tmp_path, "essays", rows(12_000), {"fanwen": "0.1.0"})
    file = pq.ParquetFile(tmp_path / shard.file)
    assert file.schema_arrow.metadata[b"fanwen.fanwen"] == b"0.1.0"
    assert [file.metadata.row_group(number).num_rows for number in range(3)] == [5000, 5000, 2000]
    group = file.metadata.row_group(0)
    column = group.column(0)
    assert column.compression == "ZSTD"
    assert column.statistics.min == f"{0:020x}"
    assert column.has_offset_index
    assert group.sorting_columns[0].column_index == 0
    probe = f"from parquet_bloom_probe('{tmp_path / shard.file}', 'essay_id', '{'f' * 20}')"
    with duckdb.connect() as connection:
        found = connection.execute(f"select bloom_filter_excludes {probe}").fetchall()
    assert found == [(True,)] * 3
