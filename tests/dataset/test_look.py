"""``fanwen show`` and ``fanwen sql``: looking at a corpus without leaving the shell."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from click.testing import CliRunner, Result

from crawler.cli import main
from pipeline.corpus import build
from pipeline.dataset.versions import table_files
from pipeline.engine.local import InlineEngine
from pipeline.schema import TABLES

Save = Callable[..., Path]


@pytest.fixture
def corpus(save: Save, tmp_path: Path) -> Path:
    build([save()], tmp_path / "corpus", engine=InlineEngine())
    return tmp_path / "corpus"


def fanwen(corpus: Path, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, [*arguments, "--corpus", str(corpus)], input=stdin)


def rows(corpus: Path, table: str) -> list[dict[str, object]]:
    return list(ds.dataset(table_files(corpus, table)).to_table().to_pylist())


def test_show_prints_an_essay_with_its_page_and_its_cluster(corpus: Path) -> None:
    (kept,) = (row for row in rows(corpus, "essays") if row["cluster_size"] == 3)
    for what in (str(kept["essay_id"]), str(kept["url"]), str(kept["page_id"])):
        out = fanwen(corpus, "show", what).stdout
        assert str(kept["title"]) in out
        assert str(kept["text"]) in out
        assert "cluster of 3" in out
        assert "www.three.example" in out
        assert "永乐" in out  # what another copy has in a slot


def test_show_says_why_an_essay_is_not_kept(corpus: Path) -> None:
    dropped = rows(corpus, "duplicates")[0]
    out = fanwen(corpus, "show", str(dropped["essay_id"])).stdout
    assert "dropped as a near-duplicate" in out
    assert f"repeats {dropped['kept_id']}" in out
    out = fanwen(corpus, "show", "http://www.one.example/a/5.html").stdout
    assert "rejected: empty" in out


def test_show_prints_what_was_removed(save: Save, tmp_path: Path) -> None:
    line = "<p>本文来自：某某文库 http://www.one.example/</p><p>一是人手偏紧"
    page = save().joinpath("www.one.example/a/1.html")
    page.write_text(page.read_text("utf-8").replace("<p>一是人手偏紧", line), "utf-8")
    build([tmp_path / "saved"], tmp_path / "corpus", engine=InlineEngine())
    out = fanwen(tmp_path / "corpus", "show", "http://www.one.example/a/1.html").stdout
    assert "removed (" in out
    assert "本文来自" in out


def test_what_is_not_there_is_one_line(corpus: Path) -> None:
    result = fanwen(corpus, "show", "http://nowhere.example/")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "no essay, page or cluster of this id or URL" in result.stderr
    result = fanwen(corpus / "nowhere", "sql", "select 1")
    assert result.exit_code == 2
    assert "no corpus here" in result.stderr


def test_sql_knows_every_table_by_its_name(corpus: Path) -> None:
    for name in TABLES:
        out = fanwen(corpus, "sql", f"select count(*) as n from {name}").stdout
        assert out.split() == ["n", str(len(rows(corpus, name)))]


def test_sql_says_what_there_is(corpus: Path) -> None:
    out = fanwen(corpus, "sql").stdout
    for name in TABLES:
        assert f"{name}," in out
    assert "cluster_size" in out


def test_sql_joins_tables_and_writes_lines_for_programs(corpus: Path) -> None:
    query = "select k.title, d.site from duplicates d join essays k on d.kept_id = k.essay_id order by d.site"
    lines = fanwen(corpus, "sql", "--format", "jsonl", query).stdout.splitlines()
    assert [json.loads(line)["site"] for line in lines] == ["www.three.example", "www.two.example"]
    assert fanwen(corpus, "sql", "-", stdin=query).stdout.splitlines()[0] == "title,site"
    table = fanwen(corpus, "sql", "--format", "table", query)
    assert table.exit_code == 0


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select nothing from essays", 'Referenced column "nothing" not found'),
        ("selekt 1", "syntax error"),
        ("from esays", "Table with name esays does not exist"),
        ("", "query: empty"),
        ("select error('deep') from essays", "deep"),
    ],
)
def test_a_wrong_query_is_one_line(corpus: Path, query: str, message: str) -> None:
    result = fanwen(corpus, "sql", query)
    assert result.exit_code != 0
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
