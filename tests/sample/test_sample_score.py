import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawler.sample.score import Scores, score
from crawler.sample.web import SampleWeb
from pipeline.dataset.shards import Shard
from pipeline.dataset.versions import FORMAT, MANIFEST
from pipeline.errors import InputError, OutputError

Row = dict[str, object]
URLS = ("http://a.example/1.html", "http://a.example/2.html", "http://a.example/3.html")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    web = SampleWeb(pages=4)
    return [web.article(number).essays[0].text for number in range(3)]


def truth(url: str, essay: int, text: str, **others: object) -> Row:
    return {"url": url, "ordinal": 1, "essay": essay, "title": "", "text": text, "changes": [], "complete": True,
            "genre": "总结", "junk": [], "published": "2020-01-02", "pages": 1, **others}  # fmt: skip


def row(identifier: str, url: str, text: str, **others: object) -> Row:
    return {"essay_id": identifier, "url": url, "text": text, "published": date(2020, 1, 2), **others}


def scores(folder: Path, truths: list[Row], essays: list[Row], duplicates: list[Row] | None = None) -> Scores:
    file = folder / "truth.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in truths), "utf-8")
    pages = [{"url": url, "outcome": "article"} for url in URLS]
    files = {}
    for name, table in (("essays", essays), ("duplicates", duplicates or []), ("pages", pages)):
        if table:
            pq.write_table(pa.Table.from_pylist(table), folder / f"{name}.parquet")
            files[name] = [asdict(Shard(f"{name}.parquet", len(table), 0, ""))]
    (folder / MANIFEST).write_text(json.dumps({"format": FORMAT, "tables": files}), "utf-8")
    return score(file, folder)


def test_a_perfect_corpus(tmp_path: Path, texts: list[str]) -> None:
    truths = [truth(URLS[0], 1, texts[0]), truth(URLS[1], 1, texts[0]), truth(URLS[2], 2, texts[1])]
    essays = [row("a", URLS[0], texts[0]), row("c", URLS[2], texts[1])]
    result = scores(tmp_path, truths, essays, [row("b", URLS[1], texts[0], kept_id="a")])
    assert result.found == result.text_precision == result.text_recall == 1
    assert result.duplicate_precision == result.duplicate_recall == 1
    assert result.spurious == result.junk_per_page == 0
    assert (result.published_right, result.published_wrong, result.published_missing) == (3, 0, 0)


def test_script_and_white_space_do_not_count(tmp_path: Path) -> None:
    simplified, traditional = "全体会员总结经验，继续发展。" * 3, " 全體會員總結經驗，\n繼續發展。" * 3
    result = scores(tmp_path, [truth(URLS[0], 1, simplified)], [row("a", URLS[0], traditional)])
    assert result.found == result.text_precision == 1


def test_only_fetched_articles_count(tmp_path: Path, texts: list[str]) -> None:
    truths = [truth(URLS[0], 1, texts[0]), truth("http://a.example/never.html", 2, texts[1])]
    result = scores(tmp_path, truths, [row("a", URLS[0], texts[0])])
    assert (result.articles, result.occurrences, result.found) == (1, 1, 1)


def test_essays_run_together_are_not_found(tmp_path: Path, texts: list[str]) -> None:
    truths = [truth(URLS[0], 1, texts[0]), truth(URLS[0], 2, texts[1], ordinal=2)]
    result = scores(tmp_path, truths, [row("a", URLS[0], texts[0] + texts[1])])
    assert result.found == 0
    assert result.text_precision < 0.9


def test_rows_are_matched_by_text_and_not_by_order(tmp_path: Path, texts: list[str]) -> None:
    truths = [truth(URLS[0], 1, texts[0]), truth(URLS[0], 2, texts[1], ordinal=2)]
    result = scores(tmp_path, truths, [row("a", URLS[0], texts[1]), row("b", URLS[0], texts[0])])
    assert result.found == 1


@pytest.mark.parametrize("url", [URLS[0], "http://a.example/list.html"])
def test_rows_that_are_no_essay_are_spurious(tmp_path: Path, texts: list[str], url: str) -> None:
    essays = [row("a", URLS[0], texts[0]), row("x", url, "完全不相干的一行导航文字，放在这里。")]
    result = scores(tmp_path, [truth(URLS[0], 1, texts[0])], essays)
    assert result.spurious == 0.5


def test_junk_that_is_left_counts(tmp_path: Path, texts: list[str]) -> None:
    junk = ["江城必去十大景点排名", "小编为您整理"]
    text = texts[0] + "\n江城 必去十大景点排名"
    result = scores(tmp_path, [truth(URLS[0], 1, texts[0], junk=junk)], [row("a", URLS[0], text)])
    assert (result.junk_planted, result.junk_per_page) == (2, 1)
    assert result.text_precision < 1
    assert result.text_recall == 1


def test_wrong_and_missed_duplicates(tmp_path: Path, texts: list[str]) -> None:
    truths = [truth(URLS[0], 1, texts[0]), truth(URLS[1], 1, texts[0]), truth(URLS[2], 2, texts[1])]
    essays = [row("a", URLS[0], texts[0]), row("b", URLS[1], texts[0])]
    result = scores(tmp_path, truths, essays, [row("c", URLS[2], texts[1], kept_id="b")])
    assert (result.duplicate_precision, result.duplicate_recall) == (0, 0)


def test_truncated_copies_are_stated_apart(tmp_path: Path, texts: list[str]) -> None:
    cut = texts[0][: len(texts[0]) // 2]
    truths = [
        truth(URLS[0], 1, texts[0]),
        truth(URLS[1], 1, texts[0]),
        truth(URLS[2], 1, cut, complete=False),
    ]
    essays = [row("a", URLS[0], texts[0]), row("c", URLS[2], cut)]
    result = scores(tmp_path, truths, essays, [row("b", URLS[1], texts[0], kept_id="a")])
    assert result.duplicate_recall == 1
    assert (result.truncated_pairs, result.truncated_recall) == (2, 0)
    assert result.occurrences == 2


@pytest.mark.parametrize(
    ("said", "true", "right", "wrong", "missing"),
    [
        (date(2020, 1, 2), "2020-01-02", 1, 0, 0),
        (None, None, 1, 0, 0),
        (date(2021, 1, 2), "2020-01-02", 0, 1, 0),
        (date(2021, 1, 2), None, 0, 1, 0),
        (None, "2020-01-02", 0, 0, 1),
    ],
)
def test_dates(
    tmp_path: Path,
    texts: list[str],
    said: date | None,
    true: str | None,
    right: int,
    wrong: int,
    missing: int,
) -> None:
    truths = [truth(URLS[0], 1, texts[0], published=true)]
    result = scores(tmp_path, truths, [row("a", URLS[0], texts[0], published=said)])
    assert (result.published_right, result.published_wrong, result.published_missing) == (
        right,
        wrong,
        missing,
    )


def test_lines_name_the_figures(tmp_path: Path, texts: list[str]) -> None:
    result = scores(tmp_path, [truth(URLS[0], 1, texts[0])], [row("a", URLS[0], texts[0])])
    assert "essays found          50.0% of 1" in "\n".join(replace(result, found=0.5).lines())


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"truth\.jsonl"):
        score(tmp_path / "truth.jsonl", tmp_path)
    (tmp_path / "truth.jsonl").touch()
    with pytest.raises(OutputError, match="no corpus here"):
        score(tmp_path / "truth.jsonl", tmp_path / "nowhere")
