"""``fanwen sites``: site files."""

from pathlib import Path

import click

from crawler import terminal
from crawler.cli.options import (
    FOLDER,
    contact_option,
    data_option,
    offline_option,
    serving,
    site_folder_option,
)


@click.group()
def sites() -> None:
    """Site files: what is crawled, and how."""


@sites.command("list")
@site_folder_option
def sites_list(*, sites_folder: Path | None) -> None:
    """Sites that would be crawled."""
    from crawler.site import load_sites

    rows = []
    for site in load_sites(sites_folder):
        off = "" if site.enabled else "  (not enabled: crawled only when named)"
        rows.append((site.id, f"{site.name}  {', '.join(site.hosts)}{off}"))
    terminal.say_rows("", rows)


@sites.command("check")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@site_folder_option
@data_option
def sites_check(*, ids: tuple[str, ...], sites_folder: Path | None, data: Path) -> None:
    """Say how the rules of site files fit what is known of the sites, and what has changed."""
    from crawler.check import check_site
    from crawler.folder import Data
    from crawler.site import load_sites

    for site in load_sites(sites_folder, ids or None):
        terminal.say_rows(site.id, check_site(site, Data(data), sites_folder))


@sites.command("new")
@click.argument("url")
@click.option(
    "--sites",
    "sites_folder",
    type=FOLDER,
    default=Path("sites"),
    show_default=True,
    help="Folder that the site file and its fixtures are written to.",
)
@contact_option
@offline_option
def sites_new(*, url: str, sites_folder: Path, contact: str | None, offline: Path | None) -> None:
    """Look at a site, at most twenty pages of it, and write a first site file with fixtures.

    What is written is a draft: read it, try it with `fanwen crawl --sites FOLDER --max-pages 50`, and see
    what `fanwen sites check` says.
    """
    from crawler.discover.draft import discover
    from crawler.discover.visit import Visitor

    with serving(offline) as proxy:
        visitor = Visitor(contact=contact, proxy=proxy, delay=0.0 if proxy else 2.0, on_page=terminal.mention)
        found = discover(url, visitor.fetch, sites_folder)
    terminal.say_rows(found.site.id, found.rows)
    for warning in found.warnings:
        terminal.complain(warning)
