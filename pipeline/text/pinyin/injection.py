"""Pinyin injection as the mirrors do it: the forward model, the proof of every repair.

A mirror converts GBK text to traditional characters and puts ``(pinyin)`` behind each occurrence
of a fixed list of byte pairs, also where a pair lies across two characters. A lenient decoder
then shows what is no longer a valid pair.
"""

import functools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pypinyin.constants import PINYIN_DICT

from pipeline.text.script import traditional_characters

MARKS = "?\ufffd"
"""What decoders show for bytes that are no character."""

EURO = "€"
"""The byte 0x80, which is no lead byte, by itself."""

_PINYIN = r"[a-zɑɡāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ]{1,6}"
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"
ANNOTATION = re.compile(rf"\(({_PINYIN})\)")
TONED_ANNOTATION = re.compile(rf"\([a-zɑɡ]{{0,4}}[{_TONED}][a-zɑɡ]{{0,4}}\)")
TOKEN = re.compile(rf"(?P<mark>[{MARKS}]){_PINYIN}\)|\({_PINYIN}\)|.", re.DOTALL)

_UNTONED = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿɑɡ", "aaaaeeeeiiiioooouuuuüüüünnnmag")
_LETTERS = str.maketrans("ɑɡ", "ag")

_FOLDABLE = "！（），：；？～"
_FOLD = str.maketrans({char: chr(ord(char) - 0xFEE0) for char in _FOLDABLE})
_UNFOLD = {chr(ord(char) - 0xFEE0): char for char in _FOLDABLE}

CUT_PAIRS = frozenset({b"\xa3\xbf", b"\xa3\xbb", b"\xa3\xa1"})
"""``？；！`` in GBK: some mirrors cut the bytes around them, also where they lie across two characters."""

PRIVATE_LEADS = (*range(0xA1, 0xB0), *range(0xF8, 0xFF))
"""Lead bytes whose pairs are in part unassigned: such a pair may be lost when it is decoded."""


@functools.cache
def _decoding() -> tuple[Mapping[int, str], Mapping[str, bytes]]:
    """Character of each assigned byte pair of GBK, and the reverse."""
    characters: dict[int, str] = {}
    for lead in range(0x81, 0xFF):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            pair = bytes((lead, trail))
            char = pair.decode("gbk", "ignore") or pair.decode("gb18030", "ignore")
            if len(char) == 1 and not char.isascii():
                characters[lead << 8 | trail] = char
    return characters, {char: bytes(divmod(pair, 256)) for pair, char in characters.items()}


def character(lead: int, trail: int) -> str | None:
    """The character of a byte pair, None where GBK has none; private-use pairs have one."""
    return _decoding()[0].get(lead << 8 | trail)


def is_private(char: str) -> bool:
    """Whether it stands for a byte pair that GBK leaves to its users."""
    return "\ue000" <= char <= "\uf8ff"


def encode(char: str) -> bytes | None:
    """GBK bytes of one character, None where there are none."""
    return char.encode() if char.isascii() else _decoding()[1].get(char)


def unfold(char: str) -> str:
    """The full-width form of ASCII punctuation that may have been folded; other characters as they are."""
    return _UNFOLD.get(char, char)


def fold(text: str) -> str:
    """Full-width punctuation as ASCII, as extraction may have left it."""
    return text.translate(_FOLD)


@dataclass(frozen=True, slots=True)
class Decoder:
    """How a mirror's decoder treats bytes that are no character of GBK."""

    mark: str = "?"
    swallows: bool = True
    """An invalid lead byte takes the ASCII byte behind it along, as in PHP's mbstring."""
    private: str | None = None
    """What pairs left to users become; None: private-use characters."""

    def decode(self, data: bytes) -> str:
        """Text of the bytes; never raises."""
        return "".join(self._characters(data))

    def _characters(self, data: bytes) -> Iterator[str]:
        at = 0
        while at < len(data):
            if data[at] <= 0x80:
                yield EURO if data[at] == 0x80 else chr(data[at])
                at += 1
                continue
            trail = data[at + 1] if at + 1 < len(data) else None
            char = None if trail is None else character(data[at], trail)
            if trail is None:
                yield self.mark or "?"
            elif char is None:
                yield self.mark
            else:
                yield self.private if self.private is not None and is_private(char) else char
            at += 1 if trail is None or (char is None and trail < 0x80 and not self.swallows) else 2


DECODERS = tuple(
    Decoder(mark, swallows, private)
    for mark in (*MARKS, "")
    for swallows in (True, False)
    for private in dict.fromkeys((None, mark, ""))
)


@dataclass(frozen=True, slots=True)
class Spot:
    """An annotation: it stands behind this many bytes of the undamaged text."""

    at: int
    pinyin: str


def damage(data: bytes, spots: Sequence[Spot], decoder: Decoder, cuts: Collection[int] = ()) -> str:
    """The forward model: annotate undamaged GBK bytes, cut them, decode the pieces."""
    annotated = {spot.at: f"({spot.pinyin})".encode("gb18030") for spot in spots}
    pieces = [bytearray()]
    for at, byte in enumerate(data):
        if at in cuts:
            pieces.append(bytearray())
        pieces[-1].append(byte)
        pieces[-1] += annotated.get(at + 1, b"")
    return "".join(decoder.decode(bytes(piece)) for piece in pieces)


def reads(char: str, pinyin: str) -> bool:
    """Whether a character can be read so; a pinyin without tone mark must be a neutral tone."""
    readings = _readings(char)
    plain = pinyin.translate(_LETTERS)
    if plain in readings:
        return True
    bare = plain.translate(_UNTONED)
    return bare != plain and any(reading.translate(_UNTONED) == bare for reading in readings)


@functools.cache
def _readings(char: str) -> frozenset[str]:
    return frozenset(PINYIN_DICT.get(ord(char), "").split(",")) - {""}


@functools.cache
def is_syllable(pinyin: str) -> bool:
    """Whether any character is read so."""
    return pinyin.translate(_LETTERS).translate(_UNTONED) in _syllables()


@functools.cache
def _syllables() -> frozenset[str]:
    return frozenset(
        reading.translate(_UNTONED) for readings in PINYIN_DICT.values() for reading in readings.split(",")
    )


@functools.cache
def traditional_pairs(pinyin: str) -> tuple[bytes, ...]:
    """GBK bytes of every traditional-only character with this very reading, in order."""
    plain = pinyin.translate(_LETTERS)
    return tuple(
        sorted(
            pair
            for char in traditional_characters()
            if plain in _readings(char) and (pair := encode(char)) is not None
        )
    )
