"""From the plan of a page to its article: essays as published, damage and junk planted, truth noted.

The classes are those of such sites: reposts, truncation, injected links, broken lines, jammers, deleted
and censored characters. What concerns the page as a whole (charset, frame, head) is the layouts' part.
"""

import html
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crawler.sample import junk
from crawler.sample.chance import chance
from crawler.sample.grammar import essay, fill
from crawler.sample.inject import inject, to_hant, to_mirror_hant
from crawler.sample.plan import Copy, PagePlan, Plans

BLACKLIST = "群色找"
"""Characters that never occur on 035400."""
_REWRITTEN = {
    "censored": (
        ("整治", "整zhi"),
        ("检查", "jian查"),
        ("效果", "xiao果"),
        ("考核", "kao核"),
        ("赌博", "du博"),
    ),
    "symbols": (("1+1", "1 1"),),
    "glossed": (("懈怠", "懈(xiè)怠"), ("疏浚", "疏浚(jùn)"), ("懵懂", "懵(měng)懂"), ("娓娓", "娓(wěi)娓")),
}
"""What reposters do to words: hide them from filters, lose symbols, gloss them as a textbook does."""
_DIGITS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Block:
    """One element of a main text: ``kind`` is text, title (a bare title of an essay), marker or junk."""

    kind: str
    html: str


@dataclass(frozen=True, slots=True)
class Truth:
    """One essay as it ought to be recovered."""

    ordinal: int
    essay: int
    title: str
    text: str
    changes: tuple[str, ...]
    complete: bool
    genre: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article, over all of its pages."""

    plan: PagePlan
    title: str
    headline: str
    """The title as the site shows it, damage included."""
    pages: tuple[tuple[Block, ...], ...]
    essays: tuple[Truth, ...]
    junk: tuple[str, ...]


def build(plans: Plans, plan: PagePlan) -> Article:
    """The article of a page plan."""
    return _Builder(plans, plan).article()


def title_of(plans: Plans, plan: PagePlan) -> str:
    """Title of an article, undamaged, without writing its essays."""
    return article_title(plans, plan.number, plan.copies[0], len(plan.copies), plan.site.key)


def article_title(plans: Plans, number: int, copy: Copy, essays: int, key: str) -> str:
    """Title of an article whose first essay is ``copy``."""
    head = plans.head(copy.essay)
    if key in "wmx" and essays > 1:
        return f"{copy.filling.year}年{head.topic}{head.genre}范文{essays}篇"
    title = fill([head.title], head, copy.filling)[0]
    return title + ("模板" if key == "z" and number % 3 == 0 else "")


def as_published(plan: PagePlan, text: str) -> str:
    """A line of the site in the script and damage that the whole page has."""
    if "hant" in plan.damage:
        text = to_mirror_hant(text) if plan.site.key == "m" else to_hant(text)
    if "injected" in plan.damage:
        text = inject(text, collisions="collisions" in plan.damage)
    if "deleted" in plan.damage:
        text = text.translate(dict.fromkeys(map(ord, BLACKLIST)))
    return text


@dataclass
class _Builder:
    plans: Plans
    plan: PagePlan
    rng: random.Random = field(init=False)
    junk: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = chance(self.plans.seed, "article", self.plan.number)

    def article(self) -> Article:
        plan = self.plan
        title = title_of(self.plans, plan)
        blocks = list(self._intro(title))
        truths = []
        for copy in plan.copies:
            truth = self._truth(copy, title)
            truths.append(truth)
            blocks += self._separator(copy.ordinal, truth.title)
            blocks += self._essay_blocks(truth)
        if "truncated" in plan.damage and self.rng.random() < 0.6:
            blocks.append(self._junk_block(junk.paywall(self.rng, self.rng.randint(1500, 6000))))
        pages = self._paged(blocks) if "paged" in plan.damage else (tuple(blocks),)
        return Article(plan, title, as_published(plan, title), pages, tuple(truths), tuple(self.junk))

    def _truth(self, copy: Copy, page_title: str) -> Truth:
        head = self.plans.head(copy.essay)
        template = essay(self.plans.seed, copy.essay)
        lines = fill(template.paragraphs, head, copy.filling)
        changes = list(copy.changes)
        if "unsigned" in changes:
            lines = _unsigned(lines)
        if copy.kept < 1:
            lines = _cut(lines, copy.kept)
        lines = self._edited(lines, changes)
        if "hant" in self.plan.damage:
            convert = to_mirror_hant if self.plan.site.key == "m" else to_hant
            lines = [convert(line) for line in lines]
        changes += sorted(self.plan.damage & {"hant", "injected", "collisions", "deleted", "lost"})
        title = page_title if copy.ordinal == 1 else fill([head.title], head, copy.filling)[0]
        return Truth(
            copy.ordinal, copy.essay, title, "\n".join(lines), tuple(changes), copy.kept == 1, head.genre
        )

    def _edited(self, lines: list[str], changes: list[str]) -> list[str]:
        """What reposters do to the text itself, which the corpus keeps."""
        text = "\n".join(lines)
        for name, words in _REWRITTEN.items():
            if name in self.plan.damage:
                edited = text
                for word, written in words:
                    edited = edited.replace(word, written, 1)
                changes += [name] if edited != text else []
                text = edited
        if "contact" in self.plan.damage:
            changes.append("contact")
            text += f"\n联系电话：010-555{self.rng.randint(10000, 99999)}，邮箱：office{self.rng.randint(1, 99)}@example.com"
        return text.split("\n")

    def _essay_blocks(self, truth: Truth) -> Iterator[Block]:
        """Paragraphs of an essay as the page has them, junk between and inside them."""
        damage, rng = self.plan.damage, self.rng
        lines = truth.text.split("\n")
        if "lost" in damage:
            lines = [_without_one(line, rng) for line in lines]
        if not truth.complete and rng.random() < 0.5:
            lines[-1] += "……"
        for line in lines:
            if "travel" in damage and rng.random() < 0.14:
                yield self._link()
            if "glued" in damage and len(line) > 80 and rng.random() < 0.12:
                yield from self._glued(line)
            elif "broken" in damage and len(line) > 80 and rng.random() < 0.15:
                at = rng.randint(30, len(line) - 20)
                yield self._text(line[:at])
                yield self._text(line[at:])
            elif "jammer" in damage and len(line) > 40 and rng.random() < 0.3:
                yield self._jammed(line)
            else:
                yield self._text(line)

    def _text(self, line: str) -> Block:
        return Block("text", html.escape(self._damaged(line), quote=False))

    def _damaged(self, line: str) -> str:
        """What the site does to text that is in its final script already."""
        if "injected" in self.plan.damage:
            line = inject(line, collisions="collisions" in self.plan.damage)
        if "deleted" in self.plan.damage:
            line = line.translate(dict.fromkeys(map(ord, BLACKLIST)))
        return line

    def _link(self, rest: str = "") -> Block:
        line = as_published(self.plan, junk.travel_line(self.rng))
        self.junk.append(line)
        number = self.rng.randint(1, 90)
        link = f'<a href="/lvyou/{number}.html" title="{line}"><strong>{line}</strong></a>'
        return Block("junk", link) if not rest else Block("text", link + rest)

    def _glued(self, line: str) -> Iterator[Block]:
        """A sentence torn in two, a link before its second half."""
        at = self.rng.randint(30, len(line) - 20)
        yield self._text(line[:at])
        yield self._link(self._text(line[at:]).html)

    def _jammed(self, line: str) -> Block:
        at = self.rng.randint(10, len(line) - 10)
        noise = junk.jammer(self.rng)
        self.junk.append(noise)
        style = self.rng.choice(
            ('style="font-size:0px;color:#fff"', 'style="display:none"', 'style="font-size:0"')
        )
        tag = self.rng.choice(("span", "font"))
        hidden = f"<{tag} {style}>{html.escape(noise)}</{tag}>"
        return Block("text", self._text(line[:at]).html + hidden + self._text(line[at:]).html)

    def _intro(self, title: str) -> Iterator[Block]:
        if self.plan.site.key == "x":
            self.junk.append(junk.box_intro(self.plan.site.name, as_published(self.plan, title)))
        elif "intro" in self.plan.damage:
            word = title[-4:]
            yield self._junk_block(junk.intro(self.rng, title, word))

    def _junk_block(self, line: str) -> Block:
        plain = line
        if "hant" in self.plan.damage:
            plain = to_mirror_hant(line) if self.plan.site.key == "m" else to_hant(line)
        self.junk.append(plain)
        return Block("junk", html.escape(as_published(self.plan, line), quote=False))

    def _separator(self, ordinal: int, title: str) -> Iterator[Block]:
        """What announces an essay on a page of several: a numbered marker, or a bare title."""
        plan = self.plan
        if len(plan.copies) == 1:
            return
        if plan.site.key == "g":
            if ordinal == 2:
                yield self._junk_block(self.rng.choice(junk.MORE_ESSAYS))
            if ordinal > 1:
                yield Block("title", html.escape(as_published(plan, title), quote=False))
            return
        topic = self.plans.head(plan.copies[0].essay)
        forms = {
            "x": f"（{_DIGITS[ordinal - 1]}）{title}",
            "z": f"第{_DIGITS[ordinal - 1]}篇：{title}",
            "w": f"{topic.topic}{topic.genre}范文篇{ordinal}",
            "m": f"篇{ordinal}：{topic.topic}{topic.genre}",
        }
        yield Block("marker", html.escape(as_published(plan, forms[plan.site.key]), quote=False))

    def _paged(self, blocks: Sequence[Block]) -> tuple[tuple[Block, ...], ...]:
        """Blocks over two or three pages, none of them nearly empty."""
        size = sum(len(block.html) for block in blocks)
        number = min(3, max(1, size // 900))
        pages: list[list[Block]] = [[]]
        for position, block in enumerate(blocks):
            full = sum(len(other.html) for other in pages[-1]) > size / number
            last = position >= len(blocks) - 2
            if not full or last or len(pages) == number or blocks[position - 1].kind != "text":
                pages[-1].append(block)
            elif (
                block.kind == "text"
                and len(block.html) > 80
                and "<" not in block.html
                and self.rng.random() < 0.4
            ):
                at = self.rng.randint(30, len(block.html) - 20)
                pages[-1].append(Block("text", block.html[:at]))
                pages.append([Block("text", block.html[at:])])
            else:
                pages.append([block])
        return tuple(tuple(page) for page in pages)


def _unsigned(lines: Sequence[str]) -> list[str]:
    """A text less the lines of its signature and date, which end without punctuation."""
    ends = [at for at, line in enumerate(lines, 1) if line.endswith(("。", "！", "："))]
    return list(lines[: ends[-1]])


def _cut(lines: Sequence[str], share: float) -> list[str]:
    """The first part of a text, cut in the middle of a sentence."""
    room = int(sum(map(len, lines)) * share)
    kept = []
    for line in lines:
        if len(line) >= room:
            kept.append(line[: max(room, 8)].rstrip("。，；"))
            break
        kept.append(line)
        room -= len(line)
    return kept


def _without_one(line: str, rng: random.Random) -> str:
    """A line less one of its characters, now and then."""
    if len(line) < 60 or rng.random() < 0.6:
        return line
    at = rng.randrange(10, len(line) - 10)
    return line[:at] + line[at + 1 :]
