"""Options that several commands have, and what they mean."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

if TYPE_CHECKING:
    from crawler.crawl import How
    from crawler.site import Site


class CrawlOptions(TypedDict):
    """Options that every crawling command has."""

    site_ids: tuple[str, ...]
    sites_folder: Path | None
    contact: str | None
    offline: Path | None
    max_pages: int | None
    max_minutes: float


FOLDER = click.Path(file_okay=False, path_type=Path)


site_option = click.option(
    "--site", "site_ids", multiple=True, metavar="ID", help="Only this site; may be repeated."
)
site_folder_option = click.option(
    "--sites", "sites_folder", type=FOLDER, help="Folder of site files, instead of those that fanwen ships."
)
data_option = click.option(
    "--data",
    type=FOLDER,
    default=Path("data"),
    show_default=True,
    help="Folder of archive, corpus and runs.",
)
corpus_option = click.option(
    "--corpus",
    type=FOLDER,
    default=Path("data/corpus"),
    show_default=True,
    help="Folder of the corpus.",
)
keep_contacts_option = click.option(
    "--keep-contacts",
    is_flag=True,
    help="Publish phone numbers, e-mail addresses and the like as they stand, instead of masked.",
)
contact_option = click.option(
    "--contact",
    envvar="FANWEN_CONTACT",
    help="URL or address of whoever runs this; sites see it. [env: FANWEN_CONTACT]",
)
offline_option = click.option(
    "--offline",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Fetch from saved pages (host/path), served on loopback, and not from the network.",
)
max_pages_option = click.option(
    "--max-pages", type=click.IntRange(1), help="Stop after this many pages a site."
)
max_minutes_option = click.option(
    "--max-minutes",
    type=click.FloatRange(min=0.01),
    default=360.0,
    show_default=True,
    help="Ask for no further page after this time; what is left waits for the next run.",
)
workers_option = click.option(
    "--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True, help="Processes."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")


def crawling_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every crawling command has."""
    options = (
        site_option,
        site_folder_option,
        data_option,
        contact_option,
        offline_option,
        max_pages_option,
        max_minutes_option,
    )
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)


@contextlib.contextmanager
def crawling(options: CrawlOptions) -> Iterator[tuple[list["Site"], "How"]]:
    """Sites to crawl, and how; saved pages are served as long as the block runs."""
    from crawler.site import load_crawled, load_sites

    folder, ids, offline = options["sites_folder"], options["site_ids"] or None, options["offline"]
    how: How = {"contact": options["contact"], "max_minutes": options["max_minutes"]}
    how["max_pages"] = options["max_pages"]
    with serving(offline) as proxy:
        if offline is None:
            yield load_crawled(folder, ids), how
            return
        saved = load_sites(folder, ids)
        if ids is None:
            saved = [site for site in saved if any((offline / host).is_dir() for host in site.hosts)]
        yield saved, {**how, "proxy": proxy, "delay": 0.0, "backoff": 0.1}


@contextlib.contextmanager
def serving(offline: Path | None) -> Iterator[str | None]:
    """Proxy that serves saved pages as long as the block runs; none if there is no folder of them."""
    from crawler.sample.server import LoopbackProxy, folder_handler

    if offline is None:
        yield None
        return
    with LoopbackProxy(folder_handler(offline)) as proxy:
        yield proxy.url
