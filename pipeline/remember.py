"""What earlier builds worked out, so that a build reads only pages that are new and texts that changed.

A file of the cache is named by a hash of all that its rows follow from: the program's own code, the
rules, the part of the input, and for documents the templates of the sites that occur in it. So a build
with a cache gives the same bytes as one without; what it did not need is gone from the cache afterwards.
"""

import errno
import hashlib
import importlib.resources
import itertools
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from pipeline.engine.base import Engine, Source, Stage
from pipeline.engine.local import FileSource
from pipeline.errors import OutputError
from pipeline.gather import columns, read_tables
from pipeline.io import atomic_file
from pipeline.schema import stable_id
from pipeline.shuffle import ArticleSource
from pipeline.sources import Split
from pipeline.text.recover import article_key

_ENDING = ".arrow"
_MOST_FILES = 128
"""Files of essays in the cache; where there are more they are put together."""
_OWN = re.compile(r"(sample|extract|recover)-[0-9a-f]{20}-([0-9a-f]{20})?-([0-9a-f]{32})\.arrow")
"""Name of a file of the cache: stage, what it is known by, what else it follows from, hash of its bytes."""


@dataclass(slots=True)
class Memory:
    """Outputs of stages, kept from build to build in a folder; without one nothing is kept."""

    folder: Path | None
    basis: str
    """Hash of what every row follows from: code, rules, versions of tools."""
    taken_over: int = 0
    """Tasks of which an earlier build had the result."""
    _used: set[str] = field(default_factory=set)

    def map(
        self,
        engine: Engine,
        stage: Stage,
        sources: Sequence[Source],
        keys: Sequence[str],
        work: Path,
        tag: Callable[[Path], str] = lambda _: "",
    ) -> list[Path]:
        """As ``Engine.map``; only sources whose outcome is not known are run.

        Args:
            engine: where the stage runs.
            stage: what runs.
            sources: its input.
            keys: what each source is known by.
            work: folder for what is not kept.
            tag: hash of what an output follows from beside its key, told from the output.
        """
        if self.folder is None:
            return engine.map(stage, sources, work)
        known = self._known(stage)
        bases = [f"{stage.name}-{stable_id(self.basis, key)}" for key in keys]
        hits = {base: path for base in bases if (path := known.get(base)) and _tag_of(path) == tag(path)}
        missing = [at for at, base in enumerate(bases) if base not in hits]
        made = engine.map(stage, [sources[at] for at in missing], work)
        for at, path in zip(missing, made, strict=True):
            hits[bases[at]] = self._take(path, f"{bases[at]}-{tag(path)}")
        self.taken_over += len(bases) - len(missing)
        self._used |= {path.name for path in hits.values()}
        return [hits[base] for base in bases]

    def articles(self, engine: Engine, stage: Stage, settled: Sequence[Path], work: Path) -> list[Path]:
        """Essays of all articles in files of stage ``settle``; only articles that are new or changed are run.

        Args:
            engine: where the stage runs.
            stage: from documents to essays, which carry their ``article_key``.
            settled: Arrow files.
            work: folder for what is not kept.
        """
        if self.folder is None:
            return engine.map(stage, [FileSource(path) for path in settled], work)
        keys = [article_keys(path, self.basis) for path in settled]
        wanted = {key for of_file in keys for key in of_file.values()}
        kept, have = self._kept(stage, wanted, work)
        todo = [
            ArticleSource(path, frozenset(url for url, key in of_file.items() if key not in have))
            for path, of_file in zip(settled, keys, strict=True)
        ]
        sources = [source for source in todo if source.articles] or ([] if kept else todo[:1])
        made = engine.map(stage, sources, work)
        return [*self._compacted(stage, kept, work), *(self._keep(stage, path) for path in made)]

    def _compacted(self, stage: Stage, paths: list[Path], work: Path) -> list[Path]:
        """Few files instead of many small ones, which every night adds to."""
        if len(paths) <= _MOST_FILES:
            return paths
        self._used -= {path.name for path in paths}
        groups = np.array_split(np.arange(len(paths)), _MOST_FILES // 4)
        tables = (pa.concat_tables(read_tables([paths[at] for at in group])) for group in groups)
        return [self._write(stage, table, work) for table in tables]

    def forget(self) -> None:
        """Do all anew."""
        for path in self._own():
            path.unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove what this build did not need."""
        for path in self._own():
            if path.name not in self._used:
                path.unlink(missing_ok=True)

    def _own(self) -> list[Path]:
        """Files of the cache; what else lies in its folder is none of its business."""
        paths = self.folder.glob(f"*{_ENDING}") if self.folder else ()
        return sorted(path for path in paths if _OWN.fullmatch(path.name))

    def _known(self, stage: Stage) -> dict[str, Path]:
        """Whole files of a stage by what they are known by; one whose bytes have changed is not known."""
        return {
            path.name.rsplit("-", 2)[0]: path
            for path in self._own()
            if path.name.startswith(f"{stage.name}-") and _digest(path) == path.stem.rpartition("-")[2]
        }

    def _take(self, path: Path, name: str) -> Path:
        """Move a file into the cache, which may lie on another disk."""
        assert self.folder is not None
        target = self.folder / f"{name}-{_digest(path)}{_ENDING}"
        self._used.add(target.name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                return path.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
            with path.open("rb") as source, atomic_file(target) as file:
                shutil.copyfileobj(source, file)
        except OSError as error:
            raise OutputError(
                f"{self.folder}: the cache cannot be written ({error.strerror or error})"
            ) from error
        return target

    def _kept(self, stage: Stage, wanted: set[str], work: Path) -> tuple[list[Path], set[str]]:
        """Files of essays of articles that are as they were, and the keys of those articles."""
        have: set[str] = set()
        kept = []
        for path in sorted(self._known(stage).values()):
            (table,) = read_tables([path])
            keys = table["article_key"]
            alive = pc.is_in(keys, value_set=pa.array(sorted(wanted - have), pa.string()))
            count = pc.sum(alive).as_py() or 0
            have |= set(keys.filter(alive).to_pylist())
            if count == table.num_rows:
                self._used.add(path.name)
                kept.append(path)
            elif count:
                kept.append(self._write(stage, table.filter(alive), work))
        return kept, have

    def _keep(self, stage: Stage, path: Path) -> Path:
        """Essays that were made now, kept for the next build."""
        (table,) = read_tables([path])
        return self._take(path, _essays_name(stage, table))

    def _write(self, stage: Stage, table: pa.Table, work: Path) -> Path:
        path = work / f"{stage.name}-kept.arrow"
        with atomic_file(path) as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        return self._take(path, _essays_name(stage, table))


def _essays_name(stage: Stage, table: pa.Table) -> str:
    ids = (table[name].to_pylist() for name in ("essay_id", "article_key"))
    return f"{stage.name}-{stable_id(*itertools.chain.from_iterable(ids))}-"


def _tag_of(path: Path) -> str:
    return path.stem.rsplit("-", 2)[1]


def _digest(path: Path) -> str:
    """Hash of a file's bytes: fast, against damage and not against people; empty if it cannot be read."""
    digest = xxhash.xxh3_128()
    try:
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
    except OSError:
        return ""
    return digest.hexdigest()


def article_keys(settled: Path, basis: str) -> dict[str, str]:
    """By canonical URL of an article of which there is some text, the hash of what its essays follow from."""
    facts = columns(read_tables([settled]), ["article_url", "outcome", "digest"])
    facts = facts.filter(pc.is_in(facts["outcome"], value_set=pa.array(["article", "rejected"])))
    pages: dict[str, list[tuple[str, str]]] = {}
    for row in facts.to_pylist():
        pages.setdefault(row["article_url"], []).append((row["outcome"], row["digest"]))
    return {
        url: article_key(basis, each)
        for url, each in pages.items()
        if any(outcome == "article" for outcome, _ in each)
    }


def split_key(split: Split) -> str:
    """What a split's pages are known by: place, size and times of its file(s) when listed, and its part of them.

    Where a file system does not tell times nobody knows whether a file has changed; such a split is never known.
    """
    stored = split.stored
    facts = (stored.kind, stored.location.name, stored.name, stored.files, stored.states)
    undated = time.time_ns() if any(not any(times) for _, *times in stored.states) else 0
    return repr((*facts, split.start, split.records, split.group, undated))


@cache
def code_digest() -> str:
    """Hash of the program's own code and data: another version may read a page otherwise."""
    digest = hashlib.blake2b(digest_size=10)

    def add(folder: Traversable) -> None:
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    add(entry)
            else:
                digest.update(entry.name.encode() + b"\0" + entry.read_bytes())

    add(importlib.resources.files("pipeline"))
    return digest.hexdigest()
