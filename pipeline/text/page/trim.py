"""The lines of the box that holds the text: what only stands around a text goes, boxes first, then lines."""

import re
from collections.abc import Iterator, Sequence

from pipeline.schema import Trimmed
from pipeline.text.page.boxes import Block, Box, Layout
from pipeline.text.page.content import Cues, bare, is_framed

_END = re.compile(
    r"^\W*(相关(阅读|新闻|文章|链接|推荐|内容|资讯|报道|专题|搜索|话题|标签|热词|评论)|延伸[阅閱][读讀]"
    r"|推荐(阅读|文章|新闻|内容)|你可能(还|還|也)?(想看|喜欢|感兴趣)|其他人也在看|猜你喜欢|更多(相关|精彩|文章|新闻)"
    r"|热门(文章|推荐|新闻|评论|排行|阅读|关键词)|精彩(推荐|评论)|网友评论|发表评论|我要评论|最新(评论|文章|新闻)"
    r"|文章评论|评论(列表|区)|参与评论|上一[篇页]|下一[篇页]|看过本文的|点击排行|热点(推荐|新闻|排行)"
    r"|((全部|网友|最新|热门)?评论|comments?)(?=[\W\d]*$))(\b|[\W\d]|$)",
    re.IGNORECASE,
)
"""Headings of what follows a text: related links, comments, a pager."""
_MOST_BEHIND_END = 10
"""Characters behind such words in a line that is the heading."""
_LEAST_BEFORE_END = 60
"""Prose (weight) that a text has before it can end."""

_LABEL = re.compile(
    r"^\W*(分享(到|至)\W*$|分享(到|至)(微信|朋友圈|微博|QQ|空间|新浪|腾讯)|分享(本文|文章)\W*$|分享让更多|返回(首页|顶部)|【?责任编辑|责编[:：]|本文(来源|链接|地址)|(点击|浏览|阅读)(数|量|次数)?[:：]?\s*\d+\s*次?$"
    r"|扫一扫|扫描二维码|微信扫|(版权|免责)声明\s*([:：]|$)|加载更多|原标题[:：])",
    re.IGNORECASE,
)
"""Beginnings of lines about the page, wherever they stand."""
_EDGE_LABEL = re.compile(
    r"^\W*(((分享|打印|关闭|收藏|举报|字体|字号|大|中|小|页面|本页|窗口|返回|投稿|评论|点赞|复制|链接)\W*)+$|【?编辑[:：]|来源[:：]|作者[:：]"
    r"|发布(时间|日期|人)|更新时间|时间[:：]\s*(19|20)\d\d[-/.]|声明[:：]|关键词|标签[:：]|tags?[:：])",
    re.IGNORECASE,
)
"""The same of lines that are also written by people: they count only before the first sentence of the text
and behind its last one."""
_LONGEST_LABEL = 60
_OF_TEXT_TOO = re.compile(r"author|source|tool|next|prev|hot|rank|feed", re.IGNORECASE)
"""Names of what stands around a text that its own signature or a paragraph may have as well."""
_SIGNATURE = re.compile(r"[人者]\s?[:：]|^\W*[\u3400-\u9fff]{2,12}\W*$")
_WORD = re.compile(r"[^\W\d_]")
_NOTICE = re.compile(
    r"[Cc]opyright|COPYRIGHT|版权所有|ICP[备证]|公网安备|All [Rr]ights [Rr]eserved|许可证(?:编?号)?[:：]"
    r"|违法和不良信息|未经.{0,10}(?:授权|许可|同意).{0,12}(?:转载|使用|复制|不得)"
)
_LONGEST_NOTICE = 200
_STAMP = re.compile(
    r"(19|20)\d\d(\s*[-/.]\s*\d{1,2}){2}|(19|20)\d\d\s*年.{0,8}\d{1,2}[:：]\d{2}"
    r"|(发布|更新|发表|来源|作者|编辑|浏览|点击|阅读).*(19|20)\d\d|(19|20)\d\d.*(来源|作者|编辑|浏览|点击|阅读)"
)
"""A date that a page gives itself; （2021年3月5日） above a speech is the speech's."""
_LONGEST_STAMP = 80
_LONGEST_END = 40
_LINKED = 0.6
"""Share of a line in links from which on it is a link."""


def trim(layout: Layout, box: Box, cues: Cues) -> list[Block]:
    """The blocks in a box that are its text.

    A box in it that is links, or named as what stands around a text, goes as a whole. Behind a heading
    such as 相关阅读 only what stands where most of the prose does is still text.
    """
    kept = _boxes_of_text(layout, box)
    inside = [block for block in layout.blocks if block.box in kept]
    home = _home(inside)
    return _without_head(_up_to_end(inside, home), home, box, cues)


def trimmed(layout: Layout, box: Box, kept: Sequence[Block], *, whole_page: bool) -> Iterator[Trimmed]:
    """What else stands in a box beside its text, in order; of a whole page, only what stands within the text."""
    within = {box}
    for inner in layout.boxes:
        if inner.parent in within:
            within.add(inner)
    numbers = {id(block): number for number, block in enumerate(kept)}
    at = 0
    for block in layout.blocks:
        if id(block) in numbers:
            at = numbers[id(block)] + 1
        elif block.box in within and (0 < at < len(kept) or not whole_page):
            yield Trimmed(at, "link_line" if block.linked > _LINKED else "page_frame", block.text)


def _boxes_of_text(layout: Layout, box: Box) -> set[Box]:
    """The box and those in it, less those that are no text, and all in them."""
    kept = {box}
    for inner in layout.boxes:
        if inner.parent in kept and not _is_junk(inner, box.prose):
            kept.add(inner)
    return kept


def _is_junk(box: Box, prose: float) -> bool:
    if box.node.tag in ("aside", "footer"):
        return box.prose < 0.5 * prose
    if box.link_blocks >= 2 and (box.link_share > 0.5 or (box.link_share > 0.3 and box.prose < 40)):
        return True
    if box.node.tag == "p" or box.prose >= 0.25 * prose or not is_framed(box.name):
        return False
    return not (_OF_TEXT_TOO.search(box.name) and (box.prose or _SIGNATURE.search(_text(box))))


def _text(box: Box) -> str:
    return "".join(box.node.itertext())[:_LONGEST_LABEL]


def _home(blocks: list[Block]) -> Box | None:
    """Where most of the prose stands."""
    weights: dict[Box, float] = {}
    for block in blocks:
        weights[block.home] = weights.get(block.home, 0.0) + block.weight
    return max(weights, key=lambda home: weights[home], default=None)


def _up_to_end(blocks: list[Block], home: Box | None) -> list[Block]:
    """Blocks before the end of the text, less lines about the page.

    A heading such as 相关新闻 behind a single paragraph is none, if most of the prose follows it.
    """
    kept: list[Block] = []
    seen, paragraphs, ended = 0.0, 0, False
    total = sum(block.weight for block in blocks if block.home is home)
    prose = [at for at, block in enumerate(blocks) if block.weight]
    middle = range(prose[0], prose[-1]) if prose else range(0)
    for at, block in enumerate(blocks):
        if seen >= _LEAST_BEFORE_END and (paragraphs > 1 or 2 * seen >= total) and _is_end(block):
            ended = True
            if block.home is home:
                break
            continue
        if (ended and block.home is not home) or _is_about_page(block, edge=at not in middle):
            continue
        kept.append(block)
        seen += block.weight
        paragraphs += block.weight > 0
    return kept


def _is_end(block: Block) -> bool:
    """Whether a block heads what follows a text: 相关阅读, 发表评论, 上一篇."""
    if len(block.text) >= _LONGEST_END or (block.weight and block.linked < 0.4):
        return False
    match = _END.match(block.text)
    return match is not None and len(block.text) - match.end() <= _MOST_BEHIND_END


def _is_about_page(block: Block, *, edge: bool) -> bool:
    """Whether a block is a link, or a line such as 责任编辑：, 分享到, 版权所有; at the text's edge, 时间：2021-03-05."""
    text = block.text
    if block.linked > _LINKED and (len(text) > 4 or not _WORD.search(text)):
        return True
    if len(text) < _LONGEST_LABEL and (_LABEL.match(text) or (edge and _EDGE_LABEL.match(text))):
        return True
    return edge and len(text) < _LONGEST_NOTICE and _NOTICE.search(text) is not None


def _without_head(blocks: list[Block], home: Box | None, box: Box, cues: Cues) -> list[Block]:
    """Blocks less the page's title, its date and other short lines before the first prose."""
    first = next((at for at, block in enumerate(blocks) if block.weight >= 20), None)
    if first is None:
        return blocks
    apart = home is not box
    return [
        block
        for at, block in enumerate(blocks)
        if at >= first
        or not (
            _is_title(block, cues)
            or (len(block.text) < _LONGEST_STAMP and _STAMP.search(block.text))
            or (apart and not block.weight and not _stands_with(block, home))
        )
    ]


def _stands_with(block: Block, home: Box | None) -> bool:
    """Whether a block stands in a box, or beside it where paragraphs have no box around them but the page."""
    return home is not None and (block.home is home or block.home.parent is home.parent)


def _is_title(block: Block, cues: Cues) -> bool:
    text = bare(block.text)
    if not cues.title:
        return False
    return (len(text) >= 0.5 * len(cues.title) and text[:20] in cues.title) or (
        len(text) >= 6 and cues.title.startswith(text)
    )
