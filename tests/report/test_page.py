"""The file: complete in itself, and safe whatever the pages say."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from pipeline.dataset.report.page import embedded
from tests.report.invented import HOSTILE

ASSETS = Path(__file__).parents[2] / "pipeline" / "dataset" / "report" / "assets"
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@pytest.mark.parametrize("words", HOSTILE)
def test_embedded_words_are_data(words: str) -> None:
    text = embedded({"title": words})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"title": words}


def test_policy_allows_the_scripts_of_the_file_and_nothing_else(hostile_file: Path) -> None:
    page = hostile_file.read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    allowed = re.findall(r"'sha256-([^']+)'", policy[1])
    scripts = SCRIPT.findall(page)
    assert [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ] == allowed
    assert "unsafe-eval" not in policy[1]
    assert "http" not in policy[1]


def test_words_of_pages_are_not_in_the_markup(hostile_file: Path) -> None:
    page = hostile_file.read_text("utf-8")
    assert page.count("<script") == len(SCRIPT.findall(page)) + 1
    assert "onerror=alert" not in SCRIPT.sub("", page).replace("\\u003cimg src=x onerror=alert(3)\\u003e", "")


def test_nothing_is_loaded(report_file: Path) -> None:
    markup = SCRIPT.sub("", report_file.read_text("utf-8"))
    markup = re.sub(r'<script type="application/json".*?</script>', "", markup, flags=re.DOTALL)
    assert not re.search(r"\bsrc=|@import|url\(|<link rel=\"(?!icon)", markup)


def test_libraries_are_what_their_readme_says() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", (ASSETS / "vendor" / "README.md").read_text(), re.MULTILINE
    )
    assert {name for name, _ in rows} == {path.name for path in (ASSETS / "vendor").glob("*.js")}
    for name, digest in rows:
        assert hashlib.sha256((ASSETS / "vendor" / name).read_bytes()).hexdigest() == digest


def test_licences_go_where_the_libraries_go(report_file: Path) -> None:
    page = report_file.read_text("utf-8")
    for holder in ("Mike Bostock", "Observable, Inc."):
        assert re.search(rf"Copyright [\d-]+ {holder}\n\nPermission to use", page)


def test_own_scripts_make_no_markup_of_words() -> None:
    for path in ASSETS.glob("*.js"):
        code = path.read_text("utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|fetch\(", code
        ), path
        assert len(code.splitlines()) <= 300
