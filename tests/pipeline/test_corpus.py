"""Stored pages in, a published corpus out."""

import json
from importlib.metadata import version
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline.corpus import build
from pipeline.dataset.versions import read_manifest, table_files
from pipeline.engine.local import InlineEngine, LocalEngine
from pipeline.errors import InputError, LockedError, OutputError
from pipeline.io import exclusive
from pipeline.schema import TABLES

PARAGRAPHS = (
    "{year}年，办公室在局党组的正确领导下，紧紧围绕中心工作，认真履行参谋助手职责，较好地完成了各项任务。",
    "一、加强学习，提高素质",
    "坚持每周集中学习一次，全年组织专题辅导{count}场，撰写心得体会{count}篇，干部的理论水平有了明显提高。",
    "二、改进作风，搞好服务",
    "建立首问负责制，简化办事程序，来信来访做到件件有回音，群众满意率逐年上升，得到了上级部门的肯定。",
)
OTHER = (
    "本学期，语文教研组坚持集体备课制度，人人上公开课，互相听课评课，课堂教学质量稳步提高。",
    "同时注重培养青年教师，开展师徒结对活动，组织外出观摩学习，两名教师在县级比赛中获奖。",
    "今后，我们将继续探索适合本校学生的教学方法，关注学困生，让每一个孩子都有进步，不辜负家长的期望。",
)


def html(title: str, paragraphs: tuple[str, ...], tail: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f"<html><head><meta charset='utf-8'><title>{title}_某某文库</title></head><body><div class='nav'>"
        f"<a href='/'>首页</a></div><h1>{title}</h1><p>时间：2022-03-04 来源：某某文库</p>"
        f"<div class='content'>{body}</div>{tail}<div class='foot'>Copyright 某某文库</div></body></html>"
    )


def report(year: int, count: int) -> tuple[str, ...]:
    return tuple(text.format(year=year, count=count) for text in PARAGRAPHS)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Six saved pages: a report, its repost with another year, an article of two pages, three that fail."""
    pager = "<a href='/a/3.html'>1</a> <a href='/a/3_2.html'>2</a>"
    files: dict[str, str | bytes] = {
        "www.one.example/a/1.html": html("办公室工作总结", report(2021, 12)),
        "www.two.example/b/7.html": html("办公室年度总结", report(2023, 8)),
        "www.one.example/a/3.html": html("语文教研组工作总结", OTHER[:2], pager),
        "www.one.example/a/3_2.html": html("语文教研组工作总结", OTHER[2:], pager),
        "www.one.example/a/4.html": "",
        "www.one.example/a/5.html": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "www.one.example/a/6.html": html("财务科总结", OTHER[:1], "<a href='/a/6_2.html'>2</a>"),
    }
    for name, content in files.items():
        path = tmp_path / "saved" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / "saved"


def rows(corpus: Path, table: str) -> list[dict[str, object]]:
    return list(ds.dataset(table_files(corpus, table)).to_table().to_pylist())


def test_pages_become_essays_and_every_removal_is_a_row(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    funnel = build([saved], out, engine=InlineEngine()).funnel
    funnel.check()
    essays = {str(row["url"]): row for row in rows(out, "essays")}
    assert set(essays) == {"http://www.one.example/a/1.html", "http://www.one.example/a/3.html"}
    joined = essays["http://www.one.example/a/3.html"]
    assert joined["text"] == "\n".join(OTHER)
    assert (joined["pages"], joined["genre"], str(joined["published"])) == (2, "总结", "2022-03-04")
    kept = essays["http://www.one.example/a/1.html"]
    assert kept["cluster_size"] == 2
    [dropped] = rows(out, "duplicates")
    assert (dropped["kept_id"], dropped["jaccard"], dropped["rule"]) == (kept["essay_id"], 1.0, "exact")
    assert dropped["text"] == "\n".join(report(2023, 8))
    assert {(row["kind"], row["rule"]) for row in rows(out, "rejected")} == {
        ("page", "empty"),
        ("page", "binary"),
        ("essay", "incomplete"),
    }


def test_the_number_of_workers_changes_no_byte(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.find.PART", 2)
    monkeypatch.setattr("pipeline.shuffle._ARTICLES_A_BUCKET", 2)
    corpora = []
    for workers in (1, 2):
        out = tmp_path / f"corpus-{workers}"
        with LocalEngine(workers) as engine:
            build([saved], out, engine=engine)
        corpora.append(
            {path.relative_to(out): path.read_bytes() for path in (out / "v00001").rglob("*.parquet")}
        )
    assert corpora[0] == corpora[1]
    assert len(corpora[0]) == len(TABLES)


def test_a_rebuild_of_the_same_input_changes_nothing_and_leaves_nothing(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    build([saved], out, engine=InlineEngine())
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert build([saved], out, engine=InlineEngine()).version == 1
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    papers = ["README.md", "SHA256SUMS", "croissant.json", "manifest.json"]
    assert sorted(path.name for path in out.iterdir()) == sorted([*papers, "current", "v00001"])
    assert sorted(path.name for path in (out / "v00001").iterdir()) == sorted([*TABLES, "manifest.json"])


def test_a_grown_input_gives_the_next_version(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    build([saved], out, engine=InlineEngine())
    (saved / "www.one.example/a/6_2.html").write_text(
        html("财务科总结", OTHER[1:], "<a href='/a/6.html'>1</a>")
    )
    build([saved], out, engine=InlineEngine())
    assert len(rows(out, "essays")) == 2
    assert len(rows(out, "duplicates")) == 2
    manifest = read_manifest(out)
    assert manifest is not None
    assert manifest["version"] == 2


def test_manifest_names_every_file_with_its_digest(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    build([saved], out, engine=InlineEngine())
    manifest = json.loads((out / "manifest.json").read_text())
    assert set(manifest["tables"]) == set(TABLES)
    assert manifest["origin"] == ["../saved"]
    assert manifest["versions"]["opencc"] == version("opencc")
    assert manifest["funnel"]["kept"] == sum(file["rows"] for file in manifest["tables"]["essays"])


def test_duckdb_opens_every_table(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    build([saved], out, engine=InlineEngine())
    for name in TABLES:
        found = duckdb.sql(f"select * from '{out}/current/{name}/*.parquet'")
        assert found is not None
        count = len(rows(out, name))
        assert len(found.fetchall()) == count
        assert count > 0 or name not in ("essays", "duplicates", "rejected", "pages")


def test_another_corpus_is_refused_and_replaced_only_on_request(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    build([saved], out, engine=InlineEngine())
    other = tmp_path / "other"
    (other / "www.x.example").mkdir(parents=True)
    (other / "www.x.example/1.html").write_text(html("教研总结", OTHER))
    with pytest.raises(OutputError, match="holds another corpus"):
        build([other], out, engine=InlineEngine())
    assert len(rows(out, "essays")) == 2
    build([other], out, engine=InlineEngine(), full=True)
    assert len(rows(out, "essays")) == 1


def test_a_folder_of_something_else_is_left_alone(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter.txt").write_text("x")
    with pytest.raises(OutputError, match="not empty and not a corpus"):
        build([saved], out, engine=InlineEngine(), full=True)
    assert [path.name for path in out.iterdir()] == ["chapter.txt"]
    assert read_manifest(tmp_path / "nowhere") is None


def test_a_failed_build_leaves_the_last_version(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    build([saved], out, engine=InlineEngine())
    (saved / "bad.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"bad\.parquet"):
        build([saved], out, engine=InlineEngine())
    assert len(rows(out, "essays")) == 2


def test_two_builds_into_one_folder_exclude_each_other(saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    with exclusive(out), pytest.raises(LockedError):
        build([saved], out, engine=InlineEngine())


def test_an_unfinished_version_is_not_seen(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "corpus"
    build([saved], out, engine=InlineEngine())
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    (saved / "www.one.example/a/6_2.html").write_text(html("财务科总结", OTHER[1:]))
    monkeypatch.setattr("pipeline.output.card", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build([saved], out, engine=InlineEngine())
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_two_pages_without_an_address_are_two_rows(tmp_path: Path) -> None:
    page = html("教研总结", OTHER)
    pq.write_table(pa.table({"url": [None, "", "x"], "html": [page] * 3}), tmp_path / "a.parquet")
    funnel = build([tmp_path / "a.parquet"], tmp_path / "corpus", engine=InlineEngine()).funnel
    assert funnel.pages_rejected == {"no_url": 3}


def test_tables_are_gathered_part_by_part(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([saved], tmp_path / "whole", engine=InlineEngine())
    monkeypatch.setattr("pipeline.dataset.shards.SHARD_ROWS", 2)
    monkeypatch.setattr("pipeline.shuffle._ARTICLES_A_BUCKET", 2)
    build([saved], tmp_path / "parts", engine=InlineEngine())
    assert len(table_files(tmp_path / "parts", "pages")) == 4
    for name in TABLES:
        assert rows(tmp_path / "parts", name) == rows(tmp_path / "whole", name)
