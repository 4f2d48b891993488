"""What must go is gone from every table of every version, stays away, and leaves a tombstone."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from pipeline.account import Built
from pipeline.corpus import build
from pipeline.dataset.verify import check_files, rebuild
from pipeline.dataset.versions import table_files
from pipeline.engine.local import InlineEngine
from pipeline.errors import ConfigError
from pipeline.output import Policy
from pipeline.schema import TABLES, stable_id
from pipeline.takedown import address_id
from tests.dataset.conftest import DRAWING, PAGES, READING, TEACHING, html

Save = Callable[..., Path]
ONE, TWO = "http://www.one.example/a/1.html", "http://www.two.example/b/7.html"
SLOTS = ("平安县", "永乐县", "清河县")
"""What only one of the three copies says each."""
TWO_ESSAYS = html("教师工作总结2篇", ["教师工作总结篇一", *READING, "教师工作总结篇二", *DRAWING])


def run(saved: Path, out: Path, takedown: str | None = None) -> Built:
    file = out.parent / "takedown.toml"
    if takedown is not None:
        file.write_text(takedown, "utf-8")
    return build([saved], out, engine=InlineEngine(), policy=Policy(takedown=file))


def rows(corpus: Path, table: str) -> list[dict[str, object]]:
    return list(ds.dataset(table_files(corpus, table)).to_table().to_pylist())


def everything(corpus: Path) -> str:
    """All that a corpus says: every row of every table, and the bytes of every other file."""
    said = [repr(rows(corpus, table)) for table in TABLES if table != "takedowns"]
    files = (path for path in corpus.rglob("*") if path.is_file() and path.suffix != ".parquet")
    return "\n".join([*said, *(path.read_text("utf-8") for path in files)])


def test_a_page_goes_and_another_copy_takes_its_place(save: Save, tmp_path: Path) -> None:
    saved, out = save(), tmp_path / "corpus"
    run(saved, out)
    assert ONE in everything(out)
    assert SLOTS[0] in everything(out)
    built = run(
        saved, out, f'[[takedown]]\nurl = "{ONE}"\nsince = 2026-11-01\nreason = "author"\nnote = "by letter"'
    )
    built.funnel.check()
    assert (built.funnel.taken_down, built.version) == (1, 2)
    for trace in (ONE, SLOTS[0], stable_id(ONE), stable_id(ONE, "1"), "by letter"):
        assert trace not in everything(out)
    assert [path.name for path in out.glob("v*")] == ["v00002"]
    assert {str(row["url"]) for row in rows(out, "essays")} >= {"http://www.three.example/c/9.html"}
    assert len(rows(out, "duplicates")) == 1
    assert rows(out, "takedowns") == [
        {
            "id": address_id(ONE),
            "kind": "url",
            "since": date(2026, 11, 1),
            "reason": "author",
            "pages": 1,
            "essays": 0,
            "marks": [],
        }
    ]


def test_a_host_goes_with_all_its_pages(save: Save, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    built = run(save(), out, '[[takedown]]\nhost = "two.example"')
    assert built.funnel.taken_down == 2
    assert "two.example" not in everything(out)
    assert rows(out, "takedowns")[0]["pages"] == 2


def test_an_essay_goes_and_the_other_one_on_its_page_stays(save: Save, tmp_path: Path) -> None:
    saved, out = save(pages={**PAGES, "www.one.example/a/3.html": TWO_ESSAYS}), tmp_path / "corpus"
    run(saved, out)
    url = "http://www.one.example/a/3.html"
    first, second = (row for row in rows(out, "essays") if row["url"] == url)
    run(saved, out, f'[[takedown]]\nessay = "{second["essay_id"]}"')
    said = everything(out)
    assert str(second["text"]).splitlines()[0] not in said
    assert str(second["essay_id"]) not in said
    assert str(first["essay_id"]) in said
    assert rows(out, "takedowns")[0]["essays"] == 1
    assert all(page.intact for page in rebuild(out))


def test_the_only_essay_of_a_page_takes_the_page_along(save: Save, tmp_path: Path) -> None:
    saved, out = save(), tmp_path / "corpus"
    run(saved, out)
    (essay,) = (row for row in rows(out, "essays") if row["url"] == "http://www.one.example/a/2.html")
    built = run(saved, out, f'[[takedown]]\nessay = "{essay["essay_id"]}"')
    built.funnel.check()
    assert (built.funnel.taken_down, built.funnel.essays_taken_down) == (1, 1)
    for trace in (str(essay["title"]), str(essay["url"]), TEACHING[0]):
        assert trace not in everything(out)


@pytest.mark.parametrize("member", [0, 1, 2])
def test_a_cluster_goes_with_all_reposts_whichever_of_them_is_named(
    save: Save, tmp_path: Path, member: int
) -> None:
    saved, out = save(), tmp_path / "corpus"
    run(saved, out)
    identity = rows(out, "clusters")[member]["essay_id"]
    built = run(saved, out, f'[[takedown]]\ncluster = "{identity}"')
    assert built.funnel.essays_taken_down == 3
    assert rows(out, "takedowns")[0]["essays"] == 3
    for trace in (*SLOTS, "档案馆", str(identity)):
        assert trace not in everything(out)
    assert (rows(out, "clusters"), rows(out, "duplicates")) == ([], [])
    assert check_files(out) == len(TABLES)
    assert all(page.intact for page in rebuild(out))


def test_a_repost_that_comes_later_goes_too(save: Save, tmp_path: Path) -> None:
    saved, out = save(), tmp_path / "corpus"
    run(saved, out)
    identity = rows(out, "clusters")[0]["essay_id"]
    run(saved, out, f'[[takedown]]\ncluster = "{identity}"')
    page = PAGES["www.one.example/a/1.html"].replace("平安县", "太和县")
    save(pages={"www.four.example/d/4.html": page})
    assert run(saved, out).funnel.essays_taken_down == 4
    assert "太和县" not in everything(out)


def test_what_went_stays_away_when_the_file_is_lost_and_comes_back_when_it_is_lifted(
    save: Save, tmp_path: Path
) -> None:
    saved, out = save(), tmp_path / "corpus"
    run(saved, out, f'[[takedown]]\nurl = "{ONE}"')
    (tmp_path / "takedown.toml").unlink()
    assert run(saved, out).funnel.taken_down == 1
    assert build([saved], out, engine=InlineEngine(), full=True).funnel.taken_down == 1
    assert run(saved, out, f'[[takedown]]\nurl = "{ONE}"\nlifted = true').funnel.taken_down == 0
    assert ONE in everything(out)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[takedown]]\n", r"takedown.toml: takedown.0: names none or several of url, host, essay, cluster"),
        ('[[takedown]]\nurl = "x"\nhost = "y"', "names none or several"),
        ('[[takedown]]\nurl = "nowhere"', "url 'nowhere' is no web address"),
        ('[[takedown]]\nessay = "12"', "essay '12' is no id"),
        ('[[takedown]]\nhost = "http://x/"', "is no host name"),
        ('[[takedown]]\nuri = "http://x.example/"', "takedown.0.uri: Extra inputs are not permitted"),
        ('[[takedwon]]\nurl = "http://x.example/"', "takedwon"),
        ("takedown = [", "not TOML"),
        ('[[takedown]]\nurl = "http://x.example/"\nsince = "soon"', r"takedown.0.since: .*date"),
    ],
)
def test_a_mistake_in_the_file_is_one_line(save: Save, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run(save(), tmp_path / "corpus", text)
    assert not (tmp_path / "corpus/manifest.json").exists()


def test_an_essay_and_the_cluster_of_the_same_id_are_two_demands(save: Save, tmp_path: Path) -> None:
    saved, out = save(), tmp_path / "corpus"
    run(saved, out)
    identity = rows(out, "clusters")[0]["essay_id"]
    entries = [f'[[takedown]]\n{kind} = "{identity}"\n' for kind in ("cluster", "essay")]
    assert run(saved, out, "".join(entries)).funnel.essays_taken_down == 3
    lifted = entries[0] + entries[1] + "lifted = true\n"
    assert run(saved, out, lifted).funnel.essays_taken_down == 3


def test_a_cluster_stays_away_when_the_essay_that_was_named_is_no_longer_there(
    save: Save, tmp_path: Path
) -> None:
    saved, out = save(), tmp_path / "corpus"
    run(saved, out)
    identity = stable_id(ONE, "1")
    run(saved, out, f'[[takedown]]\ncluster = "{identity}"')
    (saved / "www.one.example/a/1.html").write_text("", "utf-8")
    assert run(saved, out).funnel.essays_taken_down == 2
    assert "档案馆" not in everything(out)


def test_an_essay_stays_away_when_another_one_pushes_it_down_its_page(save: Save, tmp_path: Path) -> None:
    saved, out = save(pages={"www.one.example/a/3.html": TWO_ESSAYS}), tmp_path / "corpus"
    run(saved, out)
    second = next(row for row in rows(out, "essays") if row["ordinal"] == 2)
    run(saved, out, f'[[takedown]]\nessay = "{second["essay_id"]}"')
    lines = ["教师工作总结篇一", *TEACHING, "教师工作总结篇二", *READING, "教师工作总结篇三", *DRAWING]
    save(pages={"www.one.example/a/3.html": html("教师工作总结3篇", lines)})
    run(saved, out)
    assert DRAWING[0] not in everything(out)


@pytest.mark.parametrize(
    "entry",
    [
        'url = "https://www.one.example:443/a/1.html"',
        'url = "http://one.example/a/1.html"',
        'url = " http://WWW.ONE.EXAMPLE/A/1.html "',
        'url = "http://www.one.example/a/1.html/"',
        'host = "*.one.example"',
        'host = "WWW.one.example."',
        'host = "one.example:80"',
    ],
)
def test_an_address_or_host_is_known_in_any_spelling(save: Save, tmp_path: Path, entry: str) -> None:
    out = tmp_path / "corpus"
    assert run(save(), out, f"[[takedown]]\n{entry}").funnel.taken_down > 0
    assert ONE not in everything(out)


def test_a_demand_that_takes_nothing_out_is_told(save: Save, tmp_path: Path) -> None:
    built = run(save(), tmp_path / "corpus", '[[takedown]]\nurl = "http://www.one.example/a/77.html"')
    assert [each.partition(" ")[0] for each in built.unmet] == ["url"]


def test_the_second_page_of_an_article_takes_the_first_along(save: Save, tmp_path: Path) -> None:
    pager = "<a href='/a/6.html'>1</a> <a href='/a/6_2.html'>2</a>"
    pages = [
        html("教学总结", part).replace("<div class='foot'>", pager + "<div class='foot'>")
        for part in (TEACHING[:2], TEACHING[2:])
    ]
    saved = save(pages={"www.one.example/a/6.html": pages[0], "www.one.example/a/6_2.html": pages[1]})
    run(saved, tmp_path / "corpus", '[[takedown]]\nurl = "http://www.one.example/a/6_2.html"')
    assert TEACHING[0] not in everything(tmp_path / "corpus")


def test_a_kill_before_the_old_version_is_gone_is_made_good_by_the_next_build(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, out = save(), tmp_path / "corpus"
    run(saved, out)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.dataset.versions.prune", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(saved, out, f'[[takedown]]\nurl = "{ONE}"')
    assert (out / "v00001").exists()
    run(saved, out)
    assert [path.name for path in out.glob("v*")] == ["v00002"]


def test_a_version_with_contact_data_goes_when_it_is_masked(save: Save, tmp_path: Path) -> None:
    saved, out = save(), tmp_path / "corpus"
    build([saved], out, engine=InlineEngine(), policy=Policy(keep_contacts=True))
    assert "13812345678" in everything(out)
    build([saved], out, engine=InlineEngine())
    assert "13812345678" not in everything(out)
    assert [path.name for path in out.glob("v*")] == ["v00002"]
