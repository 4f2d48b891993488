"""Main text to the paragraphs a person wrote: what is not theirs marked with its rule, torn sentences rejoined."""

import operator
import re
from collections.abc import Iterator, Sequence

from pipeline.text.edges import at_edges
from pipeline.text.injected import Seller
from pipeline.text.metadata import GENRE_WORD
from pipeline.text.numbering import NUMBERED
from pipeline.text.pagetitle import folded
from pipeline.text.paragraph import Paragraph
from pipeline.text.rules import COMMENTS, MORE, RELATED, RULES, Finder, Where, finder
from pipeline.text.seams import breaks_off, seam
from pipeline.text.titles import bare_title, numbered_title, repeats
from pipeline.text.voice import LONGEST, voices

_Verdict = tuple[str, float]
"""Rule that takes a line out, empty if none does, and its score."""
_FIRST_LINES, _LAST_LINES = 4, 8
"""Where a site's own lines stand: before and behind the text."""
_BY_EXTRACTION = frozenset({"page_frame", "link_line"})
_TITLE_LENGTH, _LEAST_TITLE = 45, 6
_COMMENT_LENGTH = 60
_LONGEST_VERSE, _VERSE_ENDS = 20, frozenset("，,")
_EXCERPT = re.compile(r"(?:\.{3,}|…|。{3})$")
_HEADED_EXCERPT = re.compile(r"[^，。；！？]{4,30}[\s:：].{8,}(?:\.{3,}|…)$")
_NAMED_EXCERPT = re.compile(rf"[^，。；！？]{{0,24}}(?:{GENRE_WORD}|有感)[\s:：].{{8,}}(?:\.{{3,}}|…)$")
_LIST_ENTRY = re.compile(r"[|｜]|\d\d-\d\d$|^[★●•·▪]")
_SURE_SITE, _SURE_SELLER = 0.85, 0.9
"""Probability from which a line goes for its voice."""
_LIKELY_SELLER, _SOME = 0.4, 2
"""The same where sellers wrote some lines of the page, or where a sentence breaks off before it."""
_LEAST_TORN = 16
INJECTED = "injected_line"
_NOT_HAN = re.compile(r"[^\u3400-\u9fff]+")
_LEAST_HAN = 0.6
_PROSE = re.compile(r"[，；、：“].*[。；，：]$|[，；].*[，；]|[，；。、]$")
_NAMED_TITLE = re.compile(
    rf"[^：:|｜、]{{2,14}}(?:{GENRE_WORD}|稿|书|信)[:：][^|｜、]{{4,}}$"
    r"|\S{0,10}(?:[长任管员师计纳]|支行|代表|学生|学员|实习生|汇报人|总结人)[ 　]+[\u3400-\u9fff]{2,4}$"
    rf"|.{{2,30}}(?:{GENRE_WORD})\d{{2,4}}字$|[一二三四五六七八九十]{{1,3}}月(?:份)?[：:]"
)
"""A title with a name (国旗下讲话稿：把弯下腰变成习惯), a post with one (仓储主管 宋卫东), a row of a calendar."""
_TABLE_ROW = re.compile(r"\S+(?:\s+\S*\d\S*){2,}$")
_STOPS = re.compile(r"[。；，：！？,;:]")

_JAMMER = re.compile(r"(?:[!-~]{1,3} ){2,}[!-~]{1,3}")
_SYMBOL = re.compile(r"[{}\[\]!@#$^&*~|<>\\;`_=+]")

_EDGE_SCORE = 0.9
_WEAK_SCORE, _LIST_SCORE, _SOLD_SCORE, _GLUED_SCORE = 0.8, 0.7, 0.9, 0.8


def clean(
    paragraphs: Sequence[Paragraph], title: str = "", drop: Sequence[re.Pattern[str]] = ()
) -> list[Paragraph]:
    """Mark what is not the author's, cut injected words out of half lines, rejoin torn sentences.

    Args:
        paragraphs: main text, repaired, in either script; some may be marked already.
        title: of the page, simplified.
        drop: the site's own patterns, searched in the simplified line.

    Returns:
        All paragraphs in order, those that are not the author's with their rule.
    """
    result = _mend(_mark(paragraphs, title, drop))
    while _changed(paragraphs, result):
        paragraphs, result = result, _mend(_mark(result, title, drop))
    return result


def _changed(before: Sequence[Paragraph], after: Sequence[Paragraph]) -> bool:
    """Whether anything was taken out or rejoined, so that other lines now stand at the edges."""
    return len(before) != len(after) or any(map(operator.is_not, before, after))


def _mark(paragraphs: Sequence[Paragraph], title: str, drop: Sequence[re.Pattern[str]]) -> list[Paragraph]:
    """The rules over what is not marked yet; what was trimmed from within the text is named more closely."""
    own = [paragraph for paragraph in paragraphs if not paragraph.rule]
    sold = sum(paragraph.rule == INJECTED for paragraph in paragraphs)
    verdicts = _titles_behind(own, title, list(_verdicts(own, title, drop, sold)))
    marked = []
    for paragraph in paragraphs:
        if paragraph.rule:
            marked.append(_named(paragraph))
            continue
        rule, score = next(verdicts)
        marked.append(paragraph.removed(rule, score) if rule else paragraph)
    return marked


def _named(paragraph: Paragraph) -> Paragraph:
    """A paragraph that extraction left out, under the rule that finds it, if one does."""
    if paragraph.rule not in _BY_EXTRACTION:
        return paragraph
    if _EXCERPT.search(paragraph.hans):
        return paragraph.removed("related_excerpt", _LIST_SCORE)
    found = next(
        (each for each in RULES if each.where is not Where.HEAD and each.finds(paragraph.hans)), None
    )
    return paragraph if found is None else paragraph.removed(found.name)


def _verdicts(
    paragraphs: Sequence[Paragraph], title: str, drop: Sequence[re.Pattern[str]], sold: int
) -> Iterator[_Verdict]:
    """For each paragraph the rule that takes it out, empty if none does, and its score; sellers' lines are out."""
    head, beside, within = True, True, ""
    last = len(paragraphs) - _LAST_LINES
    lines = [paragraph.hans for paragraph in paragraphs]
    edges = at_edges(lines, title)
    sounding = _by_voice(lines, last, sold=sold)
    for position, hans in enumerate(lines):
        edge = beside or position < _FIRST_LINES or position >= last
        rule, score = _verdict(hans, drop, finder(head=head, edge=edge))
        if not rule and within:
            rule, score = _list_entry(hans, within, late=2 * position > len(paragraphs)), _LIST_SCORE
        elif not rule and position >= last and (_HEADED_EXCERPT if beside else _NAMED_EXCERPT).match(hans):
            rule, score = "related_excerpt", _LIST_SCORE
        if not rule and position in sounding:
            rule, score = sounding[position]
        if not rule and position in edges:
            rule, score = edges[position], _EDGE_SCORE
        if rule in (RELATED.name, COMMENTS.name):
            within = rule
        elif not rule or rule.startswith("editor"):
            within = ""
        beside = bool(rule)
        head = head and (beside or hans.strip() == title)
        yield rule, score


def _by_voice(lines: Sequence[str], last: int, *, sold: int) -> dict[int, _Verdict]:
    """Verdicts on short lines that sound like a link seller's, or at the text's edges like a site's."""
    asked = [at for at, hans in enumerate(lines) if len(hans) <= LONGEST and _is_open(hans)]
    heard = list(zip(asked, voices([lines[at] for at in asked]), strict=True))
    seller = Seller(lines)
    sold += sum(
        voice.seller >= _SURE_SELLER and seller.may_have_written(lines[at], voice.seller, sold=False)
        for at, voice in heard
    )
    sellers_page = sold >= _SOME
    found: dict[int, _Verdict] = {}
    for at, voice in heard:
        least = _LIKELY_SELLER if sellers_page or _is_torn(lines, at) else _SURE_SELLER
        if voice.seller >= least and seller.may_have_written(lines[at], voice.seller, sold=sellers_page):
            found[at] = INJECTED, round(voice.seller, 3)
        elif voice.site >= _SURE_SITE and (at < _FIRST_LINES or at >= last):
            found[at] = "site_voice", round(voice.site, 3)
    return found


def _is_torn(lines: Sequence[str], at: int) -> bool:
    """Whether the line before breaks off, and is no heading."""
    before = lines[at - 1] if at else ""
    return len(before) >= _LEAST_TORN and _STOPS.search(before) is not None and breaks_off(before)


def _is_open(hans: str) -> bool:
    """Whether nothing in a line's form says what it is: no prose, no number in front, no title, no table, no code."""
    return not (
        _PROSE.search(hans)
        or NUMBERED.match(hans)
        or _TABLE_ROW.match(hans)
        or len(_NOT_HAN.sub("", hans)) < _LEAST_HAN * len(hans)
        or bare_title(hans)
        or numbered_title(0, hans) is not None
        or _NAMED_TITLE.match(hans)
    )


def _titles_behind(
    paragraphs: Sequence[Paragraph], title: str, verdicts: list[_Verdict]
) -> Iterator[_Verdict]:
    """The verdicts; titles behind the last paragraph head nothing, so they are a list of other articles."""
    own = folded(title)
    for at in range(len(paragraphs) - 1, 0, -1):
        hans = paragraphs[at].hans
        if verdicts[at][0]:
            continue
        if not bare_title(hans) or len(hans) < _LEAST_TITLE or repeats(hans, (own,)):
            break
        verdicts[at] = "related_list", _LIST_SCORE
    yield from verdicts


def _verdict(hans: str, drop: Sequence[re.Pattern[str]], rules: Finder) -> _Verdict:
    """The rule that finds a line, empty if none does, and its score."""
    if drop and any(pattern.search(hans) for pattern in drop):
        return "site", 1.0
    found = rules.find(hans)
    if found is None:
        return "", 1.0
    if MORE.finds(hans):
        return MORE.name, 1.0
    return found.name, 1.0 if found.where is Where.ANYWHERE else _WEAK_SCORE


def _list_entry(hans: str, within: str, *, late: bool) -> str:
    """Rule for a line that still belongs to the list of articles or comments before it, else empty."""
    if within == COMMENTS.name:
        return "comment" if len(hans) <= _COMMENT_LENGTH and not hans.endswith("。") else ""
    if _EXCERPT.search(hans):
        return "related_excerpt"
    if len(hans) > _TITLE_LENGTH or hans.endswith(("：", ":")):
        return ""
    if NUMBERED.match(hans) and not (late and hans[0].isdigit()):
        return ""
    return "related_list" if _LIST_ENTRY.search(hans) or not _STOPS.search(hans) else ""


def _mend(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Injected words out, then halves together, over what was removed from between them."""
    result: list[Paragraph] = []
    own: list[int] = []  # positions in it of what is the author's
    verse = _verse(paragraphs)
    for at, (paragraph, glued) in enumerate(_without_injections(paragraphs)):
        whole, after_cut = paragraph, glued
        while not whole.rule and own and at not in verse:
            first, last = result[own[-1]], own[-1]
            score = seam(first.hans, whole.hans, glued=after_cut)
            if not score or any(each.head or bare_title(each.hans) for each in (first, whole)):
                break
            whole, after_cut = first.rejoined(result[last + 1 :], whole, score), False
            del result[own.pop() :]
        if not whole.rule:
            own.append(len(result))
        result.append(whole)
    return result


def _verse(paragraphs: Sequence[Paragraph]) -> set[int]:
    """Positions of lines that go on a verse: three short ones in a row, a comma or nothing at an end."""
    own = [at for at, paragraph in enumerate(paragraphs) if not paragraph.rule]
    found: set[int] = set()
    for at in range(len(own) - 2):
        three = own[at : at + 3]
        if all(len(paragraphs[each].hans) <= _LONGEST_VERSE for each in three) and any(
            paragraphs[each].hans[-1:] in _VERSE_ENDS for each in three
        ):
            found.update(three[1:])
    return found


def _without_injections(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[Paragraph, bool]]:
    """Paragraphs less what a link seller or a jammer put in; True where words were cut off in front."""
    seller = Seller([each.hans for each in paragraphs if not each.rule or each.rule in _BY_EXTRACTION])
    sold = {
        at
        for at, each in enumerate(paragraphs)
        if (not each.rule or each.rule in _BY_EXTRACTION) and seller.wrote(each.hans)
    }
    sellers_page = bool(sold) or any(each.rule == INJECTED for each in paragraphs)
    before = ""  # half a sentence that should go on
    for at, paragraph in enumerate(paragraphs):
        if at in sold:
            score = 1.0 if paragraph.rule else _SOLD_SCORE
            yield paragraph.removed(INJECTED, score), False
        elif paragraph.rule:
            yield paragraph, False
        else:
            rest, in_front = _without_jammers(paragraph), False
            if before or sellers_page:
                rest, in_front = _without_sold(rest, seller, before, sold=sellers_page)
            yield rest, in_front and bool(before)
            if not rest.rule:
                before = rest.hans if breaks_off(rest.hans) else ""


def _without_sold(paragraph: Paragraph, seller: Seller, before: str, *, sold: bool) -> tuple[Paragraph, bool]:
    """A paragraph less a link seller's words, and whether some of them stood in front."""
    cuts = seller.cuts(before, paragraph.hans, sold=sold)
    rest = paragraph
    for start, end in cuts:
        rest = rest.without(start, end, "injected_glued", _GLUED_SCORE)
    if not rest.hans.strip():
        return (paragraph.removed("injected_glued", _GLUED_SCORE) if cuts else paragraph), False
    return rest, bool(cuts) and cuts[-1][0] == 0


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
