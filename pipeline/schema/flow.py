"""Records on their way: from a stored response to the essays that the tables are made of."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pipeline.pager import PAGE_SUFFIX
from pipeline.schema.tables import AboutBox, EssayFacts, PageRow


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
    rights: Annotated[tuple[str, ...], "headers X-Robots-Tag and tdm-reservation, as `name: value`"] = ()


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
    digest: Annotated[str, "hash of the columns that essays follow from"]


@dataclass(frozen=True, slots=True)
class SettledPage(PageRow):
    """What of a document is needed once its essays are recovered."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Essay(EssayFacts):
    """An essay on its way: with the key it is compared under, or the rule it was rejected by."""

    edits: Annotated[tuple[Edit, ...], "what leads back to the text as it stood on the page, in order"]
    key: Annotated[str, "text the duplicate search compares: masked, folded, simplified"]
    article_key: Annotated[str, "hash of all that the essays of its article follow from"]
    masked_late: Annotated[bool, "contact data showed only when the text was recovered"]
    rule: Annotated[str, "why it was rejected, empty if it was not"]
    reason: Annotated[str, "the same in words"]


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
class Copy:
    """An essay of a cluster of two or more."""

    cluster_id: str
    essay_id: str
    kept: bool
    url: str
    site: str
    title: str
    published: date | None
    fetched_at: datetime | None
    jaccard: Annotated[float, "similarity to the kept one"]
    text_hans: str


@dataclass(frozen=True, slots=True)
class PairCount:
    """How often one character stands right behind another in the essays of a site."""

    site: str
    pair: Annotated[int, "code point in front in the upper 32 bits, the other in the lower"]
    count: int
