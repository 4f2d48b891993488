"""Records of the published tables: a table is a class, a column a field with its description."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Contact:
    """A phone number or the like in a text, masked unless the manifest says otherwise."""

    start: Annotated[int, "position in the text, in characters"]
    end: int
    kind: Annotated[str, "mobile, landline, id_card, bank_card, email, qq or wechat"]


@dataclass(frozen=True, slots=True)
class ContactCount:
    """How often a kind of contact data stands on a page."""

    kind: Annotated[str, "mobile, landline, id_card, bank_card, email, qq or wechat"]
    count: int


@dataclass(frozen=True, slots=True)
class AboutBox:
    """A box beside the text that states something about the page."""

    selector: str
    before: Annotated[bool, "it stands before the text"]


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

    @property
    def name(self) -> str:
        """What `pages.extractor` calls it."""
        return f"template {self.version}"


@dataclass(frozen=True, slots=True)
class PageRow:
    """Table `pages`: every fetch, and what became of it."""

    page_id: Annotated[str, "stable id of the canonical URL"]
    url: Annotated[str, "canonical URL"]
    fetched_url: Annotated[str, "URL as it was fetched, a mirror's perhaps"]
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
        int,
        "characters of its main text as it was read, contact data masked, paragraphs separated by a newline",
    ]
    text_hash: Annotated[str, "hash of that text: what essays, repairs and removed lines lead back to"]
    source: Annotated[str, "file it was read from"]
    offset: Annotated[int, "byte offset of the WARC record, or row number"]
    rights: Annotated[
        tuple[str, ...], "what its headers and meta elements state on its use: robots, tdm-reservation"
    ]
    reserved: Annotated[
        str, "directive among them that reserves it against storage or mining, empty if none does"
    ]
    licence: Annotated[str, "address of the licence that it names, empty if none"]
    contacts: Annotated[tuple[ContactCount, ...], "contact data found in its text, by kind"]


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
    contacts: Annotated[tuple[Contact, ...], "contact data in `text`: digits as 0, letters as x"]
    reserved: Annotated[
        str, "directive of the page that reserves it against storage or mining, empty if none does"
    ]
    licence: Annotated[str, "address of the licence that the page names, empty if none"]


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
class EssayRow(EssayFacts):
    """Table `essays`: what is kept."""

    key_hash: Annotated[str, "hash of the duplicate key; equal for reposts that differ only in masked parts"]
    cluster_id: Annotated[str, "its cluster in `clusters`: the id of the essay that was kept of it"]
    cluster_size: Annotated[int, "essays in its cluster: itself and the near-duplicates dropped for it"]


@dataclass(frozen=True, slots=True)
class DuplicateRow(EssayFacts):
    """Table `duplicates`: near-duplicates that were dropped, each with the essay it repeats."""

    key_hash: Annotated[str, "hash of the duplicate key; equal for reposts that differ only in masked parts"]
    kept_id: Annotated[str, "essay_id of the kept essay that it repeats"]
    jaccard: Annotated[float, "exact Jaccard similarity of the shingle sets of the two keys"]
    rule: Annotated[str, "exact (same set of shingles) or near"]
    containment: Annotated[float, "share of its shingles that the kept essay has"]
    longest_run: Annotated[int, "characters of the longest passage that the two keys have in common"]
    first: Annotated[str, "which is older by the dates their pages state: kept, dropped, same or unknown"]


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in one slot of a template."""

    slot: Annotated[int, "number of the slot in its cluster, from 1"]
    kind: Annotated[str, "year, date, number, placeholder, place, unit, words or passage"]
    start: Annotated[int, "place of the slot in `text_hans` of the kept essay, in characters"]
    end: int
    text: Annotated[str, "what this copy has there, in simplified characters"]


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """Table `clusters`: the lineage of a template, one row for each of two or more copies of an essay."""

    cluster_id: Annotated[str, "the essay_id that was kept"]
    number: Annotated[int, "position among the copies by date, those without a date last, from 1"]
    essay_id: Annotated[str, "row of `essays` or `duplicates`"]
    kept: Annotated[bool, "it is the one in `essays`"]
    url: Annotated[str, "canonical URL of the article"]
    site: Annotated[str, "id of the site file, or the host where there is none"]
    title: Annotated[str, "title of this copy"]
    published: Annotated[date | None, "publication date the page states"]
    fetched_at: Annotated[datetime | None, "when the page was fetched (UTC)"]
    jaccard: Annotated[float, "exact Jaccard similarity to the kept essay, 1 for itself"]
    fillings: Annotated[
        tuple[Filling, ...],
        "all slots in the kept essay, where a passage may enclose others; in another copy those that it fills otherwise",
    ]


@dataclass(frozen=True, slots=True)
class PassageRow:
    """Table `passages`: a sentence or paragraph that several kept essays have in common, formulaic language."""

    passage: Annotated[str, "as it stands where it is first"]
    masked: Annotated[str, "as it is compared: years, digits and the like masked"]
    kind: Annotated[str, "sentence or paragraph"]
    essays: Annotated[int, "kept essays it stands in"]
    occurrences: Annotated[int, "times it stands there"]
    characters: Annotated[int, "characters of `masked`"]
    first_id: Annotated[str, "essay_id of the first essay it stands in"]


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


@dataclass(frozen=True, slots=True)
class TakedownRow:
    """Table `takedowns`: what was taken out of the corpus on demand; nothing else of it is left."""

    id: Annotated[str, "what was asked for: hash of an address or of a host, essay_id, or cluster_id"]
    kind: Annotated[str, "url, host, essay or cluster"]
    since: Annotated[date | None, "day of the demand"]
    reason: Annotated[str, "reason as far as it is public"]
    pages: Annotated[int, "pages of the input that it took out of this version"]
    essays: Annotated[int, "essays that it took out of this version, duplicates and rejected texts included"]
    marks: Annotated[tuple[str, ...], "hashes that what went is known by, should it turn up under another id"]
