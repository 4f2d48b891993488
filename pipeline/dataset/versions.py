"""Versions of a corpus: each a folder that never changes, and a manifest that names the one in force.

    v00002/essays/train-00000-of-00001.parquet ...     the tables of a version
    v00002/manifest.json                               what the version holds
    current -> v00002                                  for people; a folder of this machine only
    README.md, croissant.json, SHA256SUMS              the papers of the version in force
    manifest.json                                      published last

A version is put beside the others under a number that nobody has seen, then the papers that name it
replace the old ones, each in one step. Whoever goes by the manifest, by the card (``load_dataset``) or
by a version's folder reads one whole version; it stays for an hour after it was replaced, and the one
before the last as long as nothing newer comes.
"""

import dataclasses
import hashlib
import itertools
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.dataset.shards import Shard, files_of
from pipeline.dataset.store import LocalStore, Store
from pipeline.errors import OutputError

MANIFEST = "manifest.json"
CURRENT = "current"
FORMAT = "fanwen corpus"
GRACE = 3600.0
"""Seconds for which a version that was replaced can still be read."""
_FOLDER = re.compile(r"v(\d{5,})")

Manifest = dict[str, object]
Tables = Mapping[str, Sequence[Shard]]


@dataclass(frozen=True, slots=True)
class Version:
    """A version to publish."""

    number: int
    tables: Tables
    """Shards by table, their files below the version's folder."""

    @property
    def folder(self) -> str:
        """Its name in the corpus."""
        return folder_of(self.number)

    def placed(self) -> dict[str, list[Shard]]:
        """Shards by table, their files relative to the corpus."""
        return {
            name: [dataclasses.replace(shard, file=f"{self.folder}/{shard.file}") for shard in shards]
            for name, shards in self.tables.items()
        }


def folder_of(number: int) -> str:
    """Folder of a version."""
    return f"v{number:05d}"


def manifest_of(store: Store) -> Manifest | None:
    """Manifest of the version in force; None for a place that is empty or not there.

    Raises:
        OutputError: the place holds something else, or cannot be read.
    """
    data = store.read(MANIFEST)
    if data is None:
        others = [name for name in store.names() if not _FOLDER.fullmatch(name)]
        if not others:
            return None
        raise OutputError(f"{store}: not empty and not a corpus (no {MANIFEST}); choose another folder")
    try:
        manifest = json.loads(data)
    except ValueError as error:
        raise OutputError(f"{store}/{MANIFEST}: cannot be read ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise OutputError(f"{store}: its {MANIFEST} is not a corpus's; choose another folder")
    return manifest


def read_manifest(corpus: Path) -> Manifest | None:
    """Manifest of a corpus on this machine, as ``manifest_of``."""
    return manifest_of(LocalStore(corpus))


def next_version(store: Store, manifest: Manifest | None, tables: Tables) -> Version:
    """The version that shards are to become; its number is that of no folder, whoever left it."""
    last = _number(manifest)
    taken = [int(match[1]) for name in store.names() if (match := _FOLDER.fullmatch(name))]
    return Version(max([last, *taken]) + 1, tables)


def is_published(
    store: Store, manifest: Manifest | None, tables: Tables, *, to_the_byte: bool = False
) -> bool:
    """Whether the version in force has just these shards, and its files are there.

    Args:
        store: the corpus.
        manifest: of the version in force.
        tables: shards that were made now.
        to_the_byte: read its files to see that they are what they should be, and not their sizes alone.
    """
    placed = placed_in(manifest) if manifest else {}
    if _digests(placed) != _digests(tables):
        return False
    if to_the_byte:
        return all(_sha256(store.read(shard.file)) == shard.sha256 for shard in files_of(placed))
    return all(store.size(shard.file) == shard.bytes for shard in files_of(placed))


def _sha256(data: bytes | None) -> str:
    return hashlib.sha256(data or b"").hexdigest()


def publish(
    store: Store,
    staged: Path | str,
    version: Version,
    papers: Mapping[str, str],
    facts: Mapping[str, object],
) -> None:
    """Publish a version: its files, its papers, its manifest; then versions that nobody needs go.

    Args:
        store: the corpus.
        staged: folder with the shards, best on the same disk, or the name of one in the store itself.
        version: what is published.
        papers: texts beside the version that name it, by file name.
        facts: what else the manifest says; ``withheld`` names what must not be in any version that stays.

    Raises:
        OutputError: something cannot be written, or another run has published meanwhile; the version in
            force is then whole.
    """
    before = manifest_of(store)
    if _number(before) >= version.number:
        raise OutputError(f"{store}: another run has published version {_number(before)} meanwhile")
    twins = {shard.sha256: shard.file for shard in files_of(placed_in(before))} if before else {}
    if isinstance(staged, str):
        store.adopt(
            {f"{version.folder}/{each.file}": f"{staged}/{each.file}" for each in files_of(version.tables)}
        )
    else:
        for shard in files_of(version.tables):
            store.put(f"{version.folder}/{shard.file}", staged / shard.file, twins.get(shard.sha256))
    tables = {
        name: [dataclasses.asdict(shard) for shard in shards] for name, shards in version.placed().items()
    }
    manifest = {"format": FORMAT, "version": version.number, **facts, "tables": tables}
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    store.write(f"{version.folder}/{MANIFEST}", text)
    for name, paper in papers.items():
        store.write(name, paper.encode())
    store.point(CURRENT, version.folder)
    store.write(MANIFEST, text)
    prune(store, manifest, _number(before))
    for folder in _flat(before):
        store.remove(folder)


def prune(store: Store, manifest: Manifest, previous: int = 0) -> None:
    """Remove versions that nobody needs, and at once those that hold what the one in force withholds.

    Args:
        store: the corpus.
        manifest: of the version in force.
        previous: number of a version that stays for those who are reading it.
    """
    now = time.time()
    current, withheld = _number(manifest), _withheld(manifest)
    numbers = sorted(int(match[1]) for name in store.names() if (match := _FOLDER.fullmatch(name)))
    for number, successor in itertools.zip_longest(numbers, numbers[1:]):
        if number == current:
            continue
        of_version = _manifest_in(store, number)
        if of_version is None or not withheld <= _withheld(of_version):
            store.remove(folder_of(number))
        elif number != previous and successor is not None:
            replaced = store.age(f"{folder_of(successor)}/{MANIFEST}", now)
            if replaced > GRACE and previous:
                store.remove(folder_of(number))


def _withheld(manifest: Manifest) -> set[str]:
    withheld = manifest.get("withheld")
    return set(map(str, withheld)) if isinstance(withheld, list) else set()


def _manifest_in(store: Store, number: int) -> Manifest | None:
    """The manifest in a version's folder; None where there is none: it was never published."""
    try:
        manifest = json.loads(store.read(f"{folder_of(number)}/{MANIFEST}") or b"")
    except ValueError:
        return None
    return manifest if isinstance(manifest, dict) else None


def _flat(manifest: Manifest | None) -> list[str]:
    """Folders of tables at the top, as corpora had them before there were versions."""
    shards = files_of(placed_in(manifest)) if manifest else ()
    tops = {shard.file.partition("/")[0] for shard in shards}
    return sorted(top for top in tops if not _FOLDER.fullmatch(top))


def table_files(corpus: Path, name: str) -> list[Path]:
    """Files of one table in the version in force, in order; none where the version has no such table.

    Raises:
        OutputError: there is no corpus in the folder.
    """
    return [root_of(corpus) / shard.file for shard in published(corpus).get(name, ())]


def root_of(corpus: Path) -> Path:
    """The folder that a manifest's files are relative to: the corpus, also where one of its versions is meant."""
    folder = corpus.resolve()
    return folder.parent if _FOLDER.fullmatch(folder.name) and (folder / MANIFEST).exists() else corpus


def published(corpus: Path) -> dict[str, list[Shard]]:
    """Shards of the version in force, by table.

    Raises:
        OutputError: there is no corpus in the folder.
    """
    manifest = read_manifest(corpus)
    if manifest is None:
        raise OutputError(f"{corpus}: no corpus here")
    return placed_in(manifest)


def placed_in(manifest: Manifest) -> dict[str, list[Shard]]:
    """Shards by table that a manifest names.

    Raises:
        OutputError: it names none.
    """
    tables = manifest.get("tables")
    if not isinstance(tables, dict):
        raise OutputError(f"the {MANIFEST} has no tables")
    try:
        return {name: [Shard(**entry) for entry in files] for name, files in tables.items()}
    except TypeError as error:
        raise OutputError(
            f"the {MANIFEST} names files in another way ({error}): of another release?"
        ) from error


def _digests(tables: Tables) -> dict[str, list[tuple[int, str]]]:
    return {name: [(shard.rows, shard.sha256) for shard in shards] for name, shards in tables.items()}


def _number(manifest: Manifest | None) -> int:
    number = manifest.get("version", 0) if manifest else 0
    return number if isinstance(number, int) else 0
