"""THE PIPELINE: fetched pages in, a published corpus out, on one screen.

    pages --sample--> templates
    pages --extract--> documents --settle--> articles --recover--> essays
          --find_duplicates--> kept and dropped --restore--> essays whole again
          --withdraw--> what may be published --assemble--> tables --publish--> the next version

Every stage is a pure function on Arrow batches; the relational steps between them (which fetch of a
page counts, which essays repeat which) are in ``pipeline.shuffle``, ``clusters``, ``withdraw`` and ``assemble``.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from pipeline import shuffle
from pipeline.account import Built, Clock
from pipeline.assemble import Parts, assemble
from pipeline.clusters import (
    Verdict,
    accepted_by_site,
    find_duplicates,
    passages_of,
    restored_characters,
    sibling_sources,
    with_restored,
)
from pipeline.dataset.shards import write_table
from pipeline.engine.base import Engine
from pipeline.engine.local import FileSource
from pipeline.errors import OutputError
from pipeline.lineage import cluster_sources
from pipeline.output import Output, Policy
from pipeline.place import is_remote
from pipeline.records import R, from_batch, to_batch
from pipeline.remember import Memory, split_key
from pipeline.schema import (
    DeletedCharacter,
    Sample,
    SiteRules,
    Template,
    stable_id,
)
from pipeline.sources import Split, find_splits
from pipeline.stages import (
    CLUSTERS,
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
from pipeline.text.template.learn import learn
from pipeline.withdraw import demanded, marks_of, unnamed, withdraw


def build(
    inputs: Sequence[str | Path],
    out: Path | str,
    *,
    sites: Sequence[SiteRules] = (),
    engine: Engine,
    policy: Policy | None = None,
    cache: Path | None = None,
    full: bool = False,
    workers: int = 1,
) -> Built:
    """Build a corpus from stored pages; the same inputs give the same shards, however many workers.

    Args:
        inputs: WARC files, Parquet files with ``url`` and ``html``, or folders of them or of saved
            pages laid out ``host/path``; as paths, or as addresses such as ``s3://bucket/warc``.
        out: folder of the corpus, or an address such as ``s3://bucket/corpus``; one that holds an earlier
            version of it gets the next one.
        sites: rules of the sites whose pages are known; other hosts are read without rules.
        engine: where the stages run.
        policy: what may be published.
        cache: folder for what the next build need not do again; None keeps nothing.
        full: replace whatever corpus ``out`` holds, and do all anew.
        workers: threads of the steps that are no stage.

    Raises:
        InputError: an input is missing, empty or not what its name says.
        ConfigError: the file of take-downs is wrong.
        OutputError: ``out`` cannot be written or holds something else.
    """
    clock = Clock()
    _check_cache(cache, out)
    output = Output(out, policy or Policy(), full=full)
    splits = find_splits(inputs, exclude=out)
    output.check(inputs, (split.name for split in splits))
    rules = tuple(sites)
    output.takedowns(rules)  # a mistake in the file is told before anything is made
    with output.workspace() as work:
        output.read()
        takedowns = output.takedowns(rules)
        memory = Memory(cache, output.basis(rules))
        if full:
            memory.forget()
        parts = _parts(_Job(engine, memory, rules, takedowns, output.policy, work, workers), splits, clock)
        with clock("assemble"):
            result = assemble(parts)
        with clock("publish"):
            staged, facts = work / "version", output.metadata()
            tables = {name: write_table(staged, name, rows, facts) for name, rows in result.tables.items()}
            version = output.publish(staged, tables, result.account)
        memory.prune()
    account = result.account
    return Built(account.funnel, version, memory.taken_over, account.unmet, clock.seconds)


def _check_cache(cache: Path | None, out: Path | str) -> None:
    """A folder in the corpus that is no version would be taken for something else."""
    if cache is None or is_remote(out) or not cache.resolve().is_relative_to(Path(out).resolve()):
        return
    inside = cache.resolve().relative_to(Path(out).resolve()).parts
    if not inside or not inside[0].startswith("."):
        raise OutputError(
            f"{cache}: lies in the corpus; choose another folder, or a hidden one such as .cache"
        )


@dataclass(frozen=True, slots=True)
class _Job:
    """What every step of one build needs."""

    engine: Engine
    memory: Memory
    rules: tuple[SiteRules, ...]
    takedowns: Takedowns
    policy: Policy
    work: Path
    workers: int


def _parts(job: _Job, splits: Sequence[Split], clock: "Clock") -> Parts:
    """All that the tables are made of."""
    engine, work = job.engine, job.work
    with clock("sample"):
        templates = _templates(job, splits)
    with clock("extract"):
        documents = _documents(job, splits, templates)
    with clock("settle"):
        stage = settle_stage(templates, job.takedowns)
        articles = engine.map(stage, shuffle.buckets(documents), work)
    with clock("recover"):
        stage = recover_stage(job.rules, job.memory.basis, keep_contacts=job.policy.keep_contacts)
        essays = job.memory.articles(engine, stage, articles, work)
    with clock("duplicates"):
        marks = marks_of(essays, job.takedowns)
        verdict = find_duplicates(essays, demanded(essays, marks, job.takedowns), workers=job.workers)
    with clock("restore"):
        essays, deleted = _restored(job, essays, verdict)
        withdrawn, verdict = withdraw(essays, marks, verdict, job.takedowns)
    with clock("clusters"):
        clusters = engine.map(CLUSTERS, cluster_sources(essays, verdict), work)
    with clock("passages"):
        passages = passages_of(essays, verdict, workers=job.workers)
    with clock("edits"):
        edits = {
            stage.name: engine.map(stage, [FileSource(path) for path in essays], work) for stage in LEDGER
        }
        restored = restored_characters(edits["repairs"])
    small = {
        "passages": passages,
        "deleted_characters": _table(DeletedCharacter, with_restored(deleted, restored)),
        "templates": _table(Template, unnamed(templates, job.takedowns, withdrawn.articles)),
    }
    return Parts(articles, essays, verdict, withdrawn, job.takedowns, edits, clusters, small)


def _templates(job: _Job, splits: Sequence[Split]) -> tuple[Template, ...]:
    """Templates of the sites, from some pages of each that may be published."""
    stretches = shuffle.runs(splits)
    keys = [repr([split_key(split) for split in stretch.splits]) for stretch in stretches]
    files = job.memory.map(
        job.engine, sample_stage(job.rules, keep_contacts=job.policy.keep_contacts), stretches, keys, job.work
    )
    samples = (
        sample
        for file in files
        for batch in FileSource(file).batches()
        for sample in from_batch(Sample, batch)
        if not job.takedowns.page((sample.url,), sample.url)
    )
    return learn(samples)


def _documents(job: _Job, splits: Sequence[Split], templates: tuple[Template, ...]) -> list[Path]:
    """Every page as a document; one that an earlier build read with the same templates is not read again."""
    stage = extract_stage(job.rules, templates, keep_contacts=job.policy.keep_contacts)
    sources = [shuffle.SplitSource((split,)) for split in splits]
    tag = functools.partial(_templates_of, templates)
    return job.memory.map(job.engine, stage, sources, [split_key(split) for split in splits], job.work, tag)


def _templates_of(templates: Sequence[Template], documents: Path) -> str:
    """Hash of the templates that may have served some documents."""
    pairs = {
        pair
        for batch in FileSource(documents).batches()
        for pair in zip(batch["site"].to_pylist(), batch["shape"].to_pylist(), strict=True)
    }
    serving = (each for each in templates if (each.site, each.shape) in pairs)
    return stable_id(*(repr(replace(each, samples=0, example="", confidence=0.0)) for each in serving))


def _restored(
    job: _Job, essays: Sequence[Path], verdict: Verdict
) -> tuple[list[Path], list[DeletedCharacter]]:
    """The essays with what sites deleted put back from reposts, and what they deleted."""
    count = count_stage(accepted_by_site(essays))
    counted = job.engine.map(count, [FileSource(path) for path in essays], job.work)
    sites = by_site(batch for path in counted for batch in FileSource(path).batches())
    restore = restore_stage(sites, keep_contacts=job.policy.keep_contacts)
    restored = job.engine.map(restore, sibling_sources(essays, verdict), job.work)
    return restored, list(deleted_characters(sites))


def _table(record: type[R], rows: Iterable[R]) -> pa.Table:
    return pa.Table.from_batches([to_batch(record, rows)])
