"""Corpus to what researchers load: Parquet shards, manifest, card."""
