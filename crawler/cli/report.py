"""``fanwen report``: a corpus as a page that a person reads."""

from pathlib import Path

import click

from crawler import terminal
from crawler.cli.options import FOLDER


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path), required=False)
@click.option("--data", type=FOLDER, help="Folder of corpus and runs.  [default: where CORPUS lies, or data]")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The HTML file.  [default: report.html in the data folder]",
)
def report(corpus: Path | None, data: Path | None, output: Path | None) -> None:
    """Write a report of a corpus: one HTML file that needs no network, with charts and samples.

    CORPUS: its folder, by default the one of the data folder. It may be of an earlier release; what it does not
    have is left out of the report, which says so. The same corpus and runs make the same bytes.
    """
    from crawler.folder import Data
    from pipeline.dataset.report import write_report

    root = data or (corpus.absolute().parent if corpus else Path("data"))
    target = output or root / "report.html"
    write_report(corpus or Data(root).corpus, Data(root).runs, target)
    terminal.say(str(target))
