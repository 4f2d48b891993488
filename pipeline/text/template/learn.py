"""Templates from samples: what most pages of a site and shape agree on, and for how long they did."""

import itertools
import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pipeline.schema import AboutBox, Sample, Template, Validity
from pipeline.text.template.selectors import BODY, anchor, present_key

LEAST_SAMPLES = 8
_BREAK = 2
"""Samples in a row that disagree and end a template's validity; a single one, unless it is the last, is a page of
its own kind."""

_REPEATED, _LEAST_REPEATED = 0.4, 5
"""Share of the samples, and their number, on which a line of the site's own stands."""
_REPEATED_WORDLESS, _MANY = 0.9, 12
"""The share for a line without a word of the site's, and the texts it takes: people end their texts alike."""
_LONG = 12
"""Characters from which on a line that so many different texts share is nobody's sentence."""
_SITE_WORD = re.compile(
    r"本[站网]|小编|范文|下载|文档|来源[:：]|转载|更多.{0,12}(?:文章|总结|内容|阅读|资料)|点击|版权|https?:|www\.|公众号|收藏"
    r"|关注(?:我们|微信)|分享(?:给|到)|标签[:：]|侵权|文库|会员|欢迎(?:下次|访问|光临)"
)
CLOSING = re.compile(
    r"^(此致|敬礼|谢谢|感谢|特此|汇报完毕|报告完毕|以上|完|我的(汇报|发言|述职|演讲|讲话)|希望大家|(尊敬|敬爱|亲爱)的|各位|同志"
    r"|[一二三四五六七八九十\d（(]+[、.．)）]|.{0,8}[人者位]\s?[:：]|.{0,6}(19|20)\d\d年)|批评指正"
)
"""Lines that many people's texts share, signatures and dates."""
_HEAD, _TAIL = 4, 12
"""Lines at either edge of a text among which the site's own stand."""
MOST_BEHIND = 40
"""Characters of sentences behind a line that ends the text."""
_MARK = re.compile(r"[，。；！？,.;!?]")
_MOST_ABOUT = 6
_ENOUGH = 64
"""Different texts that tell enough of a template."""
_ALIKE = 0.3
"""Share of common lines from which on two texts are one."""


def learn(samples: Iterable[Sample]) -> tuple[Template, ...]:
    """Templates of all sites and shapes, several of one where its pages were redesigned or differ in kind."""
    ordered = sorted(samples, key=lambda each: (each.site, each.shape, each.moment, each.url, each.lines))
    return tuple(
        template
        for _, group in itertools.groupby(ordered, key=lambda each: (each.site, each.shape))
        for template in _of_shape(list(group))
    )


def _of_shape(samples: list[Sample]) -> Iterator[Template]:
    """Templates in the order in which they came into use."""
    groups: dict[str, list[Sample]] = {}
    for each in samples:
        if each.selector:
            groups.setdefault(each.selector, []).append(each)
    version = 0
    for selector, group in groups.items():
        different = _different(group) if len(group) >= LEAST_SAMPLES else []
        if len(different) >= LEAST_SAMPLES:
            version += 1
            yield _template(group, different, tuple(_validities(samples, selector)), version)


def _validities(samples: Sequence[Sample], selector: str) -> Iterator[Validity]:
    """Stretches between samples that agree; pages on which the selector finds nothing are no evidence."""
    needed = present_key(anchor(selector))
    everywhere = selector.startswith(BODY)
    since = until = ""
    against = 0
    for each in samples:
        if each.selector == selector:
            if against >= _BREAK and since:
                yield Validity(since, until)
                since = ""
            since, until, against = since or each.moment, each.moment, 0
        elif everywhere or needed in each.present:
            against += 1
    if since:
        yield Validity(since, until if against else "")


def _different(samples: Sequence[Sample]) -> list[Sample]:
    """Samples less those that repeat the text of another one, up to as many as tell enough.

    Reposts share their lines, but for numbers. Lines of the site's own, which many share, are no evidence,
    unless a text consists of them.
    """
    texts = [frozenset(line_key(line) for line in each.lines if len(line) >= _LONG) for each in samples]
    counts = Counter(line for text in texts for line in text)
    frame = {line for line, count in counts.items() if count >= max(_LEAST_REPEATED, _REPEATED * len(texts))}
    kept: list[tuple[Sample, frozenset[str]]] = []
    for each, text in zip(samples, texts, strict=True):
        own = text - frame
        if sum(map(len, own)) < sum(map(len, text & frame)) or not own:
            own = text or frozenset(["".join(map(line_key, each.lines))])
        if all(len(own & known) <= _ALIKE * min(len(own), len(known)) for _, known in kept):
            kept.append((each, own))
            if len(kept) == _ENOUGH:
                break
    return [each for each, _ in kept]


def _template(
    group: Sequence[Sample], different: Sequence[Sample], valid: tuple[Validity, ...], version: int
) -> Template:
    texts = [[line_key(line) for line in each.lines] for each in different]
    repeated = frozenset(_repeated(texts))
    first = group[0]
    return Template(
        site=first.site,
        shape=first.shape,
        version=version,
        selector=first.selector,
        about=_about(different),
        repeated=tuple(sorted(repeated)),
        ends=tuple(sorted(line for line in repeated if _ends(line, texts, repeated))),
        samples=len(group),
        example=first.url,
        confidence=round(statistics.fmean(each.confidence for each in group), 2),
        stops=math.floor(100 * min(each.stops for each in group)) / 100,
        linked=math.ceil(100 * max(each.linked for each in group)) / 100,
        valid=valid,
    )


def _about(samples: Sequence[Sample]) -> tuple[AboutBox, ...]:
    counts = Counter(box for each in samples for box in set(each.about))
    often = sorted(
        (box for box, count in counts.items() if count >= 2), key=lambda box: (-counts[box], box.selector)
    )
    return tuple(sorted(often[:_MOST_ABOUT], key=lambda box: (not box.before, box.selector)))


def line_key(text: str) -> str:
    """A line as it is compared with others: without spaces, digits as 0."""
    return re.sub(r"\d+", "0", "".join(text.split()))


def sentences(lines: Iterable[str]) -> int:
    """Characters of the lines that have a mark of a sentence."""
    return sum(len(line) for line in lines if _MARK.search(line))


def _repeated(texts: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of the site's own: at an edge of many different texts, and such as no two people write."""
    counts = Counter(line for text in texts for line in {*text[:_HEAD], *text[-_TAIL:]})
    for line, count in counts.items():
        site = _SITE_WORD.search(line) is not None
        share = _REPEATED if site else _REPEATED_WORDLESS
        often = count >= max(_LEAST_REPEATED, share * len(texts))
        if often and not CLOSING.search(line) and (site or (len(line) >= _LONG and len(texts) >= _MANY)):
            yield line


def _ends(line: str, texts: Sequence[Sequence[str]], repeated: frozenset[str]) -> bool:
    """Whether hardly a sentence ever stands behind a repeated line that is not repeated itself."""
    behind = [text[text.index(line) + 1 :] for text in texts if line in text]
    rest = [sentences(other for other in part if other not in repeated) for part in behind]
    return sum(size <= MOST_BEHIND for size in rest) >= 0.9 * len(rest)
