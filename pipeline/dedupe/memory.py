"""What earlier runs kept: asked before a batch is searched, told of what was kept of it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.dedup.exact import first_copies
from pipeline.dedup.index.index import Index, Matches
from pipeline.dedup.index.parameters import Parameters
from pipeline.dedup.search import Earlier, distinct
from pipeline.dedup.texts import Rows
from pipeline.dedupe.columns import Names
from pipeline.dedupe.options import Options
from pipeline.dedupe.prepared import Stored
from pipeline.dedupe.target import remembered_as
from pipeline.errors import OutputError


@dataclass(frozen=True, slots=True)
class Memory:
    """An index that is asked, and told."""

    index: Index

    def next_run(self, parameters: dict[str, object]) -> str:
        """Name of the next run: its number, and a hash of all that it depends on beside the index."""
        told = json.dumps(parameters, sort_keys=True).encode()
        return f"run-{len(self.index.runs) + 1:06d}-{hashlib.blake2b(told, digest_size=4).hexdigest()}"

    def matches(self, stored: Stored) -> Matches:
        """Rows that repeat what earlier runs kept.

        Raises:
            InputError: the index is damaged.
        """
        sketched = stored.sketched
        first = first_copies(sketched.digests, stored.visit)
        rows = distinct(sketched, stored.visit, first, self.index.parameters.sketch.tokens)
        return self.index.matches(
            sketched.texts, sketched.digests, sketched.signatures, rows, release=sketched.release
        )

    def add(self, run: str, stored: Stored, kept: Rows, names: Names) -> None:
        """Remember the rows that stay.

        Raises:
            OutputError: the folder cannot be written.
        """
        sketched = stored.sketched
        ids = names.of(np.arange(len(sketched.texts))) if names.ids is None else names.ids
        self.index.add(run, sketched.texts, sketched.digests, sketched.signatures, kept, ids)


def open_index(folder: Path, options: Options) -> Index:
    """The index in a folder, an empty one if there is none.

    Raises:
        InputError: it was made with other parameters, or is damaged.
        OutputError: the folder holds something else.
    """
    wanted = options.wanted
    mask = "" if options.mask == "none" else options.mask
    return Index.open(folder, Parameters.of(wanted.threshold, wanted.sketch, wanted.bands, mask))


def earlier_of(matches: Matches) -> Earlier:
    """What the search needs to know of them."""
    return Earlier(matches.row, matches.jaccard)


def check_not_remembered(folder: Path, runs: Sequence[str]) -> None:
    """See that an output is none that the index points into: it would be replaced by what is new since then.

    Args:
        folder: of the output.
        runs: in the index.

    Raises:
        OutputError: it is.
    """
    if (run := remembered_as(folder)) in runs:
        raise OutputError(
            f"{folder} holds {run} of the index, which later runs point to; choose another folder"
        )
