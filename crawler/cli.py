"""The ``fanwen`` command."""

import contextlib
import functools
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from crawler import terminal
from pipeline.errors import CorpusError

if TYPE_CHECKING:
    from crawler.run import Limits
    from crawler.site import Site


class CrawlOptions(TypedDict):
    """Options that every crawling command has."""

    site_ids: tuple[str, ...]
    sites_folder: Path | None
    contact: str | None
    offline: Path | None
    max_pages: int | None
    max_minutes: float | None


_FOLDER = click.Path(file_okay=False, path_type=Path)


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


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fanwen")
def main() -> None:
    r"""Crawl template-essay sites, recover the essays, drop the near-duplicates, publish Parquet.

    \b
    fanwen demo                       see it work, on a sample web of its own
    fanwen build pages/ -o corpus     a corpus from saved pages or WARC files
    fanwen run --contact URL          what a timer starts every night
    dedupe --help                     near-duplicates out of any Parquet or JSONL
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    for noisy in ("trafilatura", "htmldate", "charset_normalizer"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


_site_option = click.option(
    "--site", "site_ids", multiple=True, metavar="ID", help="Only this site; may be repeated."
)
_site_folder_option = click.option(
    "--sites", "sites_folder", type=_FOLDER, help="Folder of site files, instead of those that fanwen ships."
)
_data_option = click.option(
    "--data",
    type=_FOLDER,
    default=Path("data"),
    show_default=True,
    help="Folder of archive, corpus and runs.",
)
_contact_option = click.option(
    "--contact",
    envvar="FANWEN_CONTACT",
    help="URL or address of whoever runs this; sites see it. [env: FANWEN_CONTACT]",
)
_offline_option = click.option(
    "--offline",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Fetch from saved pages (host/path), served on loopback, and not from the network.",
)
_max_pages_option = click.option(
    "--max-pages", type=click.IntRange(1), help="Stop after this many pages a site."
)
_max_minutes_option = click.option(
    "--max-minutes", type=click.FloatRange(min=0.01), help="Stop after this time."
)
_workers_option = click.option(
    "--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")


def _crawling_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every crawling command has."""
    options = (
        _site_option,
        _site_folder_option,
        _data_option,
        _contact_option,
        _offline_option,
        _max_pages_option,
        _max_minutes_option,
    )
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)


@main.command()
@_crawling_options
@_workers_option
@_json_option
def run(*, workers: int, data: Path, as_json: bool, **crawling: Unpack[CrawlOptions]) -> None:
    """Crawl the sites, then build the corpus: the job for a timer.

    Exit code 0: done; 1: a monitor failed, or the run did; 2: usage; 75: another run holds the data folder.
    """
    from crawler.run import Data
    from crawler.run import run as run_once
    from crawler.site import load_sites

    known = load_sites(crawling["sites_folder"])
    with _crawling(crawling) as (sites, limits), terminal.meter(quiet=as_json) as show:
        result = run_once(sites, known, Data(data), limits, show, workers=workers)
    if as_json:
        terminal.say_json(asdict(result))
    else:
        terminal.say_rows("Crawl", result.crawl.rows())
        if result.funnel:
            terminal.say_rows("Corpus", result.funnel.rows())
            terminal.say(f"Tables: {data / 'corpus'}")
    for alarm in result.alarms:
        terminal.complain(f"monitor failed: {alarm}")
    if result.alarms:
        sys.exit(1)


@main.command()
@_crawling_options
@_json_option
def crawl(*, data: Path, as_json: bool, **crawling: Unpack[CrawlOptions]) -> None:
    """Fetch pages into the archive (WARC), and build nothing."""
    from crawler.run import Data, fetch, new_run_id
    from pipeline.io import exclusive

    with (
        _crawling(crawling) as (sites, limits),
        terminal.meter(quiet=as_json) as show,
        exclusive(data),
    ):
        result = fetch(sites, Data(data), limits, show, new_run_id())
    if as_json:
        terminal.say_json(asdict(result))
    else:
        terminal.say_rows("Crawl", result.rows())
        terminal.say(f"Archive: {data / 'warc'}")


@main.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="INPUT...")
@click.option("-o", "--output", required=True, type=_FOLDER, help="Folder of the corpus.")
@click.option("--full", is_flag=True, help="Replace whatever corpus the folder holds.")
@_site_folder_option
@_workers_option
@_json_option
def build(
    *,
    inputs: tuple[Path, ...],
    output: Path,
    full: bool,
    sites_folder: Path | None,
    workers: int,
    as_json: bool,
) -> None:
    """Build a corpus from stored pages.

    INPUT: WARC files (fanwen's or others', such as Common Crawl's), Parquet files with the columns url and
    html, or folders of them or of saved pages laid out host/path.
    """
    from crawler.site import load_sites
    from pipeline.corpus import build as build_corpus
    from pipeline.engine.local import LocalEngine

    rules = [site.rules() for site in load_sites(sites_folder)]
    with terminal.meter(quiet=as_json) as show, LocalEngine(workers, show) as engine:
        funnel = build_corpus(inputs, output, sites=rules, engine=engine, full=full)
    if as_json:
        terminal.say_json(funnel.as_dict())
    else:
        terminal.say_rows("Corpus", funnel.rows())
        terminal.say(f"Tables: {output}")


@main.command()
@click.option(
    "--pages", type=click.IntRange(20, 1_000_000), default=300, show_default=True, help="Article pages."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another web.")
@click.option(
    "--data", type=_FOLDER, default=Path("data/demo"), show_default=True, help="Folder of the demo."
)
@_workers_option
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


@main.group()
def sites() -> None:
    """Site files: what is crawled, and how."""


@sites.command("list")
@_site_folder_option
def sites_list(*, sites_folder: Path | None) -> None:
    """Sites that would be crawled."""
    from crawler.site import load_sites

    terminal.say_rows(
        "", [(site.id, f"{site.name}  {', '.join(site.hosts)}") for site in load_sites(sites_folder)]
    )


@sites.command("check")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@_site_folder_option
@_data_option
def sites_check(*, ids: tuple[str, ...], sites_folder: Path | None, data: Path) -> None:
    """Validate site files, and say how their rules fit what the archive holds."""
    from crawler.check import check_site
    from crawler.run import Data
    from crawler.site import load_sites

    for site in load_sites(sites_folder, ids or None):
        terminal.say_rows(site.id, check_site(site, Data(data)))


@main.command()
@_data_option
@click.option("--last", type=click.IntRange(1), default=7, show_default=True, help="Runs to show.")
@_json_option
def status(*, data: Path, last: int, as_json: bool) -> None:
    """Say what the last runs did and what the corpus holds."""
    from crawler.run import Data, past_runs, status_rows

    runs = past_runs(Data(data), last)
    if as_json:
        terminal.say_json(runs)
    else:
        terminal.say_rows("", status_rows(Data(data), runs))


@contextlib.contextmanager
def _crawling(options: CrawlOptions) -> Iterator[tuple[list["Site"], "Limits"]]:
    """Sites to crawl, and how; saved pages are served as long as the block runs."""
    from crawler.run import Limits as Limiting
    from crawler.sample.server import LoopbackProxy, folder_handler
    from crawler.site import load_sites

    sites = load_sites(options["sites_folder"], options["site_ids"] or None)
    limits = Limiting(options["contact"], max_pages=options["max_pages"], max_minutes=options["max_minutes"])
    offline = options["offline"]
    if offline is None:
        yield sites, limits
        return
    with LoopbackProxy(folder_handler(offline)) as proxy:
        yield sites, replace(limits, proxy=proxy.url, delay=0.0)
