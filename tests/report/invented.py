"""Invented corpora in the shape of published ones, of any size, written without a crawl or a build."""

import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeVar

import pyarrow as pa

from pipeline.records import Record, schema_of
from pipeline.schema import (
    ClusterRow,
    ContactCount,
    DuplicateRow,
    EssayRow,
    Filling,
    PageRow,
    Rejected,
    RemovedLineRow,
    RepairRow,
    stable_id,
)

CHUNK = 5000
PLACES = ("白湖区", "青河县", "松港镇", "武浦市", "桃湾乡", "永源县")
GENRES = ("总结", "计划", "心得", "述职", "报告", "讲话", "申请", "")
SUBJECTS = ("教育", "税务", "护理", "党建", "公路养护", "档案", "信访", "防汛", "招商", "环卫")
SENTENCES = (
    "在上级的正确领导下，我们统一思想，提高认识，扎实推进各项工作。",
    "一年来，全体同志团结协作，克服困难，圆满完成了既定任务。",
    "我们坚持问题导向，建立台账，逐项销号，群众满意度稳步上升。",
    "存在的不足是主动性还不够强，创新的办法还不够多。",
    "下一步，我们将再接再厉，争取更大的成绩。",
    "通过学习，我深刻认识到为人民服务是一切工作的出发点。",
    "加强制度建设，规范办事程序，提高服务水平。",
    "开展走访慰问活动，为困难家庭送去温暖。",
    "定期召开例会，分析形势，研究对策。",
    "严格落实责任，做到有安排、有检查、有总结。",
)
PAGE_RULES = ("empty", "binary", "captcha", "login", "soft_404")
TEXT_RULES = ("too_short", "no_essay", "incomplete", "not_prose")
LINE_RULES = ("editor_intro", "link_line", "page_frame", "injected_line", "essay_title")
REPAIRS = ("plain", "rejoined", "from_sibling", "misaligned")
_NOTHING = {
    pa.string(): "",
    pa.int64(): 0,
    pa.float64(): 0.0,
    pa.bool_(): False,
    pa.date32(): None,
    pa.timestamp("ms", tz="UTC"): None,
}


@dataclass(frozen=True)
class World:
    """What is invented."""

    pages: int = 240
    sites: int = 5
    copies: float = 0.45
    """Share of the texts that repeat an earlier one."""
    sentences: int = 12
    hostile: bool = False
    """Titles, reasons, addresses and names are what an attacker would write."""
    contacts: str = "mask"
    seed: int = 1


PLAIN = World()
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "<!--<script>",
    "\u202e\u2028工作总结\u2029",
    "'\"&amp;&lt;b&gt;",
)


R = TypeVar("R", bound=Record)


@functools.cache
def _blank(record: type[Record]) -> Mapping[str, object]:
    return {field.name: _NOTHING.get(field.type, ()) for field in schema_of(record)}


def row(record: type[R], **given: object) -> R:
    """A record with what is given, and nothing in its other fields: a new column breaks no test."""
    return record(**{**_blank(record), **given})


@dataclass(frozen=True)
class _Text:
    """A text, and where in it the year, the place and the number stand."""

    text: str
    slots: tuple[tuple[str, int, int], ...]


class Inventor:
    """Makes the rows of a world, page by page; what it has made is counted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = Random(world.seed)
        self.counts: Counter[str] = Counter()
        self._last = 0
        self.templates: list[tuple[str, int, _Text, EssayRow]] = []
        self.clusters: dict[str, list[ClusterRow]] = {}

    def rows(self) -> Iterator[Record]:
        """Rows of all tables but the clusters."""
        for number in range(self.world.pages):
            yield from self._page(number)

    def _page(self, number: int) -> Iterator[Record]:
        site = self._site()
        url = self._url(site, number)
        dice = self.chance.random()
        outcome = (
            "list" if dice < 0.06 else "other" if dice < 0.07 else "rejected" if dice < 0.12 else "article"
        )
        self.counts[f"pages.{outcome}"] += 1
        page = self._row_of_page(number, site, url, outcome)
        yield page
        if outcome == "rejected":
            rule = self.chance.choice(PAGE_RULES)
            self.counts[f"page.{rule}"] += 1
            reason = f"the page is {rule}" + self.nasty(number)
            yield row(
                Rejected,
                id=page.page_id,
                kind="page",
                url=url,
                site=site,
                stage="extract",
                rule=rule,
                reason=reason,
            )
        if outcome == "article":
            yield from self._texts(number, site, url, page)

    def _row_of_page(self, number: int, site: str, url: str, outcome: str) -> PageRow:
        decoded = outcome != "rejected"
        return row(
            PageRow,
            page_id=stable_id(url),
            url=url,
            fetched_url=url,
            site=site,
            fetched_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=number),
            status=200,
            charset=self.chance.choice(("utf-8", "gb18030", "gb18030", "big5")) if decoded else "",
            charset_reason=self.chance.choice(("meta", "header", "vote")) if decoded else "",
            title=self._title(number),
            extractor=self.chance.choice(("template 1", "content", "trafilatura"))
            if outcome == "article"
            else "",
            outcome=outcome,
            article_url=url,
            page_no=1,
            reserved="noai" if number % 31 == 7 else "",
            contacts=(ContactCount("mobile", 1 + number % 3), ContactCount("qq", 1))
            if number % 9 == 4
            else (),
        )

    def _texts(self, number: int, site: str, url: str, page: PageRow) -> Iterator[Record]:
        if self.chance.random() < 0.08:
            rule = self.chance.choice(TEXT_RULES)
            self.counts[f"essay.{rule}"] += 1
            opening = self._compose(number, 2).text + self.nasty(number)
            yield row(Rejected, id=stable_id(url, "1"), kind="essay", ordinal=1, url=url, site=site,
                      stage="recover", rule=rule, reason=f"the text is {rule}", text=opening)  # fmt: skip
            return
        copied = self.templates and self.chance.random() < self.world.copies
        template = self._popular() if copied else number
        text = self._compose(template, self.world.sentences, variant=number if copied else template)
        essay = self._essay(number, site, url, page, text)
        yield from self._edits(essay)
        self.counts["duplicates" if copied else "kept"] += 1
        if not copied:
            self.templates.append((essay.essay_id, number, text, essay))
            yield essay
            return
        kept_id, _, kept_text, kept = self.templates[self._last]
        self._member(kept, kept_text, essay, text)
        facts = {
            name: getattr(essay, name) for name in schema_of(EssayRow).names if name in _blank(DuplicateRow)
        }
        yield row(
            DuplicateRow,
            **facts | {"kept_id": kept_id, "jaccard": 0.8 + self.chance.random() * 0.2, "rule": "near"},
        )

    def _popular(self) -> int:
        """Number of a template; early ones are copied much more."""
        self._last = int(len(self.templates) * self.chance.random() ** 4)
        return self.templates[self._last][1]

    def _essay(self, number: int, site: str, url: str, page: PageRow, text: _Text) -> EssayRow:
        dated = self.chance.random() < 0.9
        return row(
            EssayRow,
            essay_id=stable_id(url, "1"),
            url=url,
            site=site,
            page_id=page.page_id,
            ordinal=1,
            title=self._title(number),
            text=text.text,
            text_hans=text.text,
            script=self.chance.choice(("hans", "hans", "hans", "hant", "mixed")),
            genre=self.chance.choice(GENRES),
            published=date(2012, 1, 1) + timedelta(days=self.chance.randrange(5000)) if dated else None,
            fetched_at=page.fetched_at,
            pages=1,
            chars=len(text.text.replace("\n", "")),
            reserved=page.reserved,
            cluster_id=stable_id(url, "1"),
            cluster_size=1,
        )

    def _edits(self, essay: EssayRow) -> Iterator[Record]:
        common = {"essay_id": essay.essay_id, "url": essay.url, "site": essay.site, "ordinal": 1}
        places = sorted(self.chance.sample(range(len(essay.text) - 1), self.chance.randrange(6)))
        lines = self.chance.randrange(3)
        for number in range(lines):
            rule = self.chance.choice(LINE_RULES)
            text = f"本站编辑为您推荐：{rule}{self.nasty(number)}"
            yield row(RemovedLineRow, **common, number=number, rule=rule, score=1.0, text=text, trail="\n")
        for number, place in enumerate(places, lines):
            kind, after = self.chance.choice(REPAIRS), essay.text[place]
            before = "\n" if kind == "rejoined" else f"{after}(zhì)"
            spot = {
                "start": place,
                "end": place + (kind != "rejoined"),
                "after": "" if kind == "rejoined" else after,
            }
            yield row(
                RepairRow, **common, **spot, number=number, kind=kind, before=before, certain=number % 4 > 0
            )

    def _member(self, kept: EssayRow, kept_text: _Text, essay: EssayRow, text: _Text) -> None:
        members = self.clusters.setdefault(kept.essay_id, [])
        if not members:
            members.append(self._copy(kept, kept, kept_text, kept_text))
        members.append(self._copy(kept, essay, kept_text, text))

    def _copy(self, kept: EssayRow, essay: EssayRow, kept_text: _Text, text: _Text) -> ClusterRow:
        pairs = zip(kept_text.slots, text.slots, strict=True)
        fillings = tuple(
            Filling(slot, kind, start, end, text.text[a:b])
            for slot, ((kind, start, end), (_, a, b)) in enumerate(pairs, 1)
            if essay is kept or kept_text.text[start:end] != text.text[a:b]
        )
        same = {
            name: getattr(essay, name)
            for name in ("essay_id", "url", "site", "title", "published", "fetched_at")
        }
        return row(
            ClusterRow, cluster_id=kept.essay_id, kept=essay is kept, jaccard=0.9, fillings=fillings, **same
        )

    def _compose(self, template: int, sentences: int, variant: int = 0) -> _Text:
        words, filled = Random(template), Random(variant)
        slots = (
            ("place", filled.choice(PLACES)),
            ("year", str(filled.randrange(2008, 2025))),
            ("number", str(filled.randrange(10, 999))),
        )
        text, spots = "", []
        for (kind, value), glue in zip(
            slots, ("教育局", "年工作总结。\n一年来，共办理群众来信", "件。\n"), strict=True
        ):
            spots.append((kind, len(text), len(text) + len(value)))
            text += value + glue
        body = "".join(words.choice(SENTENCES) + ("\n" if at % 4 == 3 else "") for at in range(sentences))
        return _Text((text + f"第{template}号。" + body).rstrip(), tuple(spots))

    def _title(self, number: int) -> str:
        year, subject = 2010 + number % 15, SUBJECTS[number % len(SUBJECTS)]
        return f"{year}年{subject}工作{GENRES[number % 7]}{self.nasty(number)}"

    def nasty(self, number: int) -> str:
        return HOSTILE[number % len(HOSTILE)] if self.world.hostile else ""

    def _site(self) -> str:
        at = int(self.world.sites * self.chance.random() ** 1.5)
        if self.world.hostile and at == 0:
            return HOSTILE[0]
        return f"site{at:02d}" if at else "gz85"

    def _url(self, site: str, number: int) -> str:
        if self.world.hostile and number % 5 == 0:
            return f"javascript:alert({number})"
        return f"http://www.{site}.example/a/{number}.html"
