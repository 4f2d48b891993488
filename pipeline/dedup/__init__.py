"""Texts to clusters of near-duplicates; knows ids and keys, nothing of essays."""
