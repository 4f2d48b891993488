"""Every record that flows through fanwen, once; the Arrow schema follows from the dataclass.

The flow: ``Page`` -> ``Document`` -> ``Essay`` -> kept or dropped, and ``Rejected`` for all that
leaves on the way. Ids are 20 hexadecimal digits (80 bits of BLAKE2b), so they are stable over
runs and machines.
"""

import hashlib

from pipeline.records import schema_of
from pipeline.schema.flow import (
    Copy,
    Cut,
    Document,
    Edit,
    Essay,
    Line,
    Page,
    PairCount,
    Patient,
    Sample,
    SettledPage,
    Sibling,
    SiteRules,
    Trimmed,
)
from pipeline.schema.tables import (
    AboutBox,
    ClusterRow,
    Contact,
    ContactCount,
    DeletedCharacter,
    DuplicateRow,
    EditRow,
    EssayCore,
    EssayFacts,
    EssayRow,
    Filling,
    Heading,
    PageRow,
    PassageRow,
    Rejected,
    RemovedLineRow,
    RepairRow,
    Signals,
    TakedownRow,
    Template,
    Validity,
)

__all__ = [
    "CLUSTER",
    "COPY",
    "DOCUMENT",
    "ESSAY",
    "PAGE",
    "PAIR_COUNT",
    "PATIENT",
    "REMOVED_LINE",
    "REPAIR",
    "SAMPLE",
    "SETTLED",
    "TABLES",
    "AboutBox",
    "ClusterRow",
    "Contact",
    "ContactCount",
    "Copy",
    "Cut",
    "DeletedCharacter",
    "Document",
    "DuplicateRow",
    "Edit",
    "EditRow",
    "Essay",
    "EssayCore",
    "EssayFacts",
    "EssayRow",
    "Filling",
    "Heading",
    "Line",
    "Page",
    "PageRow",
    "PairCount",
    "PassageRow",
    "Patient",
    "Rejected",
    "RemovedLineRow",
    "RepairRow",
    "Sample",
    "SettledPage",
    "Sibling",
    "Signals",
    "SiteRules",
    "TakedownRow",
    "Template",
    "Trimmed",
    "Validity",
    "stable_id",
]


def stable_id(*parts: str) -> str:
    """Id of whatever the parts name, the same on every machine: 20 hexadecimal digits."""
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


PAGE = schema_of(Page)
SAMPLE = schema_of(Sample)
COPY = schema_of(Copy)
CLUSTER = schema_of(ClusterRow)
DOCUMENT = schema_of(Document)
SETTLED = schema_of(SettledPage)
ESSAY = schema_of(Essay)
PATIENT = schema_of(Patient)
PAIR_COUNT = schema_of(PairCount)
REPAIR = schema_of(RepairRow)
REMOVED_LINE = schema_of(RemovedLineRow)

TABLES = {
    "essays": EssayRow,
    "duplicates": DuplicateRow,
    "clusters": ClusterRow,
    "passages": PassageRow,
    "rejected": Rejected,
    "repairs": RepairRow,
    "removed_lines": RemovedLineRow,
    "deleted_characters": DeletedCharacter,
    "pages": PageRow,
    "templates": Template,
    "takedowns": TakedownRow,
}
"""Published tables by name, each with the record that defines it."""
