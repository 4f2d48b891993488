"""The figures of a report add up, and any corpus has one."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

from pipeline.dataset.report import report_of, write_report
from pipeline.dataset.report.model import Report
from pipeline.dataset.report.sites import OTHERS, SITES
from pipeline.dataset.versions import table_files
from pipeline.errors import InputError, OutputError
from tests.report.conftest import Make
from tests.report.invented import World
from tests.report.written import write_corpus

EARLIER = (
    "clusters",
    "passages",
    "takedowns",
    "pages.contacts",
    "pages.reserved",
    "pages.fetched_url",
    "essays.cluster_id",
    "essays.reserved",
    "duplicates.containment",
)


def of(data: Path) -> Report:
    return report_of(data / "corpus", data / "runs")


def test_funnel_adds_up(make: Make) -> None:
    funnel = of(make()).funnel
    for unit in ("pages", "texts"):
        steps = [step for step in funnel if step.unit == unit]
        away = sum(step.count for step in steps if step.role == "away")
        assert (steps[0].role, steps[-1].role) == ("total", "rest")
        assert steps[0].count == away + steps[-1].count > 0


def test_sites_add_up_to_the_funnel(make: Make) -> None:
    report = of(make(World(pages=900, sites=70)))
    funnel = {step.label: step.count for step in report.funnel}
    assert len(report.sites) == SITES + 1
    assert OTHERS in report.sites[-1].site
    assert sum(site.pages for site in report.sites) == funnel["pages read"]
    assert sum(site.articles for site in report.sites) == funnel["article pages"]
    assert sum(site.kept for site in report.sites) == funnel["essays kept"]
    assert sum(site.duplicates for site in report.sites) == funnel["near-duplicates dropped"]
    assert all(site.texts == site.kept + site.duplicates + site.rejected for site in report.sites)


def test_rejections_are_those_of_the_funnel(make: Make) -> None:
    report = of(make())
    rules: Counter[str] = Counter()
    for cell in report.rejections.cells:
        rules[cell.rule] += cell.count
    assert rules == Counter({step.rule: step.count for step in report.funnel if step.rule})
    assert {example.rule for example in report.rejections.examples} == set(rules)


def test_clusters_have_all_their_copies(make: Make) -> None:
    data = make()
    largest = of(data).clusters.largest
    table = ds.dataset(table_files(data / "corpus", "clusters")).to_table(columns=["cluster_id"])
    sizes = Counter(table["cluster_id"].to_pylist())
    assert [cluster.size for cluster in largest] == [size for _, size in sizes.most_common(len(largest))]
    for cluster in largest:
        assert cluster.size == sizes[cluster.id] == sum(cluster.by_site.values())
        assert sum(copy.kept for copy in cluster.copies) <= 1
        assert len(cluster.copies) == cluster.size - cluster.undated


def test_slots_stand_in_the_words_of_the_kept_essay(make: Make) -> None:
    cluster = of(make()).clusters.largest[0]
    year = next(slot for slot in cluster.slots if slot.kind == "year")
    assert (year.before[-3:], year.after[:3]) == ("教育局", "年工作")
    assert all(each.text.isdigit() for each in year.texts)
    own, *others = year.texts
    assert own.kept
    assert not any(each.kept or each.text == own.text for each in others)
    assert [each.count for each in others] == sorted((each.count for each in others), reverse=True)
    assert 0 < year.copies < cluster.size


def test_pairs_can_be_read_back(make: Make) -> None:
    data = make()
    report = of(data)
    essays = ds.dataset(table_files(data / "corpus", "essays")).to_table(columns=["essay_id", "text_hans"])
    texts = dict(zip(essays["essay_id"].to_pylist(), essays["text_hans"].to_pylist(), strict=True))
    assert report.pairs
    for pair in report.pairs:
        kept = "".join(segment[1] for segment in pair.segments if segment[0] in "=-")
        assert texts[pair.cluster] == kept


def test_edits_in_context_are_text_of_the_corpus(make: Make) -> None:
    data = make()
    report = of(data)
    tables = [
        ds.dataset(table_files(data / "corpus", name)).to_table(columns=["text"])
        for name in ("essays", "duplicates")
    ]
    texts = pa.concat_tables(tables)["text"]
    assert {example.table for example in report.edits.examples} == {"repairs", "removed_lines"}
    for example in report.edits.examples:
        published = "".join(
            segment[1] if segment[0] == "=" else segment[2] if segment[0] == "~" else ""
            for segment in example.segments
        )
        assert pc.any(pc.match_substring(texts, published)).as_py()
        assert sum("chosen" in segment for segment in example.segments) == 1


def test_profile_counts_every_text(make: Make) -> None:
    report = of(make())
    funnel = {step.label: step.count for step in report.funnel}
    kinds = (report.profile.scripts, report.profile.genres, report.profile.lengths)
    for kind in kinds:
        assert sum(each.kept for each in kind) == funnel["essays kept"]
        assert sum(each.duplicates for each in kind) == funnel["near-duplicates dropped"]
    dated = sum(year.kept + year.duplicates for year in report.profile.years)
    assert dated + report.profile.undated == funnel["essays kept"] + funnel["near-duplicates dropped"]


def test_contacts_and_reservations_are_counted(make: Make) -> None:
    rights = of(make(World(pages=310))).rights
    assert rights.counted
    assert {each.kind: each.pages for each in rights.contacts} == {"mobile": 34, "qq": 34}
    assert [(each.directive, each.pages) for each in rights.reservations] == [("noai", 10)]
    assert rights.takedowns[0].kind == "host"


def test_run_that_built_it_is_named(make: Make) -> None:
    report = of(make())
    assert report.header.run == report.runs[0].id == "20260215T023000123Z"
    assert [run.this for run in report.runs] == [True, False, False, False, False, False]
    assert report.runs[0].stages["recover"] == 301.2
    assert report.runs[-1].stages == {}


def test_same_corpus_same_bytes(make: Make, tmp_path: Path) -> None:
    data = make()
    write_report(data / "corpus", data / "runs", tmp_path / "one.html")
    shutil.copytree(data / "corpus", tmp_path / "elsewhere" / "corpus")
    write_report(tmp_path / "elsewhere" / "corpus", data / "runs", tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_empty_corpus(make: Make) -> None:
    report = of(make(World(pages=0)))
    assert report.header.summary.startswith("0 pages of 0 sites held 0 texts; 0 essays are kept")
    assert (report.sites, report.clusters.largest, report.pairs, report.profile.lengths) == ((), (), (), ())


def test_corpus_without_duplicates(make: Make) -> None:
    report = of(make(World(copies=0)))
    assert report.clusters.largest == ()
    assert report.pairs == ()
    assert list(report.clusters.sizes) == ["1"]


def test_corpus_of_one_site_built_without_a_crawl(make: Make) -> None:
    report = of(make(World(sites=1), runs=0))
    assert [site.site for site in report.sites] == ["gz85"]
    assert (report.runs, report.header.run) == ((), "")
    assert " of 1 site held " in report.header.summary


def test_corpus_of_an_earlier_release(make: Make) -> None:
    report = of(make(without=EARLIER))
    assert report.header.absent == ("clusters", "passages", "takedowns")
    assert (report.header.version, report.header.contacts, report.rights.counted) == (0, "", False)
    assert report.clusters.largest[0].size == max(
        sum(each.by_site.values()) for each in report.clusters.largest
    )
    assert not report.clusters.largest[0].slots
    assert report.pairs
    assert report.passages == ()


def test_copies_are_the_same_with_and_without_the_table_of_clusters(make: Make, tmp_path: Path) -> None:
    today = of(make()).clusters.largest
    write_corpus(tmp_path / "earlier", without=EARLIER)
    earlier = report_of(tmp_path / "earlier", tmp_path / "runs").clusters.largest
    assert [(each.id, each.size, each.by_site) for each in today] == [
        (each.id, each.size, each.by_site) for each in earlier
    ]


def test_damaged_manifests_of_runs_are_said_to_be(make: Make) -> None:
    data = make(runs=0)
    for name, content in {
        "20260101T000000000Z": "{",
        "20260102T000000000Z": '{"crawl": [], "alarms": 3}',
    }.items():
        (data / "runs" / name).mkdir(parents=True)
        (data / "runs" / name / "manifest.json").write_text(content)
    runs = of(data).runs
    assert [run.id for run in runs] == ["20260102T000000000Z", "20260101T000000000Z"]
    assert runs[1].alarms == ("its manifest cannot be read",)
    assert not runs[0].crawled


def test_folder_names_are_no_patterns(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] corpus?*"
    write_corpus(folder, World(pages=60))
    assert sum(site.pages for site in report_of(folder, tmp_path / "runs").sites) == 60


def test_caps_hold_however_large_the_corpus(make: Make) -> None:
    small = json.dumps(_sizes(of(make(World(pages=300, sites=300)))))
    assert max(json.loads(small).values()) <= 1500


def _sizes(report: Report) -> dict[str, int]:
    return {
        "examples": len(report.rejections.examples),
        "cells": len(report.rejections.cells),
        "edits": len(report.edits.examples),
        "pairs": len(report.pairs),
    }


def test_no_corpus_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no corpus here"):
        write_report(tmp_path / "nothing", tmp_path, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("table", ["pages", "essays", "repairs"])
@pytest.mark.parametrize("damage", ["gone", "cut", "overwritten"])
def test_damaged_tables_are_an_error_in_one_line(make: Make, table: str, damage: str) -> None:
    data = make(World(pages=60), runs=0)
    path = table_files(data / "corpus", table)[0]
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[:200])
    elif damage == "overwritten":
        path.write_bytes(content[:4] + bytes(len(content) // 2) + content[4 + len(content) // 2 :])
    with pytest.raises(InputError, match="its tables cannot be read") as caught:
        of(data)
    assert "\n" not in str(caught.value)
