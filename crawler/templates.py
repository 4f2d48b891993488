"""What a build learned of how a site's pages are made, for a terminal."""

from collections import Counter
from pathlib import Path

import pyarrow.dataset as ds

from pipeline.dataset.versions import table_files

Row = tuple[str, int | str]


def template_rows(site: str, corpus: Path) -> list[Row]:
    """Templates of a site, how many pages each served, and since when one does not hold any more.

    Raises:
        OutputError: there is no corpus in the folder.
    """
    mine = ds.field("site") == site
    files = table_files(corpus, "templates")
    templates = ds.dataset(files).to_table(filter=mine).to_pylist() if files else []
    if not templates:
        return [("templates", "none: its pages are too few, or made in too many ways; all are read in full")]
    pages = ds.dataset(table_files(corpus, "pages")).to_table(
        columns=["shape", "extractor"], filter=mine & (ds.field("outcome") == "article")
    )
    read = Counter((page["shape"], page["extractor"]) for page in pages.to_pylist())
    total = sum(read.values())
    served = sum(count for (_, extractor), count in read.items() if extractor.startswith("template"))
    rows: list[Row] = [("templates", f"{len(templates)}, which served {served:,} of {total:,} article pages")]
    for each in templates:
        count = read[each["shape"], f"template {each['version']}"]
        rows.append((f"  {each['shape']} version {each['version']}", f"{each['selector']}, {count:,} pages"))
        rows += [("    repeats", line) for line in each["repeated"]]
        until = each["valid"][-1]["until"]
        rows += [("    left", f"pages disagree behind {until.split()[0] or until}")] if until else []
    return rows
