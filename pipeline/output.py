"""The corpus that a build writes: what it holds already, what may go into it, and its next version."""

import contextlib
import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.account import Account
from pipeline.clusters import NGRAM, NUM_PERM, THRESHOLD
from pipeline.dataset.card import card
from pipeline.dataset.croissant import croissant
from pipeline.dataset.facts import Facts
from pipeline.dataset.store import ObjectStore, store_at
from pipeline.dataset.sums import sums
from pipeline.dataset.versions import (
    Tables,
    is_published,
    manifest_of,
    next_version,
    placed_in,
    prune,
    publish,
)
from pipeline.errors import OutputError
from pipeline.io import exclusive
from pipeline.place import below, is_remote, shown
from pipeline.records import from_batch
from pipeline.remember import code_digest
from pipeline.schema import TABLES, SiteRules, TakedownRow, stable_id
from pipeline.takedown import Demand, Takedowns, kind_of, load_takedowns

TOOLS = ("fanwen", "opencc", "trafilatura", "datasketch", "pyarrow")
"""What a corpus depends on; its manifest has their versions, for OpenCC's dictionaries grow with every release."""
_SHARED, _WEEK = ".work-", 7 * 86_400
DEDUP = {"threshold": THRESHOLD, "ngram": NGRAM, "num_perm": NUM_PERM}


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be published."""

    keep_contacts: bool = False
    """Publish phone numbers and the like as they stand, for a corpus that stays in the house."""
    takedown: Path | None = None
    """File of demands, see ``pipeline.takedown``."""

    @property
    def contacts(self) -> str:
        """The same in a word."""
        return "keep" if self.keep_contacts else "mask"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where a build on many machines works: in the corpus, where all of them see it, hidden and for this run only."""

    place: str
    """Path or address."""
    staged: Path | str
    """Folder in it for the files of a version, to give ``publish``."""

    @property
    def version(self) -> str:
        """The same as tasks write to it."""
        return below(self.place, "version")


class Output:
    """A corpus in a folder or an object store, asked before a build and given its result."""

    def __init__(self, place: Path | str, policy: Policy, *, full: bool) -> None:
        self.policy = policy
        self.is_remote = is_remote(place)
        self._place, self._full = place, full
        self._store = store_at(place)
        self._manifest = manifest_of(self._store)
        self._inputs: dict[str, object] = {}

    def read(self) -> None:
        """See what is there now that no other run on this machine can change it."""
        self._manifest = manifest_of(self._store)

    def check(self, inputs: Sequence[str | Path], names: Iterable[str]) -> None:
        """Refuse a place that holds something else, or that would lose what it holds.

        Args:
            inputs: as they were given.
            names: of the files in them, as rows say it.

        Raises:
            OutputError: with what it holds and what to do.
        """
        origin = self._origin(inputs)
        files = sorted(set(names))
        self._inputs = {"origin": origin, "inputs": files}
        earlier = self._manifest.get("origin") if self._manifest else None
        if self._full or not isinstance(earlier, list):
            return
        if not set(earlier) & set(origin):
            names = ", ".join(str(name) for name in earlier[:3])
            raise OutputError(
                f"{self._store}: holds another corpus (built from {names}); choose another folder, or --full to replace it"
            )
        read = self._manifest.get("inputs") if self._manifest else None
        lost = sorted(set(read) - set(files)) if isinstance(read, list) else []
        if lost:
            raise OutputError(
                f"{self._store}: was built from {len(lost):,} more file(s) that are not in the input ({lost[0]}); "
                "give them too, or --full to build without them"
            )

    def takedowns(self, rules: Sequence[SiteRules]) -> Takedowns:
        """All demands: those of the policy's file, and those that the corpus has met before."""
        return load_takedowns(self.policy.takedown, rules, self._earlier())

    def basis(self, rules: Sequence[SiteRules]) -> str:
        """Hash of what every row follows from beside the pages: code, tools, rules, policy."""
        versions = (f"{name} {number}" for name, number in _versions().items())
        return stable_id(code_digest(), *versions, repr(rules), self.policy.contacts)

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """Folder for intermediate files, gone afterwards, leftovers of a kill too; the corpus is held meanwhile."""
        if self.is_remote:
            with tempfile.TemporaryDirectory(prefix="fanwen-") as work:
                yield Path(work)
            return
        out = Path(self._place)
        with exclusive(out):
            try:
                for leftover in out.glob(".work-*"):
                    shutil.rmtree(leftover, ignore_errors=True)
                work = tempfile.mkdtemp(prefix=".work-", dir=out)
            except OSError as error:
                raise OutputError(f"{out}: cannot be written ({error.strerror or error})") from error
            try:
                yield Path(work)
            finally:
                shutil.rmtree(work, ignore_errors=True)

    @contextlib.contextmanager
    def shared_workspace(self) -> Iterator[Workspace]:
        """The same where every machine of a cluster sees it; in an object store, leftovers of a kill go after a week."""
        if not isinstance(self._store, ObjectStore):
            with self.workspace() as work:
                yield Workspace(str(work.resolve()), work / "version")
            return
        now = int(time.time())
        self._store.sweep(_SHARED, now - _WEEK)
        name = f"{_SHARED}{now}-{uuid.uuid4().hex[:8]}"
        try:
            yield Workspace(below(str(self._place), name), f"{name}/version")
        finally:
            self._store.remove(name)

    def metadata(self) -> dict[str, str]:
        """What every file of a version says of how it was made."""
        said = {name: str(value) for name, value in DEDUP.items()}
        return {**_versions(), **said, "contacts": self.policy.contacts}

    def publish(self, staged: Path | str, tables: Tables, account: Account) -> int:
        """Publish the next version; its number, or the last one's if nothing changed.

        Earlier versions that hold what is withheld now go at once.

        Args:
            staged: folder with the shards, of this machine or by its name in the store.
            tables: shards by table.
            account: what the papers say of them.

        Raises:
            OutputError: another run has published since this one read what was there.
        """
        tables = {name: tables[name] for name in TABLES}
        self._check_alone()
        if self._manifest and is_published(self._store, self._manifest, tables, to_the_byte=self._full):
            prune(self._store, self._manifest)
            return int(str(self._manifest["version"]))
        following = next_version(self._store, self._manifest, tables)
        versions = _versions()
        facts = Facts(
            version=following.number,
            files=following.placed(),
            funnel=account.funnel,
            versions=versions,
            dedup=DEDUP,
            contacts=self.policy.contacts,
            masked=account.contacts,
            sites=account.sites,
            reserved=account.reserved,
            takedowns=len(account.stones),
            fetched=account.fetched,
        )
        said = {"versions": versions, "dedup": DEDUP, "contacts": self.policy.contacts}
        said |= {"masked": account.contacts, "funnel": account.funnel.as_dict()}
        said |= {**self._inputs, "withheld": self._withheld(account)}
        publish(self._store, staged, following, _papers(facts), said)
        return following.number

    def _withheld(self, account: Account) -> list[str]:
        """What no version that stays may hold: hashes of the demands, and contact data where it is masked."""
        masked = [] if self.policy.keep_contacts else ["contacts"]
        return [*(stable_id(row.kind, row.id) for row in account.stones), *masked]

    def _check_alone(self) -> None:
        """Who publishes over another run's version may publish what that run was told to withhold."""
        now = manifest_of(self._store)
        numbers = [manifest.get("version") if manifest else None for manifest in (self._manifest, now)]
        if numbers[0] != numbers[1]:
            raise OutputError(
                f"{self._store}: another run has published version {numbers[1]} meanwhile; start again"
            )

    def _origin(self, inputs: Sequence[str | Path]) -> list[str]:
        """What the corpus is built from: addresses, and paths relative to it, so that both can move together."""
        addresses = [shown(name) for name in inputs if is_remote(name)]
        paths = [str(Path(name).resolve()) for name in inputs if not is_remote(name)]
        if not self.is_remote:
            paths = [os.path.relpath(path, Path(self._place).resolve()) for path in paths]
        return sorted(addresses + paths)

    def _earlier(self) -> list[Demand]:
        """Demands that the version in force has met."""
        shards = placed_in(self._manifest).get("takedowns", ()) if self._manifest else ()
        try:
            tables = [pq.read_table(BytesIO(self._store.read(shard.file) or b"")) for shard in shards]
            rows = [row for table in tables for row in from_batch(TakedownRow, table)]
        except (pa.ArrowException, KeyError, OSError) as error:
            raise OutputError(f"{self._store}: its table of take-downs cannot be read ({error})") from error
        return [Demand(row.id, kind_of(row.kind), row.since, row.reason, row.marks) for row in rows]


def _versions() -> dict[str, str]:
    return {name: version(name) for name in TOOLS}


def _papers(facts: Facts) -> dict[str, str]:
    """What stands beside a version and names it, by file name."""
    return {
        "README.md": card(facts),
        "croissant.json": json.dumps(croissant(facts), ensure_ascii=False, indent=1),
        "SHA256SUMS": sums(facts),
    }
