"""The report of a corpus: one HTML file for people, with figures, charts and samples of all that was done."""

from pathlib import Path

from pipeline.dataset.report.clusters import clusters
from pipeline.dataset.report.edits import edits
from pipeline.dataset.report.model import Report
from pipeline.dataset.report.overview import funnel, header
from pipeline.dataset.report.page import render
from pipeline.dataset.report.pairs import pairs
from pipeline.dataset.report.profile import passages, profile
from pipeline.dataset.report.rejections import rejections
from pipeline.dataset.report.rights import rights
from pipeline.dataset.report.runs import read_runs
from pipeline.dataset.report.sites import totals
from pipeline.dataset.report.tables import opened
from pipeline.dataset.versions import read_manifest
from pipeline.errors import OutputError
from pipeline.io import atomic_file

__all__ = ["report_of", "write_report"]


def write_report(corpus: Path, runs: Path, output: Path) -> None:
    """Write the report of a corpus; the same corpus and runs make the same bytes.

    Args:
        corpus: folder of the corpus, of this release or an earlier one.
        runs: folder of the runs' manifests; it need not be there.
        output: the HTML file.

    Raises:
        OutputError: there is no corpus in the folder, or the file cannot be written.
        InputError: a file of the corpus is not there, or damaged.
    """
    page = render(report_of(corpus, runs)).encode("utf-8", "replace")
    with atomic_file(output) as file:
        file.write(page)


def report_of(corpus: Path, runs: Path) -> Report:
    """All that the report shows, sampled and summed so that its size does not grow with the corpus.

    Raises:
        OutputError: there is no corpus in the folder.
        InputError: a file of the corpus is not there, or damaged.
    """
    manifest = read_manifest(corpus)
    if manifest is None:
        raise OutputError(f"{corpus}: no corpus here")
    past = read_runs(runs, manifest)
    with opened(corpus) as tables:
        found = clusters(tables)
        return Report(
            header=header(tables, corpus, manifest, past),
            funnel=funnel(manifest),
            runs=past,
            sites=totals(tables),
            rejections=rejections(tables),
            clusters=found,
            pairs=pairs(tables, [cluster.id for cluster in found.largest]),
            edits=edits(tables),
            passages=passages(tables),
            profile=profile(tables),
            rights=rights(tables),
        )
