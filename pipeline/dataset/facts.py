"""What the papers of a version say, once for all of them: card, Croissant description, digests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from pipeline.dataset.shards import Shard
from pipeline.funnel import Funnel

NAME = "Template essays"
LICENCE = (
    "CC0-1.0 for the compilation (selection, structure, ids, signals and all else that fanwen added). "
    "No licence to the texts: the rights to them stay with their authors."
)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the papers of a version say; no words from the pages are among it."""

    version: int
    files: Mapping[str, Sequence[Shard]]
    """Files by table, relative to the corpus."""
    funnel: Funnel
    versions: Mapping[str, str]
    """Versions of the tools."""
    dedup: Mapping[str, object]
    """Parameters of the duplicate search: ``threshold``, ``ngram``, ``num_perm``."""
    contacts: str
    """What was done with contact data: ``mask`` or ``keep``."""
    masked: Mapping[str, int]
    """Contact data found, by kind."""
    sites: Mapping[str, int]
    """Essays kept, by site."""
    reserved: int
    """Pages that carry a reservation against storage or mining."""
    takedowns: int
    """Demands that are met in this version."""
    fetched: date | None = None
    """Day of the last fetch; the papers have no other date, so that they follow from the data alone."""

    def rows(self, table: str) -> int:
        """Rows of a table."""
        return sum(shard.rows for shard in self.files[table])

    def size(self, table: str) -> int:
        """Bytes of a table's files."""
        return sum(shard.bytes for shard in self.files[table])

    def folder(self, table: str) -> str:
        """Folder of a table's files, relative to the corpus."""
        return str(PurePosixPath(self.files[table][0].file).parent)

    def pattern(self, table: str) -> str:
        """Glob pattern of a table's files, relative to the corpus."""
        return f"{self.folder(table)}/train-*.parquet"
