"""Values of a JSON file that another release wrote, taken for what they are or for nothing."""

from collections.abc import Mapping


def as_dict(value: object) -> Mapping[str, object]:
    """A JSON object; empty if it is none."""
    return {str(key): each for key, each in value.items()} if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """A JSON array; empty if it is none."""
    return list(value) if isinstance(value, list) else []


def as_int(value: object) -> int:
    """A count; 0 if it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def as_float(value: object) -> float:
    """A number; 0 if it is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def counts(value: object) -> dict[str, int]:
    """A JSON object of counts; what is no count is left out."""
    return {name: as_int(count) for name, count in as_dict(value).items() if as_int(count)}
