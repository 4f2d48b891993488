"""Stage `restore`: characters that a site deleted, put back where a repost on another site has them.

The forward model is the proof: the sibling's text less the characters that never occur on the patient's site
must read, five characters to either side of the gap, as the patient's does. A single character that is missing
here and there (not site-wide) is put back only where the seam is unheard of elsewhere.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.edits import Traced
from pipeline.records import from_batch, to_batch
from pipeline.schema import ESSAY, Edit, Essay, Patient, Sibling
from pipeline.text.characters import Codes, Kind, codes_of, kinds_of, text_of
from pipeline.text.deleted import Pairing
from pipeline.text.masks import folded, masked
from pipeline.text.private import recovered
from pipeline.text.signals import Findings, signals_of

FROM_SIBLING = "from_sibling"
_REACH = 5
"""Characters to either side of a gap that must agree."""
_SITE_SCORE, _SPORADIC_SCORE = 0.95, 0.8
_LEAST_KNOWN = 3
_LEAST_SEEN = 3000
"""Pairs of characters that a site must have shown before one that it never shows counts as deleted."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_NEWLINE, _ZERO = ord("\n"), ord("0")


class Gap(NamedTuple):
    """A place where something is missing: ``chars`` belong in front of ``at``, in simplified text ``hans``."""

    at: int
    chars: str
    hans: str
    score: float
    source: str


@dataclass(frozen=True, slots=True)
class Witness:
    """What is known of the sites when their texts are restored."""

    sites: Mapping[str, Pairing]
    everywhere: Pairing

    @classmethod
    def of(cls, sites: Mapping[str, Pairing]) -> "Witness":
        """From what each site shows."""
        return cls(
            sites,
            Pairing.of([each.pairs for each in sites.values()], [each.counts for each in sites.values()]),
        )


def restore_essays(
    batches: Iterable[pa.RecordBatch], witness: Witness, *, keep_contacts: bool = False
) -> Iterator[pa.RecordBatch]:
    """Essays with their siblings in, the same essays out, in the same order."""
    for batch in batches:
        siblings = batch["siblings"].value_lengths().to_numpy(zero_copy_only=False)
        ill = np.flatnonzero(siblings > 0)
        essays = batch.select(ESSAY.names).cast(ESSAY)
        healed = [
            (int(row), recovered(essay, keep=keep_contacts))
            for row, patient in zip(ill, from_batch(Patient, batch.take(pa.array(ill))), strict=True)
            if (essay := restored(patient, witness)) is not None
        ]
        yield _with(essays, dict(healed)) if healed else essays


def restored(patient: Patient, witness: Witness) -> Essay | None:
    """An essay with what its siblings have in the places where it lacks something; None if it lacks nothing."""
    essay = Essay(**{name: getattr(patient, name) for name in Essay.__dataclass_fields__})
    if len(essay.text) != len(essay.text_hans):
        return None
    changed = False
    for sibling in patient.siblings:
        if gaps := find_gaps(essay, sibling, witness):
            essay, changed = _filled(essay, gaps), True
    return essay if changed else None


def find_gaps(essay: Essay, sibling: Sibling, witness: Witness) -> list[Gap]:
    """Places of an essay in which a sibling has more, from the last to the first."""
    own = witness.sites.get(essay.site)
    if own is None or sibling.site == essay.site or len(sibling.text) != len(sibling.text_hans):
        return []
    if essay.script == "mixed" or essay.script not in ("hans", sibling.script):
        return []
    pair = _Pair(_Folded.of(essay.text_hans), _Folded.of(sibling.text_hans))
    hans = codes_of(sibling.text_hans)[pair.there.places]
    published = codes_of(sibling.text)[pair.there.places] if essay.script != "hans" else hans
    found = dict(_single(pair, witness.everywhere))
    if int(own.counts.sum()) >= _LEAST_SEEN:
        found |= dict(_site_wide(pair, own))
    gaps = (
        Gap(
            pair.here.place(at),
            text_of(published[missing.places]),
            text_of(hans[missing.places]),
            missing.score,
            sibling.essay_id,
        )
        for at, missing in found.items()
    )
    return sorted(gaps, reverse=True)


class _Missing(NamedTuple):
    """Characters of a sibling that an essay lacks, by their places in its folded text."""

    places: npt.NDArray[np.int64]
    score: float


def _site_wide(pair: "_Pair", own: Pairing) -> Iterator[tuple[int, _Missing]]:
    """Gaps that would not be if the sibling had been on the essay's site too."""
    codes = pair.there.codes
    present = np.concatenate([own.present(), pair.here.codes])
    absent = np.isin(codes, present, invert=True) & (kinds_of(codes) >= Kind.HAN)
    left_out = np.flatnonzero(absent)
    behind = left_out - np.arange(len(left_out))
    contexts = _hashes(codes[~absent])[behind]
    for at in np.flatnonzero(np.isin(pair.hashes, contexts)).tolist():
        first = behind[contexts == pair.hashes[at]][0]
        yield at, _Missing(left_out[behind == first], _SITE_SCORE)


def _single(pair: "_Pair", known: Pairing) -> Iterator[tuple[int, _Missing]]:
    """Gaps of one character at seams that are unheard of."""
    without = _hashes(pair.there.codes, skip=1)
    order, is_han = np.argsort(without), kinds_of(pair.there.codes) >= Kind.HAN
    for at in np.flatnonzero(np.isin(pair.hashes, without)).tolist():
        place = int(order[np.searchsorted(without[order], pair.hashes[at])])
        if is_han[place] and _is_unheard_of(pair.here.codes, at, int(pair.there.codes[place]), known):
            yield at, _Missing(np.array([place]), _SPORADIC_SCORE)


class _Folded(NamedTuple):
    """A text without its line ends, width folded, numbers as 0, so that reposts agree in it."""

    codes: Codes
    places: npt.NDArray[np.int64]
    """Where each of its characters stands in the text."""
    size: int

    @classmethod
    def of(cls, text: str) -> "_Folded":
        codes = folded(codes_of(text))
        repeated = np.zeros(len(codes), dtype=np.bool_)
        repeated[1:] = (codes[1:] == _ZERO) & (codes[:-1] == _ZERO)
        places = np.flatnonzero((codes != _NEWLINE) & ~repeated)
        return cls(codes[places], places, len(codes))

    def place(self, at: int) -> int:
        """Where in the text the character ``at`` stands."""
        return int(self.places[at]) if at < len(self.places) else self.size


class _Pair:
    """An essay and a sibling, both folded."""

    def __init__(self, here: _Folded, there: _Folded) -> None:
        self.here, self.there = here, there
        self.hashes = _hashes(here.codes)
        """Of what stands around each gap between two characters of the essay."""


def _hashes(codes: Codes, skip: int = 0) -> npt.NDArray[np.uint64]:
    """For each place, the hash of the five characters before it and of the five ``skip`` behind it."""
    edge = np.zeros(_REACH, np.uint64)
    padded = np.concatenate([edge, codes.astype(np.uint64), edge])
    count = max(len(codes) + 1 - skip, 0)
    hashes = np.zeros(count, np.uint64)
    for at in (*range(_REACH), *range(_REACH + skip, 2 * _REACH + skip)):
        hashes = hashes * _MULTIPLIER + padded[at : at + count]
    return hashes


def _is_unheard_of(codes: Codes, at: int, missing: int, known: Pairing) -> bool:
    """Whether two characters hardly ever meet elsewhere, and each often meets the one that may be missing."""
    if not 0 < at < len(codes):
        return False
    first, second, middle = chr(codes[at - 1]), chr(codes[at]), chr(missing)
    return (
        known.count(first, second) < _LEAST_KNOWN
        and known.count(first, middle) >= _LEAST_KNOWN
        and known.count(middle, second) >= _LEAST_KNOWN
    )


def _filled(essay: Essay, gaps: Sequence[Gap]) -> Essay:
    """The essay with its gaps filled, from the last to the first; its key and signals follow."""
    traced, hans = Traced(essay.text, essay.edits), essay.text_hans
    for gap in gaps:
        edit = Edit(gap.at, gap.at, "", FROM_SIBLING, score=gap.score, source=gap.source)
        traced = traced.replaced(edit, gap.chars)
        hans = hans[: gap.at] + gap.hans + hans[gap.at :]
    key, placeholders = masked(hans)
    findings = Findings(traced.edits, essay.unrecovered, essay.truncated, essay.hijack_score, placeholders)
    signals = signals_of(hans, findings)
    return dataclasses.replace(
        essay,
        text=traced.text,
        text_hans=hans,
        edits=traced.edits,
        key=key,
        **{name: getattr(signals, name) for name in signals.__dataclass_fields__},
    )


def _with(batch: pa.RecordBatch, changed: Mapping[int, Essay]) -> pa.RecordBatch:
    """The batch with other rows in some places."""
    both = pa.Table.from_batches([batch, to_batch(Essay, changed.values())])
    order = np.arange(batch.num_rows)
    order[list(changed)] = batch.num_rows + np.arange(len(changed))
    [whole] = both.take(pa.array(order)).combine_chunks().to_batches()
    return whole
