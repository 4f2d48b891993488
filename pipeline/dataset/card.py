"""README.md of a corpus: what the Hugging Face Hub and ``load_dataset`` read, and what people must know.

The prose is ``card.md``; what is filled in follows from the facts of a version and from the schema.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from string import Template

import pyarrow as pa

from pipeline.dataset.facts import LICENCE, NAME, Facts
from pipeline.dataset.sums import digest
from pipeline.records import schema_of
from pipeline.schema import TABLES

_SITES = 20
_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
_CONTACTS = {
    "mask": (
        "Phone numbers, identity cards, bank cards, e-mail addresses, QQ and WeChat names are **masked** when a page is "
        "read, before anything else sees its text: digits are 0, letters x, and the length is what it was."
    ),
    "keep": (
        "Phone numbers, identity cards, bank cards, e-mail addresses, QQ and WeChat names **stand as they were published**: "
        "whoever built this version switched masking off. Think twice before you pass it on."
    ),
}


def card(facts: Facts) -> str:
    """The dataset card, front matter included; the same facts give the same text."""
    funnel = facts.funnel
    filled = [name for name in facts.files if facts.rows(name)]
    empty = [f"`{name}`" for name in facts.files if name not in filled]
    return Template(files(__package__).joinpath("card.md").read_text("utf-8")).substitute(
        name=NAME,
        version=facts.version,
        licence=json.dumps(LICENCE),
        size_category=size_category(funnel.kept),
        configs=_items(_config(facts, name) for name in filled),
        info=_items(_info(facts, name) for name in filled),
        kept=f"{funnel.kept:,}",
        duplicates=f"{funnel.duplicates:,}",
        pages=f"{funnel.pages:,}",
        fetched=f" The last page was fetched on {facts.fetched}." if facts.fetched else "",
        tables=_rows(
            (f"`{name}`", f"{facts.rows(name):,}", f"{facts.size(name):,}", _about(name))
            for name in facts.files
        ),
        empty=f"Without rows in this version, and so without a configuration: {', '.join(empty)}."
        if empty
        else "",
        folder=facts.folder("essays").partition("/")[0],
        digest=digest(facts),
        tools=", ".join(f"{name} {version}" for name, version in facts.versions.items()),
        funnel=_rows((words.replace("  ", "&emsp;"), f"{count:,}") for words, count in funnel.rows()),
        sites_intro=_sites_intro(facts),
        sites=_rows((f"`{name}`", f"{count:,}") for name, count in _largest(facts)),
        ngram=facts.dedup["ngram"],
        threshold=facts.dedup["threshold"],
        num_perm=facts.dedup["num_perm"],
        contacts=_CONTACTS[facts.contacts],
        masked=_masked(facts),
        reserved=f"{facts.reserved:,}",
        takedowns=f"{facts.takedowns:,}",
        citation=citation(facts),
        columns="\n\n".join(_columns(name) for name in facts.files),
    )


def citation(facts: Facts) -> str:
    """BibTeX entry of a version: its digest says which bytes are meant."""
    year = [f"  year = {{{facts.fetched.year}}},"] if facts.fetched else []
    lines = [
        f"@misc{{fanwen_v{facts.version},",
        "  author = {{fanwen}},",
        f"  title = {{{{{NAME}: Chinese report essays without their near-duplicates}}}},",
        *year,
        f"  note = {{Version {facts.version}, SHA-256 of its digests {digest(facts)}}}",
        "}",
    ]
    return "\n".join(lines)


def size_category(rows: int) -> str:
    """The Hub's name for so many rows."""
    bounds = [10**power for power in range(3, 3 + len(_SIZES))]
    above = sum(rows >= bound for bound in bounds)
    if above == 0:
        return f"n<{_SIZES[0]}"
    return f"{_SIZES[above - 1]}<n<{_SIZES[above]}" if above < len(_SIZES) else f"n>{_SIZES[-1]}"


def _config(facts: Facts, table: str) -> dict[str, object]:
    """A table for ``load_dataset``, which refuses splits without rows: such a table has none."""
    config: dict[str, object] = {"config_name": table}
    if table == "essays":
        config["default"] = True
    return config | {"data_files": [{"split": "train", "path": facts.pattern(table)}]}


def _info(facts: Facts, table: str) -> dict[str, object]:
    """What ``load_dataset`` holds the rows of a table against, so that no file goes missing unseen.

    It asks for a size too, which is that of the files here; the features are in the Parquet files.
    """
    size = facts.size(table)
    split = {"name": "train", "num_bytes": size, "num_examples": facts.rows(table)}
    return {"config_name": table, "splits": [split], "download_size": size, "dataset_size": size}


def _items(values: Iterable[Mapping[str, object]]) -> str:
    """A list in YAML, an item a line: JSON is YAML."""
    return "\n".join(f"- {json.dumps(value)}" for value in values) or "[]"


def _about(table: str) -> str:
    """What the record says of its table, without its name."""
    return (TABLES[table].__doc__ or "").partition(": ")[2].rstrip(".").replace("``", "`")


def _largest(facts: Facts) -> list[tuple[str, int]]:
    return sorted(facts.sites.items(), key=lambda site: (-site[1], site[0]))[:_SITES]


def _sites_intro(facts: Facts) -> str:
    shown = f"the {_SITES} with most" if len(facts.sites) > _SITES else "all of them"
    return f"Sites that essays were kept from: {len(facts.sites):,}; {shown}:"


def _masked(facts: Facts) -> str:
    if not any(facts.masked.values()):
        return "None was found in this version."
    found = _rows((kind, f"{count:,}") for kind, count in sorted(facts.masked.items()))
    return f"| kind | found |\n|---|---:|\n{found}"


def _columns(table: str) -> str:
    lines = _rows(row for field in schema_of(TABLES[table]) for row in _described(field))
    about = _about(table)
    return f"### {table}\n\n{about[:1].upper()}{about[1:]}.\n\n| column | type | |\n|---|---|---|\n{lines}"


def _described(field: pa.Field, parent: str = "") -> Iterator[tuple[str, str, str]]:
    """A line for a column, and one for each part of it."""
    text = (field.metadata or {}).get(b"description", b"").decode()
    name, kind = f"{parent}{field.name}", field.type
    repeated = pa.types.is_list(kind)
    kind = kind.value_type if repeated else kind
    nested = pa.types.is_struct(kind)
    plain = "struct" if nested else str(kind).removesuffix("[day]")
    yield f"`{name}`", f"list of {plain}" if repeated else plain + " or null" * field.nullable, text
    for part in kind if nested else ():
        yield from _described(part, f"{name}[]." if repeated else f"{name}.")


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    """Lines of a Markdown table; a bar within a cell would end it."""
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
