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


@dataclass(frozen=True, slots=True)
class RemovedLine:
    """A line (or part of one) that is not the essay's, and the rule that says so."""

    rule: str
    text: str


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
    source: Annotated[str, "file it was read from"]
    offset: Annotated[int, "byte offset of the WARC record, or row number"]


@dataclass(frozen=True, slots=True)
class Document(PageRow):
    """The main text of one page, line by line, beside what the page says about itself."""

    article_url: Annotated[str, "canonical URL of the article's first page"]
    page_no: Annotated[int, "1 for the first page of an article"]
    page_count: Annotated[int, "pages that the article has, as far as this page's links tell"]
    published: date | None
    hijacked: Annotated[bool, "the head carries another site's advertisement"]
    lines: Annotated[tuple[Line, ...], "main text, a paragraph a line"]
    removed: Annotated[tuple[RemovedLine, ...], "lines taken out of it because the site repeats them"]
    rule: Annotated[str, "why it was rejected, empty if it was not"]
    reason: Annotated[str, "the same in words"]
    bucket: Annotated[int, "hash of the article, 0 to 65,535: what its pages are brought together by"]


@dataclass(frozen=True, slots=True)
class EssayFacts:
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
    genre: Annotated[str, "总结, 计划, 心得, …; empty if the title does not tell"]
    published: Annotated[date | None, "publication date the page states"]
    fetched_at: Annotated[datetime | None, "when the page was fetched (UTC)"]
    pages: Annotated[int, "pages the article was joined from"]
    chars: Annotated[int, "characters of `text_hans` without white space"]
    repairs: Annotated[int, "injected annotations undone"]
    unrecovered: Annotated[int, "damaged spots that could not be undone (marked, not guessed)"]
    removed: Annotated[
        tuple[RemovedLine, ...], "lines taken out of the article, with the rule; on its first essay"
    ]
    flags: Annotated[tuple[str, ...], "truncated, year_doubtful, pinyin_censored, hijacked"]


@dataclass(frozen=True, slots=True)
class Essay(EssayFacts):
    """An essay on its way: with the key it is compared under, or the rule it was rejected by."""

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
    url: Annotated[str, "canonical URL"]
    site: Annotated[str, "id of the site file, or the host where there is none"]
    stage: Annotated[str, "stage it left at"]
    rule: Annotated[str, "short name of the reason, to group by"]
    reason: Annotated[str, "the reason in words"]
    text: Annotated[str, "text as far as it was known, empty for pages that could not be read"]


PAGE = schema_of(Page)
SAMPLE = schema_of(Sample)
DOCUMENT = schema_of(Document)
ESSAY = schema_of(Essay)

TABLES = {
    "essays": EssayRow,
    "duplicates": DuplicateRow,
    "rejected": Rejected,
    "pages": PageRow,
    "templates": Template,
}
"""Published tables by name, each with the record that defines it."""
