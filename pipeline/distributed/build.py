"""THE PIPELINE on Spark, on one screen: what `pipeline.corpus` does, for corpora that outgrow one machine.

Stages are those of one machine (`pipeline.stages`); the relational steps between them are queries. A step's tables
are written down before the next one begins, so a node that is lost repeats little. No page and no essay
comes to the driver: it sees names of files, templates, what is known of each site, what demands took out, and sums.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import shuffle
from pipeline.account import Account, Built, Clock
from pipeline.clusters import with_restored
from pipeline.distributed.copies import Copies, find_copies, patients
from pipeline.distributed.demands import asked_for, stones, withdrawn
from pipeline.distributed.published import Corpus, account_of, of_edits, of_essays, seen, small
from pipeline.distributed.reading import Articles, Learn, ReadFiles
from pipeline.distributed.shards import write_tables
from pipeline.engine.base import Progress
from pipeline.engine.spark.arrow import mapped, of_each, on_spark, table_of
from pipeline.engine.spark.cluster import Cluster
from pipeline.engine.spark.session import session
from pipeline.engine.spark.star import Limits, Work
from pipeline.engine.spark.tables import Tables
from pipeline.output import Output, Policy, Workspace
from pipeline.place import below
from pipeline.records import Record, from_batch
from pipeline.schema import DOCUMENT, PAIR_COUNT, SAMPLE, DeletedCharacter, SiteRules, Template
from pipeline.sources import Stored, find_files
from pipeline.stages import (
    LEDGER,
    count_stage,
    extract_stage,
    recover_stage,
    restore_stage,
    sample_stage,
    settle_stage,
)
from pipeline.takedown import Takedowns
from pipeline.text.deleted import by_site, deleted_characters
from pipeline.text.script import to_hans
from pipeline.text.siblings import FROM_SIBLING
from pipeline.withdraw import unnamed

if TYPE_CHECKING:
    from pipeline.engine.spark.session import DataFrame


_DOCUMENTS = 5_000
"""Documents that a task brings together, at least, if there are more than tasks."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What every step of one build needs."""

    tables: Tables
    files: tuple[Stored, ...]
    rules: tuple[SiteRules, ...]
    takedowns: Takedowns
    policy: Policy
    basis: str
    show: Progress
    clock: Clock

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell that a step begins and ends."""
        self.show(name, 0, 1)
        with self.clock(name):
            yield
        self.show(name, 1, 1)


def build_on_spark(
    inputs: Sequence[Path | str],
    out: Path | str,
    *,
    sites: Sequence[SiteRules] = (),
    cluster: Cluster,
    policy: Policy | None = None,
    full: bool = False,
    show: Progress,
) -> Built:
    """Build a corpus from stored pages on a cluster: the tables of `pipeline.corpus.build`, byte for byte.

    Args:
        inputs: as there; all nodes must see them, as they must see ``out``.
        out: as there.
        sites: as there.
        cluster: where to run.
        policy: as there.
        full: replace whatever corpus ``out`` holds.
        show: told which step runs.

    Raises:
        CorpusError: as there, and what Spark fails of where that is known.
    """
    policy, rules, clock = policy or Policy(), tuple(sites), Clock()
    output = Output(out, policy, full=full)
    files = tuple(find_files(inputs, exclude=out))
    output.check(inputs, [file.name for file in files])
    output.takedowns(rules)  # a mistake in the file is told before anything is made
    with (
        output.shared_workspace() as work,
        session(cluster.master, cluster.settings, "fanwen build") as spark,
    ):
        output.read()
        tables = Tables(spark, cluster.work_folder(spark, below(work.place, "tables")))
        job = _Job(tables, files, rules, output.takedowns(rules), policy, output.basis(rules), show, clock)
        try:
            return _published(job, output, work, cluster.limits(spark))
        finally:
            with suppress(Exception):  # what went wrong before matters more
                tables.drop()


def _published(job: _Job, output: Output, work: Workspace, limits: Limits) -> Built:
    """The corpus, from pages to its next version."""
    tables = job.tables
    templates = _templates(job)
    pages, found = _articles(job, templates)
    with job.step("duplicates"):
        asked = asked_for(tables, found, job.takedowns)
        apart = asked.where("essay IS NOT NULL AND cluster IS NULL")
        copies = find_copies(tables, found, apart, limits, job.show)
    with job.step("restore"):
        essays, deleted = _restored(job, found, copies)
    with job.step("withdraw"):
        gone = withdrawn(tables, essays, asked, copies)
        corpus = Corpus(seen(tables, pages, gone), essays, copies, gone)
    with job.step("edits"):
        edits = {stage.name: tables.keep(stage.name, on_spark(essays, stage)) for stage in LEDGER}
        deleted = with_restored(deleted, _restored_characters(edits["repairs"]))
    with job.step("tables"):
        drawn = of_essays(tables, corpus) | of_edits(tables, edits, gone)
        lost = corpus.pages.where("outcome = 'taken_down'")
        account = account_of(tables, corpus, stones(tables, gone, found, lost, job.takedowns))
        drawn |= _small(job, corpus, templates, deleted, account)
    with job.step("publish"):
        written = write_tables(tables, drawn, work.version, output.metadata())
        version = output.publish(work.staged, written, account)
    return Built(account.funnel, version, 0, account.unmet, job.clock.seconds, _caution(copies.work))


def _caution(work: Work) -> str:
    """Where the outcome may not be that of one machine."""
    if not work.closed_buckets:
        return ""
    return (
        f"{work.closed_buckets:,} bucket(s) of up to {work.largest_closed:,} essays had cost spark.fanwen.pairsPerBucket "
        "pairs and were closed: some near-duplicates may have stayed"
    )


def _small(
    job: _Job,
    corpus: Corpus,
    templates: Sequence[Template],
    deleted: Sequence[DeletedCharacter],
    account: Account,
) -> dict[str, "DataFrame"]:
    """Tables that grow with sites and demands only."""
    rows: dict[str, Sequence[Record]] = {
        "deleted_characters": deleted,
        "templates": unnamed(templates, job.takedowns, _bare(corpus, templates)),
        "takedowns": account.stones,
    }
    return {name: small(job.tables, name, some) for name, some in rows.items()}


def _templates(job: _Job) -> tuple[Template, ...]:
    """Templates of the sites, learned by tasks from all samples of a site and shape."""
    with job.step("sample"):
        stage = sample_stage(job.rules, keep_contacts=job.policy.keep_contacts)
        read = ReadFiles(job.files, stage, in_stretches=True)
        numbers = job.tables.numbers(len(job.files))
        samples = job.tables.keep("samples", of_each(numbers, read, SAMPLE)).repartition("site", "shape")
        learned = mapped(samples, Learn(job.takedowns), SAMPLE, Learn.MADE)
        found = from_batch(Template, table_of(learned, Learn.MADE))
    return tuple(sorted(found, key=lambda each: (each.site, each.shape, each.version)))


def _articles(job: _Job, templates: Sequence[Template]) -> tuple["DataFrame", "DataFrame"]:
    """Settled pages, and essays as they were recovered."""
    tables, keep = job.tables, job.policy.keep_contacts
    with job.step("extract"):
        read = ReadFiles(job.files, extract_stage(job.rules, templates, keep_contacts=keep))
        documents = tables.keep("documents", of_each(tables.numbers(len(job.files)), read, DOCUMENT))
    with job.step("recover"):
        least = int(tables.spark.conf.get("spark.sql.shuffle.partitions") or 1)
        count = min(max(least, documents.count() // _DOCUMENTS), shuffle.BUCKETS)
        together = documents.selectExpr("*", f"CAST(bucket % {count} AS int) AS part")
        articles = Articles(
            settle_stage(templates, job.takedowns), recover_stage(job.rules, job.basis, keep_contacts=keep)
        )
        rows = mapped(together.repartitionById(count, "part"), articles, DOCUMENT, Articles.MADE)
        rows = tables.keep("articles", rows)
        tables.drop("documents")
    pages = rows.where("page IS NOT NULL").select("page.*")
    return pages, rows.where("essay IS NOT NULL").select("essay.*")


def _restored(job: _Job, essays: "DataFrame", copies: Copies) -> tuple["DataFrame", list[DeletedCharacter]]:
    """The essays with what sites deleted put back from reposts, and what they deleted."""
    accepted = essays.where("rule = ''").groupBy("site").count()
    stage = count_stage({row["site"]: row["count"] for row in accepted.collect()})
    counted = on_spark(essays, stage).groupBy("site", "pair").agg({"count": "sum"})
    summed = counted.withColumnRenamed("sum(count)", "count")
    sites = by_site(table_of(summed, PAIR_COUNT).to_batches())
    restore = restore_stage(sites, keep_contacts=job.policy.keep_contacts)
    restored = on_spark(patients(job.tables, essays, copies.members), restore)
    return job.tables.keep("restored", restored), list(deleted_characters(sites))


def _restored_characters(repairs: "DataFrame") -> Counter[tuple[str, str]]:
    """How often each character (simplified) was put back, by site."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in repairs.where(f"kind = '{FROM_SIBLING}'").groupBy("site", "after").count().collect():
        for char in to_hans(row["after"]):
            counts[row["site"], char] += row["count"]
    return counts


def _bare(corpus: Corpus, templates: Sequence[Template]) -> frozenset[str]:
    """Addresses that templates show and that must not be published."""
    shown = [each.example for each in templates]
    bare = corpus.gone.articles.where("bare")
    return frozenset(row["url"] for row in bare.where(bare["url"].isin(shown)).select("url").collect())
