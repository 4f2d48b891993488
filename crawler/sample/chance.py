"""Chance that repeats: the same name gives the same numbers, on every machine and Python."""

import random


def chance(*name: object) -> random.Random:
    """Generator seeded by what it is for."""
    return random.Random("/".join(map(str, name)))  # noqa: S311 - nothing here is secret
