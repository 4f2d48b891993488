"""The last runs by their manifests, as far as they go: older ones have fewer keys, a build alone has none."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.dataset.report.figures import Run, SiteCrawl
from pipeline.dataset.report.plain import as_dict, as_float, as_int, as_list, counts

RUNS = 12
_ALARMS = 20
_ALARM_CHARS = 300


def read_runs(folder: Path, corpus: Mapping[str, object]) -> tuple[Run, ...]:
    """The last runs, the latest first.

    Args:
        folder: of the runs, one folder each; it need not be there.
        corpus: manifest of the corpus, to tell which run built it.
    """
    runs = [_run(path, corpus) for path in sorted(folder.glob("*/manifest.json"), reverse=True)[:RUNS]]
    built = next((run.id for run in runs if run.this), "")
    return tuple(dataclasses.replace(run, this=run.id == built) for run in runs)


def _run(path: Path, corpus: Mapping[str, object]) -> Run:
    facts = _read(path)
    crawl, funnel = as_dict(facts.get("crawl")), as_dict(facts.get("funnel"))
    sites = as_dict(crawl.get("sites"))
    return Run(
        id=str(facts.get("run") or path.parent.name),
        finished=str(facts.get("finished") or ""),
        seconds=as_float(facts.get("seconds")),
        crawled=bool(crawl),
        built=bool(funnel),
        this=bool(funnel) and funnel == corpus.get("funnel"),
        total=_site("", crawl),
        sites=tuple(_site(name, as_dict(sites[name])) for name in sorted(sites)),
        failures=counts(crawl.get("failed")),
        skips=counts(crawl.get("skipped")),
        kept=as_int(funnel.get("kept")),
        duplicates=as_int(funnel.get("duplicates")),
        alarms=tuple(str(alarm)[:_ALARM_CHARS] for alarm in as_list(facts.get("alarms"))[:_ALARMS]),
        stages={name: as_float(seconds) for name, seconds in as_dict(facts.get("stages")).items()},
    )


def _site(name: str, facts: Mapping[str, object]) -> SiteCrawl:
    return SiteCrawl(
        site=name,
        found=as_int(facts.get("found")),
        articles=as_int(facts.get("articles")),
        lists=as_int(facts.get("lists")),
        not_modified=as_int(facts.get("not_modified")),
        failed=sum(counts(facts.get("failed")).values()),
        skipped=sum(counts(facts.get("skipped")).values()),
        pending=as_int(facts.get("pending")),
    )


def _read(path: Path) -> Mapping[str, object]:
    try:
        facts = json.loads(path.read_bytes())
    except (OSError, ValueError):
        facts = None
    if isinstance(facts, dict):
        return facts
    return {"run": path.parent.name, "alarms": ["its manifest cannot be read"]}
