"""Schedules: systemd and cron take what is printed, whatever the paths are called."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.schedule import Units, cron_line, run_command, systemd_units
from pipeline.errors import ConfigError

CONTACT = "https://crawler.example/about?a=1%20b&c=$d'\""
MOST_EXPOSED = 2.5
"""systemd's exposure level, of 10; a service without any hardening has 9.6."""
SYSTEMD = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(SYSTEMD is None, reason="systemd-analyze is not installed")
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|.)")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program in an awkward place, that tells what it was started with."""
    path = tmp_path / "我 的%h $HOME" / "fanwen"
    path.parent.mkdir()
    path.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "print(json.dumps([os.environ['FANWEN_CONTACT'], *sys.argv]))\n",
        "utf-8",
    )
    path.chmod(0o755)
    return path


def units(*command: str, data: Path = Path("/srv/fanwen"), **options: str) -> Units:
    return systemd_units(
        command or ("/opt/fanwen/bin/fanwen", "run"),
        data,
        **{"contact": "https://crawler.example/", "user": "fanwen", **options},
    )


def values(units: Units, key: str) -> list[str]:
    """What the service says of a key."""
    return [line.partition("=")[2] for line in units.service.split("\n") if line.startswith(f"{key}=")]


def words(value: str) -> list[str]:
    """Words of a setting as systemd.syntax(7) and systemd.unit(5) define them."""
    assert not re.sub("%%", "", value).count("%"), "a specifier"
    found = re.findall(r'((?:[^\s"\\]|"(?:[^"\\]|\\.)*")+)', value)
    unquoted = [re.sub(r'"((?:[^"\\]|\\.)*)"', r"\1", word) for word in found]
    return [
        ESCAPE.sub(lambda match: chr(int(match[1][1:], 16)) if match[1][1:] else match[1], word).replace(
            "%%", "%"
        )
        for word in unquoted
    ]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), max_size=4))
def test_systemd_reads_back_the_arguments(arguments: list[str]) -> None:
    (line,) = values(units("/opt/fanwen", "run", *arguments), "ExecStart")
    assert line[0] == ":", "without it $ would name a variable"
    assert words(line[1:]) == ["/opt/fanwen", "run", *arguments]


@given(
    st.text(
        st.characters(codec="ascii", exclude_categories=["C", "Z"], exclude_characters="()"),
        min_size=1,
        max_size=12,
    )
)
def test_systemd_reads_back_contact_and_data(name: str) -> None:
    service = units(data=Path("/srv", f"a {name}"), contact=f"https://crawler.example/{name}")
    assert words(values(service, "Environment")[0]) == [f"FANWEN_CONTACT=https://crawler.example/{name}"]
    assert words(values(service, "ReadWritePaths")[0]) == [str(Path("/srv", f"a {name}"))]


@needs_systemd
def test_systemd_accepts_both_units_and_finds_the_program(program: Path, tmp_path: Path) -> None:
    """It complains of a program that is not there, so that its path must have survived."""
    data = Path("/srv/数据 $x %n \"q\" 'q' \\")
    service = units(str(program), "run", "--data", str(data), data=data, contact=CONTACT, user="root")
    paths = service.write(tmp_path / "units")
    assert [path.name for path in paths] == ["fanwen.service", "fanwen.timer"]
    verified = subprocess.run([str(SYSTEMD), "verify", *paths], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
    program.unlink()
    verified = subprocess.run([str(SYSTEMD), "verify", *paths], capture_output=True, text=True, check=False)
    assert verified.returncode
    assert "我 的%h $HOME/fanwen is not executable" in verified.stderr


@needs_systemd
def test_the_service_is_hardened(tmp_path: Path) -> None:
    service, _ = units().write(tmp_path)
    command = [
        str(SYSTEMD),
        "security",
        "--offline=true",
        f"--threshold={MOST_EXPOSED * 10:.0f}",
        str(service),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in checked.stderr:
        pytest.skip("this systemd cannot judge a file")
    assert checked.returncode == 0, checked.stdout


def test_homes_are_hidden_unless_the_service_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.schedule.__file__", "/opt/fanwen/schedule.py")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert values(units(), "ProtectHome") == ["yes"]
    assert values(units(data=Path("/home/li/fanwen")), "ProtectHome") == ["read-only"]
    assert values(units("/home/li/venv/bin/fanwen"), "ProtectHome") == ["read-only"]
    assert values(units("/opt/fanwen", "--sites", "/home/li/sites"), "ProtectHome") == ["read-only"]


def test_both_units_as_one_stream_stand_under_their_paths() -> None:
    both = units(at="23:05")
    service, timer = both.text().split("# /etc/systemd/system/")[1:]
    assert service.startswith("fanwen.service\n[Unit]")
    assert timer.startswith("fanwen.timer\n[Unit]")
    assert "OnCalendar=*-*-* 23:05:00\nPersistent=true\n" in timer


def test_cron_starts_the_run_with_its_words_as_they_are(program: Path, tmp_path: Path) -> None:
    data = tmp_path / "数据 %d $x 'q' \"q\""
    line = cron_line((str(program), "run", "--data", str(data)), data, contact=CONTACT, at="06:07")
    minute, hour, *days, command = line.split(" ", 5)
    assert (minute, hour, days) == ("7", "6", ["*", "*", "*"])
    assert not re.search(r"(?<!\\)%", command), "cron would end the command there"
    subprocess.run(["/bin/sh", "-c", command.replace(r"\%", "%")], check=True)
    log = (data / "runs" / "cron.log").read_text("utf-8")
    assert json.loads(log) == [CONTACT, str(program), "run", "--data", str(data)]


def test_the_command_has_absolute_paths_and_is_started_by_the_program_itself(
    program: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(program), "schedule", "cron"])
    assert run_command(Path("data"), sites=Path("my sites"), site_ids=["gz85", "dg15"]) == (
        *(str(program), "run", "--data", str(tmp_path / "data")),
        *("--sites", str(tmp_path / "my sites"), "--site", "gz85", "--site", "dg15"),
    )


def test_without_an_installed_program_the_interpreter_starts_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["-c"])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    command = run_command(Path("/srv/fanwen"))
    assert command[0] == str(tmp_path / "python")
    monkeypatch.undo()
    shown = subprocess.run(
        [sys.executable, *command[1:-2], "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage: fanwen run" in shown.stdout


@pytest.mark.parametrize("at", ["2:30", "24:00", "12:60", "noon", "02:30:00", ""])
def test_a_time_that_is_none_is_refused(at: str) -> None:
    with pytest.raises(ConfigError, match=r"^at: expected a time of day such as 02:30, found "):
        units(at=at)
    with pytest.raises(ConfigError, match=r"^at: "):
        cron_line(["/opt/fanwen"], Path("/srv"), contact="a@b.example", at=at)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"contact": ""}, "contact: missing"),
        ({"contact": "two words"}, "contact: expected"),
        ({"contact": "https://a.example/\nUser=root"}, "contact: expected"),
        ({"user": "fanwen\nNice=0"}, "user: expected"),
        ({"data": Path("/srv/a\nb")}, "data: expected"),
        ({"data": Path("/tmp/data")}, "data: expected a folder outside /tmp"),
    ],
)
def test_what_a_unit_cannot_hold_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}") as error:
        units(**options)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["it's", 'a"b', "a\\b", "a\nb"])
def test_a_program_that_systemd_could_not_start_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="systemd starts no program"):
        units(f"/opt/{name}/fanwen")


@pytest.mark.parametrize("name", ["a\\b", "a\nb"])
def test_a_folder_that_cron_could_not_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cron takes no backslash"):
        cron_line(["/opt/fanwen"], Path("/srv", name), contact="a@b.example")
