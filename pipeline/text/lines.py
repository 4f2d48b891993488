"""Main text to the paragraphs a person wrote: what is not theirs marked with its rule, torn sentences rejoined."""

import re
from collections.abc import Iterator, Sequence

from pipeline.text import injected
from pipeline.text.numbering import NUMBERED
from pipeline.text.paragraph import Paragraph
from pipeline.text.rules import MORE, RELATED, LineRule, candidates
from pipeline.text.seams import ends_sentence, seam

_FIRST_LINES, _LAST_LINES = 4, 10
"""Where a site's own lines stand: before and behind the text."""
_TITLE_LENGTH = 45
_EXCERPT = re.compile(r"(?:\.{3}|…|。{3})$")
_PROSE_LENGTH = 40

_OF_LISTS = frozenset({"related_list", "related_excerpt"})
_JAMMER = re.compile(r"(?:[!-~]{1,3} ){2,}[!-~]{1,3}")
_SYMBOL = re.compile(r"[{}\[\]!@#$^&*~|<>\\;`_=+]")

_WEAK_SCORE, _LIST_SCORE, _SOLD_SCORE, _GLUED_SCORE = 0.8, 0.7, 0.9, 0.8


def clean(paragraphs: Sequence[Paragraph], drop: Sequence[re.Pattern[str]] = ()) -> list[Paragraph]:
    """Mark what is not the author's, cut injected words out of half lines, rejoin torn sentences.

    Args:
        paragraphs: main text, repaired, in either script; some may be marked already.
        drop: the site's own patterns, searched in the simplified line.

    Returns:
        All paragraphs in order, those that are not the author's with their rule.
    """
    return _mend(_mark(paragraphs, drop))


def _mark(paragraphs: Sequence[Paragraph], drop: Sequence[re.Pattern[str]]) -> list[Paragraph]:
    rules = candidates([paragraph.hans for paragraph in paragraphs])
    marked: list[Paragraph] = []
    in_related, beside = False, True
    last = len(paragraphs) - _LAST_LINES
    for position, paragraph in enumerate(paragraphs):
        edge = beside or position < _FIRST_LINES or position >= last
        rule, score = paragraph.rule, paragraph.score
        if not rule:
            rule, score = _verdict(paragraph.hans, drop, rules.get(position, ()), edge=edge)
        if not rule and in_related and _is_list_entry(paragraph.hans):
            excerpt = _EXCERPT.search(paragraph.hans) and len(paragraph.hans) > _TITLE_LENGTH
            rule, score = "related_excerpt" if excerpt else "related_list", _LIST_SCORE
        in_related = rule == RELATED.name or rule in _OF_LISTS
        beside = bool(rule)
        marked.append(paragraph.removed(rule, score) if rule else paragraph)
    return marked


def _verdict(
    hans: str, drop: Sequence[re.Pattern[str]], rules: Sequence[LineRule], *, edge: bool
) -> tuple[str, float]:
    """The rule that finds a line, empty if none does, and its score."""
    if any(pattern.search(hans) for pattern in drop):
        return "site", 1.0
    rule = next((rule for rule in rules if (edge or not rule.edge) and rule.finds(hans)), None)
    if rule is None:
        return "", 1.0
    return (MORE.name, 1.0) if MORE.finds(hans) else (rule.name, _WEAK_SCORE if rule.edge else 1.0)


def _is_list_entry(hans: str) -> bool:
    """Whether a line under a related-articles heading still belongs to that list."""
    return bool(_EXCERPT.search(hans)) or (
        len(hans) <= _TITLE_LENGTH and not re.search(r"[。；，：]", hans) and not NUMBERED.match(hans)
    )


def _mend(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Injected words out, then halves together, over what was removed from between them."""
    result: list[Paragraph] = []
    own: list[int] = []  # positions in it of what is the author's
    for paragraph, glued in _without_injections(paragraphs):
        whole, after_cut = paragraph, glued
        while not whole.rule and own:
            first, last = result[own[-1]], own[-1]
            score = 0.0 if first.head or whole.head else seam(first.hans, whole.hans, glued=after_cut)
            if not score or any(other.rule == MORE.name for other in result[last:]):
                break
            whole, after_cut = first.rejoined(result[last + 1 :], whole, score), False
            del result[own.pop() :]
        if not whole.rule:
            own.append(len(result))
        result.append(whole)
    return result


def _without_injections(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[Paragraph, bool]]:
    """Paragraphs less what a link seller or a jammer put in; True where words were cut off in front."""
    cued = injected.CUES.search("\n".join([paragraph.hans for paragraph in paragraphs])) is not None
    if not cued or _is_about_travel(paragraphs):
        yield from ((each if each.rule else _without_jammers(each), False) for each in paragraphs)
        return
    sold = any(injected.is_sellers_line(paragraph.hans) for paragraph in paragraphs if not paragraph.rule)
    midway = False
    for paragraph in paragraphs:
        rest, size = (paragraph, 0) if paragraph.rule else _without_sold(paragraph, anywhere=midway or sold)
        yield rest, size > 0
        if not rest.rule:
            midway = not ends_sentence(rest.hans)


def _without_sold(paragraph: Paragraph, *, anywhere: bool) -> tuple[Paragraph, int]:
    """A paragraph less a link seller's words, and how many characters of them stood in front."""
    rest = _without_jammers(paragraph)
    if injected.is_sellers_line(rest.hans):
        return rest.removed("injected_line", _SOLD_SCORE), 0
    size = injected.glued_in_front(rest.hans) if anywhere else 0
    if size == len(rest.hans):
        return rest.removed("injected_glued", _GLUED_SCORE) if size else rest, size
    return (rest.without(0, size, "injected_glued", _GLUED_SCORE) if size else rest), size


def _without_jammers(paragraph: Paragraph) -> Paragraph:
    if " " not in paragraph.hans:
        return paragraph
    rest = paragraph
    for match in reversed(list(_JAMMER.finditer(paragraph.hans))):
        if len(_SYMBOL.findall(match[0])) >= 2:
            start, end = len(rest.hans[: match.start()].rstrip()), match.end()
            end += len(rest.hans[end:]) - len(rest.hans[end:].lstrip())
            rest = rest.without(start, end, "jammer")
    return rest if rest.hans else paragraph.removed("jammer")


def _is_about_travel(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether two in five paragraphs speak of travel: then that is what the person wrote about."""
    prose = [paragraph.hans for paragraph in paragraphs if len(paragraph.hans) >= _PROSE_LENGTH]
    return sum(injected.TRAVEL.search(text) is not None for text in prose) > 0.4 * len(prose)
