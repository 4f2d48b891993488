"""What the input is made of: files as they are listed, and the parts of them that workers read."""

from dataclasses import dataclass

from pipeline.sources.location import Location

PART = 100
"""Pages that one task reads; a split is what a worker process takes at a time."""
State = tuple[int, ...]
"""What tells a file from the same one changed: bytes and nanoseconds since 1970; 0 for a time that is not known."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file, or a group of saved pages, that has been listed and not opened."""

    kind: str
    """warc, folder or parquet."""
    location: Location
    """File; for saved pages the root of their folder."""
    name: str
    """What rows say they come from: the same on every machine."""
    states: tuple[State, ...]
    """Of the file, or of each of the saved pages."""
    files: tuple[str, ...] = ()
    """Saved pages, below the root."""


@dataclass(frozen=True, slots=True)
class Split:
    """A part of the input that one worker reads on its own."""

    stored: Stored
    start: int = 0
    """Byte offset of the first record of a WARC split, number of the first row of a Parquet split."""
    records: int | None = None
    """Records of a WARC split; None is all up to the end, or to where the file is torn."""
    group: int = 0
    """Row group of a Parquet split."""

    @property
    def kind(self) -> str:
        """As of what is stored."""
        return self.stored.kind

    @property
    def name(self) -> str:
        """As of what is stored."""
        return self.stored.name

    @property
    def location(self) -> Location:
        """As of what is stored."""
        return self.stored.location


def first_line(error: Exception) -> str:
    """What an error says, short enough for a row."""
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
