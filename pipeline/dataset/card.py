"""README.md of a corpus: the YAML that ``load_dataset`` reads, the columns, the funnel."""

from pathlib import Path

from pipeline.funnel import Funnel
from pipeline.io import atomic_file
from pipeline.records import schema_of
from pipeline.schema import TABLES

_INTRO = """# Template essays

Report essays (工作总结, 工作计划, 心得体会, 述职报告, …) recovered from template-essay sites by fanwen: navigation and
advertisements stripped, injected annotations undone, essays told apart, near-duplicates dropped. Every
removal is a row: `duplicates` holds the dropped reposts with the essay they repeat, `rejected` what was no
essay and why, `repairs` and `removed_lines` every change inside a text, with what stood there,
`deleted_characters` what sites filter out of what they print, `pages` every fetch and who read it, `templates`
how the pages of each site are made. Signals of an essay are columns; nothing was filtered by them.

The rights to the texts stay with their authors; the compilation is no licence to them.
"""


def write_card(corpus: Path, funnel: Funnel) -> None:
    """Write ``README.md`` of the corpus: one configuration a table, every column described."""
    with atomic_file(corpus / "README.md") as file:
        file.write("\n".join([_front_matter(), _INTRO, _funnel(funnel), _columns()]).encode())


def _front_matter() -> str:
    lines = ["---", "language:", "- zh", "pretty_name: Template essays", "configs:"]
    for name in TABLES:
        lines += [
            f"- config_name: {name}",
            "  data_files:",
            "  - split: train",
            f"    path: {name}/train-*.parquet",
        ]
        lines += ["  default: true"] if name == "essays" else []
    return "\n".join([*lines, "---", ""])


def _funnel(funnel: Funnel) -> str:
    rows = "\n".join(f"| {words.replace('  ', '&emsp;')} | {count:,} |" for words, count in funnel.rows())
    return f"## Funnel\n\n| | |\n|---|---:|\n{rows}\n"


def _columns() -> str:
    parts = ["## Tables\n"]
    for name, record in TABLES.items():
        parts.append(f"### {name}\n\n| column | type | |\n|---|---|---|")
        for field in schema_of(record):
            description = (field.metadata or {}).get(b"description", b"").decode()
            parts.append(f"| `{field.name}` | {_plain_type(str(field.type))} | {description} |")
        parts.append("")
    return "\n".join(parts)


def _plain_type(name: str) -> str:
    return name.replace(": ", " ").replace(" not null", "").replace("element ", "").replace("|", "\\|")
