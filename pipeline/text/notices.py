"""What notices, cut lines and advertisements say: the words that ``quarantine`` goes by, in simplified characters."""

import re
from dataclasses import dataclass

from pipeline.text.script import to_hans

_LONGEST_NOTICE = 160


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands in place of a page, and how it is known."""

    name: str
    heading: re.Pattern[str]
    """Found in the page's title or a heading, it is enough."""
    sentence: re.Pattern[str]
    """Found in the text of a page that has little else."""

    def heads(self, text: str) -> bool:
        """Whether a title or heading is this notice's."""
        return self.heading.search(text) is not None

    def says(self, text: str) -> bool:
        """Whether a block of text is this notice's."""
        return len(text) <= _LONGEST_NOTICE and self.sentence.search(text) is not None


def _notice(name: str, *, heading: str, sentence: str) -> Notice:
    return Notice(name, re.compile(heading, re.IGNORECASE), re.compile(sentence, re.IGNORECASE))


_REACH = r"(?:查看|阅读|浏览|访问|观看|看到|显示|解锁|展开|获取|下载)"
_READ = r"(?:查看|阅读|浏览|解锁|显示|展开|获取|看)"
_AFTER = r"(?:之?后|以后|才能|即可|方可|可以?|再)"

NOTICES = (
    _notice(
        "captcha",
        heading=r"^(?:请)?(?:先)?(?:输入|填写)(?:图[片中形]|下方|以下)?.{0,4}验证码|^(?:图[片形]|访问)?验证码(?:验证|校验|页面?)?(?:[-_| ]|$)"
        r"|\bcaptcha\b",
        sentence=r"(?:输入|填写|识别)(?:图[片中形]|下[方面列图]|以下|上[方图面]|右[侧图边])?(?:里|内|中)?(?:所示|显示)?的?.{0,6}(?:验证码|字符|算式|计算结果)"
        r".{0,12}(?:继续|访问|浏览|查看|证明|确认|验证|提交|以)|(?:继续|访问|查看|浏览).{0,14}(?:输入|填写).{0,8}验证码"
        r"|(?:点击|选出|依次点选|选择)(?:图[片中]|下图|以下).{0,14}(?:文字|汉字|图片|图案|物体).{0,10}(?:验证|继续)?"
        r"|(?:不是|并非)机器人",
    ),
    _notice(
        "anti-bot",
        heading=r"(?:^|[-_| —]).{0,6}(?:安全|滑[动块]|人机(?:身份)?)(?:验证|校验|识别)(?:页面?|提示)?(?:[-_| —中…]|$)"
        r"|(?:访问|身份|浏览器|环境)(?:安全)?(?:验证|检查|检测|校验)(?:[-_| 中…]|$)"
        r"|正在(?:进行)?(?:安全)?(?:检查|检测|验证|校验)|just a moment|checking your browser|attention required"
        r"|ddos[- ](?:protection|guard)",
        sentence=r"(?:拖动|滑动|按住|向右).{0,10}(?:滑块|拼图|滑条|拖动|滑动).{0,14}|正在(?:为您)?(?:检查|检测|验证|校验)(?:您|你)?的?(?:浏览器|访问|环境|连接|身份|网络)"
        r"|(?:完成|通过|进行)(?:下方|下列|以下|下面|一次)?的?(?:安全|人机|滑[动块])?验证.{0,4}(?:后|以|再|才|即|，|继续)"
        r"|(?:启用|开启|打开|允许)(?:您|你)?(?:的)?(?:浏览器)?的?\s*(?:javascript|js|cookies?).{0,30}(?:访问|继续|浏览|刷新|重试|验证)?"
        r"|浏览器(?:安全)?(?:检查|检测|校验)|checking your browser|enable javascript and cookies|verif(?:y|ying) you are",
    ),
    _notice(
        "blocked",
        heading=r"^(?:403|405|406|429|503)\b|\b(?:403|429) |forbidden|access denied|request (?:blocked|rejected)|访问(?:请求)?(?:已?被|受)?(?:拒绝|拦截|禁止|阻断|限制|受限|异常)"
        r"|(?:请求|访问)(?:已|被)+.{0,6}(?:拦截|阻断|拒绝)|拦截提示|防火墙",
        sentence=r"(?:您|你)?的?(?:访问|请求|操作|IP).{0,16}(?:已被|被|遭到?|已经被).{0,10}(?:拦截|阻断|拒绝|禁止|封禁|限制|屏蔽|拉黑)"
        r"|(?:请求|提交的?内容|参数).{0,10}(?:不合法|恶意|非法|攻击|危险)|(?:网站|云|应用|WAF).{0,4}防火墙"
        r"|(?:访问|请求|操作)(?:太|过于|次数过)(?:频繁|快|多)|(?:没有|无)权限?访问(?:该|此|本)|access denied|request (?:was |has been )?blocked"
        r"|(?:拒绝|禁止)(?:了)?(?:您|你)的?(?:访问|请求)",
    ),
    _notice(
        "closed",
        heading=r"(?:网站|本站|站点|域名|主机|空间).{0,8}(?:关闭|关停|停用|停止|暂停|下线|到期|过期|出售|转让|停放|升级|维护|停机)"
        r"|^(?:系统)?(?:升级|维护)(?:中|公告|通知)|domain (?:is )?(?:for sale|parking|expired)|account suspended|parked domain",
        sentence=r"(?:网站|本站|站点|该站|此站|主机|空间|服务器).{0,14}(?:已|正在|现已|暂时?|将于?|因|临时).{0,18}(?:关闭|关停|停用|停止|停机|暂停|下线|到期|过期|欠费|维护|升级)"
        r"|域名.{0,12}(?:到期|过期|出售|转让|停放|停止解析|抢注|购买|可售)|(?:出售|转让|购买).{0,6}(?:此|该|本|这个)域名"
        r"|未(?:进行|办理|取得|完成)?.{0,4}备案.{0,16}(?:访问|关闭|阻断|停止|接入)|domain .{0,20}(?:for sale|expired|parked)|has been suspended",
    ),
    _notice(
        "login",
        heading=r"^.{0,8}(?:用户|会员|账[号户]|帐[号户]|统一身份|快捷|扫码)?登[录陆](?:[-_| —·]|$)|^(?:sign|log) ?in\b",
        sentence=rf"登[录陆].{{0,8}}{_AFTER}.{{0,8}}{_REACH}|(?:您|你).{{0,6}}(?:没有|尚未|未|还没)登[录陆]"
        rf"|(?:请|需要?|必须|须)(?:您|你)?(?:先|使用).{{0,10}}登[录陆]|(?:仅|只)(?:限|对|供)?.{{0,6}}(?:注册|登[录陆])?(?:会员|用户).{{0,8}}{_REACH}"
        rf"|(?:用户组|级别|等级|权限).{{0,12}}(?:无法|无权|不能|不足).{{0,12}}(?:{_REACH}|$)",
    ),
)
"""In the order in which they are asked: a blocked visitor may be told to log in."""


@dataclass(frozen=True, slots=True)
class CutLine:
    """A line that says the text goes on elsewhere."""

    start: int
    """Characters of its block before it."""
    total: int
    """Characters that the whole text has, 0 if the line does not say."""
    sure: bool
    """It gives figures; the line alone is enough."""


_LONGEST_CUT = 60
_FIGURES = re.compile(
    r"未完[，,、。 ]{0,2}(?:本文)?(?:全文|全篇|总)共?(?:计|约)?\s*(?P<a>\d+)\s*字|(?:全文|本文)共?(?:计|约|有)?\s*(?P<b>\d+)\s*字.{0,10}(?:仅|只|当前|目前)(?:显示|展示|能看|可读)"
    r"|(?:剩余|还剩|余下|还有|尚有)(?:约)?\s*\d+(?:\.\d+)?\s*[%％字].{0,10}(?:未读|未显示|未展示|内容|需要?|请|待)"
    r"|(?:已|当前|目前)?(?:仅|只)?(?:显示|展示|免费阅读|试读)(?:了)?(?:前|全文的?|本文的?)\s*\d+(?:\.\d+)?\s*[%％字].{0,14}(?:登[录陆]|下载|付费|购买|开通|会员|剩余|全文)"
)
_ACT = r"(?:登[录陆]|注册|付费|购买|支付|充值|开通(?:会员|VIP)?|成为(?:会员|VIP)|升级(?:会员|VIP)|下载(?:本?文档|全文|完整版|原文|APP|客户端)?|关注(?:公众号|微信)?|扫码|订阅|会员)"
_REST = r"(?:全文|全部(?:内容)?|剩[余下](?:的?(?:内容|部分|全文|\d+[%％]))?|余下的?(?:内容|部分|全文)?|完整(?:内容|文章|版|全文)?|更多(?:内容|正文)|后续(?:内容)?|隐藏(?:的)?内容|余文)"
_WORDS = re.compile(
    rf"{_ACT}.{{0,8}}?(?:之?后|以后|才能|即可|方可|可|以|来|继续|免费|立即|再|，|,|\s){{1,8}}{_READ}?.{{0,4}}?{_READ}(?:本文|本篇|文章)?的?{_REST}"
    rf"|{_REST}(?:内容)?.{{0,6}}(?:需要?|请|须|仅限?|只对).{{0,8}}{_ACT}|(?:试读|免费阅读|免费试读|预览)(?:部分|章节|内容)?(?:已|到此|至此)*(?:结束|完毕)"
    rf"|(?:以下|后面|剩余|下面)(?:部分|内容|的内容|正文)*.{{0,4}}(?:为|是|属于)?(?:付费|会员|VIP|收费)(?:专享|可见|阅读|内容|部分|章节|才)"
)
_WINDOW, _MOST_WINDOWS = 70, 40
_TAG = re.compile(r"<[^<>]*>?|^[^<>]*>")


def cut_line(text: str) -> CutLine | None:
    """The cut line that a block of text is, or that it ends with; None if it has none."""
    match = _FIGURES.search(text, max(0, len(text) - _LONGEST_CUT))
    if match:
        return CutLine(match.start(), int(match["a"] or match["b"] or 0), sure=True)
    match = _WORDS.search(text) if len(text) <= _LONGEST_CUT else None
    return CutLine(match.start(), 0, sure=False) if match else None


ADVERT = re.compile(
    r"娱乐城|娱乐平台|博彩(?:平台|公司|网|网站|娱乐|导航)|(?:注册|首存|开户)(?:就?送|即送)|彩金|百家乐|时时彩|真人(?:娱乐|视讯|荷官|棋牌|百家)|老虎机|体育投注|六合彩"
    r"|北京赛车|棋牌(?:游戏|平台|娱乐)|网上(?:赌场|棋牌|投注)|在线(?:投注|赌场|博彩)|新葡京|威尼斯人|金沙(?:娱乐|官网)|首存|秒到账|彩票(?:平台|开户|投注)"
    r"|传奇私服|新开传奇|私服(?:发布|网站|大全|游戏)?|新服网|刚开一秒|变态(?:版|传奇|私服)|单职业|合击(?:传奇|私服|版)|复古传奇|开服(?:表|时间|预告)|爆率"
    r"|国产(?:精品|在线|成人|视频|自拍)|无码|一区二区|三级(?:片|电影)|成人(?:视频|电影|影院|网站|在线)|激情(?:视频|电影|小说)|免费在线观看|高清在线观看|裸聊|约炮|自拍偷拍"
)
"""Words of advertisements for gambling, pornography and private game servers; essays against them have few."""

_CUT_CUES = (
    "未完",
    "未读",
    "未讀",
    "全文",
    "剩余",
    "剩餘",
    "余下",
    "餘下",
    "试读",
    "試讀",
    "预览",
    "付费",
    "付費",
    "隐藏",
    "完整",
    "后续",
)
_ADVERT_CUES = (
    *(
        "娱乐",
        "娛樂",
        "博彩",
        "彩金",
        "百家乐",
        "百家樂",
        "时时彩",
        "時時彩",
        "棋牌",
        "真人",
        "老虎机",
        "投注",
        "六合彩",
        "北京赛车",
        "首存",
    ),
    *(
        "开户",
        "传奇",
        "爆率",
        "新服",
        "私服",
        "开服",
        "合击",
        "国产",
        "國產",
        "无码",
        "無碼",
        "三级",
        "成人",
        "一区二区",
        "在线观看",
        "在線觀看",
        "裸聊",
        "彩票",
    ),
)
_CUES = re.compile("|".join((*_CUT_CUES, *_ADVERT_CUES)))


@dataclass(frozen=True, slots=True)
class Cues:
    """What a quick look at a page finds, which spares most pages the parser."""

    cut: bool
    """A cut line may stand on the page."""
    adverts: int
    """Different words that advertisements have."""


def cues_in(html: str) -> Cues:
    """A quick look at a page's source."""
    words = set()
    windows, cut = 0, False
    for match in _CUES.finditer(html):
        if match[0] not in _CUT_CUES:
            words.add(match[0])
        elif not cut and windows < _MOST_WINDOWS:
            windows += 1
            around = to_hans(_TAG.sub("", html[max(0, match.start() - _WINDOW) : match.end() + _WINDOW]))
            cut = bool(_FIGURES.search(around) or _WORDS.search(around))
    return Cues(cut, len(words))
