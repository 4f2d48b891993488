"""Words that a link seller put between and into somebody's paragraphs, told from what a person wrote."""

import re

from pipeline.text.numbering import NUMBERED

TRAVEL = re.compile(
    r"旅游|旅行|游玩|景点|风景点|景区|[一二两三四五]日游|亲子游|自驾游?|自由行|跟团游?|周边游|门票|美食|小吃|特产|温泉|古镇|度假"
    r"|民宿|酒店|机票|攻略"
)
SALES = re.compile(
    r"攻略|排行榜?|排名|前[十五]|十大|大全|推荐|必去|必玩|好玩|哪里|哪家|去哪|怎么(玩|走)|最佳|价格|多少钱|费用|路线|线路|附近"
    r"|自驾|[一二两三四五]日游|亲子游"
)
CUES = re.compile("旅|游|景|自驾|自由行|跟团|门票|美食|小吃|特产|温泉|古镇|度假|民宿|酒店|机票|攻略")
"""What a link seller's words are not without; asked first, for it is fast."""
_WORK = re.compile(r"工作|活动|建设|管理|方案|总结|计划|发展|服务|开发|宣传|报告|情况|整治|产业")
"""Words of a report's headings; a link seller's line has none."""
LONGEST = 30
_MARK = re.compile(r"[，。；：、！？,;:!?]")


def is_sellers_line(hans: str) -> bool:
    """Whether a whole line is a link seller's: short, no punctuation, what is travelled to and what sells it."""
    if len(hans) > LONGEST or NUMBERED.match(hans) or _WORK.search(hans) or _MARK.search(hans):
        return False
    return sells(hans) > 0


def glued_in_front(hans: str) -> int:
    """Characters of a link seller's words at the start of a line, 0 if there are none."""
    return sells(_MARK.split(hans, maxsplit=1)[0][:LONGEST])


def sells(clause: str) -> int:
    """End of the last selling word if a clause has two words of the trade, one of travel and one of sale."""
    travel = {match.span() for match in TRAVEL.finditer(clause)}
    if not travel:
        return 0
    sales = {match.span() for match in SALES.finditer(clause)}
    return max(end for _, end in travel | sales) if sales and len(travel | sales) > 1 else 0
