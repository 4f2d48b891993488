"""``fanwen build`` and ``fanwen verify``: a corpus from stored pages, and held against itself."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from crawler import terminal
from crawler.cli.options import (
    FOLDER,
    json_option,
    keep_contacts_option,
    site_folder_option,
    workers_option,
)
from pipeline.errors import ConfigError
from pipeline.usage import engine_options

if TYPE_CHECKING:
    from pipeline.account import Built
    from pipeline.output import Policy
    from pipeline.schema import SiteRules

_SHOWN = 5


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path(), metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="PLACE",
    help="Folder of the corpus, or s3://bucket/folder and the like.",
)
@click.option("--full", is_flag=True, help="Replace whatever corpus the place holds, and do all anew.")
@click.option(
    "--cache", type=FOLDER, help="Keep here what the next build need not do again: it reads new pages only."
)
@click.option(
    "--takedown",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of what must not be published (takedown.toml).",
)
@keep_contacts_option
@site_folder_option
@workers_option
@engine_options
@json_option
@click.pass_context
def build(
    context: click.Context,
    *,
    inputs: tuple[str, ...],
    output: str,
    full: bool,
    cache: Path | None,
    takedown: Path | None,
    keep_contacts: bool,
    sites_folder: Path | None,
    workers: int,
    engine: str,
    master: str | None,
    spark_conf: tuple[str, ...],
    as_json: bool,
) -> None:
    """Build a corpus from stored pages, or the next version of one.

    INPUT: WARC files (fanwen's or others', such as Common Crawl's), Parquet files with the columns url and
    html, or folders of them or of saved pages laid out host/path; paths, or addresses such as
    s3://bucket/warc, hdfs://host/warc and whatever else pyarrow or fsspec opens.
    """
    from crawler.site import load_sites
    from pipeline.output import Policy
    from pipeline.place import shown

    rules = [site.rules() for site in load_sites(sites_folder)]
    policy = Policy(keep_contacts=keep_contacts, takedown=takedown)
    if engine == "spark":
        given = context.get_parameter_source("workers") is ParameterSource.COMMANDLINE
        alone = {"--cache": cache is not None, "--workers": given}
        if refused := [name for name, is_given in alone.items() if is_given]:
            raise ConfigError(f"--engine spark does not go with {', '.join(refused)}")
        built = _on_spark(inputs, output, rules, (master, spark_conf), policy, full=full, quiet=as_json)
    elif master or spark_conf:
        raise ConfigError("--master and --spark-conf go with --engine spark")
    else:
        built = _here(inputs, output, rules, policy, (cache, workers), full=full, quiet=as_json)
    if built.caution:
        terminal.complain(built.caution)
    for demand in built.unmet:
        terminal.mention(f"take-down of {demand}: nothing of it is in the input")
    if as_json:
        terminal.say_json(built.funnel.as_dict() | {"version": built.version, "seconds": built.seconds})
    else:
        terminal.say_rows("Corpus", built.funnel.rows())
        terminal.say(f"Tables: {shown(output)}   (version {built.version})")


def _here(
    inputs: tuple[str, ...],
    output: str,
    rules: Sequence["SiteRules"],
    policy: "Policy",
    means: tuple[Path | None, int],
    *,
    full: bool,
    quiet: bool,
) -> "Built":
    """Build on this machine, with cache and workers."""
    from pipeline.corpus import build as build_corpus
    from pipeline.engine.local import LocalEngine

    cache, workers = means
    with terminal.meter(quiet=quiet) as show, LocalEngine(workers, show) as engine:
        return build_corpus(
            inputs,
            output,
            sites=rules,
            engine=engine,
            policy=policy,
            cache=cache,
            full=full,
            workers=workers,
        )


def _on_spark(
    inputs: tuple[str, ...],
    output: str,
    rules: Sequence["SiteRules"],
    where: tuple[str | None, tuple[str, ...]],
    policy: "Policy",
    *,
    full: bool,
    quiet: bool,
) -> "Built":
    """Build on a cluster, told its master and Spark's properties."""
    from pipeline.engine.spark.cluster import Cluster

    cluster = Cluster.of(*where)
    from pipeline.distributed.build import build_on_spark  # Spark is known to be there

    with terminal.meter(quiet=quiet) as show:
        return build_on_spark(
            inputs, output, sites=rules, cluster=cluster, policy=policy, full=full, show=show
        )


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path), default=Path("data/corpus"))
def verify(corpus: Path) -> None:
    """Hold a corpus against itself: the bytes of its files, and the text of every page it was made from.

    Each page's text is rebuilt from essays, duplicates, rejected texts, repairs and removed lines, and compared
    with the hash that was noted when the page was read. Exit code 1 if one differs.
    """
    from pipeline.dataset.verify import check_files, rebuild

    files = check_files(corpus)
    terminal.say(f"{files:,} files as the manifest has them")
    counts: Counter[bool] = Counter()
    withheld = 0
    for page in rebuild(corpus):
        if page.withheld:
            withheld += 1
            continue
        counts[page.intact] += 1
        if not page.intact and counts[False] <= _SHOWN:
            terminal.complain(f"{page.url}: its text is not what was read")
    terminal.say(f"{counts[True]:,} of {counts.total():,} pages rebuilt, character for character")
    if withheld:
        terminal.say(
            f"{withheld:,} more have no text in the tables, or not all of it: taken down, or masked late"
        )
    if counts[False]:
        raise SystemExit(1)
