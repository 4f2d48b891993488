"""The main job on a sample web: what comes out is right, whole, and opens everywhere."""

import json
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from click.testing import CliRunner

from crawler.cli import main
from crawler.demo import TRUTH, Outcome, run_demo
from crawler.sample.damage import BLACKLIST
from crawler.sample.injections import score_injections
from crawler.sample.lines import rows_of, score_lines
from crawler.sample.sites import SITES
from crawler.sample.web import SampleWeb
from crawler.site import load_sites
from pipeline.corpus import build
from pipeline.dataset.verify import check_files, rebuild
from pipeline.dataset.versions import table_files
from pipeline.engine.local import LocalEngine
from pipeline.schema import TABLES

HOSTS = {site.host for site in SITES}
SEED, PAGES = 20, 240
"""A seed that no rule was looked at with."""


def silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def outcome(data: Path) -> Outcome:
    return run_demo(data, pages=PAGES, seed=SEED, workers=2, show=silent)


@pytest.fixture
def corpus(outcome: Outcome, data: Path) -> Path:
    assert outcome.funnel.kept
    return data / "corpus"


def test_every_article_is_fetched_and_every_count_adds_up(outcome: Outcome) -> None:
    outcome.funnel.check()
    assert outcome.crawl.total.failed == {}
    assert outcome.crawl.total.fetched == outcome.funnel.pages
    assert outcome.crawl.total.articles == outcome.funnel.articles + sum(
        outcome.funnel.pages_rejected.values()
    )


def test_articles_cut_by_a_paywall_are_set_aside_and_all_others_compared(
    outcome: Outcome, data: Path
) -> None:
    lines = (data / TRUTH).read_text("utf-8").splitlines()
    cut = {
        row["url"] for row in map(json.loads, lines) if any("未完，全文共" in line for line in row["junk"])
    }
    aside = outcome.crawl.total.quarantined
    assert len(cut) - 1 <= aside <= len(cut)  # one says that less is missing than there is
    assert outcome.crawl.total.skipped["quarantine: paywall"] == aside
    assert outcome.scores.articles == PAGES - aside


def test_what_is_no_essay_is_rejected_for_its_reason(outcome: Outcome) -> None:
    sites = len(SITES)
    assert {"empty": sites, "binary": sites}.items() <= outcome.funnel.pages_rejected.items()
    assert (
        sum(outcome.funnel.pages_rejected.values()) + sum(outcome.funnel.essays_rejected.values())
        == 4 * sites
    )


def test_quality_stays_above_its_floors(outcome: Outcome) -> None:
    scores = outcome.scores
    assert scores.found >= 0.985
    assert scores.spurious <= 0.005
    assert scores.text_precision >= 0.99
    assert scores.text_recall >= 0.985
    assert scores.junk_per_page <= 0.03
    assert scores.duplicate_precision >= 0.995
    assert scores.duplicate_recall >= 0.97
    assert scores.published_wrong == 0


def test_lines_are_exact_and_no_real_one_is_taken_for_the_sites(corpus: Path) -> None:
    scores = score_lines(SampleWeb(SEED, PAGES), rows_of(corpus))
    assert scores.precision >= 0.98
    assert scores.recall >= 0.98
    assert scores.lost <= 0.002


def test_link_sellers_lines_go_and_torn_sentences_are_whole_again(corpus: Path) -> None:
    scores = score_injections(SampleWeb(SEED, PAGES), corpus)
    assert scores.planted > 50
    assert scores.precision >= 0.98
    assert scores.recall >= 0.95
    assert scores.rejoined >= 0.9


def test_every_page_is_rebuilt_from_the_published_tables(corpus: Path) -> None:
    assert check_files(corpus) == len(TABLES)
    pages = list(rebuild(corpus))
    assert len(pages) > PAGES
    assert all(page.intact for page in pages)


def test_what_a_site_deletes_is_noticed_and_comes_back_from_reposts(corpus: Path) -> None:
    rows = ds.dataset(table_files(corpus, "deleted_characters")).to_table().to_pylist()
    assert {(row["site"], row["character"]) for row in rows} == {("035400", char) for char in BLACKLIST}
    assert sum(row["restored"] for row in rows) > 100


def test_pages_of_known_sites_are_served_by_their_templates(corpus: Path) -> None:
    templates = ds.dataset(table_files(corpus, "templates")).to_table().to_pylist()
    assert {row["site"] for row in templates} == {site.id for site in load_sites() if site.hosts[0] in HOSTS}
    pages = ds.dataset(table_files(corpus, "pages")).to_table().to_pylist()
    read = [row["extractor"] for row in pages if row["outcome"] == "article"]
    assert sum(name.startswith("template") for name in read) >= 0.9 * len(read)


def test_no_essay_is_dropped_without_a_kept_one_at_the_threshold(corpus: Path) -> None:
    kept = set(ds.dataset(table_files(corpus, "essays")).to_table()["essay_id"].to_pylist())
    dropped = ds.dataset(table_files(corpus, "duplicates")).to_table()
    assert set(dropped["kept_id"].to_pylist()) <= kept
    assert min(dropped["jaccard"].to_pylist()) >= 0.8
    assert kept.isdisjoint(dropped["essay_id"].to_pylist())


def test_the_number_of_workers_changes_no_byte(corpus: Path, data: Path, tmp_path: Path) -> None:
    rules = [site.rules() for site in load_sites()]
    for workers in (1, 3):
        out = tmp_path / f"corpus-{workers}"
        with LocalEngine(workers) as engine:
            build([data / "warc"], out, sites=rules, engine=engine)
        for name in TABLES:
            again, first = (
                {path.name: path.read_bytes() for path in table_files(folder, name)}
                for folder in (out, corpus)
            )
            assert again == first


def test_a_demo_replaces_a_demo_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text("x")
    result = CliRunner().invoke(main, ["demo", "--data", str(tmp_path), "--pages", "20"])
    assert result.exit_code == 2
    assert "no demo's" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["novel.txt"]


def test_the_demo_ends_with_a_funnel_and_its_scores(tmp_path: Path) -> None:
    for _ in range(2):
        arguments = ["demo", "--data", str(tmp_path / "demo"), "--pages", "20", "--workers", "1"]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
    assert (tmp_path / "demo" / TRUTH).exists()
    for words in ("pages found", "texts found", "near-duplicates dropped", "essays kept", "precision"):
        assert words in result.stdout
