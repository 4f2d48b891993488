"""Signals of an essay: what researchers filter by, measured and published, never applied in silence.

The shares of repeated lines and n-grams follow Rae et al., "Scaling Language Models" (Gopher, 2021), table A1,
with characters for words; those of short and ended lines and of function words follow FineWeb and FineWeb-2.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.edits import REMOVED
from pipeline.schema import Edit, Signals
from pipeline.text.characters import Codes, Kind, codes_of, count_kinds
from pipeline.text.numbering import NUMBERED

_SHORT = 20
_ENDS = frozenset("。！？；：…，、!?;:.,”’」』）)》】〉")
_NGRAM, _TOP_NGRAM = 10, 4
Hashes = npt.NDArray[np.uint64]
_BUCKETS = 1 << 13
_BUCKET = np.uint64(_BUCKETS - 1)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

_DOUBTFUL_YEAR = re.compile(r"([12][09](?<=20|19)\d\d)(?:[xX]{2}|年?[-—–－~至]+\1)")
_CENSORED = re.compile(
    r"[bpmfdtnlgkhjqxrzcsyw](?<=[\u3400-\u9fff].)h?[aeiou]{1,3}(?:ng?|r)?(?=[\u3400-\u9fff])"
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of an essay beside its text."""

    edits: Sequence[Edit]
    unrecovered: int
    truncated: bool
    hijack_score: float
    placeholders: int


def signals_of(text_hans: str, findings: Findings) -> Signals:
    """Signals of an essay in simplified characters."""
    codes = codes_of(text_hans)
    counts: list[int] = count_kinds(codes).tolist()
    solid = len(text_hans) - counts[Kind.SPACE]
    share = 1 / max(solid, 1)
    lines = text_hans.split("\n")
    each = 1 / len(lines)
    repairs = sum(edit.kind != REMOVED for edit in findings.edits)
    latin = counts[Kind.LATIN]
    repeated, top = _ngram_shares(codes)
    return Signals(
        chars=solid,
        sentences=counts[Kind.SENTENCE_END],
        paragraphs=len(lines),
        han_share=_rounded(sum(counts[Kind.HAN :]) * share),
        digit_share=_rounded(counts[Kind.DIGIT] * share),
        latin_share=_rounded(latin * share),
        punctuation_share=_rounded((counts[Kind.PUNCTUATION] + counts[Kind.SENTENCE_END]) * share),
        function_share=_rounded(counts[Kind.FUNCTION] * share),
        short_share=_rounded(sum(len(line) < _SHORT for line in lines) * each),
        numbered_share=_rounded(sum(NUMBERED.match(line) is not None for line in lines) * each),
        ended_share=_rounded(sum(line[-1:] in _ENDS for line in lines) * each),
        repeated_line_share=_rounded(_repeated_lines(lines) * share),
        repeated_ngram_share=_rounded(repeated),
        top_ngram_share=_rounded(top),
        placeholder_rate=_rounded(1000 * findings.placeholders * share),
        removed_share=_rounded(_removed(text_hans, findings.edits)),
        repairs=repairs,
        unrecovered=findings.unrecovered,
        truncated=findings.truncated,
        year_doubtful=counts[Kind.DIGIT] > 0 and _DOUBTFUL_YEAR.search(text_hans) is not None,
        pinyin_censored=latin > 0 and _CENSORED.search(text_hans) is not None,
        hijack_score=findings.hijack_score,
    )


def _rounded(value: float) -> float:
    return round(value, 4)


def _repeated_lines(lines: Sequence[str]) -> int:
    """Characters in paragraphs that stood in the text before."""
    if len(set(lines)) == len(lines):
        return 0
    return sum(len(line) * (count - 1) for line, count in Counter(lines).items())


def _longer(shorter: Hashes, other: Hashes, step: int) -> Hashes:
    """Hashes of sequences that consist of one of the first kind and, ``step`` behind it, one of the other."""
    count = min(len(shorter), len(other) - step)
    return shorter[:count] * _MULTIPLIER + other[step : step + count]


def _ngram_shares(codes: Codes) -> tuple[float, float]:
    """Shares of the characters that lie in repeated sequences of ten, and in the one of four that covers most."""
    if len(codes) <= _NGRAM:
        return 0.0, 0.0
    wide = codes.astype(np.uint64)
    two = wide[:-1] << np.uint64(32) | wide[1:]
    four = _longer(two, two, 2)
    return _repeated(_longer(_longer(four, four, 4), two, 8), len(codes)), _top(four, len(codes))


def _repeated(hashes: Hashes, size: int) -> float:
    ordered = np.sort(hashes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twice):
        return 0.0
    seen = np.zeros(_BUCKETS, dtype=np.bool_)
    seen[twice & _BUCKET] = True
    starts = np.flatnonzero(seen[hashes & _BUCKET])
    found = hashes[starts]
    starts = starts[twice.take(np.searchsorted(twice, found), mode="clip") == found]
    covered = np.minimum(starts[1:] - starts[:-1], _NGRAM).sum() + _NGRAM
    return float(covered) / size


def _top(hashes: Hashes, size: int) -> float:
    ordered = np.sort(hashes)
    borders = np.flatnonzero(ordered[1:] != ordered[:-1])
    if len(borders) == len(ordered) - 1:
        return 0.0
    inner = int((borders[1:] - borders[:-1]).max(initial=0))
    first, last = (
        (int(borders[0]) + 1, len(ordered) - 1 - int(borders[-1])) if len(borders) else (len(ordered), 0)
    )
    return min(1.0, max(inner, first, last) * _TOP_NGRAM / size)


def _removed(text: str, edits: Sequence[Edit]) -> float:
    taken = sum(len(edit.before) for edit in edits if edit.kind == REMOVED)
    return taken / max(1, taken + len(text))
