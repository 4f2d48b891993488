"""Lines that are no essay's: what content-management systems, link sellers and hijackers leave on a page."""

import random
from collections.abc import Sequence

_CITIES = ["江陵", "云城", "松滋", "白水", "平遥", "凤凰", "昆阳", "桂岭", "青浦", "泸溪", "海陵", "石门"]
_SIGHTS = (
    "{}必去十大景点排名", "{}旅游攻略", "{}附近一日游景点自驾游", "{}美食小吃排行榜前十名", "{}二日游最佳路线",
    "{}周边古镇好玩的地方推荐", "{}三天两晚自由行攻略", "{}风景区门票价格及游玩路线", "去{}旅游住哪里方便的民宿推荐",
    "{}亲子游景点大全", "{}温泉度假村哪家好排行",
)  # fmt: skip
_ADS = (
    "聚福娱乐官网平台-登录入口-首存送彩金", "全民棋牌手机版下载-真人对战-送金币", "鸿运彩票网址大全-开奖直播-稳赚计划",
    "金沙体育投注-官方网站-app下载", "极速贷款秒到账-无抵押-当天放款",
)  # fmt: skip
_INTROS = (
    "不知不觉间，一段时间的工作又告一段落，提笔写一份{word}可以帮助我们看清得失。怎样写才能有条理呢？小编特意为您搜集整理了“{title}”，希望能给您带来一些启发。",
    "在日常生活和学习中，越来越多的人会用到{word}，写作时要注意格式与内容。你所见过的{word}是什么样的呢？下面是小编帮大家整理的{title}，仅供参考，欢迎大家阅读。",
    "以下是本站为大家准备的{title}，供各位参考借鉴，如果觉得不错请分享给身边的朋友。",
    "{title}怎么写才好？本文为你带来一篇范例，一起来看看吧！",
)
_JAM = "0123456789abcdefghijkmnpqrstuvwxyz!#$%*+,-.:;=?@[]^_`{|}~"
MORE_ESSAYS = ("gz85更多总结小编推荐", "更多总结小编推荐", "更多范文小编精心推荐")


def travel_line(rng: random.Random) -> str:
    """A link seller's line, without punctuation."""
    return rng.choice(_SIGHTS).format(rng.choice(_CITIES))


def advertisement(rng: random.Random) -> str:
    """What a hijacker writes into title and headline."""
    return rng.choice(_ADS)


def intro(rng: random.Random, title: str, word: str) -> str:
    """An editor's paragraph before the essay."""
    return rng.choice(_INTROS).format(title=title, word=word)


def box_intro(site: str, title: str) -> str:
    """The words of an introduction that stands in a box of its own."""
    return f"{site}小编替你找来了这篇《{title}》，盼着对你的工作学习有所帮助，更多《{title}》尽在{site}。"


def jammer(rng: random.Random) -> str:
    """Random characters that a hidden element holds against copying."""
    return " ".join("".join(rng.choices(_JAM, k=rng.randint(1, 3))) for _ in range(rng.randint(3, 7)))


def paywall(rng: random.Random, characters: int) -> str:
    """The line under a text that goes on elsewhere."""
    return rng.choice(
        ("未完，全文共{}字", "（未完，全文共{}字，点击查看全文）", "未完，全文共{}字，当前显示部分内容")
    ).format(characters)


def excerpt(rng: random.Random, text: str) -> str:
    """A related article's beginning, cut off, as lists show it."""
    return text[: rng.randint(40, 70)] + rng.choice(("......", "……", "...……"))


def tags(rng: random.Random, words: Sequence[str]) -> str:
    """A line of tags."""
    return "标签：" + rng.choice((" ", "   ", "，")).join(words)
