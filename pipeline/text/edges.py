"""What stands at a text's edges and is the site's by its form and place alone, whatever its words.

The first line of a page is often a path through the site (蒲公英文库 → 工作计划 → 教研组). It names the site, and a line above or
below a text that has this name is the site's. So is what stands above the page's own title, a line of counters, and
below the text a line of several titles.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.text.metadata import ENDS_IN_GENRE
from pipeline.text.pagetitle import folded
from pipeline.text.titles import repeats
from pipeline.text.words import word_costs

_HEAD, _HEAD_WITH_TITLE, _TAIL = 4, 7, 6
"""Lines at the start, those among which the page's own title may stand, and lines at the end."""
_LONGEST_PATH, _LONGEST_STEP, _LONGEST_ABOVE, _LONGEST_NAMED = 48, 16, 400, 160
_PATH = re.compile(r"\s*(?:>+|»|›|＞+|→|->|▸|≫)\s*")
_LIST = re.compile(r"\s*[|｜┃/／]\s*|\s+[-–—·]\s+|(?<=[\u3400-\u9fff])[-·](?=[\u3400-\u9fff])")
_LEAST_STEPS = 3
_SENTENCE = re.compile(r"[，。；！？“”,!?]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WHERE = re.compile(r"^.*[:：]\s*|\s*(?:网站)?(?:首页|主页)$")
_SHORT_NAME, _LEAST_NAME = 3, 2
_LABEL = re.compile(r"^[^：:]{2,12}[：:]\s*")
_NEIGHBOUR = re.compile(r"[上下]一[篇份条则页章封]")
_OTHERS = re.compile(r"相关|推荐|热门|更多|栏目|需要|看看|延伸|猜|最新")
_PROSE_ENDS = frozenset("。！？：”")
_HALF, _MOST = 0.5, 0.75
"""Shares of the titles in a line that end in their kind."""
_BESIDE = re.compile(r"\s*[|｜┃／/◇◆]\s*|[　 ]{2,}|　")
_AMONG = re.compile(r"\s*[、；;]\s*|\s+")
_DAY_BEHIND = re.compile(r"\s\d{2}-\d{2}$")
_SIGN = re.compile(r"[\U0001f000-\U0001faff☀-➿⬀-⯿]")
_TOKENS = re.compile(r"[!-~\s．︵-﹏]+")
_SYMBOL = re.compile(r"[{}\[\]!@#$%^&*~|<>\\;`_=+(]")
_FIELDS = re.compile(r"[　|｜]+|\s+·\s+|\s{2,}|(?<!于)(?<![:：\d])\s+(?=[\u3400-\u9fff]{2,6}\s*[:：\d])")
_COUNT = re.compile(
    r"(?:[\u3400-\u9fff]{1,6}|[a-z]+)?\s*[:：]?\s*(?:(?!(?:19|20)\d\d年?$)\d[\d,.]*\+?万?\s*(?:次|人次?|回|赞|℃|位|朵|票|天前|小时前)?(?:[人已]?[\u3400-\u9fff]{1,2})?|[★☆]+)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?:(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s*\d\d:\d\d)?|[\u3400-\u9fff]{1,5}[:：]\s*\S{1,16}|[\u3400-\u9fff]{1,3}于?\s*\S{1,10}|\S{1,10}\s*[\u3400-\u9fff]{2})"
)
_READ = re.compile(r"[阅读览览点热赞气播藏论载用看访踩票投]|指数|页数|编号|[值量度]\s*[:：]?\s*\d")
_MEETING = re.compile(r"地\s*点|主持|记录|参加|出席|人物|姓名|班级|分值|满分|感想|后感|字$|\d篇$")
_UNIT = re.compile(r"[:：次回]|\d\s*人")
_LONGEST_FIELDS = 60
_ENOUGH_READ = re.compile(
    r"(?:以上|上面|这)?(?:共|是)?[两三四五六七八九十\d]{1,2}(?:篇|封|则|份|首)[^。，]{0,8}(?:看完|读完|播|奉上|呈|收尾|到此|结束|完毕|送上|分享)"
)
"""How an editor's last line begins: 五篇读完，…"""
_LONGEST_TOKEN, _LEAST_TOKENS, _LEAST_SYMBOLS = 5, 3, 2


def at_edges(lines: Sequence[str], title: str) -> dict[int, str]:
    """Positions of the site's lines, with the rule that says why.

    Args:
        lines: of the text, simplified.
        title: of the page, simplified.
    """
    found: dict[int, str] = {}
    tail = range(max(_HEAD, len(lines) - _TAIL), len(lines))
    head = range(min(_HEAD, len(lines) - 1))
    if any(is_path(lines[at]) for at in head[:2]):
        first = next(at for at in head if is_path(lines[at]))
        found[first] = "site_path"
        found |= dict.fromkeys(_named(lines, first, title, (*head, *tail)), "site_name")
    if head and (is_path(lines[0]) or counts_readers(lines[0]) or _has_signs(lines[0])):
        found |= dict.fromkeys(_above_title(lines, title), "above_title")
    found |= {at: "counter_signs" for at in (*head, *tail) if _has_signs(lines[at])}
    found |= {at: "counter_fields" for at in head if counts_readers(lines[at])}
    found |= {at: "editor_outro" for at in tail if _ENOUGH_READ.match(lines[at])}
    found |= {at: "related_list" for at in tail if lists_titles(lines[at])}
    return found


def is_path(line: str) -> bool:
    """Whether a line is a way through a site: steps with arrows between them, or three of them with bars."""
    if len(line) > _LONGEST_PATH or _SENTENCE.search(line):
        return False
    for between, least in ((_PATH, _LEAST_STEPS - 1), (_LIST, _LEAST_STEPS)):
        steps = between.split(line.strip())
        if len(steps) >= least and all(_is_step(step) for step in steps if step) and all(steps[:-1]):
            return True
    return False


def _is_step(step: str) -> bool:
    return len(step) <= _LONGEST_STEP and _HAN.search(step) is not None


def counts_readers(line: str) -> bool:
    """Whether a line is fields of which one counts: 编号：20718　页数：3, 2019/06/21　人气 73, 阅览 158 回."""
    if len(line) > _LONGEST_FIELDS or _SENTENCE.search(line.replace(",", "")) or _MEETING.search(line):
        return False
    fields = [field.strip() for field in _FIELDS.split(line.strip()) if field.strip()]
    counts = [field for field in fields if _COUNT.fullmatch(field)]
    if not any(_READ.search(field) for field in fields):
        return False
    if len(fields) == 1 and not _UNIT.search(line):
        return False
    return bool(counts) and all(field in counts or _FIELD.fullmatch(field) for field in fields)


def lists_titles(line: str) -> bool:
    """Whether a line is several titles beside each other: 护士述职 ｜ 药师总结 ｜ 院感计划."""
    if line[-1:] in _PROSE_ENDS or len(line) > _LONGEST_NAMED:
        return False
    label = _LABEL.match(line)
    if label and _NEIGHBOUR.search(label[0]):
        return True
    plain = line[label.end() :].strip() if label else line.strip()
    least = _LEAST_STEPS - (label is not None)
    for between, share in ((_BESIDE, _HALF), (_AMONG, _MOST)):
        parts = [part for part in between.split(plain) if part]
        kinds = sum(ENDS_IN_GENRE.search(_DAY_BEHIND.sub("", part)) is not None for part in parts)
        if len(parts) == 1 and kinds and _DAY_BEHIND.search(plain):
            return True
        enough = kinds >= len(parts) * (_HALF if label and _OTHERS.search(label[0]) else share)
        if enough and len(parts) >= least and all(map(_may_be_title, parts)):
            return True
    return False


def _may_be_title(part: str) -> bool:
    return _LEAST_NAME < len(part) <= 2 * _LONGEST_STEP and not _SENTENCE.search(part)


def _named(lines: Sequence[str], path: int, title: str, places: Sequence[int]) -> Iterator[int]:
    """Lines at the edges that have the site's name, which the text itself has not."""
    steps = next(filter(lambda some: len(some) > 1, (_PATH.split(lines[path]), _LIST.split(lines[path]))), [])
    name = next(iter(_WHERE.sub("", steps[0] if steps else "").split()), "")
    inner = "\n".join((title, *(line for at, line in enumerate(lines) if at not in places)))
    names = [
        some
        for some in dict.fromkeys((name, name[: _SHORT_NAME + 1], name[:_SHORT_NAME], name[:_LEAST_NAME]))
        if len(some) >= _LEAST_NAME and some not in word_costs() and some not in inner
    ]
    for at in places:
        if at != path and len(lines[at]) <= _LONGEST_NAMED and any(some in lines[at] for some in names):
            yield at


def _above_title(lines: Sequence[str], title: str) -> range:
    """What stands above the page's own title, if that is little."""
    own, longest = (folded(title),), len(title) + _LONGEST_STEP
    heads = (at for at, line in enumerate(lines[:_HEAD_WITH_TITLE]) if len(line) <= longest)
    at = next((at for at in heads if repeats(lines[at], own)), 0)
    return range(at if sum(map(len, lines[:at])) <= _LONGEST_ABOVE else 0)


def _has_signs(line: str) -> bool:
    """Whether a line has signs and figures only, or is what a jammer leaves: 👁 772　👍 19, 1l!i {Y9 %q ~v."""
    if _HAN.search(line):
        return False
    if _SIGN.search(line) and re.search(r"\d", line):
        return True
    tokens = line.split()
    return (
        _TOKENS.fullmatch(line) is not None
        and len(tokens) >= _LEAST_TOKENS
        and max(map(len, tokens)) <= _LONGEST_TOKEN
        and len(_SYMBOL.findall(line)) >= _LEAST_SYMBOLS
    )
