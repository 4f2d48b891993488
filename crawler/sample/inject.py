"""What a mirror site does to text: traditional characters, pinyin behind byte pairs, a lenient decoder.

The forward model: simplified text is converted character by character, encoded in GBK; for every entry
of a fixed list, each occurrence of its two bytes, whether or not they are one character, gets
``(pinyin)`` behind it; the bytes are decoded again, an invalid pair becoming one ``?``.
"""

import functools

from opencc import OpenCC
from pypinyin import Style, pinyin

LISTED = (
    "對會員開時進務個組發點動設調過與實見處評條計經長資業強學區現報臺數統創舉記體標責議這試導還間課從難級遠讓優據護機項爭談養"
    "當風應變領結網細運車線聲隊證問勵補書觀達終轉說門監錄訓堅選穩勢號題盤營質關織規識驗職聯給習銷認較購績團約顧縣電環獎冊驅請"
)
"""Characters of the list; each stands for its two bytes in GBK."""

_TABLE_VARIANTS = {"爲": "為", "衆": "眾", "羣": "群", "牀": "床", "啓": "啟", "竈": "灶", "麪": "面"}
_KEPT = frozenset("后干里只征谷斗面云几丑系制才冬表松郁余致向采回布吁伙仇")
"""Characters that such sites leave as they are, since more than one traditional one may be meant."""
_MARKS = tuple(mark.encode("gbk") for mark in "？；")


def to_hant(text: str) -> str:
    """Simplified text in traditional characters, phrase by phrase, as a careful site has it."""
    converted: str = _s2t().convert(text)
    return converted


def to_mirror_hant(text: str) -> str:
    """Simplified text converted character by character from a table, as a mirror has it."""
    return "".join(_traditional(character) for character in text)


def inject(text: str, *, listed: str = LISTED, collisions: bool = False) -> str:
    """The forward model, applied to traditional text.

    Args:
        text: one line; characters that GBK lacks become ``?``.
        listed: characters whose byte pairs are annotated.
        collisions: a filter also puts a space before the bytes of ``？`` and ``；``, wherever they
            occur, which tears 。總 and 模化 apart.
    """
    data = text.encode("gbk", "replace")
    entries = _entries(listed)
    inserted: dict[int, bytes] = {}
    for position in range(len(data) - 1):
        pair = data[position : position + 2]
        if pair in entries:
            inserted[position + 2] = entries[pair]
        elif collisions and pair in _MARKS:
            inserted[position] = inserted.get(position, b"") + b" "
    out = bytearray()
    for position in range(len(data) + 1):
        out += inserted.get(position, b"")
        out += data[position : position + 1]
    return decode_leniently(bytes(out))


def decode_leniently(data: bytes) -> str:
    """GBK bytes to text; an invalid pair becomes one ``?``, whatever its second byte was."""
    out = []
    position = 0
    while position < len(data):
        if data[position] < 0x80:
            out.append(chr(data[position]))
            position += 1
            continue
        try:
            out.append(data[position : position + 2].decode("gbk"))
        except UnicodeDecodeError:
            out.append("?")
        position += 2
    return "".join(out)


@functools.cache
def _entries(listed: str) -> dict[bytes, bytes]:
    return {
        character.encode("gbk"): f"({pinyin(character, style=Style.TONE)[0][0]})".encode("gbk")
        for character in listed
    }


@functools.cache
def _s2t() -> OpenCC:
    return OpenCC("s2t")


@functools.cache
def _traditional(character: str) -> str:
    if character in _KEPT:
        return character
    converted = _s2t().convert(character)
    converted = _TABLE_VARIANTS.get(converted, converted)
    try:
        return converted if len(converted.encode("gbk")) == len(character.encode("gbk")) else character
    except UnicodeEncodeError:
        return character
