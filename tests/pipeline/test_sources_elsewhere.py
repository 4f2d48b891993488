"""Pages at an address are those of the path, and what cannot be reached is told in one line."""

import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from pipeline.errors import InputError
from pipeline.place import place, shown
from pipeline.remember import split_key
from pipeline.schema import Page
from pipeline.sources import Location, Split, find_files, find_splits, read_split, splits_of
from tests.pipeline.test_sources import HTML, write_warc

fsspec = pytest.importorskip("fsspec")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
Reach = Callable[[Path], str]
LOGIN = "test:verysecret@"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """All kinds of input, whole and damaged, and what is none."""
    root = tmp_path / "stored"
    urls = [f"http://x.example/{number}" for number in range(60)]
    write_warc(root / "a.warc.gz", urls)
    torn = write_warc(root / "torn.warc.gz", urls[:5])
    torn.write_bytes(torn.read_bytes()[:-600])
    (root / "empty.warc.gz").write_bytes(b"")
    write_warc(root / ".hidden" / "b.warc.gz", urls)
    table = pa.table({"url": urls, "html": [HTML] * 60})
    pq.write_table(table, root / "rows.parquet", row_group_size=25)
    pq.write_table(table, root / "damaged.parquet", compression="none", use_dictionary=False)
    damaged = (root / "damaged.parquet").read_bytes()
    (root / "damaged.parquet").write_bytes(damaged[:8] + b"\xff" * 30 + damaged[38:])
    pq.write_table(pa.table({"title": ["x"]}), root / "titles.parquet")
    pq.ParquetWriter(root / "none.parquet", table.schema).close()
    for name in ("www.x.example/a-b/1.html", "www.x.example/a/index.html", "www.x.example/a/2.HTM", "a.txt"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HTML + name)
    return root


def upload(folder: Path, system: fs.FileSystem, target: str) -> None:
    fs.copy_files(str(folder), target, source_filesystem=fs.LocalFileSystem(), destination_filesystem=system)


def s3(address: str, server: str) -> str:
    return f"s3://{LOGIN}{address}?endpoint_override={server}&scheme=http&region=us-east-1"


@pytest.fixture(params=["file", "memory", "s3"])
def reach(request: pytest.FixtureRequest) -> Iterator[Reach]:
    """Gives the address under which the files of a folder lie too."""
    if request.param == "s3":
        server = request.getfixturevalue("s3_server")
        options = {"endpoint_override": server, "scheme": "http", "region": "us-east-1"}
        keys = {"access_key": "test", "secret_key": "verysecret"}
        system = fs.S3FileSystem(**options, **keys, allow_bucket_creation=True, allow_bucket_deletion=True)
        system.create_dir("pages")

    def to(folder: Path) -> str:
        match request.param:
            case "file":
                return folder.as_uri()
            case "memory":
                upload(folder, place("memory://pages")[0], f"/pages/{folder.name}")
                return f"memory://pages/{folder.name}"
            case _:
                upload(folder, system, f"pages/{folder.name}")
                return s3(f"pages/{folder.name}", server)

    yield to
    if request.param == "s3":
        system.delete_dir("pages")
    fsspec.filesystem("memory").store.clear()


def below(address: str, name: str) -> str:
    path, mark, options = address.partition("?")
    return f"{path}/{name}{mark}{options}"


def facts(splits: list[Split]) -> list[tuple[str, str, int, int | None, int, tuple[str, ...]]]:
    return [
        (split.kind, split.name, split.start, split.records, split.group, split.stored.files)
        for split in splits
    ]


def pages(splits: list[Split]) -> list[Page]:
    return [page for split in splits for page in read_split(split)]


def test_a_folder_at_an_address_is_that_of_the_path(stored: Path, reach: Reach) -> None:
    here, there = find_splits([stored]), find_splits([reach(stored)])
    assert facts(there) == facts(here)
    assert [split.name for split in here if split.kind != "folder"] == [
        *["a.warc.gz"] * 2,
        "damaged.parquet",
        "none.parquet",
        *["rows.parquet"] * 3,
        "torn.warc.gz",
    ]
    assert here[-1].stored.files == (
        "www.x.example/a/2.HTM",
        "www.x.example/a/index.html",
        "www.x.example/a-b/1.html",
    )
    assert pages(there) == pages(here)
    assert sum(bool(page.error) for page in pages(here)) == 2


@pytest.mark.parametrize("name", ["a.warc.gz", "torn.warc.gz", "rows.parquet", "damaged.parquet"])
def test_a_file_at_an_address_is_that_of_the_path(stored: Path, reach: Reach, name: str) -> None:
    here, there = find_splits([stored / name]), find_splits([below(reach(stored), name)])
    assert facts(there) == facts(here)
    assert pages(there) == pages(here)
    assert pages(here)


def test_what_is_listed_goes_to_another_process_and_is_opened_there(stored: Path, reach: Reach) -> None:
    files = find_files([reach(stored)])
    sent = pickle.loads(pickle.dumps(files))
    assert sent == files
    splits = [split for each in sent for split in splits_of(each)]
    assert pages(pickle.loads(pickle.dumps(splits))) == pages(find_splits([stored]))


def test_listing_opens_nothing_but_footers(
    stored: Path, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    open_it = Location.open

    def noted(self: Location, *size: int) -> BinaryIO:
        opened.append(self.base)
        return open_it(self, *size)

    monkeypatch.setattr(Location, "open", noted)
    assert len(find_files([reach(stored)])) == 6
    assert opened == ["damaged.parquet", "none.parquet", "rows.parquet", "titles.parquet"]


def test_a_relative_path_is_found_by_a_task_in_another_folder(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    splits = find_splits(["stored", Path("stored/a.warc.gz")])
    assert splits[0].location.name == "stored/a.warc.gz"
    monkeypatch.chdir("/")
    assert len(pages(splits)) == len(pages(find_splits([stored, stored / "a.warc.gz"])))


def test_names_of_any_bytes_are_read_here(tmp_path: Path) -> None:
    file = tmp_path / "saved/www.x.example" / os.fsdecode(b"\xff.html")
    file.parent.mkdir(parents=True)
    file.write_text(HTML)
    [page] = pages(find_splits([tmp_path / "saved"]))
    assert (page.source, page.body) == ("www.x.example/\ufffd.html", HTML.encode())


def test_the_folder_of_the_output_is_no_input_there_either(stored: Path, reach: Reach) -> None:
    (stored / "corpus").mkdir()
    shutil.copy(stored / "rows.parquet", stored / "corpus/rows.parquet")
    shutil.copy(stored / "rows.parquet", stored / "corpus.parquet")
    root = reach(stored)
    names = {split.name for split in find_splits([root], exclude=below(root, "corpus"))}
    assert "corpus.parquet" in names
    assert "corpus/rows.parquet" not in names
    assert "corpus/rows.parquet" in {split.name for split in find_splits([root])}


def test_a_split_is_known_until_its_file_changes(stored: Path, reach: Reach) -> None:
    def keys() -> dict[str, str]:
        return {split.name: split_key(split) for split in find_splits([address])}

    address = reach(stored)
    before = keys()
    is_dated = not address.startswith("memory://")
    assert (keys() == before) == is_dated
    write_warc(stored / "torn.warc.gz", ["http://x.example/1"])
    reach(stored)
    assert keys()["torn.warc.gz"] != before["torn.warc.gz"]
    assert "verysecret" not in "".join(before.values())


def test_a_split_without_a_date_is_never_known(stored: Path) -> None:
    os.utime(stored / "torn.warc.gz", (0, 0))
    [split] = find_splits([stored / "torn.warc.gz"])
    undated = replace(split, stored=replace(split.stored, states=((5, 0),)))
    assert split_key(split) == split_key(split)
    assert split_key(undated) != split_key(undated)


@pytest.mark.parametrize("name", ["torn.warc.gz", "rows.parquet", "www.x.example/a/2.HTM"])
def test_a_line_that_breaks_is_an_error_and_no_lost_page(
    stored: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stored / "page").mkdir()
    shutil.copytree(stored / "www.x.example", stored / "page/www.x.example")
    upload(stored, place("memory://broken")[0], "/broken")
    splits = find_splits([f"memory://broken/{name}" if "/" not in name else "memory://broken/page"])

    def read(*_: object) -> bytes:
        raise OSError("the line is cut")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFile.read", read)
    with pytest.raises(InputError, match=r"^memory://broken/.*: cannot be read \(the line is cut\)"):
        pages(splits)
    fsspec.filesystem("memory").store.clear()


def test_what_is_not_there_is_one_line(stored: Path, reach: Reach) -> None:
    address = reach(stored)
    for name, message in (
        ("nowhere", "no such file or folder"),
        ("empty.warc.gz", "empty file"),
        ("a.txt", "not a WARC file"),
        ("titles.parquet", "no column html and url; it has title"),
        ("www.x.example/a/2.HTM", "has no address"),
    ):
        told(below(address, name), f"{shown(address)}/{name}: .*{message}")


def told(address: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        find_splits([address])
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (f"s3://{LOGIN}pages/a.warc.gz?password=verysecret", "^s3://pages/a.warc.gz: no such address"),
        ("s3://test:very/secret@pages/a.warc.gz", "^s3://pages/a.warc.gz: no such address .*'/'"),
        ("nothing://pages/a.warc.gz?token=secret", "^nothing://pages/a.warc.gz: .*nothing"),
        ("memory://pages/a.warc.gz?token=secret", "^memory://pages/a.warc.gz: no such file or folder"),
    ],
)
def test_an_address_that_nothing_opens_is_one_line_without_keys(address: str, message: str) -> None:
    told(address, message)


def test_a_bucket_that_is_not_there_or_not_reached_is_one_line(s3_server: str) -> None:
    told(s3("no-such-bucket/a.warc.gz", s3_server), "^s3://no-such-bucket/a.warc.gz: no such file or folder")
    told(s3("pages/a.warc.gz", "127.0.0.1:9"), "^s3://pages/a.warc.gz: cannot be read .*[Cc]onnect")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("s3://key:se/cret@bucket/a/", "s3://bucket/a"),
        ("hdfs://host:9000/a@b/", "hdfs://host:9000/a@b"),
        ("hdfs://user@host/a", "hdfs://user@host/a"),
        ("s3://bucket/a:b@c?region=x", "s3://bucket/a:b@c"),
        ("plain?/path/", "plain?/path/"),
    ],
)
def test_an_address_is_shown_without_login_and_options(address: str, name: str) -> None:
    assert shown(address) == name
