"""`dedupe --engine spark` from its options to what it says when it is done."""

import json
import time
from collections.abc import Mapping
from typing import Any

import click

from pipeline.dedupe import report
from pipeline.dedupe.options import Options
from pipeline.engine.spark.cluster import Cluster
from pipeline.errors import ConfigError


def run(
    inputs: tuple[str, ...],
    options: Options,
    output: str | None,
    where: tuple[str | None, tuple[str, ...]],
    alone: Mapping[str, object],
    *,
    as_json: bool,
) -> None:
    """Drop near-duplicates on Spark, and tell.

    Args:
        inputs: files and folders.
        options: what to compare and what to keep.
        output: a path or address.
        where: a Spark master, and properties as ``key=value``.
        alone: options that are for one machine only, None where they are not given.
        as_json: whether the manifest is shown instead of a summary.

    Raises:
        CorpusError: an option does not go with Spark, and see `dedupe_on_spark`.
    """
    refused = [f"--{name}" for name, value in alone.items() if value is not None]
    if refused or output is None:
        raise ConfigError(f"--engine spark does not go with {', '.join(refused)}")
    begin = time.perf_counter()
    cluster = Cluster.of(*where)
    from pipeline.dedupe.distributed.run import dedupe_on_spark  # noqa: PLC0415 - Spark is known to be there

    with report.progress() as progress:
        manifest = dedupe_on_spark(inputs, options, output, cluster, progress)
    seconds = time.perf_counter() - begin
    if as_json:
        click.echo(json.dumps({"seconds": round(seconds, 3), **manifest}, ensure_ascii=False, indent=1))
        return
    click.echo(_summary(manifest, seconds))
    if caution := _caution(manifest):
        click.echo(f"dedupe: {caution}", err=True)


def _summary(manifest: Mapping[str, Any], seconds: float) -> str:
    counts, work, parameters = manifest["counts"], manifest["engine"], manifest["parameters"]
    alike = f"{counts['exact']:,} with the same set of n-grams as a kept row"
    near = f"{counts['near']:,} with a Jaccard similarity of {parameters['threshold']} or more"
    lines = [
        f"{counts['rows']:,} rows read from {len(manifest['inputs']):,} file(s).",
        f"{counts['dropped']:,} dropped: {alike}, {near}.",
        f"{counts['kept']:,} kept, in {manifest['output']}.",
        f"{work['rounds']} round(s), {work['blocks']} of them in one task.",
        f"{seconds:.1f} s, {counts['rows'] / seconds:,.0f} rows/s.",
    ]
    return "\n".join(lines)


def _caution(manifest: Mapping[str, Any]) -> str:
    work = manifest["engine"]
    if work["as_on_one_machine"]:
        return ""
    return (
        f"{work['closed_buckets']:,} bucket(s) of up to {work['largest_closed']:,} rows had cost "
        "spark.fanwen.pairsPerBucket pairs and were closed: some near-duplicates may have stayed; every row that went "
        "has a kept row at or above the threshold."
    )
