"""Every record that flows through fanwen, once; the Arrow schema follows from the dataclass.

The flow: ``Page`` -> ``Document`` -> ``Essay`` -> kept or dropped, and ``Rejected`` for all that
leaves on the way. Ids are 20 hexadecimal digits (80 bits of BLAKE2b), so they are stable over
runs and machines.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pipeline.pager import PAGE_SUFFIX
from pipeline.records import schema_of


def stable_id(*parts: str) -> str:
    """Id of whatever the parts name, the same on every machine: 20 hexadecimal digits."""
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What the pipeline needs to know of one site; the crawler's site files are where it comes from."""

    id: str
    scheme: str
    hosts: tuple[str, ...]
    """Hosts of the site; the first is the canonical one, the others are its mirrors."""
    article: tuple[str, ...]
    """Regular expressions, matched in full against ``path?query``: what is an article page."""
    lists: tuple[str, ...] = ()
    """The same: what is a list of articles."""
    ignored: tuple[str, ...] = ()
    """The same, asked first: what is none of the crawl's business."""
    page_suffix: str = PAGE_SUFFIX
    """Regular expression that finds a page number in ``path?query`` of a continued article: the group that
    matched is the number, and without the whole match the article's first page is left."""
    drop_lines: tuple[str, ...] = ()
    """Regular expressions (searched, simplified characters) of lines that are never an essay's."""


@dataclass(frozen=True, slots=True)
class Page:
    """One response as it was fetched or stored, before anything is read from it."""

    url: Annotated[str, "URL as fetched"]
    status: Annotated[int, "HTTP status"]
    content_type: Annotated[str, "Content-Type header, empty if there was none"]
    fetched_at: Annotated[datetime | None, "when it was fetched (UTC)"]
    body: Annotated[bytes, "body bytes after content decoding"]
    source: Annotated[str, "file it was read from"]
    offset: Annotated[int, "byte offset of the record, or row number"]
    error: Annotated[str, "why the record could not be read, empty if it could"] = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a main text."""

    text: str
    head: Annotated[bool, "the page marks it up as a heading"] = False
    rule: Annotated[str, "why it is not the author's, empty if it may be"] = ""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A paragraph in the box of a main text that is no part of it."""

    before: Annotated[int, "position of the paragraph of the text behind it, from 0"]
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Words that were cut out of a paragraph when it was read."""

    line: Annotated[int, "position of the paragraph, from 0"]
    at: Annotated[int, "characters of the paragraph before them"]
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between a text and what stood on the page: ``before`` stood where ``start`` to ``end`` is."""

    start: Annotated[int, "position in the text, in characters"]
    end: int
    before: str
    kind: Annotated[str, "kind of repair, or `removed`"]
    rule: Annotated[str, "rule that removed it, empty for a repair"] = ""
    score: Annotated[float, "how sure it is, 0 to 1; below 1 for what is likely only"] = 1.0
    source: Annotated[str, "essay_id of the sibling that a character was taken from, else empty"] = ""


@dataclass(frozen=True, slots=True)
class AboutBox:
    """A box beside the text that states something about the page."""

    selector: str
    before: Annotated[bool, "it stands before the text"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one page, read in full, shows of the template it was made from."""

    site: str
    shape: Annotated[str, "pattern of its URL"]
    url: str
    moment: Annotated[str, "when it was fetched and where it lies: what pages are ordered by"]
    selector: Annotated[str, "XPath of the box that holds its text, empty if there is no short one"]
    present: Annotated[tuple[int, ...], "CRC-32 of XPaths by id or class that select one element of the page"]
    about: tuple[AboutBox, ...]
    lines: Annotated[tuple[str, ...], "its text, of a long one the first and the last lines"]
    confidence: Annotated[float, "share of the page's prose that stands in the text"]
    stops: Annotated[float, "share of the page's commas and full stops that stand in the box"]
    linked: Annotated[float, "share of the box's text that is in links"]


@dataclass(frozen=True, slots=True)
class Validity:
    """Moments between which samples agreed with a template."""

    since: str
    until: Annotated[str, "empty: up to the last page"]


@dataclass(frozen=True, slots=True)
class Template:
    """Table `templates`: how the pages of a site are read, and for which of them."""

    site: Annotated[str, "id of the site file, or the host where there is none"]
    shape: Annotated[str, "pattern of the URLs: words as w, numbers as 0, ids as x"]
    version: Annotated[int, "1 for the first layout of the site's pages of this shape"]
    selector: Annotated[str, "XPath of the box that holds the text"]
    about: Annotated[tuple[AboutBox, ...], "boxes that state date, author, source or section"]
    repeated: Annotated[tuple[str, ...], "lines that the site puts into its texts, digits as 0"]
    ends: Annotated[tuple[str, ...], "those of them behind which nothing belongs to the text"]
    samples: Annotated[int, "pages it was learned from"]
    example: Annotated[str, "URL of the first of them"]
    confidence: Annotated[float, "mean share of a page's prose that stood in its text"]
    stops: Annotated[float, "least share of a page's commas and full stops that stood in the box"]
    linked: Annotated[float, "greatest share of the box's text that was in links"]
    valid: Annotated[tuple[Validity, ...], "pages it was seen to hold for"]


@dataclass(frozen=True, slots=True)
class PageRow:
    """Table `pages`: every fetch, and what became of it."""

    page_id: Annotated[str, "stable id of the canonical URL"]
    url: Annotated[str, "canonical URL"]
    site: Annotated[str, "id of the site file, or the host where there is none"]
    shape: Annotated[str, "pattern of its URL: words as w, numbers as 0, ids as x"]
    fetched_at: Annotated[datetime | None, "when it was fetched (UTC)"]
    status: Annotated[int, "HTTP status"]
    bytes: Annotated[int, "size of the body in bytes after content decoding"]
    charset: Annotated[str, "charset it was decoded with, empty if it was not decoded"]
    charset_reason: Annotated[str, "why that charset: bom, header, meta, utf8 or vote"]
    title: Annotated[str, "title of the page"]
    author: Annotated[str, "author that the page names, empty if none"]
    origin: Annotated[str, "whom the page names as its source (来源), empty if nobody"]
    breadcrumb: Annotated[tuple[str, ...], "sections of the site that lead to the page, the widest first"]
    extractor: Annotated[
        str, "who read the text: template and its version, content or trafilatura; else empty"
    ]
    confidence: Annotated[float, "how far the reading is trusted, 0 to 1"]
    outcome: Annotated[str, "article, list, other, superseded or rejected"]
    article_url: Annotated[str, "canonical URL of the article's first page"]
    page_no: Annotated[int, "1 for the first page of an article"]
    text_chars: Annotated[
        int, "characters of its main text as it was read, paragraphs separated by a newline"
    ]
    text_hash: Annotated[str, "hash of that text: what essays, repairs and removed lines lead back to"]
    source: Annotated[str, "file it was read from"]
    offset: Annotated[int, "byte offset of the WARC record, or row number"]


@dataclass(frozen=True, slots=True)
class Document(PageRow):
    """The main text of one page, line by line, beside what the page says about itself."""

    page_count: Annotated[int, "pages that the article has, as far as this page's links tell"]
    published: date | None
    hijack_score: Annotated[float, "share of the head's titles that are another site's advertisement"]
    lines: Annotated[tuple[Line, ...], "main text, a paragraph a line, with those that the site repeats"]
    cuts: Annotated[tuple[Cut, ...], "words cut out of the lines, in order"]
    rule: Annotated[str, "why it was rejected, empty if it was not"]
    reason: Annotated[str, "the same in words"]
    bucket: Annotated[int, "hash of the article, 0 to 65,535: what its pages are brought together by"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading within an essay: 一、 （一） 1."""

    line: Annotated[int, "paragraph of the text, from 0"]
    level: Annotated[int, "1 for the outermost kind of number in the essay"]


@dataclass(frozen=True, slots=True)
class EssayCore:
    """One text that a person wrote, as recovered from the page(s) it stood on."""

    essay_id: Annotated[str, "stable id: article and ordinal"]
    url: Annotated[str, "canonical URL of the article (its first page)"]
    site: Annotated[str, "id of the site file, or the host where there is none"]
    page_id: Annotated[str, "row of `pages` it stands on (the article's first page)"]
    ordinal: Annotated[int, "position among the essays of its article, from 1"]
    title: Annotated[str, "the essay's own title, empty if it has none"]
    text: Annotated[str, "recovered text, paragraphs separated by a newline, script as published"]
    text_hans: Annotated[str, "the same in simplified characters"]
    script: Annotated[str, "hans, hant or mixed: script of the published text"]
    conversion: Annotated[str, "OpenCC configuration that made `text_hans` of it, empty: none was needed"]
    genre: Annotated[str, "总结, 计划, 心得, …; empty if the title does not tell"]
    published: Annotated[date | None, "publication date the page states"]
    fetched_at: Annotated[datetime | None, "when the page was fetched (UTC)"]
    pages: Annotated[int, "pages the article was joined from"]
    headings: Annotated[tuple[Heading, ...], "numbered headings among its paragraphs"]


@dataclass(frozen=True)
class Signals:
    """What an essay can be filtered by; shares are 0 to 1, of characters that are no white space unless said."""

    chars: Annotated[int, "characters of `text_hans` without white space"]
    sentences: Annotated[int, "sentence ends 。！？"]
    paragraphs: Annotated[int, "paragraphs"]
    han_share: Annotated[float, "Chinese characters"]
    digit_share: Annotated[float, "digits"]
    latin_share: Annotated[float, "Latin letters"]
    punctuation_share: Annotated[float, "punctuation"]
    function_share: Annotated[float, "characters that most Chinese prose has: 的一是在了和有不人"]
    short_share: Annotated[float, "of paragraphs: shorter than 20 characters"]
    numbered_share: Annotated[float, "of paragraphs: beginning with a number, as headings and list items do"]
    ended_share: Annotated[float, "of paragraphs: ending in punctuation"]
    repeated_line_share: Annotated[float, "in paragraphs that stand in the essay before"]
    repeated_ngram_share: Annotated[float, "in sequences of ten characters that occur more than once"]
    top_ngram_share: Annotated[float, "in the sequence of four characters that covers most of the text"]
    placeholder_rate: Annotated[float, "placeholders such as XX年 or ____ per 1,000 characters"]
    removed_share: Annotated[float, "of all characters between its first and last: taken out"]
    repairs: Annotated[int, "edits that undo damage"]
    unrecovered: Annotated[int, "damaged spots of the article that could not be undone (marked, not guessed)"]
    truncated: Annotated[bool, "the page breaks it off"]
    year_doubtful: Annotated[bool, "years were replaced blindly: 2021—2021年, 1920xx年"]
    pinyin_censored: Annotated[bool, "words hidden from filters: gao效"]
    hijack_score: Annotated[float, "share of the page's titles that are another site's advertisement"]


@dataclass(frozen=True)
class EssayFacts(Signals, EssayCore):
    """All that is published of an essay, kept or not."""


@dataclass(frozen=True, slots=True)
class Essay(EssayFacts):
    """An essay on its way: with the key it is compared under, or the rule it was rejected by."""

    edits: Annotated[tuple[Edit, ...], "what leads back to the text as it stood on the page, in order"]
    key: Annotated[str, "text the duplicate search compares: masked, folded, simplified"]
    rule: Annotated[str, "why it was rejected, empty if it was not"]
    reason: Annotated[str, "the same in words"]


@dataclass(frozen=True, slots=True)
class EssayRow(EssayFacts):
    """Table `essays`: what is kept."""

    key_hash: Annotated[str, "hash of the duplicate key; equal for reposts that differ only in masked parts"]
    cluster_size: Annotated[int, "essays in its cluster: itself and the near-duplicates dropped for it"]


@dataclass(frozen=True, slots=True)
class DuplicateRow(EssayFacts):
    """Table `duplicates`: near-duplicates that were dropped, each with the essay it repeats."""

    key_hash: Annotated[str, "hash of the duplicate key; equal for reposts that differ only in masked parts"]
    kept_id: Annotated[str, "essay_id of the kept essay that it repeats"]
    jaccard: Annotated[float, "exact Jaccard similarity of the shingle sets of the two keys"]
    rule: Annotated[str, "exact (same set of shingles) or near"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Table `rejected`: what left the flow, where and why."""

    id: Annotated[str, "page_id or essay_id"]
    kind: Annotated[str, "page or essay"]
    ordinal: Annotated[
        int, "position of an essay in its article, from 1; 0 for pages and articles without one"
    ]
    url: Annotated[str, "canonical URL"]
    site: Annotated[str, "id of the site file, or the host where there is none"]
    stage: Annotated[str, "stage it left at"]
    rule: Annotated[str, "short name of the reason, to group by"]
    reason: Annotated[str, "the reason in words"]
    text: Annotated[str, "text as far as it was known, empty for pages that could not be read"]


@dataclass(frozen=True)
class Sibling:
    """A near-duplicate of an essay, as far as it may show what the essay lost."""

    essay_id: str
    site: str
    script: str
    text: str
    text_hans: str


@dataclass(frozen=True)
class Patient(Essay):
    """An essay with some of its siblings."""

    siblings: tuple[Sibling, ...]


@dataclass(frozen=True, slots=True)
class PairCount:
    """How often one character stands right behind another in the essays of a site."""

    site: str
    pair: Annotated[int, "code point in front in the upper 32 bits, the other in the lower"]
    count: int


@dataclass(frozen=True, slots=True)
class DeletedCharacter:
    """Table `deleted_characters`: what never occurs on a site though it should, as a word filter leaves it."""

    site: Annotated[str, "id of the site file, or the host where there is none"]
    character: Annotated[str, "simplified"]
    expected: Annotated[
        float, "how often it should occur in the essays counted, by what stands next to it elsewhere"
    ]
    probability: Annotated[float, "of its absence, if it occurred here as elsewhere (Poisson)"]
    restored: Annotated[int, "places where it was restored from a repost on another site"]


@dataclass(frozen=True, slots=True)
class EditRow:
    """What the tables `repairs` and `removed_lines` have in common: where in which text."""

    essay_id: Annotated[str, "row of `essays`, `duplicates` or `rejected`"]
    url: Annotated[str, "canonical URL of the article"]
    site: Annotated[str, "id of the site file, or the host where there is none"]
    ordinal: Annotated[int, "position of the essay in its article, from 1; 0 for an article without one"]
    number: Annotated[int, "position among all edits of the essay, of both tables, from 0"]
    start: Annotated[int, "position in the published text, in characters"]
    end: Annotated[int, "text[start:end] is what stands there now"]


@dataclass(frozen=True, slots=True)
class RepairRow(EditRow):
    """Table `repairs`: damage undone; ``before`` stood on the page where ``after`` is published."""

    kind: Annotated[str, "plain, misaligned, ascii_trail, punctuation, rejoined or from_sibling"]
    before: Annotated[str, "what stood on the page"]
    after: Annotated[str, "what is published"]
    certain: Annotated[bool, "nothing else was possible; otherwise it was ranked best"]
    score: Annotated[float, "how sure it is, 0 to 1"]
    source: Annotated[str, "essay_id of the repost that a character was taken from, else empty"]


@dataclass(frozen=True, slots=True)
class RemovedLineRow(EditRow):
    """Table `removed_lines`: what stood on the page and is no part of the essay, with the rule that says so."""

    rule: Annotated[str, "name of the rule"]
    score: Annotated[float, "how sure it is, 0 to 1"]
    lead: Annotated[str, "white space in front of it"]
    text: Annotated[str, "what was taken out"]
    trail: Annotated[str, "white space behind it"]


PAGE = schema_of(Page)
SAMPLE = schema_of(Sample)
DOCUMENT = schema_of(Document)
ESSAY = schema_of(Essay)
PATIENT = schema_of(Patient)
PAIR_COUNT = schema_of(PairCount)
REPAIR = schema_of(RepairRow)
REMOVED_LINE = schema_of(RemovedLineRow)

TABLES = {
    "essays": EssayRow,
    "duplicates": DuplicateRow,
    "rejected": Rejected,
    "repairs": RepairRow,
    "removed_lines": RemovedLineRow,
    "deleted_characters": DeletedCharacter,
    "pages": PageRow,
    "templates": Template,
}
"""Published tables by name, each with the record that defines it."""
