"""THE PIPELINE: fetched pages in, a published corpus out, on one screen.

    pages --sample--> templates
    pages --extract--> documents --settle--> articles --recover--> essays
          --find_duplicates--> kept and dropped --restore--> essays whole again --publish--> Parquet tables

Every stage is a pure function on Arrow batches; the relational steps between them (which fetch of a
page counts, which essays repeat which) are in ``pipeline.assemble``.
"""

import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from pipeline import assemble
from pipeline.clusters import (
    NGRAM,
    NUM_PERM,
    THRESHOLD,
    Verdict,
    find_duplicates,
    restored_characters,
    sibling_sources,
    with_restored,
)
from pipeline.dataset import card, shards
from pipeline.engine.base import Engine, Guard, Stage
from pipeline.engine.local import FileSource
from pipeline.errors import OutputError
from pipeline.funnel import Funnel
from pipeline.io import exclusive
from pipeline.records import R, from_batch, to_batch
from pipeline.schema import (
    DOCUMENT,
    ESSAY,
    PAGE,
    PAIR_COUNT,
    PATIENT,
    REMOVED_LINE,
    REPAIR,
    SAMPLE,
    DeletedCharacter,
    Sample,
    SiteRules,
    Template,
)
from pipeline.sources import Split, find_splits
from pipeline.text.deleted import by_site, count_pairs, deleted_characters
from pipeline.text.ledger import removed_rows, repair_rows
from pipeline.text.pages import extract_pages, lost_page, no_sample, sample_pages
from pipeline.text.recover import recover_essays
from pipeline.text.siblings import Witness, restore_essays
from pipeline.text.template.learn import learn

PAGE_SECONDS = 30.0
"""Time that reading a page may take: a hundred times what the slowest ordinary one takes."""
TOOLS = ("fanwen", "opencc", "trafilatura", "datasketch", "pyarrow")
"""What a corpus depends on; its manifest has their versions, for OpenCC's dictionaries grow with every release."""
LEDGER = (
    Stage("repairs", ESSAY, REPAIR, repair_rows),
    Stage("removed_lines", ESSAY, REMOVED_LINE, removed_rows),
)


def build(
    inputs: Sequence[Path],
    out: Path,
    *,
    sites: Sequence[SiteRules] = (),
    engine: Engine,
    full: bool = False,
) -> Funnel:
    """Build a corpus from stored pages; the same inputs give the same bytes, however many workers.

    Args:
        inputs: WARC files, Parquet files with ``url`` and ``html``, or folders of them or of saved
            pages laid out ``host/path``.
        out: folder of the corpus; one that holds an earlier version of it gets the next one.
        sites: rules of the sites whose pages are known; other hosts are read without rules.
        engine: where the stages run.
        full: replace whatever corpus ``out`` holds.

    Raises:
        InputError: an input is missing, empty or not what its name says.
        OutputError: ``out`` cannot be written or holds something else.
    """
    splits = find_splits(inputs, exclude=out)
    origin = _origin(inputs, out)
    shards.read_manifest(out)
    rules = tuple(sites)
    settle = Stage("settle", DOCUMENT, DOCUMENT, assemble.settle)
    recover = Stage("recover", DOCUMENT, ESSAY, functools.partial(recover_essays, sites=rules))

    with exclusive(out), _workspace(out) as work:
        _check_output(out, origin, full=full)
        templates = learn_templates(engine, splits, rules, work)
        extract = extract_stage(rules, templates)
        documents = engine.map(extract, [assemble.SplitSource((split,)) for split in splits], work)
        articles = engine.map(settle, assemble.buckets(documents), work)
        essays = engine.map(recover, [FileSource(path) for path in articles], work)
        verdict = find_duplicates(essays)
        essays, deleted = _restored(engine, essays, verdict, work)
        ledger = {
            stage.name: engine.map(stage, [FileSource(path) for path in essays], work) for stage in LEDGER
        }
        small = {
            "deleted_characters": _table(
                DeletedCharacter, with_restored(deleted, restored_characters(ledger["repairs"]))
            ),
            "templates": _table(Template, templates),
        }
        result = assemble.assemble(articles, essays, verdict, small, ledger)
        files = {name: shards.write_table(work, name, rows) for name, rows in result.tables.items()}
        dedup = {"threshold": THRESHOLD, "ngram": NGRAM, "num_perm": NUM_PERM}
        versions = {name: version(name) for name in TOOLS}
        card.write_card(work, result.funnel)
        shards.publish(
            work,
            out,
            files,
            {"origin": origin, "versions": versions, "dedup": dedup, "funnel": result.funnel.as_dict()},
        )
    return result.funnel


def learn_templates(
    engine: Engine, splits: Sequence[Split], sites: tuple[SiteRules, ...], work: Path
) -> tuple[Template, ...]:
    """Templates of the sites, from some pages of each; ``work`` is for intermediate files."""
    run = functools.partial(sample_pages, sites=sites)
    sample = Stage("sample", PAGE, SAMPLE, run, Guard(PAGE_SECONDS, no_sample))
    files = engine.map(sample, assemble.runs(splits), work)
    return learn(
        each for file in files for batch in FileSource(file).batches() for each in from_batch(Sample, batch)
    )


def extract_stage(sites: tuple[SiteRules, ...], templates: tuple[Template, ...]) -> Stage:
    """The stage that makes documents of pages."""
    run = functools.partial(extract_pages, sites=sites, templates=templates)
    return Stage(
        "extract", PAGE, DOCUMENT, run, Guard(PAGE_SECONDS, functools.partial(lost_page, sites=sites))
    )


def _restored(
    engine: Engine, essays: Sequence[Path], verdict: Verdict, work: Path
) -> tuple[list[Path], list[DeletedCharacter]]:
    """The essays with what sites deleted put back from reposts, and what they deleted."""
    count = Stage("count_pairs", ESSAY, PAIR_COUNT, count_pairs)
    counted = engine.map(count, [FileSource(path) for path in essays], work)
    sites = by_site(batch for path in counted for batch in FileSource(path).batches())
    run = functools.partial(restore_essays, witness=Witness.of(sites))
    restore = Stage("restore", PATIENT, ESSAY, run)
    restored = engine.map(restore, sibling_sources(essays, verdict), work)
    return restored, list(deleted_characters(sites))


def _table(record: type[R], rows: Iterable[R]) -> pa.Table:
    return pa.Table.from_batches([to_batch(record, rows)])


def _origin(inputs: Sequence[Path], out: Path) -> list[str]:
    """What the corpus is built from, relative to it, so that both can move together."""
    return sorted(os.path.relpath(path.resolve(), out.resolve()) for path in inputs)


def _check_output(out: Path, origin: list[str], *, full: bool) -> None:
    """Refuse a folder that holds something else.

    Raises:
        OutputError: with what it holds and what to do.
    """
    manifest = shards.read_manifest(out)
    earlier = manifest.get("origin") if manifest else None
    if full or not isinstance(earlier, list) or set(earlier) & set(origin):
        return
    names = ", ".join(str(name) for name in earlier[:3])
    raise OutputError(
        f"{out}: holds another corpus (built from {names}); choose another folder, or --full to replace it"
    )


@contextlib.contextmanager
def _workspace(out: Path) -> Iterator[Path]:
    """Folder for intermediate files inside the corpus, gone afterwards, leftovers of a kill too."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for leftover in out.glob(".work-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=".work-", dir=out))
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror or error})") from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
