"""A second opinion on a page's main text, by trafilatura, and how far two readings agree."""

import copy
import re
from collections import Counter

import trafilatura
from lxml import etree, html
from trafilatura.settings import use_config

_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_SETTINGS = use_config()
# Chinese is dense: the defaults count characters and take a paragraph of 60 for a fragment.
_SETTINGS.set("DEFAULT", "MIN_EXTRACTED_SIZE", "50")
_SETTINGS.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")
_SHINGLE = 4


def second_opinion(root: etree._Element) -> list[str]:
    """Main text by trafilatura of a tree without hidden elements, a paragraph a line; empty if it finds none.

    Tables stay and comments go. Must not run in a thread beside others: trafilatura crashes there.
    """
    tree = html.document_fromstring(etree.tostring(root, encoding="unicode", method="html"))
    text = trafilatura.extract(
        copy.deepcopy(tree),
        favor_precision=True,
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        with_metadata=False,
        deduplicate=False,
        config=_SETTINGS,
    )
    return [line for line in (text or "").split("\n") if line.strip()]


def agreement(first: list[str], second: list[str]) -> float:
    """F1 of the 4-character shingles of two texts, with multiplicity and without marks, 0 to 1."""
    one, two = _shingles(first), _shingles(second)
    common = (one & two).total()
    return 2 * common / (one.total() + two.total()) if common else 0.0


def _shingles(lines: list[str]) -> Counter[str]:
    text = re.sub(r"[\W_]", "", "".join(lines))
    return Counter(text[at : at + _SHINGLE] for at in range(max(1, len(text) - _SHINGLE + 1)))
