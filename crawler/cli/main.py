"""The ``fanwen`` command: the group, and what crawls and builds."""

import logging
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn, Unpack

import click

from crawler import terminal
from crawler.cli.corpus import build, verify
from crawler.cli.look import show, sql
from crawler.cli.options import (
    FOLDER,
    CrawlOptions,
    crawling,
    crawling_options,
    data_option,
    json_option,
    keep_contacts_option,
    workers_option,
)
from crawler.cli.report import report
from crawler.cli.schedule import schedule
from crawler.cli.sites import sites
from pipeline.errors import CorpusError
from pipeline.io import exclusive


class _Group(click.Group):
    """Commands whose errors are one line, and whose interruption is no traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CorpusError as error:
            terminal.complain(str(error))
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            ctx.exit(1)
        except UnicodeEncodeError as error:
            terminal.complain(
                f"this terminal's encoding ({error.encoding}) has no sign for {error.object[error.start]!a}"
            )
            ctx.exit(2)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """End as an exception does, so that no process or half-written file stays behind; a crawl has its own way."""
    del frame
    terminal.complain("stopped; the next run goes on from here")
    sys.exit(128 + number)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fanwen")
def main() -> None:
    """Crawl template-essay sites, recover the essays, drop the near-duplicates, publish Parquet.

    \b
    fanwen demo                       see it work, on a sample web of its own
    fanwen build pages/ -o corpus     a corpus from saved pages or WARC files
    fanwen run --contact URL          what a timer starts every night
    dedupe --help                     near-duplicates out of any Parquet or JSONL
    """  # noqa: D301 - click wants the character itself
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    for noisy in ("trafilatura", "htmldate", "charset_normalizer"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


@main.command()
@crawling_options
@click.option(
    "--webhook", envvar="FANWEN_WEBHOOK", metavar="URL", help="Post alarms here. [env: FANWEN_WEBHOOK]"
)
@keep_contacts_option
@workers_option
@json_option
def run(
    *,
    workers: int,
    data: Path,
    as_json: bool,
    webhook: str | None,
    keep_contacts: bool,
    **options: Unpack[CrawlOptions],
) -> None:
    """Crawl the sites, then build the corpus: the job for a timer.

    A run that was killed is taken up where it was. Exit code 0: done; 1: a monitor failed, or the run did;
    2: an option, a site file, an input or the disk is wrong; 75: another run holds the data folder.
    """
    with exclusive(data):
        pass  # whoever comes second is told at once, before anything large is imported

    from crawler.folder import Data
    from crawler.run import Afterwards
    from crawler.run import run as run_once
    from crawler.site import load_sites

    known = load_sites(options["sites_folder"])
    with crawling(options) as (sites, how), terminal.meter(quiet=as_json) as show:
        afterwards = Afterwards(workers, webhook, keep_contacts)
        result = run_once(sites, known, Data(data), how, show, afterwards)
    if as_json:
        terminal.say_json(result.as_dict())
    else:
        terminal.say_rows("Crawl", result.crawl.rows())
        if result.funnel:
            terminal.say_rows("Corpus", result.funnel.rows())
            terminal.say(f"Tables: {data / 'corpus'}")
            terminal.say(f"Report: {data / 'report.html'}")
    for alarm in result.alarms:
        terminal.complain(f"monitor failed: {alarm}")
    if result.alarms:
        sys.exit(1)


@main.command()
@crawling_options
@json_option
def crawl(*, data: Path, as_json: bool, **options: Unpack[CrawlOptions]) -> None:
    """Fetch pages into the archive (WARC), and build nothing."""
    from crawler.folder import Data
    from crawler.run import fetch_alone

    with crawling(options) as (sites, how), terminal.meter(quiet=as_json) as show:
        result = fetch_alone(sites, Data(data), how, show)
    if as_json:
        terminal.say_json(result.as_dict())
    else:
        terminal.say_rows("Crawl", result.rows())
        terminal.say(f"Archive: {data / 'warc'}")


@main.command()
@click.option(
    "--pages", type=click.IntRange(20, 1_000_000), default=300, show_default=True, help="Article pages."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another web.")
@click.option("--data", type=FOLDER, default=Path("data/demo"), show_default=True, help="Folder of the demo.")
@workers_option
def demo(*, pages: int, seed: int, data: Path, workers: int) -> None:
    """Run the main job on a sample web on this machine, and compare the outcome with the truth."""
    from crawler.demo import run_demo

    with terminal.meter() as show:
        outcome = run_demo(data, pages=pages, seed=seed, workers=workers, show=show)
    terminal.say_rows("Crawl", outcome.crawl.rows())
    terminal.say_rows("Corpus", outcome.funnel.rows())
    terminal.say("Against the truth of the sample web")
    for line in outcome.scores.lines():
        terminal.say(line)
    terminal.say(f"\nTables: {data / 'corpus'}   ({outcome.seconds:.0f} s)")
    terminal.say(f"Report: {data / 'report.html'}")


@main.command()
@data_option
@click.option("--last", type=click.IntRange(1), default=7, show_default=True, help="Runs to show.")
@json_option
def status(*, data: Path, last: int, as_json: bool) -> None:
    """Say what the last runs did, what is due, why a site is behind, and what the corpus holds."""
    from crawler.folder import Data
    from crawler.monitoring.status import site_states, status_rows
    from crawler.run import past_runs, unfinished_runs

    unfinished: list[dict[str, object]] = [
        {"run": name, "alarms": ["going on, or interrupted"]} for name in unfinished_runs(Data(data))
    ]
    runs = [*reversed(unfinished), *past_runs(Data(data), last)]
    states = site_states(Data(data))
    if as_json:
        terminal.say_json({"runs": runs, "sites": states})
    else:
        terminal.say_rows("", status_rows(Data(data), runs, states))


main.add_command(build)
main.add_command(report)
main.add_command(show)
main.add_command(sql)
main.add_command(sites)
main.add_command(schedule)
main.add_command(verify)
