"""Invented report essays: a grammar of its own phrases, deterministic from the essay's number.

An essay is a template: years, places, units, numbers and dates are slots, so that a repost is the
same template under another ``Filling``. Two essays of different numbers share formulas and little else.
"""

import functools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.sample.chance import chance
from crawler.sample.phrases import COMPOSED_SHARE, Field, common, fields

_NAME = re.compile(r"\{([a-z_]+?)\d?\}")
_SLOT = re.compile(r"<(Y|L|F|P|U|N|n{1,3}|k|%|d|m)>")
_NUMERALS = "一二三四五六七八九十"
_DRAWS = 6
_SHORT_SHARE = 0.13


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in the slots of one published copy."""

    year: int
    year_style: str
    """``{}年`` for a real year, ``XX年`` and the like for a placeholder."""
    place: str
    place_style: str
    """``{}`` for the place itself, ``XX县`` and the like for a placeholder."""
    numbers: int
    """Seed of the numbers and dates."""
    blanket: bool = False
    """Every year was replaced by the same one."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a list of articles shows of an essay."""

    genre: str
    field: Field
    topic: str
    unit: str
    title: str


@dataclass(frozen=True, slots=True)
class Essay:
    """Template of an essay; ``fill`` makes it a text."""

    number: int
    head: Head
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Genre:
    name: str
    word: str
    weight: int
    opening: str
    body: tuple[str, ...]
    closing: str
    salutation: tuple[str, ...] = ()
    letter: bool = False


_LEADERS = ("尊敬的领导：", "各位领导、各位同事：", "尊敬的各位评委：")
_GENRES = (
    _Genre("总结", "工作总结", 36, "open_report", ("deed", "deed", "deed", "fact"), "end_report"),
    _Genre("计划", "工作计划", 14, "open_plan", ("plan_line", "plan_line", "deed"), "end_report"),
    _Genre("心得", "心得体会", 14, "open_feel", ("thought", "thought", "deed"), "end_report"),
    _Genre("述职", "述职报告", 10, "open_report", ("deed", "fact", "thought"), "end_report", _LEADERS),
    _Genre(
        "讲话",
        "讲话稿",
        8,
        "open_talk",
        ("deed", "plan_line", "thought"),
        "end_talk",
        ("同志们：", "各位来宾，同志们："),
    ),
    _Genre("申请", "申请书", 6, "open_apply", ("thought", "deed"), "end_apply", _LEADERS[:1], letter=True),
    _Genre("汇报", "情况汇报", 7, "open_report", ("deed", "fact", "deed"), "end_report"),
    _Genre("报告", "自查报告", 5, "open_report", ("deed", "fault_line", "fact"), "end_report"),
)
_TITLES = (
    "<U><Y>{topic}{word}",
    "<Y>{topic}{word}",
    "{topic}{word}",
    "<U>{topic}{word}",
    "<Y><U>{topic}{word}",
)


def place_name(rng: random.Random) -> str:
    """An invented place such as 清溪县."""
    lists = common()
    return rng.choice(lists["first"]) + rng.choice(lists["second"]) + rng.choice(lists["level"])


def original_filling(seed: int, number: int) -> Filling:
    """Slots of an essay as its author filled them."""
    rng = chance(seed, "filling", number)
    return Filling(rng.randint(2008, 2024), "{}年", place_name(rng), "{}", rng.getrandbits(48))


@functools.lru_cache(maxsize=4096)
def head_of(seed: int, number: int) -> Head:
    """Genre, field and title template of an essay, without writing the essay."""
    rng = chance(seed, "head", number)
    genre = rng.choices(_GENRES, [genre.weight for genre in _GENRES])[0]
    field = rng.choice(fields())
    topic, unit = rng.choice(field.lists["topic"]), rng.choice(field.lists["unit"])
    title = rng.choice(_TITLES).format(topic=topic, word=genre.word)
    return Head(genre.name, field, topic, unit, title)


def essay(seed: int, number: int) -> Essay:
    """Essay ``number`` of the sample web with this seed: 250 to 3,500 characters."""
    head = head_of(seed, number)
    return Essay(number, head, tuple(_Writer(chance(seed, "essay", number), head).paragraphs()))


def fill(templates: Sequence[str], head: Head, filling: Filling) -> list[str]:
    """Templates with their slots filled; the same filling gives the same text, template by template."""
    rng = chance(filling.numbers)
    return [_SLOT.sub(lambda match: _value(match[1], rng, head, filling), text) for text in templates]


def _value(slot: str, rng: random.Random, head: Head, filling: Filling) -> str:
    if slot in "YLF":
        shift = 0 if filling.blanket else "LYF".index(slot) - 1
        return filling.year_style.format(filling.year + shift)
    if slot in "PU":
        place = filling.place_style.format(filling.place)
        return place if slot == "P" else place + head.unit
    if slot == "N":
        return rng.choice(common()["surname"]) + rng.choice(common()["given"])
    return _number(slot, rng)


def _number(slot: str, rng: random.Random) -> str:
    ranges = {"n": (2, 9), "nn": (11, 98), "nnn": (101, 989), "k": (1000, 9800), "m": (1, 12)}
    if slot == "%":
        return f"{rng.randint(601, 998) / 10:g}%"
    if slot == "d":
        return f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
    number = rng.randint(*ranges[slot])
    return f"{number}月" if slot == "m" else str(number)


class _Writer:
    """Writes one essay, seldom using a phrase twice."""

    def __init__(self, rng: random.Random, head: Head) -> None:
        self._rng = rng
        self._head = head
        self._genre = next(genre for genre in _GENRES if genre.name == head.genre)
        self._used: set[str] = set()
        self._field = head.field
        short = rng.random() < _SHORT_SHARE
        self._target = rng.randint(260, 560) if short else int(rng.triangular(650, 3300, 1150))

    def paragraphs(self) -> Iterator[str]:
        genre, rng = self._genre, self._rng
        if genre.salutation and rng.random() < 0.8:
            yield rng.choice(genre.salutation)
        yield self._draw(genre.opening)
        yield from self._body()
        yield self._draw(genre.closing)
        if genre.letter:
            yield "此致"
            yield "敬礼！"
            yield f"申请人：{self._expand('<N>')}"
            yield "<Y><d>"
        elif rng.random() < 0.35:
            yield "<U>"
            yield "<Y><d>"

    def _body(self) -> Iterator[str]:
        """Sections with headings in one numbering style; short essays have none."""
        if self._target < 600:
            yield from self._section(self._genre.body, self._target - 150)
            return
        kinds = [("heading", self._genre.body)] * self._rng.randint(1, 3)
        if self._rng.random() < 0.6:
            kinds.append(("heading_fault", ("fault_line",)))
        if self._rng.random() < 0.6:
            kinds.append(("heading_plan", ("plan_line",)))
        style = self._rng.choice(("{}、", "{}、", "（{}）", "第{}，", "{}是"))
        weights = [3 if kind == "heading" else 1 for kind, _ in kinds]
        room = self._target - 180
        for position, (kind, body) in enumerate(kinds):
            size = room * weights[position] // sum(weights)
            heading = style.format(_NUMERALS[position]) + self._draw(kind)
            self._field = self._rng.choice(fields()) if self._rng.random() < 0.12 else self._head.field
            if style.endswith(("，", "是")):
                yield from self._section(body, size, heading + "。")
            else:
                yield heading
                yield from self._section(body, size)
        self._field = self._head.field

    def _section(self, kinds: Sequence[str], size: int, start: str = "") -> Iterator[str]:
        """Paragraphs of 60 to 300 characters, about ``size`` in all, some of them numbered."""
        numbered = size > 500 and self._rng.random() < 0.5
        style = self._rng.choice(("{}.", "（{}）", "{}、"))
        count = written = 0
        while written < size:
            count += 1
            mark = (
                style.format(_NUMERALS[count - 1] if style == "（{}）" else count)
                if numbered and count < 10
                else ""
            )
            paragraph = start or mark
            start = ""
            goal = self._rng.randint(60, 240)
            while len(paragraph) < goal:
                paragraph += self._draw(self._rng.choice(kinds))
            yield paragraph
            written += len(paragraph)

    def _draw(self, name: str) -> str:
        """A phrase of the list, expanded, one that was not used yet if a few draws find one."""
        lists = common() if name not in self._field.lists else self._field.lists
        composed = f"composed_{name}"
        if composed in common() and self._rng.random() < COMPOSED_SHARE:
            return self._expand(common()[composed][0])
        choices = lists[name]
        for _ in range(_DRAWS):
            phrase = self._rng.choice(choices)
            if phrase not in self._used:
                break
        self._used.add(phrase)
        return self._expand(phrase)

    def _expand(self, phrase: str) -> str:
        return _NAME.sub(lambda match: self._nonterminal(match[1]), phrase)

    def _nonterminal(self, name: str) -> str:
        if name == "unit_name":
            return "<U>"
        if name == "topic_name":
            return self._head.topic
        return self._draw(name)
