"""Pages that are not what their address promises, and ordinary ones that only speak of such things."""

import gzip
import json
from pathlib import Path

import pytest

from crawler.sample.web import SampleWeb
from pipeline.text.decode import decode
from pipeline.text.quarantine import suspect

SHARED = Path(__file__).resolve().parents[3] / "shared"

REPORT = (
    "今年以来，我站在上级的关怀下，立足本职，扎实做好防汛值守，全年没有发生险情。",
    "一是抓好巡查。每天两次沿堤查看，发现渗漏立即处置，并逐条登记在册，做到情况清、底数明。",
    "二是抓好演练。汛前组织抢险队集中训练三次，人人会打桩、会装袋，拉得出、打得赢。",
    "三是抓好物资。编织袋、铁丝、救生衣分类存放，专人看管，用完及时补充。",
    "明年，我们将继续发扬不怕吃苦的作风，把堤防管护工作做得更细更实。",
)
FRAME = (
    "<div class='nav'><a href='/'>首页</a><a href='/zj/'>总结</a></div>{}<div class='side'><h3>会员登录</h3><form>"
    "用户名<input name='u'>密码<input type='password' name='p'>验证码<input name='v' placeholder='请输入验证码'>"
    "<button>登录</button></form></div><div class='foot'>Copyright 某某文档 请勿转载</div>"
)
RELATED = (
    "<ul>"
    + "".join(f"<li><a href='/zj/{n}.html'>防汛值守年度工作总结之{n}</a></li>" for n in range(8))
    + "</ul>"
)


def page(body: str, *, title: str = "防汛值守工作总结_某某文档", head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def article(*lines: str, title: str = "防汛值守工作总结") -> str:
    text = "".join(f"<p>{line}</p>" for line in lines)
    return page(
        FRAME.format(f"<h1>{title}</h1><div class='text'>{text}</div>{RELATED}"), title=f"{title}_某某文档"
    )


def notice(text: str, title: str = "") -> str:
    return page(f"<div class='box'><p>{text}</p></div>", title=title)


CAPTCHA = [
    notice("请输入图片中的验证码后继续访问：<img src='/code.php'><input name='code'>"),
    page(
        "<h1>请输入验证码</h1><form><img src='/v.png'><input name='v'><button>提交</button></form>",
        title="提示",
    ),
    notice("为了确认您不是机器人，请在下面作答。", "访问确认"),
    notice("依次点选下图里的文字即可继续。<canvas></canvas>", "稍等"),
    page(f"<form>继续浏览前，请填写右边的验证码 <input name='v'></form>{RELATED}", title="验证码_某某文档"),
]
ANTI_BOT = [
    notice("请按住滑块，拖动到最右边。", "安全验证"),
    notice("正在检查您的浏览器，请稍候，几秒后自动进入。", "请稍候"),
    page("<h2>人机验证</h2><div id='box'></div>", title="某某文档"),
    notice("本站需要开启 JavaScript 和 Cookie 才能继续访问。"),
    page("<script>document.cookie='k='+(7*6)+';path=/';location.reload();</script>", title=""),
    "<html><script>var arg1='9A';setCookie('acw_sc__v2',x(arg1));</script></html>",
    notice("向右滑动完成拼图。", "滑动验证页面"),
]
LOGIN = [
    notice("登录后才能查看此文档，<a href='/reg'>立即注册</a>", "提示信息"),
    notice("您尚未登录，无法浏览该栏目。", "系统提示"),
    page(
        "<form>账号<input name='u'>密码<input type='password'><button>登录</button></form>",
        title="用户登录 - 某某文档",
    ),
    notice("抱歉，您所在的用户组无法进行此操作，权限不足，无权查看。", "提示信息"),
    page(FRAME.format(f"<p>请先使用手机号登录</p>{RELATED[:60]}"), title="某某文档"),
]
BLOCKED = [
    notice("您的请求疑似攻击行为，已被网站防火墙拦截。", "405"),
    page("<h1>403 Forbidden</h1><hr>nginx", title="403 Forbidden"),
    notice("您的IP访问过于频繁，请稍后再试。", "出错了"),
    notice("对不起，您的访问被拒绝，事件编号 7781。"),
    notice("提交的内容含有不合法的参数，已被管理员设置拦截。", "拦截提示"),
]
CLOSED = [
    notice("网站已关闭，感谢一路有你。", "某某文档"),
    notice("该域名正在出售，有意者请联系。", "example.org"),
    notice("本站因服务器到期暂停服务，恢复时间另行通知。"),
    notice("系统升级中，请晚些时候再来。", "网站维护公告"),
    notice("This domain may be for sale.", "example.org"),
]
PAYWALLED = [
    article(*REPORT[:3], "（未完，全文共5120字）"),
    article(*REPORT[:2], "剩余80%未读，继续阅读请充值"),
    article(*REPORT[:3], "<a href='/login'>登录后查看全文</a>"),
    article(*REPORT[:2], "下载后查看全文"),
    article(*REPORT[:3], "试读已结束，购买后可阅读完整内容"),
    article(*REPORT[:2], "二是抓好演练。汛前组织抢险队……未完，全文共3456字，当前显示部分内容"),
    article(*REPORT[:2], "以下內容為付費專享"),
    article(*REPORT[:3], "开通会员即可阅读剩余内容"),
]
HIJACKED = [
    page("<p>真人娱乐城注册送彩金，百家乐、老虎机任你玩。</p><p>首存即送，秒到账。</p>", title="某某娱乐城"),
    page(
        "".join(
            f"<p>新开传奇私服发布网，刚开一秒单职业、合击版本第{n}区，爆率全开，装备全靠打，散人也能当老大，天天有新服。</p>"
            for n in range(6)
        )
    ),
    page(
        "<ul><li>国产精品在线</li><li>无码高清</li><li>一区二区</li><li>成人视频</li></ul>",
        title="免费在线观看",
    ),
    page("<script>window.location.href='https://play.example.net/?c=9';</script>"),
    page("", head="<meta http-equiv='refresh' content='0; url=http://bet.example.net/'>"),
    page("<script src='//js.example.net/a.js'></script>", title="北京赛车"),
]
CASES = [
    *(("captcha", html) for html in CAPTCHA),
    *(("anti-bot", html) for html in ANTI_BOT),
    *(("login", html) for html in LOGIN),
    *(("blocked", html) for html in BLOCKED),
    *(("closed", html) for html in CLOSED),
    *(("paywall", html) for html in PAYWALLED),
    *(("hijacked", html) for html in HIJACKED),
]

ORDINARY = {
    "a report": article(*REPORT),
    "a short text": article(*REPORT[:3]),
    "codes and logins in the text": article(
        "为方便群众办事，中心开通手机办理，群众输入验证码登录后即可查看全部办理进度。",
        "窗口人员逐户上门，教会老人拖动滑块完成验证，解决了登录难、下载慢的问题。",
        *REPORT[3:],
        title="政务服务中心安全验证推广工作总结",
    ),
    "a short text about codes and logins": page(
        "<h1>窗口小结</h1><p>为方便群众，中心开通手机办理，输入验证码登录后即可查看进度。</p>"
        "<p>窗口人员教会老人拖动滑块完成安全验证，解决了登录难的问题。</p>"
        "<p>网站全年访问量达到八万次，系统升级维护六次，用户满意率逐年提高。</p>"
        "<p>会员单位登录后可以下载资料，管理员定期清理过期账号。</p>"
    ),
    "a short text on looking after a site": page(
        "<h1>学校网站维护工作总结</h1><p>一年来，网站坚持每周更新，全年维护十二次。</p>"
        "<p>网站因服务器到期暂停两天，恢复后访问正常，用户没有损失。</p>"
        "<p>后台账号专人保管，密码按月更换，全年拦截恶意访问两千次，没有发生安全事故。</p><p>新开家长信箱，回复留言一百二十条，页面访问比去年增长三成。</p>"
    ),
    "a campaign against gambling": article(
        "街道深入开展禁赌宣传，揭露网上赌场、百家乐、六合彩等骗局，收缴老虎机四台。",
        "民警走进社区讲解博彩平台如何设局，居民纷纷表示要远离赌博。",
        *REPORT,
        title="禁毒禁赌工作总结",
    ),
    "a download box under a whole text": article(
        *REPORT, "下载防汛值守工作总结.doc", "点击下载全文", "登录后可以评论"
    ),
    "a whole text that says how long it is": article(*REPORT * 3, "未完，全文共400字"),
    "a cut line between paragraphs of a whole text": article(*REPORT, "登录后查看全文", *REPORT),
    "a network guard's report": article(
        "信息科全年拦截恶意请求三万余次，网站防火墙运行平稳。",
        "对外网站升级维护期间暂停服务两小时，提前发布公告，没有影响群众办事。",
        *REPORT[1:],
        title="网站安全维护工作总结",
    ),
    "a hijacked head over the essay": page(
        FRAME.format("".join(f"<p>{line}</p>" for line in REPORT))
        + "<div style='display:none'>娱乐城 百家乐 时时彩 老虎机</div><div><a href='//x.example'>真人娱乐 六合彩 彩金</a></div>",
        title="国产精品 无码 一区二区 真人娱乐城",
    ),
    "a list with a login box": page(FRAME.format(f"<h1>工作总结</h1>{RELATED}"), title="工作总结_某某文档"),
    "an empty page": "",
    "a page that was not found": notice("页面不存在，<a href='/'>返回首页</a>", "404"),
    "an application": page(
        "<div id='app'></div><script src='//cdn.example/a.js'></script>",
        head="<link rel='stylesheet' href='/a.css'>",
    ),
    "a redirect within the site": page("<script>location.href='/zj/2.html'</script>"),
}


@pytest.mark.parametrize(("reason", "html"), CASES, ids=[f"{r}-{n}" for n, (r, _) in enumerate(CASES)])
def test_a_page_that_is_none_is_known_by_its_reason(reason: str, html: str) -> None:
    assert suspect(html) == reason


@pytest.mark.parametrize("html", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_page_is_never_suspected(html: str) -> None:
    assert suspect(html) == ""


@pytest.mark.parametrize(
    "junk", ["<", "<p>" * 5000, "全文" * 20_000, "未完，全文共" * 9000, "</div>验证码" * 3000]
)
def test_whatever_a_page_holds_it_is_looked_at(junk: str) -> None:
    assert suspect(junk) in ("", "captcha")


def test_of_the_sample_web_only_cut_texts_are_suspected() -> None:
    web = SampleWeb(seed=31, pages=300)
    found = {}
    for url in web.urls():
        reply = web.get(url)
        if reply is not None:
            text = decode(reply.body, "").text
            found[url] = (suspect(text), "未完，全文共" in text)
    assert len(found) == 300
    assert {reason for reason, cut in found.values() if not cut} == {""}
    assert {reason for reason, cut in found.values() if cut} == {"paywall"}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the folder of real pages is not beside the checkout")
def test_no_real_page_is_suspected() -> None:
    with gzip.open(SHARED / "zh_pages" / "pages.jsonl.gz", "rt", encoding="utf-8") as file:
        pages = {row["url"] or row["id"]: row["html"] for row in map(json.loads, file)}
    for path in (SHARED / "seed_web").rglob("*.htm*"):
        pages[path.name] = decode(path.read_bytes(), "").text
    assert len(pages) > 80
    assert {url: reason for url, html in pages.items() if (reason := suspect(html))} == {}
