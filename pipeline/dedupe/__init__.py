"""Near-duplicates dropped from any table, Parquet or JSONL corpus: the `dedupe` command's work."""

from pipeline.dedupe.table import Deduplicated, dedupe

__all__ = ["Deduplicated", "dedupe"]
