"""Invented corpora and runs as files, as a build and the crawler would leave them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from crawler.tally import SiteResult, total
from pipeline.funnel import Funnel
from pipeline.records import Record, to_batch
from pipeline.schema import TABLES, PassageRow, TakedownRow, stable_id
from tests.report.invented import PLAIN, SENTENCES, Inventor, World, row

CHUNK = 5000


def write_corpus(folder: Path, world: World = PLAIN, *, without: Sequence[str] = ()) -> dict[str, object]:
    """Write a corpus, and say what its manifest does.

    Args:
        folder: of the corpus.
        world: what to invent.
        without: tables, and columns as ``table.column``, that an earlier release did not have.
    """
    inventor = Inventor(world)
    with _Writers(folder, without) as writers:
        for each in inventor.rows():
            writers.add(each)
        for cluster_id in sorted(inventor.clusters):
            members = sorted(inventor.clusters[cluster_id], key=lambda copy: copy.published or date.max)
            for number, member in enumerate(members, 1):
                writers.add(replace(member, number=number))
        if inventor.templates:
            for each in _beside(inventor):
                writers.add(each)
    sizes = {cluster_id: len(members) for cluster_id, members in inventor.clusters.items()}
    _resize(writers.path("essays"), sizes)
    manifest = _manifest(world, inventor.counts, writers.shards(), without)
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    return manifest


def _beside(inventor: Inventor) -> Iterator[Record]:
    """Rows of the tables that follow from no single page."""
    for at, sentence in enumerate(SENTENCES):
        yield row(
            PassageRow,
            passage=sentence,
            masked=sentence,
            kind="paragraph" if at % 5 == 4 else "sentence",
            essays=90 - at,
            occurrences=120 - at,
            first_id=inventor.templates[0][0],
        )
    reason = "the author asks" + inventor.nasty(1)
    day = date(2026, 2, 3)
    yield row(TakedownRow, id=stable_id("t"), kind="host", since=day, reason=reason, pages=3, essays=2)


class _Writers:
    """A Parquet file a table, written in parts."""

    def __init__(self, folder: Path, without: Sequence[str]) -> None:
        self._folder, self._without = folder, without
        self._rows: dict[type[Record], list[Record]] = {record: [] for record in TABLES.values()}
        self._names = {record: name for name, record in TABLES.items() if name not in without}
        self._open: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for record in self._names:
            self._flush(record)
        for writer in self._open.values():
            writer.close()

    def add(self, each: Record) -> None:
        """Take a row for the table that it is of."""
        rows = self._rows[type(each)]
        rows.append(each)
        if len(rows) >= CHUNK:
            self._flush(type(each))

    def path(self, name: str) -> Path:
        """The file of a table."""
        place = self._folder if self._without else self._folder / "v00003"
        return place / name / "train-00000-of-00001.parquet"

    def shards(self) -> dict[str, list[dict[str, object]]]:
        """What the manifest says of the files."""
        return {
            name: [
                {
                    "file": self.path(name).relative_to(self._folder).as_posix(),
                    "rows": pq.read_metadata(self.path(name)).num_rows,
                    "bytes": self.path(name).stat().st_size,
                    "sha256": hashlib.sha256(self.path(name).read_bytes()).hexdigest(),
                }
            ]
            for name in self._names.values()
        }

    def _flush(self, record: type[Record]) -> None:
        name, rows = self._names.get(record), self._rows[record]
        self._rows[record] = []
        if name is None:
            return
        table = pa.Table.from_batches([to_batch(record, rows)])
        table = table.drop_columns(
            [column for column in table.column_names if f"{name}.{column}" in self._without]
        )
        if name not in self._open:
            self.path(name).parent.mkdir(parents=True, exist_ok=True)
            self._open[name] = pq.ParquetWriter(self.path(name), table.schema, compression="zstd")
        if table.num_rows:
            self._open[name].write_table(table)


def _resize(path: Path, sizes: Mapping[str, int]) -> None:
    """Write the sizes of the clusters, which are known last, into the essays."""
    part = path.with_suffix(".tmp")
    with pq.ParquetFile(path) as file, pq.ParquetWriter(part, file.schema_arrow, compression="zstd") as out:
        for batch in file.iter_batches(CHUNK):
            found = [sizes.get(each, 1) for each in batch.column("essay_id").to_pylist()]
            at = batch.schema.get_field_index("cluster_size")
            out.write_batch(batch.set_column(at, batch.schema.field(at), pa.array(found, pa.int64())))
    part.replace(path)


def _manifest(
    world: World, counts: Counter[str], tables: Mapping[str, object], without: Sequence[str]
) -> dict[str, object]:
    pages = {key.removeprefix("page."): count for key, count in counts.items() if key.startswith("page.")}
    texts = {key.removeprefix("essay."): count for key, count in counts.items() if key.startswith("essay.")}
    found = sum(texts.values()) + counts["duplicates"] + counts["kept"]
    funnel = Funnel(
        pages=world.pages,
        articles=counts["pages.article"],
        lists=counts["pages.list"],
        other=counts["pages.other"],
        superseded=0,
        taken_down=0,
        pages_rejected=pages,
        found=found,
        essays_taken_down=0,
        essays_rejected=texts,
        duplicates=counts["duplicates"],
        kept=counts["kept"],
    )
    funnel.check()
    today = (
        {}
        if without
        else {"version": 3, "contacts": world.contacts, "published": "2026-03-02T03:10:00+00:00"}
    )
    return {
        "format": "fanwen corpus",
        **today,
        "origin": ["../warc"],
        "versions": {"fanwen": "0.2.0", "pyarrow": "26.0.1"},
        "dedup": {"threshold": 0.8, "ngram": 5, "num_perm": 128},
        "funnel": asdict(funnel),
        "tables": tables,
    }


def write_runs(folder: Path, manifest: Mapping[str, object], runs: int = 6, sites: int = 5) -> None:
    """Write manifests of runs, of which the last one built the corpus; the first is of an earlier release."""
    chance = Random(7)
    for number in range(runs):
        run_id = f"202602{10 + number}T023000123Z"
        by_site = {f"site{at:02d}" if at else "gz85": _crawled(chance) for at in range(sites)}
        facts: dict[str, object] = {
            "run": run_id,
            "finished": f"2026-02-{10 + number}T03:10:00+00:00",
            "seconds": 2400.5 + number,
            "crawl": {
                **total(by_site.values()).as_dict(),
                "sites": {name: site.as_dict() for name, site in by_site.items()},
            },
            "funnel": manifest["funnel"] if number == runs - 1 else None,
            "alarms": ["error rate: 12% of the pages of gz85 failed"] if number == 2 else [],
        }
        if number:
            facts["stages"] = {
                "crawl": 1800.0,
                "extract": 240.5,
                "recover": 301.2,
                "near_duplicates": 12.3,
                "publish": 4.4,
            }
        path = folder / run_id / "manifest.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(facts, ensure_ascii=False), "utf-8")


def _crawled(chance: Random) -> SiteResult:
    articles, lists, skipped, failed = (chance.randrange(1, top) for top in (900, 40, 300, 20))
    found = articles + lists + skipped + failed
    return SiteResult(found, articles, lists, failed={"HTTP 500": failed}, skipped={"ignored": skipped})
