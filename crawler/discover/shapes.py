"""Shapes of URLs: what many addresses have in common when ids, numbers and varying words are taken out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_PIECES = re.compile(r"([/?&=._-])")
_HEX = re.compile(r"(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}")
_PREFIXED = re.compile(r"([A-Za-z]{1,2}|index|list|page)(\d+)")
_COUNTED = re.compile(r"([A-Za-z]+)(\d{1,2})")
"""A channel's name with a number; the name of a page that looks so is an id."""
_MIXED = re.compile(r"(?=.*\d)(?=.*[a-z])[0-9a-z]{4,}")
_SPECIAL = re.compile(r"[.?+*()\[\]{}^$|\\]")
_FIXED = frozenset({"index", "list", "page", "default", "p"})
"""Words that say what a page is, and never vary."""

Token = tuple[str, str]
"""Kind (mark, word, number, hex, mixed, other) and text of a piece of a URL."""


def tokens_of(path: str) -> tuple[Token, ...]:
    """Pieces of a ``path?query``."""
    pieces = [piece for piece in _PIECES.split(path) if piece]
    tokens: list[Token] = []
    for at, piece in enumerate(pieces):
        named = pieces[at + 1 : at + 2] == ["="]
        ending = at + 1 == len(pieces) and pieces[at - 1 : at] == ["."]
        if named or ending or piece in _FIXED or _PIECES.fullmatch(piece):
            tokens.append(("mark", piece))
        else:
            tokens += _classified(piece, is_folder=pieces[at + 1 : at + 2] == ["/"])
    return tuple(tokens)


def _classified(piece: str, *, is_folder: bool) -> list[Token]:
    if piece.isascii() and piece.isdigit():
        return [("number", piece)]
    if re.fullmatch(r"[A-Za-z]+", piece):
        return [("word", piece)]
    if _HEX.fullmatch(piece):
        return [("hex", piece)]
    if match := _PREFIXED.fullmatch(piece):
        return [("mark", match[1]), ("number", match[2])]
    if is_folder and (match := _COUNTED.fullmatch(piece)):
        return [("word", match[1]), ("number", match[2])]
    return [("mixed" if _MIXED.fullmatch(piece) else "other", piece)]


def coarse(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """What URLs of one shape share, whatever their words are."""
    return tuple((kind, text if kind == "mark" else "") for kind, text in tokens)


def fine(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """What URLs of one shape share that stand under the same words."""
    return tuple((kind, text if kind in ("mark", "word") else "") for kind, text in tokens)


def has_id(tokens: Iterable[Token]) -> bool:
    """Whether a number or the like stands in it, so that there can be many of the kind."""
    return any(kind in ("number", "hex", "mixed") for kind, _ in tokens)


@dataclass(slots=True)
class Cluster:
    """URLs of one coarse shape, of which only what their pattern needs is kept."""

    count: int = 0
    example: str = ""
    _kinds: list[str] = field(default_factory=list)
    _texts: list[set[str]] = field(default_factory=list)

    def add(self, path: str, tokens: Sequence[Token]) -> None:
        """One more URL of the same coarse shape."""
        self.count += 1
        if not self._texts:
            self.example = path
            self._texts = [set() for _ in tokens]
            self._kinds = [kind for kind, _ in tokens]
        for texts, (kind, text) in zip(self._texts, tokens, strict=True):
            if kind in ("mark", "word") and len(texts) < 2:
                texts.add(text)
            elif kind == "hex" and len(texts) < 2:
                texts.add("0" * len(text))

    @property
    def pattern(self) -> str:
        """A regular expression that fits all of them: a word that never varies stays."""
        return "".join(map(_part, self._kinds, self._texts))


def _part(kind: str, texts: set[str]) -> str:
    text = min(texts, default="")
    match kind:
        case "number":
            return r"\d+"
        case "hex":
            return f"[0-9a-f]{{{len(text)}}}" if len(texts) == 1 else "[0-9a-f]+"
        case "mixed":
            return r"(?=[a-z]*\d)[0-9a-z]+"
        case "other":
            return "[^/?&=.]+"
        case _ if len(texts) == 1:
            return _SPECIAL.sub(r"\\\g<0>", text)
    return "[a-z]+" if all(word.islower() for word in texts) else "[A-Za-z]+"


def clusters(paths: Iterable[str]) -> dict[tuple[Token, ...], Cluster]:
    """The shapes among some URLs, by their coarse shape."""
    found: dict[tuple[Token, ...], Cluster] = {}
    for path in paths:
        tokens = tokens_of(path)
        found.setdefault(coarse(tokens), Cluster()).add(path, tokens)
    return found
