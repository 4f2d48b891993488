"""Named line rules: what a content-management system puts between the paragraphs of an essay.

Every rule carries the lines it must match and must not match; they are its tests. Patterns are
searched in the simplified form of a line, with full-width punctuation and spaces as published.
"""

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineRule:
    """A line that the pattern is found in is not the essay's."""

    name: str
    pattern: re.Pattern[str]
    longest: int
    """Characters; a longer line is a person's, whatever stands in it."""
    edge: bool
    """Weak evidence: it counts only near the start and end of a text, or beside lines already taken out."""
    cues: tuple[str, ...]
    """Words of which every line has one that the rule finds, unless it begins in ASCII (a cue ``^``)."""
    matches: tuple[str, ...]
    passes: tuple[str, ...]

    def finds(self, line: str) -> bool:
        """Whether the rule takes the line out."""
        return len(line) <= self.longest and self.pattern.search(line) is not None


def _rule(
    name: str,
    *patterns: str,
    longest: int,
    matches: tuple[str, ...],
    passes: tuple[str, ...],
    edge: bool = False,
    cues: str,
) -> LineRule:
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    return LineRule(name, pattern, longest, edge, tuple(cues.split()), matches, passes)


RULES = (
    _rule(
        "editor_intro",
        r"小编(?![辑制织组])",
        r"^简介[:：]",
        r"但愿(能)?对(你|您|大家)(的)?(工作|学习|写作)",
        r"^(以下|下面)(是|为|就是).{0,40}(整理|收集|搜集|带来|分享|推荐|准备).{0,60}$",
        r"(范文|整理|收集|搜集|这篇|本文|文章|网友).{0,40}(欢迎|仅供|可供|供)(大家|您|各位)?(阅读|借鉴|参考|下载|收藏)",
        r"希望.{0,6}(这篇|本文|以上|上述|范文).{0,30}(帮助|参考|启发)",
        r"(本文|范文|整理|收集).{0,40}希望.{0,30}(帮助|参考|启发)",
        r"(本文|本站|本网|这里|今天)(就)?(为|给)(大家|您|你).{0,20}(整理|收集|提供|带来|分享|准备|介绍)",
        r"(一起来|快来)(看|了解).{0,6}吧|怎么写(才|呢|？|\?)",
        cues="小编 简介 但愿 以下 下面 范文 整理 收集 这篇 本文 文章 网友 以上 上述 本站 本网 这里 今天 一起来 快来 怎么写",
        longest=400,
        matches=(
            "下面是本站为大家整理的单位工作总结范文，供大家参考。",
            "简介：某某文库小编为你整理了这篇总结，但愿对你工作学习有帮助。",
            "以上就是小编带来的全部内容，感谢您的阅读！",
            "希望这篇总结能给大家带来帮助，欢迎阅读。",
            "工作总结怎么写才好？本文为你带来一篇范例，一起来看看吧！",
        ),
        passes=(
            "希望全体同志继续努力，为群众带来更多的帮助。",
            "以下是下半年的主要安排：",
            "以上报告，请予审议。",
            "以上是我的一点体会，供大家参考。",
            "今天，我给大家汇报一下一年来的工作。",
            "希望我的发言对大家有所帮助。",
            "小编制单位的考核",
        ),
    ),
    _rule(
        "download_box",
        r"^(点击)?(此处)?下载.{0,60}(文档|格式|\.docx?|word|本文|全文)",
        r"下载(本文|到自己电脑|到电脑|文档|此文)",
        r"(文档|文件)为\s*(docx?|word|pdf)\s*格式",
        r"迅雷等下载|方便修改和收藏|方便(您|你)?(复制|编辑|收藏|打印)",
        r"^(点此|点击)(下载|查看|阅读|收藏)",
        cues="下载 文档 文件为 迅雷 收藏 方便复制 方便编辑 方便打印 点此 点击",
        edge=True,
        longest=150,
        matches=(
            "下载某单位工作总结.doc",
            "文档为doc格式",
            "将本文下载到自己电脑，方便修改和收藏。",
            "点击查看全文",
        ),
        passes=("组织党员下载学习软件，每天坚持学习。", "各科室要做好文档的整理和归档工作。"),
    ),
    _rule(
        "related",
        r"^[【\[「].{0,60}[】\]」]?(的)?相关(文章|范文|推荐|阅读|内容|资料)[:：]?$",
        r"^(•\s*)?(相关|更多|热门|精彩|精选|最新|延伸|猜你|为你|为您)(的)?(相关)?(文章|范文|推荐|阅读|喜欢|内容|专题|资料|链接)+\s*([:：].*)?$",
        r"^【?(推荐|相关)(阅读|文章|范文)】?\s*([:：]|$)",
        r"推荐(阅读|访问)\s*[:：]",
        cues="相关 更多 热门 精彩 精选 最新 延伸 猜你 为你 为您 推荐",
        edge=True,
        longest=80,
        matches=("【某局年终工作总结】相关文章：", "相关推荐", "推荐阅读：述职报告", "猜你喜欢"),
        passes=(
            "相关部门要密切配合，形成合力。",
            "更多的群众参与到活动中来，",
            "推荐阅读书目50种",
            "相关工作情况如下",
        ),
    ),
    _rule(
        "navigation",
        r"^(上|下|前|后)一(篇|页|章)(文章)?\s*[:：]",
        r"^(上一页|下一页|返回列表|返回首页|返回顶部|首页|尾页)(\s|$)",
        r"^[^，。；！？]{0,24}\s*[›»>＞]\s*.{0,24}[›»>＞].{0,40}$",
        r"^(您的|你的|当前)(当前)?位置\s*[:：]",
        r"^分享(到|至|给)[:：]?",
        cues="上一 下一 前一 后一 返回 首页 尾页 › » > ＞ 位置 分享",
        edge=True,
        longest=120,
        matches=("上一篇：某局党建工作总结", "首页 › 文化 › 正文", "当前位置：首页 > 总结", "下一页"),
        passes=("前一阶段的工作总结如下：", "下一步，我们将继续努力。"),
    ),
    _rule(
        "page_info",
        r"^(时间|日期|发布(时间|日期)?|更新(时间|日期)?|发表(时间)?)\s*[:：]\s*(19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}",
        r"^(时间|日期|发布|更新).{0,24}(来源|作者|浏览|阅读|点击)\s*[:：]",
        r"^(来源|作者|编辑|责任编辑)\s*[:：]\s*[^，。；,;]{0,20}$",
        r"^(阅读|浏览|点击|评论)(次数|数|量)?\s*([:：]\s*)?(\d+\s*次?\s*)?(评论|$)|(阅读|浏览|点击|评论)(次数|数|量)?\s*[:：]\s*\d",
        r"^(19|20)\d\d[-/年]\d{1,2}[-/月]\d{1,2}日?\s*\d{1,2}:\d\d",
        r"我要投稿|会员上传|手机版$",
        cues="时间 日期 发布 更新 发表 来源 作者 编辑 阅读 浏览 点击 评论 投稿 上传 手机版",
        edge=True,
        longest=60,
        matches=(
            "阅读： 评论：0",
            "时间：2021-08-31 来源：某某文库",
            "2021-05-13 10:40:02下载本文作者:会员上传",
        ),
        passes=(
            "时间：六月中旬，由办公室牵头，各科室配合，开展全面检查。",
            "时间：2021年3月5日上午",
            "阅读：加强经典诵读",
            "更新：设备台账",
            "2021年5月13日，我局召开了动员大会。",
            "评论员文章指出，",
            "组织亲子阅读21期，更换试题937道，一次通过率比上年提高5个百分点，参与热情有了明显提高，受到了上级的肯定和表扬。",
        ),
    ),
    _rule(
        "notice",
        r"(本文|本站|本网|以上内容|文章|内容|资料)(均)?(来源于?|来自|转载自|摘自|选自)\s*((网络|互联网)([，。,.]|$)|https?|www)",
        r"^本文(来源|链接|地址|网址|发布于|由)",
        r"^(免责|版权)(声明|申明)\s*[:：]",
        r"^(声明|申明)\s*[:：].{0,40}(本文|本站|本网|网站|文章|网络|互联网|转载|版权)",
        r"(如有|如果|如|若|涉嫌|无意|有).{0,16}侵(犯|权).{0,60}(联系|来信|告知|邮件|删除)|(联系|告知)(我们|本站|站长).{0,20}(删除|删掉)",
        r"互联网用户自发(贡献|上传)",
        r"仅供(演示|学习交流|参考).{0,40}(商业|用途)",
        r"(版权|著作权)归.{0,12}所有|版权所有",
        r"^(转载|引用).{0,10}(注明|标明)",
        cues="来源 来自 转载 摘自 选自 本文 声明 申明 侵 删 互联网用户 仅供 版权 著作权 引用",
        longest=400,
        matches=(
            "本文来源http://www.example.com/1.htm",
            "声明：本文内容由互联网用户自发贡献，本网站不拥有所有权。",
            "以上内容来自互联网，请自行判断内容的正确性。",
            "如果侵犯了您的权益请与我们联系，我们将及时删除。",
        ),
        passes=(
            "切实维护职工合法权益，严肃查处侵权行为。",
            "对侵犯群众利益的行为，发现一起，处理一起。",
            "全年查处侵权盗版案件12起，删除有害信息300条，联系企业20家。",
            "声明：本人承诺以上内容真实有效。",
            "资料来源广泛，内容详实。",
            "本文件自发布之日起施行。",
        ),
    ),
    _rule(
        "tags",
        r"^(本文)?(标签|关键词|关键字|tags?)\s*[:：]",
        cues="标签 关键 tag Tag",
        edge=True,
        longest=200,
        matches=("标签：教育 工作 宣传", "Tags: 总结 计划"),
        passes=("标签化管理是今年的创新之一：",),
    ),
    _rule(
        "comment_form",
        r"^(留言|评论|网友评论|发表评论|我要评论)(与评论)?([（(：:]|$)",
        r"^验证码\s*[:：]?",
        r"(登录|注册)后(才能|方可|可以)?(评论|发表|查看|下载)",
        cues="留言 评论 验证码 登录 注册",
        edge=True,
        longest=60,
        matches=("留言与评论（共有 0 条评论）", "验证码：", "请登录后发表评论"),
        passes=("评论工作取得新进展。", "积极推广验证码登录方式，方便群众办事。"),
    ),
    _rule(
        "site_footer",
        r"copyright|powered\s*by|all\s*rights\s*reserved|[a-z\u4e00-\u9fff]ICP[备证]案?\s*\d|(^|[\s\d])网站地图(\s|$)",
        r"^[^，。；！？]{0,30}(网|站|文库)(欢迎您|欢迎你)",
        r"^欢迎(来到|光临|访问).{0,20}[!！。]?$",
        r"感谢(您|你)对(本站|本网)",
        cues="copyright Copyright COPYRIGHT powered Powered rights Rights ICP 网站地图 欢迎 本站 本网",
        longest=200,
        matches=(
            "Copyright © 2010-2022 某某文库 版权所有 京ICP备00000000号",
            "欢迎来到某某作文网！",
            "感谢您对本站的认可！",
        ),
        passes=(
            "欢迎各位领导莅临指导。",
            "三是做好网站地图的更新和维护工作",
            "衷心感谢大家对我们工作的支持。",
        ),
    ),
    _rule(
        "more_marker",
        r"更多.{0,12}(推荐|范文|总结|计划|体会|文章)(请|，|,|$|\s)",
        r"^.{0,12}(小编推荐|编辑推荐|精心推荐)",
        cues="更多 推荐",
        longest=60,
        matches=("Gz00.Com更多总结小编推荐", "更多工作总结推荐"),
        passes=("让更多群众享受到改革的成果，总结推广了一批经验。",),
    ),
    _rule(
        "paywall",
        r"未完[，,、 ]?\s*全文共",
        r"^[（(]?(查看|阅读|下载)(剩余|余下)?(全文|更多内容)[）)]?",
        r"剩余.{0,8}(未读|内容).{0,20}$",
        cues="未完 全文 查看 阅读 下载 剩余",
        edge=True,
        longest=60,
        matches=("未完，全文共2310字", "查看全文", "剩余内容未读，请下载"),
        passes=("全文共分五个部分，总结了一年来的工作。",),
    ),
    _rule(
        "page_number",
        r"^第\s*\d{1,3}\s*页(\s*[，,/]?\s*共\s*\d{1,3}\s*页)?$",
        r"^\d{1,3}\s*/\s*\d{1,3}$",
        r"^共\s*\d{1,3}\s*页",
        cues="页 /",
        longest=30,
        matches=("第2页", "第 1 页 共 3 页", "2/5"),
        passes=("第2页的内容需要修改，请办公室落实。",),
    ),
    _rule(
        "jammer",
        r"^[\x21-\x7e\s]{3,60}$(?<![a-z0-9]{4})",
        cues="^",
        longest=60,
        matches=("i( j( e7 Z2 {!", "q8 #k ]x"),
        passes=("WORD", "2021年工作总结"),
    ),
)

_WORDS = sorted({cue for rule in RULES for cue in rule.cues if cue != "^"})
_CUES = re.compile("|".join(map(re.escape, _WORDS)))


def _hides(word: str, other: str) -> bool:
    """Whether a search that finds the one may run over the other, which begins within it."""
    return any(word[at:].startswith(other) or other.startswith(word[at:]) for at in range(len(word)))


_RULES_BY_CUE = {
    word: sum(1 << number for number, rule in enumerate(RULES) if any(_hides(word, cue) for cue in rule.cues))
    for word in _WORDS
}
"""Rules that a word may be a cue of, a bit each."""
_ASCII_RULES = sum(1 << number for number, rule in enumerate(RULES) if "^" in rule.cues)


def candidates(lines: Sequence[str]) -> dict[int, list[LineRule]]:
    """By position, rules that may find a line, in their order; one search over all lines spares most of them."""
    starts = list(itertools.accumulate((len(line) + 1 for line in lines), initial=0))
    bits = {at: _ASCII_RULES for at, line in enumerate(lines) if line[:1].isascii()}
    for match in _CUES.finditer("\n".join(lines)):
        at = bisect_right(starts, match.start()) - 1
        bits[at] = bits.get(at, 0) | _RULES_BY_CUE[match[0]]
    return {
        at: [rule for number, rule in enumerate(RULES) if found >> number & 1] for at, found in bits.items()
    }


PAYWALL = next(rule for rule in RULES if rule.name == "paywall")
RELATED = next(rule for rule in RULES if rule.name == "related")
MORE = next(rule for rule in RULES if rule.name == "more_marker")
