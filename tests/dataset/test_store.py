"""A corpus in an object store: the same versions, tried against a server on loopback."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from pyarrow import fs

from pipeline.corpus import build
from pipeline.dataset.shards import Shard
from pipeline.dataset.store import ObjectStore, store_at
from pipeline.dataset.versions import manifest_of, placed_in
from pipeline.engine.local import InlineEngine
from pipeline.errors import OutputError
from pipeline.schema import TABLES
from tests.dataset.conftest import PAGES, html, summary

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
Save = Callable[..., Path]
KEYS = {"access_key": "test", "secret_key": "test"}


@pytest.fixture
def system(s3_server: str) -> fs.S3FileSystem:
    system = fs.S3FileSystem(
        endpoint_override=s3_server, scheme="http", region="us-east-1", allow_bucket_creation=True, **KEYS
    )
    system.create_dir("essays")
    if system.get_file_info("essays/corpus").type != fs.FileType.NotFound:
        system.delete_dir("essays/corpus")
    return system


@pytest.fixture
def address(s3_server: str, system: fs.S3FileSystem, monkeypatch: pytest.MonkeyPatch) -> str:
    del system
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return f"s3://essays/corpus?endpoint_override={s3_server}&scheme=http&region=us-east-1"


def tables(address: str) -> dict[str, list[Shard]]:
    manifest = manifest_of(store_at(address))
    assert manifest is not None
    return placed_in(manifest)


def test_a_build_publishes_what_a_folder_would_hold(
    save: Save, tmp_path: Path, address: str, system: fs.S3FileSystem
) -> None:
    saved = save()
    build([saved], tmp_path / "corpus", engine=InlineEngine())
    assert build([saved], address, engine=InlineEngine()).version == 1
    for name in TABLES:
        local = [path.read_bytes() for path in sorted((tmp_path / "corpus/current" / name).iterdir())]
        stored = [
            system.open_input_stream(f"essays/corpus/{shard.file}").read() for shard in tables(address)[name]
        ]
        assert stored == local
    for paper in ("README.md", "croissant.json", "SHA256SUMS"):
        stored_paper = system.open_input_stream(f"essays/corpus/{paper}").read()
        assert stored_paper == (tmp_path / "corpus" / paper).read_bytes()


def test_a_build_of_pages_that_lie_there_reads_what_is_new(
    save: Save, tmp_path: Path, address: str, system: fs.S3FileSystem
) -> None:
    saved, cache = save(), tmp_path / "cache"

    def taken_over() -> int:
        inputs = [address.replace("/corpus", "/saved")]
        return build(inputs, tmp_path / "corpus", engine=InlineEngine(), cache=cache).taken_over

    fs.copy_files(str(saved), "essays/saved", destination_filesystem=system)
    assert [taken_over(), taken_over()] == [0, 2]
    save(pages={"www.four.example/d/4.html": html("档案工作小结", summary(2020, "太和县", 77))})
    fs.copy_files(str(saved), "essays/saved", destination_filesystem=system)
    assert [taken_over(), taken_over()] == [0, 2]


def test_the_next_version_stands_beside_the_last_one(
    save: Save, address: str, system: fs.S3FileSystem
) -> None:
    saved = save()
    build([saved], address, engine=InlineEngine())
    first = tables(address)
    assert build([saved], address, engine=InlineEngine()).version == 1
    save(pages={"www.four.example/d/4.html": html("档案工作小结", summary(2020, "太和县", 77))})
    assert build([saved], address, engine=InlineEngine()).version == 2
    for shards, rows in ((first, 3), (tables(address), 3)):
        files = [f"essays/corpus/{shard.file}" for shard in shards["essays"]]
        assert ds.dataset(files, filesystem=system).count_rows() == rows
    assert sum(shard.rows for shard in tables(address)["duplicates"]) == 3


def test_a_takedown_removes_earlier_versions_there_too(
    save: Save, tmp_path: Path, address: str, system: fs.S3FileSystem
) -> None:
    from pipeline.output import Policy

    saved = save()
    build([saved], address, engine=InlineEngine())
    (tmp_path / "takedown.toml").write_text('[[takedown]]\nhost = "two.example"')
    policy = Policy(takedown=tmp_path / "takedown.toml")
    assert build([saved], address, engine=InlineEngine(), policy=policy).version == 2
    names = {info.path for info in system.get_file_info(fs.FileSelector("essays/corpus", recursive=True))}
    assert not any("v00001" in name for name in names)
    shutil.rmtree(saved / "www.one.example", ignore_errors=True)
    assert build([saved], address, engine=InlineEngine()).funnel.taken_down == 2


def test_an_upload_that_fails_leaves_the_last_version_in_force(
    save: Save, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save()
    build([saved], address, engine=InlineEngine())
    save(pages={"www.four.example/d/4.html": PAGES["www.one.example/a/1.html"].replace("平安", "太和")})
    put, calls = ObjectStore.put, 0

    def failing(self: ObjectStore, name: str, staged: Path, same: str | None = None) -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise OutputError("the line is cut")
        put(self, name, staged, same)

    monkeypatch.setattr(ObjectStore, "put", failing)
    with pytest.raises(OutputError, match="the line is cut"):
        build([saved], address, engine=InlineEngine())
    manifest = manifest_of(store_at(address))
    assert manifest is not None
    assert manifest["version"] == 1
    monkeypatch.undo()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert build([saved], address, engine=InlineEngine()).version == 3


def test_what_cannot_be_reached_is_one_line(save: Save, address: str) -> None:
    nowhere = address.replace("essays/corpus", "no-such-bucket/corpus")
    with pytest.raises(OutputError, match="s3://no-such-bucket/corpus: there is no such bucket"):
        build([save()], nowhere, engine=InlineEngine())
    with pytest.raises(OutputError, match=r"^nothing://x: cannot be reached"):
        store_at("nothing://x")


def test_the_age_of_a_file_is_told(address: str) -> None:
    store = store_at(address)
    store.write("note.txt", b"x")
    assert 0 <= store.age("note.txt", time.time() + 1) < 60
    assert store.age("none.txt", time.time()) == 0
