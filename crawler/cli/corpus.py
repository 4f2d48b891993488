"""``fanwen verify``: what a published corpus says of itself, held against it."""

from collections import Counter
from pathlib import Path

import click

from crawler import terminal

_SHOWN = 5


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
    for page in rebuild(corpus):
        counts[page.intact] += 1
        if not page.intact and counts[False] <= _SHOWN:
            terminal.complain(f"{page.url}: its text is not what was read")
    terminal.say(f"{counts[True]:,} of {counts.total():,} pages rebuilt, character for character")
    if counts[False]:
        raise SystemExit(1)
