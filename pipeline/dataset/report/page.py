"""The report as one HTML file that asks the network for nothing and takes no word of a page for markup."""

import base64
import dataclasses
import hashlib
import html
import json
from importlib.resources import files
from string import Template

from pipeline.dataset.report.model import Report

_ASSETS = files("pipeline.dataset.report") / "assets"
_LIBRARIES = ("d3", "plot")
_SCRIPTS = ("dom.js", "charts.js", "overview.js", "portrait.js", "samples.js", "clusters.js", "main.js")
_ESCAPED = str.maketrans(
    {character: f"\\u{ord(character):04x}" for character in ("<", ">", "&", "\u2028", "\u2029")}
)


def render(report: Report) -> str:
    """The whole page; the same report makes the same page."""
    scripts = [*map(_library, _LIBRARIES), *map(_asset, _SCRIPTS)]
    return Template(_asset("page.html")).substitute(
        policy=_policy(scripts),
        corpus=html.escape(report.header.corpus),
        summary=html.escape(report.header.summary),
        style=_asset("style.css"),
        data=embedded(dataclasses.asdict(report)),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def embedded(value: object) -> str:
    """JSON that may stand inside a script element, whatever its strings hold."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)


def _policy(scripts: list[str]) -> str:
    """Content-Security-Policy: no network at all, and no script but those that we wrote into the page.

    Styles are open because the charts bring their own; without a network they can send nothing anywhere.
    """
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {digests}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _library(name: str) -> str:
    """A library with its licence, which asks to go where the code goes."""
    licence = _asset(f"vendor/{name}.LICENSE").replace("*/", "* /")
    return f"/*!\n{licence}*/\n{_asset(f'vendor/{name}.min.js')}"


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text("utf-8")
