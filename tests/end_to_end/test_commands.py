"""The commands as a person meets them: what they write, what they say, how they exit."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from click.testing import CliRunner, Result
from pyarrow import fs

from crawler.cli import main
from pipeline.io import exclusive

TEXT = (
    "今年以来，后勤科在学校领导的关心支持下，坚持服务育人的宗旨，较好地完成了各项保障任务。",
    "食堂管理方面，严把采购关，做到票证齐全，账目清楚，师生满意度逐步提高，没有发生安全事故。",
    "下半年，我们将继续改进工作方法，提高服务质量，为教学工作创造更好的条件。",
)


def fanwen(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    body = "".join(f"<p>{text}</p>" for text in TEXT)
    page = tmp_path / "saved/m.gz85.com/a/100.html"
    page.parent.mkdir(parents=True)
    page.write_text(
        f"<html><head><title>后勤科工作总结</title></head><body><h1>后勤科工作总结</h1>{body}</body></html>"
    )
    front = tmp_path / "saved/m.gz85.com/index.html"
    front.write_text("<html><body><a href='/a/100.html'>后勤科工作总结</a></body></html>")
    return tmp_path / "saved"


def test_build_says_what_it_did(saved: Path, tmp_path: Path) -> None:
    result = fanwen("build", saved, "-o", tmp_path / "out", "--workers", 1)
    assert result.exit_code == 0, result.output
    assert "essays kept" in result.stdout
    summary = fanwen("build", saved, "-o", tmp_path / "out", "--workers", 1, "--json")
    assert json.loads(summary.stdout)["kept"] == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_build_reads_from_an_object_store(saved: Path, tmp_path: Path, s3_server: str) -> None:
    options = {"endpoint_override": s3_server, "scheme": "http", "region": "us-east-1"}
    system = fs.S3FileSystem(
        **options, access_key="test", secret_key="verysecret", allow_bucket_creation=True
    )
    system.create_dir("pages")
    fs.copy_files(str(saved), "pages/saved", destination_filesystem=system)
    place = f"s3://test:verysecret@pages/{{}}?{'&'.join(map('='.join, options.items()))}"
    how = ("--workers", 2, "--json", "--cache", tmp_path / "cache")
    for _ in range(2):
        result = fanwen("build", place.format("saved"), "-o", tmp_path / "out", *how)
        assert result.exit_code == 0, result.output
        assert (json.loads(result.stdout)["kept"], json.loads(result.stdout)["version"]) == (1, 1)
    assert fanwen("build", saved, "-o", tmp_path / "local", "--workers", 1).exit_code == 0
    assert shards(tmp_path / "out") == shards(tmp_path / "local")
    assert json.loads((tmp_path / "out/manifest.json").read_text())["origin"] == ["s3://pages/saved"]
    written = [path for name in ("out", "cache") for path in (tmp_path / name).rglob("*") if path.is_file()]
    assert not any(b"verysecret" in path.read_bytes() for path in written)
    missing = fanwen("build", place.format("none"), "-o", tmp_path / "more")
    assert missing.exit_code == 2
    assert missing.stderr.strip().endswith("s3://pages/none: no such file or folder")
    assert missing.stderr.count("\n") == 1
    assert not (tmp_path / "more").exists()


def shards(corpus: Path) -> dict[Path, bytes]:
    folder = corpus / "v00001"
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_run_crawls_builds_and_leaves_a_manifest(saved: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    result = fanwen("run", "--offline", saved, "--site", "gz85", "--data", data, "--workers", 1)
    assert result.exit_code == 0, result.output
    [manifest] = (data / "runs").glob("*/manifest.json")
    facts = json.loads(manifest.read_text("utf-8"))
    crawled = facts["crawl"]
    left = sum(crawled["failed"].values()) + sum(crawled["skipped"].values()) + crawled["pending"]
    assert crawled["found"] == crawled["fetched"] + left
    assert facts["funnel"]["kept"] == 1
    status = fanwen("status", "--data", data).stdout
    assert facts["run"] in status
    assert "1 essays kept" in status
    assert "table essays" in status
    assert "article" in fanwen("sites", "check", "gz85", "--data", data).stdout


def test_a_run_of_one_site_leaves_the_others_in_the_corpus_as_they_are(saved: Path, tmp_path: Path) -> None:
    other = saved / "www.035400.com/whly/3/7.html"
    other.parent.mkdir(parents=True)
    other.write_text(
        (saved / "m.gz85.com/a/100.html").read_text().replace("后勤", "总务").replace("食堂", "宿舍")
    )
    (saved / "www.035400.com/index.html").write_text("<a href='/whly/3/7.html'>总务科工作总结</a>")
    data = tmp_path / "data"
    for sites in ([], ["--site", "gz85"]):
        result = fanwen("run", "--offline", saved, *sites, "--data", data, "--workers", 1)
        assert result.exit_code == 0, result.output
    tables = (data / "corpus" / "current" / name for name in ("essays", "duplicates"))
    sites_found = {row["site"] for table in tables for row in ds.dataset(table).to_table().to_pylist()}
    assert sites_found == {"gz85", "035400"}


def test_a_run_that_fetches_nothing_fails_its_monitor(saved: Path, tmp_path: Path) -> None:
    result = fanwen(
        "run", "--offline", saved, "--site", "035400", "--data", tmp_path / "data", "--workers", 1
    )
    assert result.exit_code == 1
    assert "monitor failed: nothing was fetched" in result.stderr


def test_a_second_run_is_told_to_come_back_and_writes_nothing(saved: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with exclusive(data):
        result = fanwen("run", "--offline", saved, "--data", data)
    assert result.exit_code == 75
    assert [path.name for path in data.iterdir()] == []
    assert result.stderr.count("\n") == 1


def write_site(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, "utf-8")
    return folder


SITE = """
id = "x"
name = "某某文库"
known_from = "a test"
scheme = "http"
hosts = ["www.x.example"]

[rules]
article = ['/a/\\d+\\.html']
"""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (SITE.replace('scheme = "http"', 'scheme = "ftp"'), ("x.toml", "scheme", "http")),
        (SITE.replace("hosts", "host"), ("x.toml", "host")),
        (SITE.replace(r"\d+", "(["), ("x.toml", "article")),
        (SITE.replace("= ", ""), ("x.toml", "line")),
        (SITE.replace('id = "x"', 'id = "y"'), ("x.toml", "id")),
    ],
)
def test_a_broken_site_file_is_one_line_with_file_key_and_expectation(
    tmp_path: Path, text: str, parts: Sequence[str]
) -> None:
    folder = write_site(tmp_path / "sites", "x", text)
    result = fanwen("sites", "check", "--sites", folder)
    assert result.exit_code == 2
    assert result.stderr.startswith("fanwen: ")
    assert result.stderr.count("\n") == 1
    assert all(part in result.stderr for part in parts)


def test_a_site_of_ones_own_needs_its_file_only(saved: Path, tmp_path: Path) -> None:
    folder = write_site(tmp_path / "sites", "x", SITE.replace("www.x.example", "m.gz85.com"))
    listed = fanwen("sites", "list", "--sites", folder).stdout
    assert "某某文库" in listed
    result = fanwen("run", "--offline", saved, "--sites", folder, "--data", tmp_path / "data", "--workers", 1)
    assert result.exit_code == 0, result.output


def bad_input(tmp_path: Path, case: str) -> tuple[object, ...]:
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "no.warc.gz").write_bytes(b"no archive at all\n" * 20)
    occupied = tmp_path / "occupied"
    occupied.mkdir()
    (occupied / "thesis.docx").write_bytes(b"x")
    out = tmp_path / "out"
    return {
        "missing": (tmp_path / "nowhere", "-o", out),
        "no-warc": (tmp_path / "no.warc.gz", "-o", out),
        "empty": (empty, "-o", out),
        "occupied": (tmp_path / "saved", "-o", occupied),
    }[case]


@pytest.mark.parametrize("case", ["missing", "no-warc", "empty", "occupied"])
def test_bad_input_is_one_line_and_exit_2(saved: Path, tmp_path: Path, case: str) -> None:
    assert saved.exists()
    result = fanwen("build", *bad_input(tmp_path, case))
    assert result.exit_code == 2
    assert result.stderr.startswith("fanwen: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_real_site_needs_a_contact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FANWEN_CONTACT", raising=False)
    result = fanwen("crawl", "--site", "gz85", "--data", tmp_path / "data")
    assert result.exit_code == 2
    assert "contact" in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_unknown_site_is_named(tmp_path: Path) -> None:
    result = fanwen("crawl", "--site", "nosuch", "--data", tmp_path)
    assert result.exit_code == 2
    assert "nosuch" in result.stderr


def test_help_waits_for_no_library() -> None:
    heavy = "{'scrapy', 'pyarrow', 'trafilatura', 'pydantic', 'opencc', 'datasketch'}"
    for module in ("crawler.cli", "pipeline.cli"):
        code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert shown.stdout.strip() == "[]", module
