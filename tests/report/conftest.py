"""Fixtures of the report's tests: invented corpora, and a browser that is told of every request."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.dataset.report import write_report
from tests.report.invented import PLAIN, World
from tests.report.written import write_corpus, write_runs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a data folder with a corpus, and runs if wanted; returns the folder."""

    def start(world: World = PLAIN, *, runs: int = 6, without: tuple[str, ...] = ()) -> Path:
        manifest = write_corpus(tmp_path / "corpus", world, without=without)
        if runs:
            write_runs(tmp_path / "runs", manifest, runs)
        return tmp_path

    return start


@dataclass
class Opened:
    """A page in the browser, and what it did."""

    page: "Page"
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def refuse(self, dialog: "Dialog") -> None:
        """Note a dialog, which no report has."""
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def quiet(self, report: Path) -> bool:
        """Whether it asked for nothing but itself and complained of nothing."""
        return not self.problems and not self.dialogs and set(self.requests) <= {report.as_uri()}


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Browser"]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    profile = tmp_path_factory.mktemp("home")
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=options, env={"HOME": str(profile), "PATH": "/usr/bin:/bin"}
        )
        yield started
        started.close()


@pytest.fixture
def visit(browser: "Browser") -> Iterator[Callable[..., Opened]]:
    """Opens a report: ``visit(path, width=375, scheme="dark")``."""
    contexts = []

    def start(report: Path, *, width: int = 1280, scheme: str = "light") -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        page = opened.page
        page.on("console", lambda message: opened.problems.append(message.text))
        page.on("pageerror", lambda error: opened.problems.append(str(error)))
        page.on("request", lambda request: opened.requests.append(request.url.split("#")[0]))
        page.on("dialog", opened.refuse)
        page.goto(report.as_uri())
        page.wait_for_selector("html[data-drawn]")
        return opened

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with something in every section."""
    return _written(tmp_path_factory.mktemp("whole"), World(pages=400))


@pytest.fixture(scope="session")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a corpus whose pages attack it."""
    return _written(tmp_path_factory.mktemp("hostile"), World(pages=300, hostile=True))


def _written(folder: Path, world: World) -> Path:
    write_runs(folder / "runs", write_corpus(folder / "corpus", world))
    write_report(folder / "corpus", folder / "runs", folder / "report.html")
    return folder / "report.html"
