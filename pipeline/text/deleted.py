"""Characters that a site deletes: told from what its words are next to elsewhere.

A filter that takes 群 out of every text leaves 众 behind, which elsewhere has 群 in front of it more often than
not. So the characters that do stand on a site tell how unlikely it is that one never does: for a character
``c`` the product over its neighbours ``y`` of ``(1 - n_elsewhere(c, y) / n_elsewhere(y)) ** n_site(y)``.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.records import batched, from_batch
from pipeline.schema import DeletedCharacter, PairCount
from pipeline.text.characters import Codes, Kind, codes_of, kinds_of

_MOST_ESSAYS = 5_000
"""Essays of a site that are counted, about: frequencies need no more."""
_IDS = 16**20
"""Number of ids that an essay may have."""
_EVERY = "g"
"""Greater than any id."""
_PRIOR = 3
"""Added to how often a neighbour occurs, lest a pair seen once count as certain."""
_LEAST_EVIDENCE = 12.0
"""Natural logarithm: chance would have to be so much against it (1 in 160,000), by one side's neighbours."""
_BOUND_SHARE, _LEAST_BOUND = 0.2, 6.0
"""Share of a neighbour's places from which on it is half of a word (众 of 群众), and the least evidence of such:
what a site merely does not write about leaves no halves of words."""
_LEAST_SPREAD = 0.8
"""Share of the other sites that have the character."""
_SIZE = 0x32400
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_BATCH = 4096

Pairs = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Text:
    """What of an essay is counted."""

    essay_id: str
    site: str
    text_hans: str
    rule: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """How often which character stands in front of which, in texts of some sites."""

    pairs: Pairs
    """``uint64[n]``, ascending: code point in front in the upper 32 bits, the other in the lower."""
    counts: Counts

    @classmethod
    def of(cls, pairs: Iterable[Pairs], counts: Iterable[Counts]) -> "Pairing":
        """The sum of several."""
        every = np.concatenate([*pairs, np.empty(0, np.uint64)])
        weights = np.concatenate([*counts, np.empty(0, np.int64)])
        unique, inverse = np.unique(every, return_inverse=True)
        return cls(unique, np.bincount(inverse, weights=weights, minlength=len(unique)).astype(np.int64))

    def count(self, first: str, second: str) -> int:
        """How often ``second`` stands right behind ``first``."""
        pair = np.uint64(ord(first) << 32 | ord(second))
        at = int(np.searchsorted(self.pairs, pair))
        return int(self.counts[at]) if at < len(self.pairs) and self.pairs[at] == pair else 0

    def present(self) -> Codes:
        """Code points that occur, ``uint32[n]``, ascending."""
        return np.union1d(self.pairs >> _SHIFT, self.pairs & _LOW).astype(np.uint32)

    def sides(self) -> tuple[Counts, Counts]:
        """Code points in front and behind, ``int64[n]`` each."""
        return (self.pairs >> _SHIFT).astype(np.int64), (self.pairs & _LOW).astype(np.int64)


def counted_up_to(essays: Mapping[str, int]) -> dict[str, str]:
    """By site the id below which its essays are counted: ids are hashes, so these are a sample of its essays.

    Args:
        essays: accepted ones, by site.
    """
    return {
        site: _EVERY if count <= _MOST_ESSAYS else f"{_IDS * _MOST_ESSAYS // count:020x}"
        for site, count in essays.items()
    }


def count_pairs(batches: Iterable[pa.RecordBatch], below: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Essays in; by site, how often each Chinese character stands in front of each other one.

    Args:
        batches: essays of any sites.
        below: see ``counted_up_to``; whatever the batches, each essay is counted or not.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    for batch in batches:
        for essay in from_batch(_Text, batch):
            if not essay.rule and essay.essay_id < below[essay.site]:
                texts[essay.site].append(essay.text_hans)
    rows = (
        PairCount(site, int(pair), int(count))
        for site, found in sorted(texts.items())
        for pair, count in zip(*np.unique(_pairs("\n".join(found)), return_counts=True), strict=True)
    )
    yield from batched(PairCount, rows, _BATCH)


def _pairs(text: str) -> Pairs:
    codes = codes_of(text)
    han = kinds_of(codes) >= Kind.HAN
    both = han[1:] & han[:-1]
    wide = codes.astype(np.uint64)
    pairs: Pairs = (wide[:-1][both] << _SHIFT) | wide[1:][both]
    return pairs


def by_site(batches: Iterable[pa.RecordBatch]) -> dict[str, Pairing]:
    """What ``count_pairs`` found, brought together."""
    found: dict[str, list[tuple[Pairs, Counts]]] = defaultdict(list)
    for batch in batches:
        sites = np.asarray(batch["site"].to_pylist(), dtype=object)
        pairs = batch["pair"].to_numpy().astype(np.uint64)
        counts = batch["count"].to_numpy()
        for site in dict.fromkeys(sites):
            inside = sites == site
            found[site].append((pairs[inside], counts[inside]))
    return {site: Pairing.of(*zip(*parts, strict=True)) for site, parts in sorted(found.items())}


def deleted_characters(sites: Mapping[str, Pairing]) -> Iterator[DeletedCharacter]:
    """Characters that never occur on a site though its words have them nearly everywhere else."""
    for site, own in sites.items():
        others = [pairing for other, pairing in sites.items() if other != site]
        if others:
            yield from _missing(site, own, others)


def _missing(site: str, own: Pairing, others: Sequence[Pairing]) -> Iterator[DeletedCharacter]:
    elsewhere = Pairing.of([each.pairs for each in others], [each.counts for each in others])
    spread = np.bincount(
        np.concatenate([each.present() for each in others]).astype(np.int64), minlength=_SIZE
    )
    evidence, bound, expected = np.zeros((3, 2, _SIZE))
    front, behind = elsewhere.sides()
    for number, (wanted, neighbour) in enumerate(((front, behind), (behind, front))):
        here = np.bincount(own.sides()[1 - number], own.counts, _SIZE)[neighbour]
        share = elsewhere.counts / (np.bincount(neighbour, elsewhere.counts, _SIZE)[neighbour] + _PRIOR)
        weights = -here * np.log1p(-share)
        evidence[number] = np.bincount(wanted, weights, _SIZE)
        bound[number] = np.bincount(wanted, weights * (share >= _BOUND_SHARE), _SIZE)
        expected[number] = np.bincount(wanted, here * share, _SIZE)
    found = (evidence.max(axis=0) >= _LEAST_EVIDENCE) & (evidence.min(axis=0) >= _LEAST_EVIDENCE / 4)
    found &= (bound.max(axis=0) >= _LEAST_BOUND) & (spread >= _LEAST_SPREAD * len(others))
    found[own.present()] = False
    for code in np.flatnonzero(found):
        probability = math.exp(-evidence[:, code].max())
        yield DeletedCharacter(site, chr(code), round(float(expected[:, code].max()), 2), probability, 0)
