"""The manifest: which segments make up the present version, and which runs are in it."""

import itertools
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipeline.dedup.index.layout import Record
from pipeline.dedup.index.parameters import Parameters, differences
from pipeline.errors import InputError, OutputError
from pipeline.io import write_json

NAME = "index.json"
SEGMENT = ".segment"
_FORMAT = "fanwen index"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the program, whose kept documents have successive ordinals."""

    name: str
    first: int
    documents: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One version of an index."""

    parameters: Parameters
    segments: tuple[Record, ...] = ()
    """In the order of their documents' ordinals."""
    runs: tuple[Run, ...] = ()
    """The same."""
    next_file: int = 1
    """Number of the next segment's file; none is given twice."""

    @property
    def documents(self) -> int:
        """Of all segments."""
        return sum(segment.documents for segment in self.segments)

    @property
    def file(self) -> str:
        """Name for the next segment's file."""
        return f"{self.next_file:08d}{SEGMENT}"

    def with_run(self, name: str, segment: Record | None) -> "Manifest":
        """The version after a run; without a segment where it kept nothing."""
        run = Run(name, self.documents, segment.documents if segment else 0)
        grown = replace(self, runs=(*self.runs, run))
        return grown if segment is None else _with_segments(grown, (*self.segments, segment))

    def merged(self, first: int, segment: Record) -> "Manifest":
        """The version in which all segments from the given one on are one."""
        return _with_segments(self, (*self.segments[:first], segment))


def publish(folder: Path, manifest: Manifest) -> None:
    """Make a version the present one.

    Raises:
        OutputError: the folder cannot be written.
    """
    write_json(
        folder / NAME,
        {
            "format": _FORMAT,
            "version": _VERSION,
            "parameters": manifest.parameters.values(),
            "next_file": manifest.next_file,
            "segments": [asdict(segment) for segment in manifest.segments],
            "runs": [asdict(run) for run in manifest.runs],
        },
    )


def present(folder: Path, parameters: Parameters) -> Manifest:
    """The version to be read now: an empty one where there is no folder yet, or nothing in it.

    Raises:
        InputError: it has other parameters, or is damaged.
        OutputError: the folder holds something else.
    """
    try:
        text = (folder / NAME).read_bytes()
    except FileNotFoundError:
        _require_nothing_else(folder)
        return Manifest(parameters)
    except NotADirectoryError:
        raise OutputError(f"{folder}: not a folder") from None
    except OSError as error:
        raise InputError(f"cannot read {folder / NAME}: {error.strerror or error}") from error
    try:
        return _parsed(json.loads(text), folder, parameters)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{folder / NAME}: damaged: {type(error).__name__}: {error}") from error


def _with_segments(manifest: Manifest, segments: tuple[Record, ...]) -> Manifest:
    return replace(manifest, segments=segments, next_file=manifest.next_file + 1)


def _parsed(value: dict[str, object], folder: Path, parameters: Parameters) -> Manifest:
    if value["format"] != _FORMAT:
        raise OutputError(f"{folder}: holds something else than an index")
    if value["version"] != _VERSION:
        raise InputError(f"{folder}: index of format version {value['version']} (now {_VERSION})")
    if differ := differences(_items(value["parameters"]), parameters.values()):
        raise InputError(f"{folder}: index of other parameters: {differ}")
    segments = tuple(_record(_items(item)) for item in _listed(value["segments"]))
    runs = tuple(_run(_items(item)) for item in _listed(value["runs"]))
    manifest = Manifest(parameters, segments, runs, _number(value["next_file"]))
    firsts = list(itertools.accumulate((run.documents for run in runs), initial=0))
    if firsts != [*(run.first for run in runs), manifest.documents]:
        raise ValueError("runs and segments do not agree")
    return manifest


def _record(item: dict[str, str | int | float]) -> Record:
    file = str(item["file"])
    if Path(file).name != file or not file.endswith(SEGMENT):
        raise ValueError(f"{file!r} is no segment")
    documents, texts, ids = (_number(item[name]) for name in ("documents", "texts", "ids"))
    return Record(file, documents, texts, ids, str(item["checksum"]))


def _run(item: dict[str, str | int | float]) -> Run:
    return Run(str(item["name"]), _number(item["first"]), _number(item["documents"]))


def _number(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no number")
    return value


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list is missing")
    return value


def _items(value: object) -> dict[str, str | int | float]:
    if not isinstance(value, dict):
        raise TypeError("an object is missing")
    return value


def _require_nothing_else(folder: Path) -> None:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise OutputError(f"{folder}: not a folder") from None
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror or error}") from error
    if any(name.endswith(SEGMENT) for name in names):
        raise InputError(f"{folder}: damaged: {NAME} is missing")
    if other := [name for name in names if not is_leftover(name)]:
        raise OutputError(f"{folder}: holds something else than an index: {other[0]}")


def is_leftover(name: str) -> bool:
    """Whether a name is that of a file of an index which was never finished."""
    return name.startswith(".") and name.endswith(".tmp") and (NAME in name or SEGMENT in name)
