"""What earlier builds worked out, so that a build reads only pages that are new and texts that changed.

A file of the cache is named by a hash of all that its rows follow from: the program's own code, the
rules, the part of the input, and for documents the templates of the sites that occur in it. So a build
with a cache gives the same bytes as one without; what it did not need is gone from the cache afterwards.
"""

import hashlib
import importlib.resources
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine.base import Engine, Source, Stage
from pipeline.engine.local import FileSource
from pipeline.gather import columns, read_tables
from pipeline.io import atomic_file
from pipeline.schema import stable_id
from pipeline.shuffle import ArticleSource
from pipeline.sources import Split
from pipeline.text.recover import article_key

_ENDING = ".arrow"


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
        hits = {
            base: path for base in bases if (path := known.get(base)) and path.name == _name(base, tag(path))
        }
        missing = [at for at, base in enumerate(bases) if base not in hits]
        made = engine.map(stage, [sources[at] for at in missing], work)
        for at, path in zip(missing, made, strict=True):
            hits[bases[at]] = path.replace(self.folder / _name(bases[at], tag(path)))
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
        kept, have = self._kept(stage, wanted)
        todo = [
            ArticleSource(path, frozenset(url for url, key in of_file.items() if key not in have))
            for path, of_file in zip(settled, keys, strict=True)
        ]
        made = engine.map(stage, [source for source in todo if source.articles], work)
        return [*kept, *(self._keep(stage, path) for path in made)]

    def forget(self) -> None:
        """Do all anew."""
        for path in self.folder.glob(f"*{_ENDING}") if self.folder else ():
            path.unlink(missing_ok=True)

    def prune(self) -> None:
        """Remove what this build did not need."""
        for path in self.folder.glob(f"*{_ENDING}") if self.folder else ():
            if path.name not in self._used:
                path.unlink(missing_ok=True)

    def _known(self, stage: Stage) -> dict[str, Path]:
        assert self.folder is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        paths = self.folder.glob(f"{stage.name}-*{_ENDING}")
        return {path.name.removesuffix(_ENDING).rpartition("-")[0]: path for path in paths}

    def _kept(self, stage: Stage, wanted: set[str]) -> tuple[list[Path], set[str]]:
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
                kept.append(self._write(stage, table.filter(alive)))
        return kept, have

    def _keep(self, stage: Stage, path: Path) -> Path:
        """Essays that were made now, kept for the next build."""
        assert self.folder is not None
        (table,) = read_tables([path])
        target = self.folder / self._essays_name(stage, table)
        self._used.add(target.name)
        return path.replace(target)

    def _write(self, stage: Stage, table: pa.Table) -> Path:
        assert self.folder is not None
        target = self.folder / self._essays_name(stage, table)
        self._used.add(target.name)
        with atomic_file(target) as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        return target

    @staticmethod
    def _essays_name(stage: Stage, table: pa.Table) -> str:
        ids = (table[name].to_pylist() for name in ("essay_id", "article_key"))
        return _name(f"{stage.name}-{stable_id(*itertools.chain.from_iterable(ids))}", "")


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
    """What a split's pages are known by: place, size and time of its file(s), and its part of them."""
    files = split.files or (split.path,)
    facts = [(str(path), stat.st_size, stat.st_mtime_ns) for path in files for stat in (path.stat(),)]
    return repr((split.kind, split.name, split.start, split.records, split.group, facts))


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


def _name(base: str, tag: str) -> str:
    return f"{base}-{tag}{_ENDING}"
