"""Pages that answered with something other than what they are: a captcha, a login wall, half a text, an advert.

Two questions are asked. A page without prose of its own may be a notice that stands in an essay's place:
it is one if it says so where a notice speaks. A page with prose is suspected only if a line says that the
text is cut there, or if the prose is an advertisement. What an essay merely mentions decides nothing: a
page that holds one is left alone, whatever its head or its frame carry.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.text.notices import ADVERT, NOTICES, CutLine, Notice, cues_in, cut_line
from pipeline.text.page.view import HAN, Block, View, view

REASONS = {
    "captcha": "a captcha stands in place of the page",
    "anti-bot": "a check of the browser stands in place of the page",
    "login": "a login form stands in place of the page",
    "paywall": "a line says that the text is cut here and goes on elsewhere",
    "hijacked": "another site's advertisement stands in place of the page, or the page leads there",
    "blocked": "a guard refused the request",
    "closed": "a notice says that the site is closed, or its domain parked",
}
"""What each reason of ``suspect`` says in words."""

_FULL_STOPS = 10
"""So many sentences are no notice's."""
_LEAST_PROSE = 100
"""Chinese characters in sentences of which none is a notice's: from here on a page holds a text."""
_MOST_NOTICE = 400
"""Chinese characters in sentences of any kind that a notice may have."""
_LEAST_TITLES, _TITLE = 5, 8
"""So many links as long as an article's title make a page with a frame, or a list: only its headings speak."""
_MOST_CUT_LINES = 20
_MOST_BEHIND = 100
"""Chinese characters of prose behind a line that says the text is cut."""
_WHOLE = 0.9
_LEAST_ADVERTS, _ADVERT_SHARE = 3, 0.5
_BARE = 30
"""Characters on a page that does nothing but lead elsewhere."""

_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]?")
_FRAME = re.compile(
    r"验证|登[录陆]|浏览器|刷新|拦截|防火墙|域名|服务器|IP|cookie|javascript|账号|密码|客服|站长|备案|copyright|版权|会员|用户"
    r"|页面|网站|网址|网络|访问|本站|本网|站点|小编|侵权|转载|声明|跳转|下载|主机|系统|管理员|链接|ICP",
    re.IGNORECASE,
)
"""Words of notices and of what stands around a text: a sentence with one is not counted as the essay's."""
_FOOT = re.compile(r"版权|侵权|转载|声明|备案|ICP|本站|本网|小编|copyright|客服|站长", re.IGNORECASE)
"""Words of those that never stand in a text that somebody wrote."""
_MOST_BESIDE = 60
"""Chinese characters in sentences beside a notice."""
_TEXT = re.compile(
    r"总结|计划|规划|汇报|述职|心得|体会|讲话|发言|演讲|方案|检讨|倡议|报告|范文|材料|作文|[观读]后感"
)
"""Words of an essay's title: what else such a title names is its subject."""
_EXCERPT = re.compile(r"(?:\.{3}|…)$")
_ELSEWHERE = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:replace|assign)\(|window\.open\()\s*['\"](?:https?:)?//",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_AGAIN = re.compile(r"location\s*(?:=|\.\s*(?:reload|href|replace|assign))|\.submit\(", re.IGNORECASE)
_COOKIE = re.compile(r"document\.cookie\s*=", re.IGNORECASE)
_CHALLENGE = re.compile(r"acw_sc__v2|__jsl_clearance|_cf_chl|challenge-platform")
"""What the guards of large networks call their cookies and scripts."""
_APPLICATION = re.compile(r"<link\b|\bid=['\"]?(?:app|root|__\w+)\b", re.IGNORECASE)
_SMALL = 6000
"""Characters of a page that only leads elsewhere; a larger one without text is an application."""


def suspect(html: str, *, title: str = "") -> str:
    """Why a page is not what its address promises, empty if nothing speaks against it.

    One of ``captcha``, ``anti-bot``, ``login``, ``paywall``, ``hijacked``, ``blocked`` and ``closed``. An
    ordinary page costs a few searches for words; only one that has no prose, or such words, is parsed.

    Args:
        html: the page, decoded.
        title: its title, if the caller has read it already.
    """
    cues = cues_in(html)
    if cues.cut and (cut := _cut(view(html))):
        return cut
    adverts = cues.adverts >= _LEAST_ADVERTS
    if html.count("。") >= _FULL_STOPS and not adverts:
        return ""
    seen = view(html)
    seen.title = seen.title or title
    prose = _prose(seen.blocks)
    if adverts and _is_advert(seen, prose):
        return "hijacked"
    if prose >= _LEAST_PROSE or sum(size for _, size in _sentences(seen.blocks)) >= _MOST_NOTICE:
        return ""
    return _notice(seen) or _leads_elsewhere(html, seen)


def _sentences(blocks: Iterable[Block]) -> Iterator[tuple[str, int]]:
    """Sentences that are no link's and no excerpt's, with the number of their Chinese characters."""
    for block in blocks:
        if block.linked or _EXCERPT.search(block.text):
            continue
        for sentence in _SENTENCE.findall(block.text):
            size = len(HAN.findall(sentence))
            if size >= 8 and (sentence[-1] in "。！？!?" or "，" in sentence):
                yield sentence, size


def _prose(blocks: Iterable[Block]) -> int:
    """Chinese characters in sentences that only a text has."""
    return sum(size for sentence, size in _sentences(blocks) if not _FRAME.search(sentence))


def _cut(seen: View) -> str:
    """``paywall`` if a line says that the text goes on elsewhere, and the text does stop there."""
    lines = ((at, found) for at, block in enumerate(seen.blocks) if (found := cut_line(block.text)))
    tried = itertools.islice(lines, _MOST_CUT_LINES)
    return "paywall" if any(_stops_at(seen.blocks, at, found) for at, found in tried) else ""


def _stops_at(blocks: Sequence[Block], at: int, line: CutLine) -> bool:
    before = _prose([*blocks[:at], Block(blocks[at].text[: line.start], heading=False, linked=False)])
    behind = _prose(blocks[at + 1 :])
    if line.total and before >= _WHOLE * line.total:
        return False
    return behind < _MOST_BEHIND and (before > 0 or line.sure)


def _is_advert(seen: View, prose: int) -> bool:
    """Whether advertisements stand where the text should: half of the prose, or all there is."""
    told = [block.text for block in seen.blocks if not block.linked]
    sentences = [sentence for text in told for sentence in _SENTENCE.findall(text)]
    sold = sum(len(HAN.findall(sentence)) for sentence in sentences if ADVERT.search(sentence))
    if prose >= _LEAST_PROSE:
        words = {match[0] for text in told for match in ADVERT.finditer(text)}
        return len(words) >= _LEAST_ADVERTS and sold >= _ADVERT_SHARE * prose
    shown = [seen.title, *(block.text for block in seen.blocks)]
    return len({match[0] for text in shown for match in ADVERT.finditer(text)}) >= _LEAST_ADVERTS


def _notice(seen: View) -> str:
    """The kind of notice that a page without prose is, by what its title and headings or all of it say."""
    titles = sum(block.linked and len(block.text) >= _TITLE for block in seen.blocks)
    heads = (seen.title, *(block.text for block in seen.blocks if block.heading))
    lead = [text for text in heads if not _TEXT.search(text)]
    said = [block.text for block in seen.blocks if not block.linked]
    for notice in NOTICES:
        if any(notice.heads(text) for text in lead) and (notice.name != "login" or seen.asks_password):
            return notice.name
        if titles < _LEAST_TITLES and any(map(notice.says, said)) and _stands_alone(notice, seen):
            return notice.name
    return ""


def _stands_alone(notice: Notice, seen: View) -> bool:
    """Whether hardly another sentence stands beside the one that is the notice."""
    sentences = [(text, size) for text, size in _sentences(seen.blocks) if not _FOOT.search(text)]
    own = max((size for text, size in sentences if notice.sentence.search(text)), default=0)
    return sum(size for _, size in sentences) - own < _MOST_BESIDE


def _leads_elsewhere(html: str, seen: View) -> str:
    """What a page without a text does: prove that a browser asks, or send its reader to another site."""
    if sum(len(block.text) for block in seen.blocks) > _BARE:
        return ""
    scripts = "\n".join(seen.scripts)
    small = len(html) <= _SMALL and not _APPLICATION.search(html)
    if _CHALLENGE.search(scripts) or (small and _COOKIE.search(scripts) and _AGAIN.search(scripts)):
        return "anti-bot"
    leaves = _ABSOLUTE.match(seen.refresh) or _ELSEWHERE.search(scripts)
    loads = any(_ABSOLUTE.match(address) for address in (*seen.scripts, *seen.frames))
    return "hijacked" if small and (leaves or loads) else ""
