"""Characters in everyday use, by the standards' own division into levels."""


def _level(charset: str, leads: range, trails: tuple[range, ...], last: int) -> set[str]:
    pairs = ((lead, trail) for lead in leads for part in trails for trail in part)
    codes = (bytes(pair) for pair in pairs if (pair[0] << 8 | pair[1]) <= last)
    return {char for code in codes if len(char := code.decode(charset, "ignore")) == 1}


_GB2312_LEVEL_1 = _level("gb2312", range(0xB0, 0xD8), (range(0xA1, 0xFF),), 0xD7F9)
_BIG5_LEVEL_1 = _level("big5", range(0xA4, 0xC7), (range(0x40, 0x7F), range(0xA1, 0xFF)), 0xC67E)
_PUNCTUATION = set("，。、；：？！“”‘’（）《》〈〉【】「」『』—…·～　％０１２３４５６７８９")

COMMON_HANS = frozenset(_GB2312_LEVEL_1 | _PUNCTUATION)
COMMON = frozenset(COMMON_HANS | _BIG5_LEVEL_1)
"""GB 2312 level 1 (3,755 simplified), Big5 level 1 (5,401 traditional) and full-width punctuation."""
