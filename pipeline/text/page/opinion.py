"""A second opinion on a page's main text, by trafilatura."""

import trafilatura
from lxml import etree, html
from trafilatura.settings import use_config

_SETTINGS = use_config()
# Chinese is dense: the defaults count characters and take a paragraph of 60 for a fragment.
_SETTINGS.set("DEFAULT", "MIN_EXTRACTED_SIZE", "50")
_SETTINGS.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")


def second_opinion(root: etree._Element) -> list[str]:
    """Main text of a tree without hidden elements, a paragraph a line; empty if trafilatura finds none.

    Tables stay and comments go. Must not run in a thread beside others: trafilatura crashes there.
    """
    tree = html.document_fromstring(etree.tostring(root, encoding="unicode", method="html"))
    text = trafilatura.extract(
        tree,
        favor_precision=True,
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        with_metadata=False,
        deduplicate=False,
        config=_SETTINGS,
    )
    return [line for line in (text or "").split("\n") if line.strip()]
