"""What URLs carry that says who reads a page and not which page it is: sessions, trackers, cache busters."""

import re

_TRACKING = frozenset(
    {
        *("from", "spm", "share", "isappinstalled", "scene", "wxfrom", "nsukey", "fbclid", "gclid", "bd_vid"),
        *(
            "hmsr",
            "hmpl",
            "hmcu",
            "hmkw",
            "hmci",
            "tdsourcetag",
            "phpsessid",
            "jsessionid",
            "cfid",
            "cftoken",
        ),
        "asp.net_sessionid",
    }
)
_TRACKING_PREFIXES = ("utm_", "share_", "aspsessionid")
_SESSION_NAMES = frozenset({"sid", "session", "sessionid", "session_id", "sess", "s", "t", "r"})
_SESSION_VALUE = re.compile(
    r"(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}|0\.\d+|\d{10,}|(?=.*\d)(?=.*[a-z])[0-9a-z]{20,}",
    re.IGNORECASE | re.ASCII,
)
"""What is no id that a person or a database chose: a short number, a word or a date stays."""
_RANDOM_NAMES = frozenset({"_", "rand", "random", "rnd", "timestamp", "nocache", "_t"})
_RANDOM_VALUE = re.compile(r"\d*\.?\d+|", re.ASCII)
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=.*", re.IGNORECASE)
_SESSION_SEGMENT = re.compile(r"\((?:[a-z]\([^()]*\))+\)", re.IGNORECASE)
"""A segment ``(S(…))`` in which ASP.NET keeps a session without cookies."""


def is_needless(field: str) -> bool:
    """Whether a ``name=value`` of a query leads to the same page when it is gone.

    Names that also number pages (``s``, ``t``, ``sid``) are needless only with a value that nobody chose.
    """
    name, _, value = field.partition("=")
    name = name.lower()
    if name in _SESSION_NAMES:
        return _SESSION_VALUE.fullmatch(value) is not None
    if name in _RANDOM_NAMES:
        return _RANDOM_VALUE.fullmatch(value) is not None
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def without_session(segment: str) -> str:
    """A segment of a path without the session in it; empty if it is nothing else."""
    plain = _SESSION.sub("", segment)
    return "" if _SESSION_SEGMENT.fullmatch(plain) else plain
