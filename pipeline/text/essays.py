"""One article, one or several essays: split at the titles of a collection, the frame taken off."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.text.lines import clean
from pipeline.text.pagetitle import PageTitle, folded
from pipeline.text.paragraph import Paragraph, written
from pipeline.text.rules import PAYWALL
from pipeline.text.script import to_hans
from pipeline.text.starts import FRAME_LENGTH, Starts, Text, starts_of
from pipeline.text.titles import Numbered, bare_title, numbered_title, repeats, undecorated

_SHORT_FRAME_LENGTH, _MOST_SENTENCES = 40, 2
_TAIL = 30
_SENTENCE_END = re.compile(r"[。！？!?]")
_CUT = re.compile(r"(\.{3,}|…+)[）)]?$")


@dataclass(frozen=True, slots=True)
class Draft:
    """One essay of an article, before ids and keys."""

    title: str
    paragraphs: tuple[Paragraph, ...]
    """Its own, and what was removed from before, between and behind them."""
    truncated: bool
    headed: bool = False
    """A title of its own stands over it, so it begins here."""

    @property
    def lines(self) -> list[str]:
        """The paragraphs that are its own."""
        return [paragraph.text for paragraph in written(self.paragraphs)]


def essays_in(
    paragraphs: Sequence[Paragraph],
    title: str,
    drop: Sequence[re.Pattern[str]] = (),
    *,
    midway: bool = False,
) -> list[Draft]:
    """An article's essays, less what is not their author's: its edges are looked at, then those of each essay.

    Args:
        paragraphs: main text, repaired, in either script.
        title: of the page, in either script.
        drop: the site's own patterns, searched in the simplified line.
        midway: pages are missing before it.
    """
    drafts = split(clean(paragraphs, to_hans(title), drop), title, midway=midway)
    return drafts if len(drafts) == 1 else [_cleaned(draft, drop) for draft in drafts]


def _cleaned(draft: Draft, drop: Sequence[re.Pattern[str]]) -> Draft:
    paragraphs = tuple(clean(draft.paragraphs, to_hans(draft.title), drop))
    return replace(draft, paragraphs=paragraphs) if written(paragraphs) else draft


def split(paragraphs: Sequence[Paragraph], title: str, *, midway: bool = False) -> list[Draft]:
    """Split an article into its essays; the page's own title is told from the essays' titles.

    A split that would leave no essay is none: the text is kept whole. With ``midway``, pages are
    missing before it, so that what stands before the first title is an essay's end and no introduction.

    Returns:
        Essays in order; together they have every paragraph. None if nothing is a person's.
    """
    page = PageTitle.of(title)
    starts = starts_of(Text.of(paragraphs), page)
    drafts = _split_at(starts, paragraphs, page, midway=midway)
    return drafts or _split_at(Starts(()), paragraphs, page, midway=midway)


def _split_at(
    starts: Starts, paragraphs: Sequence[Paragraph], page: PageTitle, *, midway: bool
) -> list[Draft]:
    """Essays that begin at the given paragraphs, counted among those that are written."""
    places = [place for place, paragraph in enumerate(paragraphs) if not paragraph.rule]
    bounds = [0, *(places[start] for start in starts.positions), len(paragraphs)]
    drafts: list[Draft] = []
    waiting: list[Paragraph] = []
    for number, (start, end) in enumerate(itertools.pairwise(bounds)):
        section = list(paragraphs[start:end])
        title = _take_title(section) if number else page.title
        section = _without_titles(section, page.folded, folded(to_hans(title)))
        introduces = starts.introduced or (starts.positions and _is_frame(written(section), page))
        if not number and introduces and not midway:
            section = [each if each.rule else each.removed("collection_intro") for each in section]
        if body := written(section):
            broken = _CUT.search(body[-1].text[-_TAIL:]) is not None
            drafts.append(Draft(title, (*waiting, *section), broken, headed=number > 0))
            waiting = []
        elif drafts:
            drafts[-1] = replace(drafts[-1], paragraphs=(*drafts[-1].paragraphs, *section))
        else:
            waiting += section
    if drafts and any(paragraph.rule == PAYWALL.name for paragraph in paragraphs):
        drafts[-1] = replace(drafts[-1], truncated=True)
    return drafts


def _take_title(section: list[Paragraph]) -> str:
    """The title over an essay, its lines marked: a marker such as 篇1 may have the title in the next line."""
    heading = section[0]
    section[0] = heading.removed("essay_title")
    title = numbered_title(0, heading.hans)
    own = _own_title(heading, title)
    following = next((at for at, each in enumerate(section) if not each.rule), None)
    if title is not None and not title.own and following is not None and bare_title(section[following].hans):
        own = section[following].text
        section[following] = section[following].removed("essay_title")
    return own


def _own_title(heading: Paragraph, title: Numbered | None) -> str:
    """Title in a heading such as 第五篇：某某计划; the heading itself if it has no other."""
    plain = undecorated(heading.text)
    if title is not None and title.own and title.kind != "tail":
        at = heading.hans.find(title.own)
        return heading.text[at : at + len(title.own)]
    return plain.strip("【】[]：: ")


def _is_frame(body: Sequence[Paragraph], page: PageTitle) -> bool:
    """Whether what stands before the first essay's title introduces the collection."""
    size = sum(len(line.text) for line in body)
    if page.promises:
        return size <= FRAME_LENGTH
    sentences = sum(len(_SENTENCE_END.findall(line.text)) for line in body)
    return sentences < _MOST_SENTENCES and size <= (FRAME_LENGTH if sentences else _SHORT_FRAME_LENGTH)


def _without_titles(section: list[Paragraph], *titles: str) -> list[Paragraph]:
    """Paragraphs, those at the start and at the end marked that only repeat a title."""
    result = list(section)
    for order in (range(len(section)), range(len(section) - 1, -1, -1)):
        for at in order:
            if result[at].rule:
                continue
            if not repeats(result[at].hans, titles):
                break
            result[at] = result[at].removed("repeated_title")
    return result
