"""The papers of a version: card, Croissant description and digests of a small corpus, read as others read them."""

import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.dataset.card import card, citation, size_category
from pipeline.dataset.croissant import croissant
from pipeline.dataset.facts import Facts
from pipeline.dataset.shards import Shard
from pipeline.dataset.sums import digest, sums
from pipeline.funnel import Funnel
from pipeline.records import R, schema_of, to_batch
from pipeline.schema import TABLES, ClusterRow, EssayRow, Filling

pytestmark = [  # what mlcroissant calls of others
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),
    pytest.mark.filterwarnings("ignore:The inplace keyword"),
]
FULL = [name for name in TABLES if name != "takedowns"]
COPIES = [
    ("e1", (Filling(1, "year", 0, 4, "2019"), Filling(2, "place", 6, 8, "南京"))),
    ("e2", ()),
    ("e3", (Filling(1, "year", 0, 4, "20xx"),)),
]


def a_value(kind: Any, name: str) -> Any:
    """A value of a field's type, so that no test has to write out seventy columns."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Annotated, typing.Union, types.UnionType):
        return a_value(args[0], name)
    if origin is tuple:
        return (a_value(args[0], name),)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return a_row(kind)
    moment = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
    return {str: f"某{name}", int: 3, float: 0.5, bool: True, date: moment.date(), datetime: moment}[kind]


def a_row(record: type[R], **changes: Any) -> R:
    hints = typing.get_type_hints(record, include_extras=True)
    values = {
        field.name: a_value(hints[field.name], field.name)
        for field in dataclasses.fields(record)
        if field.name not in changes
    }
    return record(**values, **changes)


def rows_of(table: str) -> list[list[Any]]:
    """Rows of each shard of a table: essays in two, no take-down."""
    if table == "takedowns":
        return [[]]
    if table == "essays":
        essays = [a_row(EssayRow, essay_id="e1", published=None), a_row(EssayRow, essay_id="e2", contacts=())]
        return [essays, [a_row(EssayRow, essay_id="e3", reserved="")]]
    if table == "clusters":
        return [[a_row(ClusterRow, essay_id=name, fillings=fillings) for name, fillings in COPIES]]
    return [[a_row(TABLES[table])]]


def write(corpus: Path, table: str, number: int, count: int, rows: list[Any]) -> Shard:
    file = f"v00002/{table}/train-{number:05d}-of-{count:05d}.parquet"
    path = corpus / file
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, schema_of(TABLES[table])) as writer:
        if rows:
            writer.write_batch(to_batch(TABLES[table], rows))
    data = path.read_bytes()
    return Shard(file, len(rows), len(data), hashlib.sha256(data).hexdigest())


def facts_of(files: dict[str, list[Shard]]) -> Facts:
    counts: dict[str, Any] = {field.name: 0 for field in dataclasses.fields(Funnel)}
    counts |= {"pages_rejected": {"captcha": 2}, "essays_rejected": {"short": 1}}
    counts |= {"pages": 7, "articles": 5, "found": 5, "duplicates": 1, "kept": 3}
    return Facts(
        version=2,
        files=files,
        funnel=Funnel(**counts),
        versions={"fanwen": "0.1.0", "pyarrow": pa.__version__},
        dedup={"threshold": 0.8, "ngram": 5, "num_perm": 128},
        contacts="mask",
        masked={"mobile": 4, "email": 1},
        sites={"gz85": 2, "example.org|8080": 1},
        reserved=2,
        takedowns=0,
        fetched=date(2024, 5, 6),
    )


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Facts of a corpus that lies in the folder ``corpus`` of the test's base folder, papers beside it."""
    corpus = tmp_path_factory.getbasetemp() / "corpus"
    files = {}
    for table in TABLES:
        shards = rows_of(table)
        files[table] = [write(corpus, table, at, len(shards), rows) for at, rows in enumerate(shards)]
    facts = facts_of(files)
    (corpus / "README.md").write_text(card(facts), "utf-8")
    (corpus / "croissant.json").write_text(json.dumps(croissant(facts), ensure_ascii=False), "utf-8")
    (corpus / "SHA256SUMS").write_text(sums(facts), "utf-8")
    return facts


@pytest.fixture
def corpus(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert facts.version == 2
    return tmp_path_factory.getbasetemp() / "corpus"


def test_the_hub_reads_the_front_matter(facts: Facts) -> None:
    hub, yaml = pytest.importorskip("huggingface_hub"), pytest.importorskip("yaml")
    data = hub.DatasetCard(card(facts)).data
    assert (data.language, data.license, data.size_categories) == (["zh"], "other", ["n<1K"])
    assert data.pretty_name == "Template essays"
    known = data.to_dict()
    assert known["license_name"] == "compilation-only"
    assert "No licence to the texts" in known["license_details"]
    assert [config["config_name"] for config in known["configs"]] == FULL
    assert known["configs"][0] == {
        "config_name": "essays",
        "default": True,
        "data_files": [{"split": "train", "path": "v00002/essays/train-*.parquet"}],
    }
    split = known["dataset_info"][0]["splits"][0]
    assert (split["name"], split["num_examples"]) == ("train", 3)
    assert yaml.safe_load(card(facts).split("---\n")[1]) == known
    again = hub.DatasetCardData(**known)
    assert hub.DatasetCard(f"---\n{again.to_yaml()}\n---\n").data.to_dict() == known


@pytest.mark.parametrize("table", FULL)
def test_datasets_loads_every_table_that_has_rows(
    corpus: Path, facts: Facts, table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(corpus), table, split="train", cache_dir=str(tmp_path))
    assert loaded.num_rows == facts.rows(table)
    assert loaded.features == datasets.Features.from_arrow_schema(schema_of(TABLES[table]))


def test_datasets_misses_a_file(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    torn = Path(shutil.copytree(corpus, tmp_path / "torn"))
    (torn / "v00002/essays/train-00001-of-00002.parquet").unlink()
    with pytest.raises(datasets.exceptions.NonMatchingSplitsSizesError):
        datasets.load_dataset(str(torn), "essays", split="train", cache_dir=str(tmp_path / "cache"))


@pytest.mark.parametrize("library", ["datasets", "duckdb", "polars", "pandas", "pyarrow", "mlcroissant"])
def test_every_snippet_of_the_card_works(corpus: Path, facts: Facts, library: str, tmp_path: Path) -> None:
    pytest.importorskip(library)
    snippets = re.findall(r"```python\n(.*?)```", card(facts), flags=re.DOTALL)
    (snippet,) = [each for each in snippets if re.match(rf"(import|from) {library}\b", each)]
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", snippet]
    done = subprocess.run(
        command, cwd=corpus.parent, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def tables_of(text: str) -> Iterator[list[list[str]]]:
    """Tables of a Markdown text, as lines of cells."""
    for block in re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE):
        yield [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]


def test_tables_are_whole_whatever_stands_in_a_cell(facts: Facts) -> None:
    tables = list(tables_of(card(facts)))
    assert len(tables) == len(TABLES) + 5
    for head, rule, *lines in tables:
        assert lines
        assert {len(line) for line in (rule, *lines)} == {len(head)}
        assert all(re.fullmatch(r"-+:?", cell) for cell in rule)
    assert r"`example.org\|8080`" in card(facts)


def test_every_column_is_described_parts_included(facts: Facts) -> None:
    text = card(facts)
    for table, record in TABLES.items():
        part = text.split(f"\n### {table}\n")[1].partition("\n### ")[0]
        assert all(f"| `{name}` |" in part for name in schema_of(record).names)
    assert (
        "| `fillings` | list of struct | all slots in the kept essay, where a passage may enclose others; in another copy those that it fills otherwise |"
        in text
    )
    assert "| `fillings[].slot` | int64 | number of the slot in its cluster, from 1 |" in text
    assert "| `published` | date32 or null | publication date the page states |" in text


def test_the_card_says_what_the_version_holds(facts: Facts) -> None:
    text = card(facts)
    assert "**version 2**: 3 essays, 1 near-duplicates, from 7 stored pages. The last page was" in text
    assert "| &emsp;rejected: captcha | 2 |" in text
    assert "sets of 5-grams of characters is **0.8** or\nabove" in text
    assert "| mobile | 4 |" in text
    assert "without a configuration: `takedowns`." in text
    assert digest(facts) in text
    assert citation(facts) in text
    assert "$" not in text


def test_contact_data_that_was_kept_is_no_secret(facts: Facts) -> None:
    kept = dataclasses.replace(facts, contacts="keep", masked={})
    assert "are **masked**" in card(facts)
    assert "**stand as they were published**" in card(kept)
    assert "None was found in this version." in card(kept)
    assert "stand as published" in str(croissant(kept)["rai:personalSensitiveInformation"])


def test_the_largest_sites_are_named_the_others_counted(facts: Facts) -> None:
    text = card(dataclasses.replace(facts, sites={f"site{number:02d}": number for number in range(30)}))
    assert "Sites that essays were kept from: 30; the 20 with most:" in text
    assert "| `site29` | 29 |\n| `site28` | 28 |" in text
    assert "site09" not in text


@pytest.mark.parametrize(
    ("rows", "name"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (2_500_000, "1M<n<10M"), (10**12, "n>1T")],
)
def test_sizes_have_the_names_of_the_hub(rows: int, name: str) -> None:
    assert size_category(rows) == name


def test_croissant_is_valid_without_a_warning(corpus: Path, caplog: pytest.LogCaptureFixture) -> None:
    mlc = pytest.importorskip("mlcroissant")
    metadata = mlc.Dataset(str(corpus / "croissant.json")).metadata
    assert not metadata.ctx.issues.errors
    assert not metadata.ctx.issues.warnings
    assert not caplog.records
    assert metadata.version == "2.0.0"
    assert metadata.date_published == datetime(2024, 5, 6)  # noqa: DTZ001 - mlcroissant's has no zone


def test_without_a_date_it_lacks_just_that(
    facts: Facts, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mlc = pytest.importorskip("mlcroissant")
    path = corpus / "undated.json"
    path.write_text(json.dumps(croissant(dataclasses.replace(facts, fetched=None))), "utf-8")
    (warning,) = mlc.Dataset(str(path)).metadata.ctx.issues.warnings
    assert "https://schema.org/datePublished" in warning
    assert len(caplog.records) == 1


def plain(value: Any) -> Any:
    """A value as mlcroissant gives it, in terms of the table: without the path in names, text as text."""
    if isinstance(value, dict):
        return {name.rpartition("/")[2]: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("table", TABLES)
def test_croissant_yields_the_rows_of_every_table(corpus: Path, facts: Facts, table: str) -> None:
    mlc = pytest.importorskip("mlcroissant")
    records = mlc.Dataset(str(corpus / "croissant.json")).records(table)
    rows = [row for shard in facts.files[table] for row in pq.read_table(corpus / shard.file).to_pylist()]
    for row in rows:
        if isinstance(row.get("published"), date):
            row["published"] = datetime.combine(row["published"], datetime.min.time())
    assert [plain(record) for record in records] == rows


def test_croissant_names_every_file_with_its_digest(facts: Facts) -> None:
    distribution = typing.cast("list[dict[str, str]]", croissant(facts)["distribution"])
    files = [each for each in distribution if each["@type"] == "cr:FileObject"]
    assert {each["contentUrl"]: each["sha256"] for each in files} == {
        shard.file: shard.sha256 for shards in facts.files.values() for shard in shards
    }


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
def test_sha256sum_checks_the_files(corpus: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=corpus, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == len(TABLES) + 1
