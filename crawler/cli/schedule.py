"""``fanwen schedule``: units and crontab lines."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, Unpack

import click

from crawler import terminal
from crawler.cli.options import FOLDER, contact_option, data_option, site_folder_option, site_option


class ScheduleOptions(TypedDict):
    """Options that every kind of schedule has."""

    site_ids: tuple[str, ...]
    sites_folder: Path | None
    data: Path
    contact: str | None
    at: str


@click.group()
def schedule() -> None:
    """Print what makes a timer start the job every night."""


def _schedule_options(command: Callable[..., None]) -> Callable[..., None]:
    """What every kind of schedule asks for."""
    at = click.option("--at", default="02:30", show_default=True, metavar="HH:MM", help="Local time of day.")
    options = (site_option, site_folder_option, data_option, contact_option, at)
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)


@schedule.command("systemd")
@_schedule_options
@click.option("--user", help="User that the service runs as, by default you.")
@click.option("-o", "--output", type=FOLDER, help="Write fanwen.service and fanwen.timer here.")
def schedule_systemd(*, user: str | None, output: Path | None, **job: Unpack[ScheduleOptions]) -> None:
    """Print a hardened service and its timer."""
    import getpass

    from crawler.schedule import systemd_units

    command, data = _scheduled(job)
    units = systemd_units(
        command, data, contact=job["contact"] or "", user=user or getpass.getuser(), at=job["at"]
    )
    if output is None:
        terminal.say(units.text())
        return
    for path in units.write(output):
        terminal.say(str(path))


@schedule.command("cron")
@_schedule_options
def schedule_cron(**job: Unpack[ScheduleOptions]) -> None:
    """Print a crontab line."""
    from crawler.schedule import cron_line

    command, data = _scheduled(job)
    terminal.say(cron_line(command, data, contact=job["contact"] or "", at=job["at"]))


def _scheduled(job: ScheduleOptions) -> tuple[tuple[str, ...], Path]:
    from crawler.schedule import run_command

    data = job["data"].absolute()
    return run_command(data, sites=job["sites_folder"], site_ids=job["site_ids"]), data
