"""Bytes to characters: which charset, why, and a broken byte costs one character only."""

import codecs
import functools
import re
from dataclasses import dataclass

from pipeline.text.pinyin.common_characters import COMMON, COMMON_HANS

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_META_WINDOW = 4096

# A page that names a subset carries characters of the superset, so the superset decodes it.
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "ascii": "utf-8"}
_MULTIBYTE = ("gb18030", "big5hkscs")
_BELIEVED = 0.5
"""Share of common characters from which a declared charset needs no vote."""

_SIMPLIFIED = 0.9
"""Share of common simplified characters from which on a page is in them, and others count as rare."""
_RARE_RUN = 5
"""Rare characters, no more than two others between each, from which on a text reads oddly."""
_MARKUP = re.compile(rb"([\n<>])")
_LONGEST_SEARCHED = 1 << 16
"""Bytes without a line end or tag that are searched; no text of a person is as long."""
_BROKEN_COSTS = {1: 12.0, 2: 13.0}
"""By number of bytes. A byte too many costs less than a pair with half of the next character in it,
a pair less than its first byte and an ASCII character that was its second."""
_RARE_COST = 5.0
_ASCII_COST = 1.5
_COMMON_COST = 2.0


_ONE_EACH = "fanwen.one_each"


def _replace_character(error: UnicodeError) -> tuple[str, int]:
    """One U+FFFD for a broken byte and the continuation bytes that it leaves without a head."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    end, limit = error.end, error.start + 4
    while end < min(limit, len(error.object)) and error.object[end] & 0xC0 == 0x80:
        end += 1
    return "\ufffd", end


codecs.register_error(_ONE_EACH, _replace_character)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a page with the charset used and the reason: bom, header, meta, utf8 or vote."""

    text: str
    charset: str
    reason: str


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Decode a page: BOM, then the declared charsets if they fit, strict UTF-8, then a vote.

    A declaration is believed when the bytes decode strictly under it, and to Chinese: almost any two
    bytes of Big5 are a character of GB 18030. Bytes that are valid UTF-8 and
    not ASCII are UTF-8 whatever is declared: other text passes for UTF-8 by chance only when short.
    Where nothing fits strictly, the likeliest charset is taken and every broken byte becomes one U+FFFD.
    """
    for bom, charset in _BOMS:
        if body.startswith(bom):
            errors = _ONE_EACH if charset == "utf-8" else "replace"
            return Decoded(body[len(bom) :].decode(charset, errors), charset, "bom")
    declared = _declared(body, content_type)
    utf8 = _strict(body, "utf-8")
    if utf8 is not None:
        reason = next((why for name, why in declared if name == "utf-8"), "utf8")
        return Decoded(utf8, "utf-8", reason)
    for charset, reason in declared:
        text = _strict(body, charset) if charset in _MULTIBYTE else None
        if text is not None and _commonness(text) >= _BELIEVED:
            return Decoded(_without_shifts(text, body, charset), charset, reason)
    return _vote(body, declared)


def _declared(body: bytes, content_type: str) -> list[tuple[str, str]]:
    names = []
    if match := _HEADER.search(content_type):
        names.append((match[1], "header"))
    if found := _META.search(body[:_META_WINDOW]):
        names.append((found[1].decode("ascii"), "meta"))
    result = []
    for name, reason in names:
        try:
            canonical = codecs.lookup(name).name.replace("_", "-")
        except LookupError:
            continue
        result.append((_SUPERSETS.get(canonical, canonical), reason))
    return result


def _strict(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except UnicodeDecodeError:
        return None


def _vote(body: bytes, declared: list[tuple[str, str]]) -> Decoded:
    """The charset under which most of the text is common characters; a declaration breaks ties."""
    reasons = dict(reversed(declared))
    best = max(
        ("utf-8", *_MULTIBYTE),
        key=lambda charset: _commonness(body.decode(charset, "replace")) + (charset in reasons) * 0.02,
    )
    text = body.decode(best, _ONE_EACH) if best == "utf-8" else _decode_broken(body, best)
    return Decoded(text, best, reasons.get(best, "vote"))


def _commonness(text: str, common: frozenset[str] = COMMON) -> float:
    """Share of the non-ASCII characters that are common Chinese ones, 0 to 1; 1 where there are none."""
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return 1 - len(_uncommon(common).findall(text)) / foreign if foreign else 1.0


@functools.cache
def _uncommon(common: frozenset[str]) -> re.Pattern[str]:
    return re.compile(f"[^\\x00-\\x7f{''.join(sorted(common))}]")


def _without_shifts(text: str, body: bytes, charset: str) -> str:
    """The text, read anew where rare characters crowd.

    Two bytes lost from one line leave what lies between them shifted by one, and all of it valid.
    """
    return _decode_broken(body, charset) if _rare_run(_common_in(text)).search(text) else text


def _common_in(text: str) -> frozenset[str]:
    return COMMON_HANS if _commonness(text, COMMON_HANS) >= _SIMPLIFIED else COMMON


@functools.cache
def _rare_run(common: frozenset[str]) -> re.Pattern[str]:
    rare = "".join(sorted({chr(point) for point in range(0x4E00, 0xA000)} - common))
    return re.compile(f"(?:[{rare}].{{0,2}}){{{_RARE_RUN}}}")


def _decode_broken(body: bytes, charset: str) -> str:
    """Decode piece by piece; only a piece between line ends and tags that fails, or reads oddly, is searched."""
    common = _common_in(body.decode(charset, "replace"))
    odd = _rare_run(common)
    pieces = []
    for piece in _MARKUP.split(body):
        text = _strict(piece, charset)
        pieces.append(_best_reading(piece, charset, common) if text is None or odd.search(text) else text)
    return "".join(pieces)


def _best_reading(piece: bytes, charset: str, common: frozenset[str]) -> str:
    """Cheapest cut of the bytes into characters and broken bytes (Viterbi over byte positions).

    A strict decoder that drops a lead byte reads every following pair shifted; the search pays for
    rare characters, so it is back in step right behind the broken byte.
    """
    size = len(piece)
    if size > _LONGEST_SEARCHED:
        return piece.decode(charset, "replace")
    cost = [0.0] + [float("inf")] * size
    back: list[tuple[int, str]] = [(0, "")] * (size + 1)
    for start in range(size):
        for width in (1, 2, 4):
            end = start + width
            if end > size:
                break
            char, price = _price(piece[start:end], charset, common)
            if cost[start] + price < cost[end]:
                cost[end] = cost[start] + price
                back[end] = (start, char)
    chars = []
    position = size
    while position:
        position, char = back[position]
        chars.append(char)
    return "".join(reversed(chars))


def _price(raw: bytes, charset: str, common: frozenset[str]) -> tuple[str, float]:
    char = _strict(raw, charset)
    if char is None or len(char) != 1:
        return "\ufffd", _BROKEN_COSTS.get(len(raw), float("inf"))
    if char < "\x80":
        return char, _ASCII_COST
    return char, _COMMON_COST if char in common else _RARE_COST
