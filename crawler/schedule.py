"""Text for a timer: a hardened systemd service with its timer, or a crontab line, that starts ``fanwen run``."""

import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.job import check_access
from pipeline.errors import ConfigError
from pipeline.io import atomic_file

SECRETS = "/etc/fanwen.env"
"""File of the service's further variables, FANWEN_WEBHOOK say: a unit can be read by everyone, it need not be."""
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@,+=-]+")
_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - the service sees others in their place

_SERVICE = """\
[Unit]
Description=fanwen: crawl and build
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
ExecStart=:{command}
Environment={contact}
EnvironmentFile=-{secrets}
# 75: another run holds the data folder; this one has nothing to do
SuccessExitStatus=75
TimeoutStartSec=infinity
# SIGTERM goes to the run, which lets requests on their way finish and closes the archive
KillMode=mixed
TimeoutStopSec=2min
Nice=10
IOSchedulingClass=idle
MemoryMax=75%

ProtectSystem=strict
ReadWritePaths={data}
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
"""
_TIMER = """\
[Unit]
Description=fanwen every night

[Timer]
OnCalendar=*-*-* {at}:00
Persistent=true
RandomizedDelaySec=20min

[Install]
WantedBy=timers.target
"""


@dataclass(frozen=True, slots=True)
class Units:
    """The text of ``fanwen.service`` and of ``fanwen.timer``."""

    service: str
    timer: str

    def files(self) -> dict[str, str]:
        """Text by file name."""
        return {"fanwen.service": self.service, "fanwen.timer": self.timer}

    def text(self) -> str:
        """Both as one stream, each under the path it belongs to, as ``systemctl cat`` shows them."""
        return "\n".join(f"# /etc/systemd/system/{name}\n{text}" for name, text in self.files().items())

    def write(self, folder: Path) -> list[Path]:
        """Write both files, and say where.

        Raises:
            OutputError: the folder cannot be written.
        """
        for name, text in self.files().items():
            with atomic_file(folder / name) as file:
                file.write(text.encode())
        return [folder / name for name in self.files()]


def run_command(data: Path, *, sites: Path | None = None, site_ids: Sequence[str] = ()) -> tuple[str, ...]:
    """``fanwen run`` with all its paths absolute: a timer starts it in another folder."""
    command = [*_program(), "run", "--data", str(data.absolute())]
    command += ["--sites", str(sites.absolute())] if sites else []
    for site in site_ids:
        command += ["--site", site]
    return tuple(command)


def systemd_units(command: Sequence[str], data: Path, *, contact: str, user: str, at: str = "02:30") -> Units:
    """A service that may write the data folder and nothing else, and its timer.

    Args:
        command: program, with its full path, and arguments.
        data: data folder; must be there, and be the user's, when the service starts.
        contact: URL or mail address for webmasters.
        user: whom the service runs as.
        at: time of day in the machine's time zone.

    Raises:
        ConfigError: a value cannot stand in a unit.
    """
    check_access(contact, None)
    hour, minute = _time_of_day(at)
    if not _USER.fullmatch(user):
        raise ConfigError(f"user: expected a user's name, found {user!r}")
    if re.search(r"[\\'\"\x00-\x1f\x7f]", command[0]):
        raise ConfigError(f"{command[0]!r}: systemd starts no program with a quote or backslash in its path")
    folder = data.absolute()
    if not str(folder).isprintable() or any(map(folder.is_relative_to, _TEMPORARY)):
        raise ConfigError(
            f"data: expected a folder outside /tmp without control characters in its path, found {str(folder)!r}"
        )
    service = _SERVICE.format(
        user=user,
        command=" ".join(map(_quoted, command)),
        contact=_quoted(f"FANWEN_CONTACT={contact}"),
        secrets=SECRETS,
        data=_quoted(str(folder)),
        home="read-only" if _in_a_home([folder, *map(Path, command)]) else "yes",
    )
    return Units(service, _TIMER.format(at=f"{hour:02}:{minute:02}"))


def cron_line(command: Sequence[str], data: Path, *, contact: str, at: str = "02:30") -> str:
    """A line for ``crontab -e``; what the run prints goes to ``runs/cron.log`` in the data folder.

    Raises:
        ConfigError: a value cannot stand in a crontab.
    """
    check_access(contact, None)
    hour, minute = _time_of_day(at)
    runs = data.absolute() / "runs"
    folder, log = shlex.quote(str(runs)), shlex.quote(str(runs / "cron.log"))
    line = f"mkdir -p {folder} && FANWEN_CONTACT={shlex.quote(contact)} {shlex.join(command)} >> {log} 2>&1"
    if "\\" in line or not line.isprintable():
        raise ConfigError(f"cron takes no backslash and no control character, found one in {line!r}")
    escaped = line.replace("%", r"\%")  # cron's line break
    return f"{minute} {hour} * * * {escaped}"


def _program() -> tuple[str, ...]:
    """The ``fanwen`` that is running, with its full path; failing that, one that its interpreter runs."""
    beside = Path(sys.executable).with_name("fanwen")
    for candidate in (sys.argv[0], str(beside), shutil.which("fanwen") or ""):
        path = Path(candidate).absolute()
        if path.name == "fanwen" and shutil.which(path):
            return (str(path),)
    return (sys.executable, "-c", "from crawler.cli import main; main(prog_name='fanwen')")


def _time_of_day(at: str) -> tuple[int, int]:
    match = _TIME.fullmatch(at)
    if not match:
        raise ConfigError(f"at: expected a time of day such as 02:30, found {at!r}")
    return int(match[1]), int(match[2])


def _quoted(word: str) -> str:
    """A word as systemd reads it back (systemd.syntax(7)): no specifiers, C escapes in double quotes."""
    if not _PLAIN.fullmatch(word):
        escaped = word.replace("\\", "\\\\").replace('"', '\\"')
        word = '"' + "".join(c if c >= " " and c != "\x7f" else f"\\x{ord(c):02x}" for c in escaped) + '"'
    return word.replace("%", "%%")


def _in_a_home(paths: Iterable[Path]) -> bool:
    """Whether the service needs a home folder: for its data, its program, the interpreter or these modules."""
    needed = [*paths, Path(sys.base_prefix), Path(__file__)]
    known = [each for path in needed if path.is_absolute() for each in (path, path.resolve())]
    return any(path.is_relative_to(home) for path in known for home in _HOMES)
