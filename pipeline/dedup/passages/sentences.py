"""What a sentence is, what of a passage counts, and a text less what it repeats: the rules, spelled out.

A sentence ends after one of ``。！？；!?;…`` and what follows of these marks and of the closing ones ``”’」』）)"``;
after a full stop and closing marks only if white space or the line's end follows, so ``3.5`` and ``www.x.cn`` are
whole. It does not go over a line's end. Japanese is cut like Chinese. In English ``Mr. Smith`` is cut after
``Mr.``, as is any abbreviation. In code a statement is a sentence, be it ended by ``;`` or by the line; the three
parts of ``for (;;)`` are three.
"""

import itertools
import re
import unicodedata
from collections.abc import Sequence

MARKS = "。！？；!?;…"
"""A sentence ends after these."""
CLOSING = '”’」』）)"'
"""What follows of these belongs to it."""
SHORTEST_REPEATED = 20
"""Characters of the shortest passage that `without_repeats` takes out, masked."""
_SENTENCE = re.compile(
    rf"(?=\S)[^{MARKS}.]*(?:\.(?![{CLOSING}]*(?:\s|\Z))[^{MARKS}.]*)*"
    rf"(?:[{MARKS}][{MARKS}{CLOSING}]*|\.[{CLOSING}]*|\Z)"
)
_DIGITS, _SPACES = re.compile(r"\d+"), re.compile(r"\s+")


def sentences(line: str) -> list[str]:
    """The sentences of a line, less the white space between them: what `passages` cuts, spelled out."""
    return _SENTENCE.findall(line.rstrip())


def masked(passage: str) -> str:
    """What passages are counted as: each run of digits is one 0, each run of white space one space.

    What is no letter, mark or number at the ends (punctuation, white space, bullets) is taken off. Case, the
    punctuation inside and numerals in characters stay.
    """
    return _DIGITS.sub("0", _words(passage))


def _words(passage: str) -> str:
    """A passage less what is no letter, mark or number at its ends, each run of white space one space."""
    start, end = 0, len(passage)
    while start < end and unicodedata.category(passage[start])[0] not in "LMN":
        start += 1
    while end > start and unicodedata.category(passage[end - 1])[0] not in "LMN":
        end -= 1
    return _SPACES.sub(" ", passage[start:end])


def without_repeats(text: str) -> str:
    """A text less the sentences and paragraphs that it has said before, as pages pasted together repeat theirs.

    Only passages of `SHORTEST_REPEATED` characters or more go, and only what says the same to the digit. A line goes as a whole, with its end, if it is left
    without a sentence, or repeats another line as it stands or as it is left. All else stays as it is: first
    occurrences, other lines, the white space in front of a line's first sentence and behind its last.
    """
    said: set[str] = set()
    lines = (_line_without_repeats(line, said) for line in text.split("\n"))
    return "\n".join(line for line in lines if line is not None)


def _line_without_repeats(line: str, said: set[str]) -> str | None:
    spans = [found.span() for found in _SENTENCE.finditer(line.rstrip())]
    whole = [line[start:end] for start, end in spans]
    keys = list(map(_words, whole))
    if _is_paragraph(keys) and _is_said(_words(line), said):
        return None
    kept = [at for at, key in enumerate(keys) if not _is_said(key, said)]
    if len(kept) == len(whole):
        return line
    if not kept:
        return None
    bounds = [(0, 0), *spans, (len(line), len(line))]
    gaps = [line[end:start] for (_, end), (start, _) in itertools.pairwise(bounds)]
    left = gaps[0] + whole[kept[0]]
    for before, at in itertools.pairwise(kept):
        left += (gaps[before + 1] or gaps[at]) + whole[at]
    left += gaps[-1]
    return None if _is_paragraph([keys[at] for at in kept]) and _is_said(_words(left), said) else left


def _is_paragraph(keys: Sequence[str]) -> bool:
    """Whether several sentences of a line say something."""
    return sum(map(bool, keys)) > 1


def _is_said(key: str, said: set[str]) -> bool:
    """Whether a passage has been said; no sentence has the words of a paragraph, so one set has both."""
    known = key in said
    if len(key) >= SHORTEST_REPEATED:
        said.add(key)
    return known
