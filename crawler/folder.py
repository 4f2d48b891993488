"""Where things are in a data folder."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Data:
    """Layout of a data folder."""

    root: Path

    @property
    def warc(self) -> Path:
        """Fetched responses."""
        return self.root / "warc"

    @property
    def quarantine(self) -> Path:
        """Responses that were something other than the page that was asked for."""
        return self.root / "quarantine"

    @property
    def frontier(self) -> Path:
        """What is known of all URLs."""
        return self.root / "frontier.sqlite"

    @property
    def corpus(self) -> Path:
        """Published tables."""
        return self.root / "corpus"

    @property
    def cache(self) -> Path:
        """What the next build need not do again; may be removed at any time."""
        return self.root / "cache"

    @property
    def takedown(self) -> Path:
        """Demands of what must not be fetched or published; there need be none."""
        return self.root / "takedown.toml"

    @property
    def report(self) -> Path:
        """Page that shows the last run."""
        return self.root / "report.html"

    @property
    def runs(self) -> Path:
        """One folder a run."""
        return self.root / "runs"

    @property
    def metrics(self) -> Path:
        """Figures of the last run, for Prometheus."""
        return self.root / "metrics.prom"

    def manifest(self, run_id: str) -> Path:
        """What a run did."""
        return self.runs / run_id / "manifest.json"
