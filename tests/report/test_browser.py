"""The report in a browser: it draws, it answers, it asks nobody."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.dataset.report import write_report
from tests.report.conftest import Make, Opened
from tests.report.invented import World
from tests.report.test_figures import EARLIER

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECTIONS = (
    "funnel",
    "sites",
    "rejected",
    "clusters",
    "compare",
    "edits",
    "passages",
    "profile",
    "rights",
    "runs",
    "about",
)
OPEN_ALL = "for (const details of document.querySelectorAll('details')) details.open = true"
Visit = Callable[..., Opened]


def test_every_section_has_something_to_see(visit: Visit, report_file: Path) -> None:
    opened = visit(report_file)
    for section in SECTIONS:
        assert opened.page.locator(f"#{section} .body").locator("svg, table, .pair, .samples").count(), (
            section
        )
        assert opened.page.locator(f"#{section} h2").count() == 1
    words = opened.page.locator("body").inner_text()
    assert "Alarm: error rate: 12% of the pages of gz85 failed" in words
    assert not [slip for slip in ("[object", "undefined", "NaN", "null") if slip in words]
    assert opened.quiet(report_file)


def test_every_chart_has_a_name_and_numbers(visit: Visit, report_file: Path) -> None:
    page = visit(report_file).page
    for chart in page.locator("figure .plot > svg").all():
        assert chart.get_attribute("role") == "img"
        assert len(chart.get_attribute("aria-label") or "") > 20
    assert page.locator("figure figcaption").count() == page.locator("figure").count()
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.evaluate("[...document.querySelectorAll('select')].every(each => each.labels.length === 1)")
    assert page.evaluate(
        "[...document.querySelectorAll('[id]')].length === new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
    )


def test_rejected_are_filtered_by_rule_and_site(visit: Visit, report_file: Path) -> None:
    page = visit(report_file).page
    page.get_by_label("Rule", exact=True).select_option("too_short")
    items = page.locator("#rejected .samples > li")
    assert items.count() > 0
    assert all(words.startswith("too_short") for words in items.all_inner_texts())
    page.get_by_label("Site", exact=True).select_option("site01")
    assert all(" site01 " in words for words in items.all_inner_texts())
    assert page.locator("#rejected .status").inner_text().endswith("rejected")


def test_all_examples_can_be_shown(visit: Visit, report_file: Path) -> None:
    page = visit(report_file).page
    before = page.locator("#rejected .samples > li").count()
    page.locator("#rejected button.more").click()
    assert page.locator("#rejected .samples > li").count() > before


def test_a_site_leads_to_its_rejections(visit: Visit, report_file: Path) -> None:
    page = visit(report_file).page
    page.get_by_role("link", name="rejected texts of site02").click()
    assert page.get_by_label("Site", exact=True).input_value() == "site02"
    assert page.evaluate("location.hash") == "#rejected"


def test_a_cluster_opens_and_leads_to_its_comparison(visit: Visit, report_file: Path) -> None:
    page = visit(report_file).page
    cluster = page.locator("details.cluster").nth(3)
    assert cluster.locator("svg").count() == 0
    cluster.locator("summary").first.click()
    cluster.locator("svg").wait_for()
    cluster.get_by_role("link", name="Compare its copies").click()
    title = cluster.locator("summary .han").inner_text()
    assert page.locator(".pair .head.left strong").inner_text() == title
    assert page.locator(".pair del").count()
    assert page.locator(".pair ins").count()


def test_reposts_are_chosen(visit: Visit, report_file: Path) -> None:
    page = visit(report_file).page
    first = page.locator(".pair .head.right").inner_text()
    page.get_by_label("Repost", exact=True).select_option(index=1)
    assert page.locator(".pair .head.right").inner_text() != first


def test_samples_of_one_rule(visit: Visit, report_file: Path) -> None:
    page = visit(report_file).page
    page.get_by_label("Samples by kind").select_option("rejoined")
    items = page.locator("#edits .samples").nth(1).locator("li")
    assert all(words.startswith("rejoined") for words in items.all_inner_texts())
    assert items.locator(".chosen").count() >= items.count() > 0


def test_links_lead_to_sections(visit: Visit, report_file: Path) -> None:
    page = visit(report_file).page
    targets = page.locator("nav li a").evaluate_all("links => links.map(link => link.hash)")
    assert targets == [f"#{section}" for section in SECTIONS]
    page.locator("nav li a").nth(6).click()
    assert abs(page.evaluate("document.getElementById('passages').getBoundingClientRect().top")) < 60


def test_theme_follows_the_system_and_the_button(visit: Visit, report_file: Path) -> None:
    dark = visit(report_file, scheme="dark").page
    assert _paper(dark) == "rgb(21, 24, 27)"
    page = visit(report_file).page
    button = page.get_by_role("button", name="Theme: auto")
    assert _paper(page) == "rgb(253, 253, 251)"
    button.focus()
    page.keyboard.press("Enter")
    assert _paper(page) == "rgb(21, 24, 27)"
    page.reload()
    assert _paper(page) == "rgb(21, 24, 27)"
    assert page.get_by_role("button", name="Theme: dark").count() == 1


def _paper(page: "Page") -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(visit: Visit, report_file: Path, scheme: str) -> None:
    page = visit(report_file, scheme=scheme).page
    ratios = page.evaluate(CONTRAST)
    assert ratios
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


CONTRAST = """() => {
  const channels = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => channels(colour).slice(0, 3).map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (channels(colour)[3] === 255) return colour;
    }
    return "white";
  };
  const found = {};
  for (const name of [".lead", ".intro", ".eyebrow", "nav li a", ".meta", ".samples a", "del", "ins", "thead th",
    ".status", "select", "button", ".tiles dt", "caption", ".note", ".fill small", ".gap", ".bad"]) {
    const element = document.querySelector(name);
    if (!element) continue;
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    found[name] = (pair[0] + 0.05) / (pair[1] + 0.05);
  }
  return found;
}"""


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
@pytest.mark.parametrize("file", ["report_file", "hostile_file"])
def test_no_scrolling_sideways(visit: Visit, request: pytest.FixtureRequest, file: str, width: int) -> None:
    page = visit(request.getfixturevalue(file), width=width).page
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints(visit: Visit, report_file: Path) -> None:
    opened = visit(report_file, scheme="dark")
    pdf = opened.page.pdf(format="A4", print_background=True)
    assert pdf.startswith(b"%PDF")
    opened.page.emulate_media(media="print")
    assert opened.page.locator("nav").is_hidden()
    assert _paper(opened.page) in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    assert opened.page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 32, 36)"


def test_hostile_words_stay_words(visit: Visit, hostile_file: Path) -> None:
    opened = visit(hostile_file)
    page = opened.page
    page.evaluate(OPEN_ALL)
    while page.locator("button.more").count():
        page.locator("button.more").first.click()
    assert "<script>alert(1)</script>" in page.locator("#clusters").inner_text()
    assert "<script>alert(1)</script>" in page.locator("#rejected").inner_text()
    assert page.locator("main script, main img, main iframe").count() == 0
    links = page.locator("main a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(links) <= {"http:", "file:", ":"}
    assert opened.quiet(hostile_file)


@pytest.mark.parametrize(
    ("world", "runs", "without", "words"),
    [
        (World(pages=0), 0, (), "No page was read."),
        (World(copies=0, pages=80), 0, (), "No essay has a near-duplicate here"),
        (World(sites=1, pages=80), 0, (), "There is no crawl to tell of"),
        (World(pages=80), 1, EARLIER, "Slots are not known"),
        (World(pages=80), 2, (), "run"),
    ],
    ids=["empty", "no clusters", "one site, no runs", "earlier release", "two runs"],
)
def test_any_corpus_is_shown(
    visit: Visit, make: Make, world: World, runs: int, without: tuple[str, ...], words: str
) -> None:
    data = make(world, runs=runs, without=without)
    write_report(data / "corpus", data / "runs", data / "report.html")
    opened = visit(data / "report.html", width=375)
    assert words in opened.page.locator("main").inner_text()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 375
    assert opened.quiet(data / "report.html")
