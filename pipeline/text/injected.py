"""Words that a link seller put between and into somebody's paragraphs, told from what a person wrote.

Such a line is a query that people type: what is sold (a journey, a cure, a loan, a game) and how one asks for it
(多少钱, 哪家好, 攻略). Nothing of it is said elsewhere in the text, and the text's own sentences have no such words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from pipeline.text.numbering import NUMBERED

_DAYS = "[一二两三四五六七八九十]"
TRAVEL = re.compile(
    rf"旅游团?|旅行社?|游玩|景点|风景点|景区|{_DAYS}日游|{_DAYS}天{_DAYS}晚|亲子游|自驾游?|自由行|自助游|跟团游?|纯玩团|周边游|门票|美食|小吃|特产"
    "|温泉|古镇|古城|度假|民宿|酒店|住宿|机票|签证|农家乐|漂流|攻略|环湖|爬山|看日出|旅游地|怎么[玩去走](?!向)|几月份?去(?:最好)?|去哪[里儿]?(?:最?好|玩)"
)
_OTHER = re.compile(
    "白癜风|痔疮|多动症|人流|不孕|男科|妇科|整形|双眼皮|祛斑|祛?痘印|植发|种植牙|全口|牙齿矫正|近视手术|飞秒|腰椎|颈椎病?|湿疹|牛皮癣|癫痫|减肥|吸脂|自愈(?:方法)?|药膏|前列腺|鼻炎|脱发"
    "|贷款|网贷|小额贷|征信|信用卡|套现|花呗|pos机|借钱|急用钱|房贷|抵押|口子|代还|秒批|秒下款|放款"
    "|私服|传奇|手游|页游|变态|外挂|辅助|卡盟|代练|礼包|激活码|斗地主|棋牌|赢话费|王者荣耀|和平精英|飞车|盒子|单机游戏|时时彩|快三|投注|彩金|真人|娱乐城|博彩|葡[京金]|线路检测",
    re.IGNORECASE,
)
"""What is sold beside journeys: cures, loans, games, gambling."""
SALES = re.compile(
    f"攻略|排行榜?|排名|前[十五百](?:名|强|大)?|[国内]*十大(?:冷门)?|大全|推荐|必去的?|必玩|好玩|去?哪[里家个些儿][^，。；]{{0,4}}?(?:最?好|便宜)|哪[里家个些]|怎么[办治还算样]|怎么(?:申请|安排|协商)"
    "|最佳(?:旅游)?(?:时间|路线)?|最好(?:的)?(?:治疗)?(?:方法|时间)?|最有效的?(?:方法)?|最灵|最?便宜|最省钱|价格表?|报价|报团|多少[钱米](?:一[晚张颗人天])?|多久|费用(?:清单)?|费率|路线图?|线路|附近|周边"
    f"|自驾|{_DAYS}日游|亲子游|几月份?|几点|用?什么(?:药膏?|牌子)?|注意事项|预约|优惠(?:政策)?|免费|领取|下载(?:安装)?|平台|软件|自愈方法|治疗方法|症状|表现|图片|能断根|还能|区别|无抵押|当天"
    "|一条龙|自动发货|发布网|新开|最新|行程(?:安排)?|利率|利息|送彩金|注册送"
)
CUES = re.compile(
    "旅|游|景|自驾|自由行|跟团|门票|美食|小吃|特产|温泉|古[镇城]|度假|民宿|酒店|住宿|机票|签证|农家乐|漂流|攻略|环湖|爬山|日出|癜|痔|症|流|孕|科|整形|眼皮|祛|植发|牙|近视|飞秒|椎"
    "|湿疹|癣|癫|减肥|吸脂|自愈|药膏|前列|鼻炎|脱发|贷|征信|信用卡|套现|花呗|pos|POS|借钱|用钱|抵押|口子|代还|秒|放款|私服|传奇|变态|外挂|辅助|卡盟|代练|礼包|激活码|地主|棋牌|话费|荣耀|精英"
    "|飞车|盒子|时时彩|快三|投注|彩金|真人|娱乐城|博彩|葡"
)
"""What a link seller's words are not without; asked first, for it is fast."""
_QUERY = re.compile(
    "多少[钱米]|哪[家个里儿].{0,4}好|去哪|怎么[走去玩治办还]|几月份|必去|攻略|排名|十大|排行|什么药|多久|最好|最佳|最有效|断根|报价|下载|领取|彩金|私服|套现|不看征信|秒[批下]|口子|自由行|日游|跟团|自驾"
    "|pos机|代练|辅助|发货|注意事项|预约|借钱|门票|无抵押|代还|矫正|盒子|农家乐|旅游团|亲子游|大全|住哪|好玩|民宿推荐|小吃排行",
    re.IGNORECASE,
)
"""What people ask for; headings of reports have no such words."""
_ASKED = re.compile(
    "多少[钱米]|去?哪[家个里儿].{0,4}好|去哪|怎么|几月份|必去|报价|注意事项|排名|十大|最佳|最好"
)
"""The same in words that a report on the trade has not either."""
_SURE, _FEW_PAIRS = 3, 2
"""Words of the trade in a row that are enough by themselves, and what may stand beside them: a place's name."""
_WORK = re.compile(
    r"工作|活动|建设|管理|方案|总结|计划|发展|服务|开发|宣传|报告|情况|整治|产业|落实|制度|培训|任务|责任|我[们局县镇村校院司]"
)
LONGEST = 36
_LONGEST_GLUED = 24
_MARK = re.compile(r"[，。；：、！？,;:!?“”（）()《》]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_MOST_AHEAD, _MOST_BETWEEN = 8, 4
"""Characters in front of the first word of the trade (a place's name), and between two."""
_MOST_KNOWN = 0.34
"""Share of a seller's pairs of characters that may occur elsewhere in the text."""
_TRAVEL_SHARE, _OTHER_SHARE = 0.4, 0.2
"""Share of the paragraphs that speak of a trade from which on the text is about it."""
_YEAR = re.compile(r"20\d\d(?!\d)")


class _Word(NamedTuple):
    start: int
    end: int
    sold: bool


@dataclass(frozen=True, slots=True)
class Seller:
    """What sellers' words are told by in one text."""

    pairs: Counter[str]
    """Pairs of characters in it, less those in words of the trade."""
    at_home: tuple[re.Pattern[str], ...]
    """Trades that the text itself is about."""

    @classmethod
    def of(cls, lines: Sequence[str]) -> "Seller | None":
        """None if nothing in the lines is a seller's word."""
        if not CUES.search("\n".join(lines)):
            return None
        prose = [line for line in lines if len(line) > LONGEST and _MARK.search(line)]
        shares = ((TRAVEL, _TRAVEL_SHARE), (_OTHER, _OTHER_SHARE))
        at_home = (
            trade
            for trade, most in shares
            if sum(trade.search(line) is not None for line in prose) > most * len(prose)
        )
        return cls(Counter(_pairs(lines)), tuple(at_home))

    def wrote(self, line: str) -> bool:
        """Whether a whole line is a seller's: short, no punctuation, what is sold and how one asks for it."""
        if len(line) > LONGEST or NUMBERED.match(line) or _WORK.search(line) or _MARK.search(line):
            return False
        words = _words(line)
        return len(words) > 1 and any(word.sold for word in words) and self._is_foreign(line)

    def cuts(self, line: str, *, midway: bool, sold: bool) -> list[tuple[int, int]]:
        """Places of a seller's words in a line, from the last to the first.

        Args:
            line: simplified.
            midway: the sentence before it is not at its end, so that this line should go on with it.
            sold: the text has whole lines of such words.
        """
        found = []
        if midway or sold:
            end = self._glued(line, midway=midway)
            found = [(0, end)] if end else []
        for mark in _MARK.finditer(line) if sold else ():
            start = mark.end()
            if end := self._glued(line[start:], midway=False):
                found.append((start, start + end))
        return found[::-1]

    def _glued(self, line: str, *, midway: bool) -> int:
        """Characters of a seller's words at the start of a line, 0 if there are none."""
        clause = _MARK.split(line, maxsplit=1)[0][:_LONGEST_GLUED]
        chain = _chain(_words(clause))
        if not chain or not any(word.sold for word in chain):
            return 0
        end = chain[-1].end
        if _YEAR.match(line, end):
            end += 4  # 网贷口子2019
        strong = _QUERY.search(line[:end]) is not None
        if (len(chain) < 2 and not (midway and strong)) or _WORK.search(line[:end]):
            return 0
        return end if self._is_foreign(line[:end]) else 0

    def _is_foreign(self, words: str) -> bool:
        """Whether the text says nothing of the kind elsewhere."""
        if any(trade.search(words) for trade in self.at_home) and not _ASKED.search(words):
            return False
        strong = _QUERY.search(words) is not None
        pairs = list(_pairs([words]))
        if strong and (len(pairs) <= _FEW_PAIRS or len(_words(words)) >= _SURE):
            return True
        once = Counter(pairs)
        known = sum(self.pairs[pair] > once[pair] for pair in pairs)
        return known <= _MOST_KNOWN * len(pairs)


def _words(clause: str) -> list[_Word]:
    """Words of the trade in a clause, none within another."""
    found = [
        _Word(*match.span(), sold=True) for pattern in (TRAVEL, _OTHER) for match in pattern.finditer(clause)
    ]
    found += [_Word(*match.span(), sold=False) for match in SALES.finditer(clause)]
    found.sort(key=lambda word: (word.start, -word.end, not word.sold))
    words: list[_Word] = []
    for word in found:
        if not words or word.end > words[-1].end:
            words.append(word)
        elif word.sold:
            words[-1] = words[-1]._replace(sold=True)
    return words


def _chain(words: Sequence[_Word]) -> list[_Word]:
    """The words that follow each other closely from the start of a clause."""
    if not words or words[0].start > _MOST_AHEAD:
        return []
    chain = [words[0]]
    for before, word in pairwise(words):
        if word.start - before.end > _MOST_BETWEEN:
            break
        chain.append(word)
    return chain


def _pairs(lines: Iterable[str]) -> Iterator[str]:
    """Pairs of Chinese characters that stand beside each other, none of a word of the trade."""
    for line in lines:
        rest = line
        for trade in (TRAVEL, _OTHER, SALES):
            rest = trade.sub(" ", rest)
        for first, second in pairwise(rest):
            if _HAN.match(first) and _HAN.match(second):
                yield first + second
