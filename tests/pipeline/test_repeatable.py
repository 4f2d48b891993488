"""The same archives give the same bytes, whatever was fetched twice and however Python hashes."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pyarrow.dataset as ds
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.sample.web import SampleWeb
from pipeline.corpus import build
from pipeline.dataset.versions import table_files
from pipeline.engine.local import InlineEngine, LocalEngine
from pipeline.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
MORNING, EVENING = "2026-03-01T06:00:00Z", "2026-03-01T20:00:00Z"


def html(title: str, *lines: str) -> bytes:
    text = "".join(f"<p>{line}</p>" for line in lines)
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>".encode()


FERRY = (
    "渡口管理所全年安全摆渡旅客六万人次，没有发生一起险情，受到乡政府通报表扬，群众十分满意。",
    "所里坚持每天开航前检查救生衣、缆绳和发动机，遇大雾大风一律停航，并把检查结果登记在册。",
    "明年准备更换两艘老旧渡船，组织船工学习水上救护，把渡口建成让沿岸百姓放心的平安渡口。",
)
WELL = (
    "打井队克服天旱少雨、山高路远的困难，先后为七个自然村打成机井十二眼，解决了三千人的饮水问题。",
    "施工中严格把住选点、下管、洗井三道关口，每眼井都做抽水试验，合格以后才交给村里使用。",
    "今后要加强机井的维修管护，培训村级管水员，确保每一眼井长期发挥作用，让乡亲们喝上放心水。",
)


def write_warc(path: Path, records: Iterable[tuple[str, str, bytes]]) -> None:
    """URL, time and body of each response, in order."""
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number, (url, when, body) in enumerate(records):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            fixed = {"WARC-Date": when, "WARC-Record-ID": f"<urn:test:{number}>"}
            record = writer.create_warc_record(
                url, "response", BytesIO(body), http_headers=headers, warc_headers_dict=fixed
            )
            writer.write_record(record)


def digests(corpus: Path) -> dict[str, str]:
    return {
        path.relative_to(corpus).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(corpus.rglob("*"))
        if path.is_file()
    }


def rows(corpus: Path, table: str) -> list[dict[str, object]]:
    return list(ds.dataset(table_files(corpus, table)).to_table().to_pylist())


def test_a_page_fetched_again_after_a_kill_counts_once_and_every_byte_repeats(tmp_path: Path) -> None:
    ferry, well = "http://www.wen.example/zj/1.html", "http://www.wen.example/zj/2.html"
    draft = html("渡口管理所工作总结", FERRY[0], FERRY[1])
    warc = tmp_path / "warc"
    write_warc(warc / "run-1.warc.gz", [(ferry, MORNING, draft)])
    write_warc(
        warc / "run-2.warc.gz",
        [
            (well, EVENING, html("打井队工作总结", *WELL)),
            (ferry, EVENING, html("渡口管理所工作总结", *FERRY)),
        ],
    )
    corpora = [tmp_path / name for name in ("one", "two")]
    for corpus, workers in zip(corpora, (1, 2), strict=True):
        with LocalEngine(workers) as engine:
            funnel = build([warc], corpus, engine=engine).funnel
        assert (funnel.pages, funnel.articles, funnel.superseded, funnel.kept) == (3, 2, 1, 2)
    assert digests(corpora[0]) == digests(corpora[1])
    folder = corpora[0] / "v00001"
    assert {path.name for path in folder.iterdir()} == {*TABLES, "manifest.json"}
    texts = {row["url"]: row["text"] for row in rows(corpora[0], "essays")}
    assert texts == {ferry: "\n".join(FERRY), well: "\n".join(WELL)}
    assert sorted(str(row["outcome"]) for row in rows(corpora[0], "pages")) == [
        "article",
        "article",
        "superseded",
    ]


def test_of_two_fetches_in_one_second_the_later_record_wins(tmp_path: Path) -> None:
    url = "http://www.wen.example/zj/1.html"
    fetches = [(url, MORNING, html("工作总结", *lines)) for lines in (FERRY, WELL)]
    write_warc(tmp_path / "warc" / "a.warc.gz", fetches)
    funnel = build([tmp_path / "warc"], tmp_path / "corpus", engine=InlineEngine()).funnel
    assert funnel.superseded == 1
    assert [row["text"] for row in rows(tmp_path / "corpus", "essays")] == ["\n".join(WELL)]


def test_the_seed_of_pythons_hashes_changes_no_byte(tmp_path: Path) -> None:
    """Repairs of injected pages choose among many candidates; sets of them have no order of their own."""
    web = SampleWeb(seed=31, pages=60)
    replies = [(url, reply) for url in web.urls() if (reply := web.get(url)) is not None]
    write_warc(tmp_path / "warc" / "a.warc.gz", [(url, MORNING, reply.body) for url, reply in replies])
    script = (
        "import sys; from pathlib import Path; from pipeline.corpus import build\n"
        "from pipeline.engine.local import InlineEngine\n"
        "build([Path(sys.argv[1])], Path(sys.argv[2]), engine=InlineEngine())"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "warc"), str(tmp_path / seed)],
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        )
    assert digests(tmp_path / "1") == digests(tmp_path / "2")
    assert any(row["repairs"] for row in rows(tmp_path / "1", "essays"))
