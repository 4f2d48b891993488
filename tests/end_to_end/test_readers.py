"""What researchers type: every reader opens every table of every version, with equal counts."""

import json
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from crawler.crawl import How
from crawler.folder import Data
from crawler.run import Afterwards, RunResult, run
from crawler.sample.server import LoopbackProxy
from crawler.sample.web import SampleWeb
from crawler.site import load_sites
from pipeline.corpus import build
from pipeline.dataset.versions import read_manifest, table_files
from pipeline.engine.local import LocalEngine
from pipeline.output import Policy
from pipeline.schema import TABLES, stable_id

pytestmark = [  # what mlcroissant calls of others
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),
    pytest.mark.filterwarnings("ignore:The inplace keyword"),
]
RUNS = (5, 1000)
"""Pages a site that each of two runs may fetch: the second one goes on where the first one stopped."""
TAKEN = "http://m.gz85.com/"


def silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    data = Data(tmp_path_factory.mktemp("readers") / "data")
    data.root.mkdir()
    data.takedown.write_text(
        '[[takedown]]\nhost = "m.gz85.com"\nreason = "so that no table is without rows"\n'
    )
    return data


@pytest.fixture(scope="module")
def results(data: Data) -> list[RunResult]:
    web = SampleWeb(seed=31, pages=60)
    sites = [site for site in load_sites() if site.hosts[0] in web.hosts]
    results = []
    with LoopbackProxy(web.get) as proxy:
        for most in RUNS:
            how = How(proxy=proxy.url, delay=0.0, backoff=0.1, max_pages=most)
            results.append(run(sites, sites, data, how, silent, Afterwards(workers=2)))
    return results


@pytest.fixture(params=[1, 2])
def version(results: list[RunResult], data: Data, request: pytest.FixtureRequest) -> Path:
    """Folder of a version; the one before the last is still there."""
    assert len(results) == len(RUNS)
    return data.corpus / f"v{request.param:05d}"


def counts(version: Path) -> dict[str, int]:
    tables = json.loads((version / "manifest.json").read_text("utf-8"))["tables"]
    return {name: sum(file["rows"] for file in files) for name, files in tables.items()}


def test_the_second_run_appends(results: list[RunResult], data: Data) -> None:
    first, second = results
    assert first.funnel is not None
    assert second.funnel is not None
    assert second.funnel.kept > 1.5 * first.funnel.kept
    before, after = (counts(data.corpus / name) for name in ("v00001", "v00002"))
    assert all(after[name] >= before[name] for name in ("essays", "pages", "repairs", "removed_lines"))
    assert all(count > 0 for count in after.values())


def test_it_took_over_what_the_first_run_read_and_gives_what_one_build_of_all_gives(
    results: list[RunResult], data: Data, tmp_path: Path
) -> None:
    assert results
    rules = [site.rules() for site in load_sites() if site.hosts[0] in SampleWeb(seed=31, pages=60).hosts]
    with LocalEngine(2) as engine:
        policy = Policy(takedown=data.takedown)
        build([data.warc], tmp_path / "corpus", sites=rules, engine=engine, policy=policy)
    for name in TABLES:
        again = [path.read_bytes() for path in table_files(tmp_path / "corpus", name)]
        assert again == [path.read_bytes() for path in table_files(data.corpus, name)]


@pytest.mark.parametrize("name", TABLES)
def test_duckdb_polars_pandas_and_pyarrow_see_the_same_rows(version: Path, name: str) -> None:
    files = f"{version}/{name}/*.parquet"
    rows = counts(version)[name]
    with duckdb.connect() as connection:
        assert connection.execute(f"select count(*) from '{files}'").fetchall() == [(rows,)]
        assert len(connection.execute(f"from '{files}'").fetchall()) == rows
    assert pl.scan_parquet(files).collect().height == rows
    assert len(pd.read_parquet(version / name)) == rows
    assert ds.dataset(version / name).to_table().num_rows == rows
    assert pq.read_table(version / name).num_rows == rows


@pytest.mark.usefixtures("results")
def test_a_page_that_was_not_read_again_is_trusted_as_far_as_its_template_is_now(data: Data) -> None:
    templates = ds.dataset(table_files(data.corpus, "templates")).to_table().to_pylist()
    trusted = {
        (row["site"], row["shape"], f"template {row['version']}"): row["confidence"] for row in templates
    }
    pages = ds.dataset(table_files(data.corpus, "pages")).to_table().to_pylist()
    served = [row for row in pages if row["extractor"].startswith("template")]
    assert len(served) > 20
    for row in served:
        assert row["confidence"] == trusted[row["site"], row["shape"], row["extractor"]]


def test_what_one_run_does_shows_in_its_manifest(results: list[RunResult], data: Data) -> None:
    manifest = json.loads(data.manifest(results[-1].run_id).read_text("utf-8"))
    assert {"crawl", "extract", "recover", "duplicates", "publish"} <= set(manifest["stages"])
    assert manifest["taken_over"] > 0


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.mark.usefixtures("offline", "results")
@pytest.mark.parametrize("name", TABLES)
def test_load_dataset_opens_the_version_in_force_whole_and_as_a_stream(
    data: Data, name: str, tmp_path: Path
) -> None:
    datasets = pytest.importorskip("datasets")
    rows = counts(data.corpus / "v00002")[name]
    loaded = datasets.load_dataset(str(data.corpus), name, split="train", cache_dir=str(tmp_path))
    assert loaded.num_rows == rows
    assert list(loaded.features) == ds.dataset(table_files(data.corpus, name)).schema.names
    stream = datasets.load_dataset(str(data.corpus), name, split="train", streaming=True)
    first, *others = iter(stream)
    assert first == loaded[0]
    assert 1 + len(others) == rows


@pytest.mark.usefixtures("offline", "results")
def test_the_default_of_the_dataset_is_its_essays(data: Data, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(data.corpus), split="train", cache_dir=str(tmp_path))
    assert loaded.num_rows == counts(data.corpus / "v00002")["essays"]
    assert {"text", "cluster_size", "contacts"} <= set(loaded.features)


@pytest.mark.usefixtures("results")
def test_card_and_croissant_of_the_version_in_force_validate(data: Data) -> None:
    hub = pytest.importorskip("huggingface_hub")
    mlc = pytest.importorskip("mlcroissant")
    card = hub.DatasetCard.load(data.corpus / "README.md")
    assert {config["config_name"] for config in card.data.configs} == set(TABLES)
    described = mlc.Dataset(jsonld=data.corpus / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    rows = sum(1 for _ in described.records("essays"))
    assert rows == counts(data.corpus / "v00002")["essays"]


@pytest.mark.usefixtures("results")
def test_a_host_that_must_not_be_published_is_in_no_table(data: Data) -> None:
    manifest = read_manifest(data.corpus)
    assert manifest is not None
    for name in TABLES:
        table = ds.dataset(table_files(data.corpus, name)).to_table()
        assert TAKEN not in repr(table.to_pylist())
    assert manifest["funnel"]
    assert ds.dataset(table_files(data.corpus, "takedowns")).to_table().to_pylist()[0]["id"] == stable_id(
        "host", "m.gz85.com"
    )
