"""What pages say that stand in for others, and what essays say about the same matters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Title and body of a page that is not what was asked for."""

    title: str
    body: str
    head: str = ""
    framed: bool = False
    """It also occurs within the frame of the site."""


_COOKIE = (
    "<script>document.cookie='{0}='+{1}+';path=/';setTimeout(function(){{location.reload()}},800);</script>"
)

WORDINGS: dict[str, tuple[Notice, ...]] = {
    "captcha": (
        Notice(
            "访问验证",
            "<p>您访问得太快了，请输入下图中的验证码后继续浏览。</p><img src='/yzm.php'><input name='yzm'><button>确定</button>",
            framed=True,
        ),
        Notice(
            "请输入验证码",
            "<h2>请输入验证码</h2><form method='post'><img src='/code?t=1' alt='看不清？换一张'><input name='c'></form>",
        ),
        Notice(
            "稍等一下",
            "<p>为了证明你不是机器人，请把图里的四个字符写进框里再点提交。</p><form><input name='w'><input type='submit' value='提交'></form>",
        ),
        Notice(
            "图形验证",
            "<p>请依次点击图中的汉字“春、江、水”完成验证。</p><div id='tuxing'></div>",
            framed=True,
        ),
        Notice(
            "系统提示",
            "<p>系统检测到您的网络存在异常流量，填写验证码即可恢复访问。</p><input name='v' placeholder='验证码'>",
        ),
    ),
    "anti-bot": (
        Notice(
            "安全验证",
            "<p>正在进行安全验证，请稍候……</p><noscript>请打开浏览器的JavaScript后刷新本页</noscript>",
        ),
        Notice("滑动验证", "<p>请按住滑块，拖到最右侧</p><div class='slider'></div>", framed=True),
        Notice("", _COOKIE.format("guard", "(17*23)")),
        Notice(
            "请稍候",
            "<p>正在检测您的浏览器环境，五秒后将自动跳转到您要访问的页面。</p>"
            + _COOKIE.format("jc", "'a7'"),
        ),
        Notice(
            "人机身份验证",
            "<p>完成下面的拼图，证明是您本人在操作。</p><canvas width='320'></canvas>",
            framed=True,
        ),
        Notice(
            "Just a moment...",
            "<p>Checking your browser before accessing the site. This takes up to 5 seconds.</p>",
        ),
    ),
    "login": (
        Notice(
            "会员登录",
            "<form><p>账号<input name='u'></p><p>密码<input type='password' name='p'></p><button>登录</button></form>",
            framed=True,
        ),
        Notice(
            "提示信息",
            "<p>抱歉，您尚未登录，没有权限查看该文章。</p><a href='/login'>立即登录</a>",
            framed=True,
        ),
        Notice("温馨提示", "<p>本栏目仅对注册会员开放，请先登录后再访问。</p>"),
        Notice(
            "用户登录",
            "<h2>用户登录</h2><form>手机号<input name='m'>密码<input type='password'><a href='/zhuce'>免费注册</a></form>",
        ),
        Notice("消息", "<p>您所在的用户组（游客）无法阅读此内容，请登录或注册新账号。</p>"),
    ),
    "paywall": (
        Notice("", "<p>……未完，全文共3456字，当前显示800字</p><p><a href='/down/'>下载全文</a></p>"),
        Notice("", "<p>剩余70%内容，开通会员后可继续阅读全文</p>"),
        Notice("", "<p>（试读结束，购买本文后查看完整内容）</p>"),
        Notice("", "<p>登录后即可查看剩余内容</p><p><a href='/login'>登录</a></p>"),
        Notice("", "<p>未完，全文共 2780 字，下载后阅读完整版</p>"),
        Notice("", "<p>以下为付费内容，支付2元即可阅读全文</p>"),
        Notice("", "<p>本文共5210字，仅显示前500字，查看全文请扫码关注公众号</p>"),
    ),
    "hijacked": (
        Notice(
            "金鼎娱乐城-注册就送88元彩金-真人百家乐",
            "<p>金鼎娱乐城全新上线，真人视讯、电子老虎机、体育投注一应俱全。</p><p>首存一百送一百，百家乐返水日结，提款三分钟到账。</p>",
            "<meta name='keywords' content='娱乐城,百家乐,时时彩'><script>location.href='https://jd.play.example/?a=7'</script>",
        ),
        Notice(
            "",
            "<p>正在进入……</p>",
            "<script>if(document.referrer.indexOf('search')>0){}window.location.replace('//go.bet.example/x');</script>",
        ),
        Notice(
            "新开传奇私服发布网",
            "".join(
                f"<p>{hour}点新开一区，单职业复古传奇，爆率全开，散人打金，天天开新服，合击版本长久稳定。</p>"
                for hour in range(9, 15)
            ),
        ),
        Notice("", "", "<meta http-equiv='refresh' content='0;url=https://vip.lottery.example/'>"),
        Notice(
            "六合彩开奖直播-时时彩计划",
            "<ul><li>六合彩资料大全</li><li>时时彩计划软件</li><li>北京赛车PK10</li><li>棋牌游戏下载</li></ul>"
            "<p>本平台彩票开户送彩金，在线投注，信誉保证，二十四小时客服。</p>",
        ),
    ),
    "blocked": (
        Notice("访问被拦截", "<p>您的请求含有可疑参数，已被云防火墙拦截。</p><p>事件编号：20261102-5518</p>"),
        Notice(
            "403 Forbidden", "<h1>403 Forbidden</h1><p>You don't have permission to access this page.</p>"
        ),
        Notice("提示", "<p>您的IP地址访问过于频繁，已被暂时限制，请一小时后再来。</p>"),
        Notice("网站防护", "<p>当前访问疑似黑客攻击，已被网站管理员设置为拦截并记录。</p>"),
        Notice("Access Denied", "<p>Access denied. Your address has been blocked by the site owner.</p>"),
    ),
    "closed": (
        Notice("网站已关闭", "<p>因经营调整，本站已于今年六月停止服务，感谢大家多年来的支持。</p>"),
        Notice("suspect.example", "<p>此域名可以转让，如需购买请发邮件。</p><p>This domain is for sale.</p>"),
        Notice("站点暂停", "<p>该站点因空间到期未续费，已被暂停访问，请联系管理员。</p>"),
        Notice("系统维护中", "<p>网站正在升级维护，预计三天后恢复，请届时再来访问。</p>"),
        Notice("未备案提示", "<p>该网站尚未办理备案，暂时无法访问。</p>"),
    ),
}

ORDINARY: tuple[tuple[str, ...], ...] = (
    (
        "窗口服务提质工作总结",
        "针对老年群众反映的验证码看不清、登录难等问题，大厅安排专人手把手辅导，共帮助三百余人次。",
        "大厅还推出语音验证码，老人不用再对着屏幕一个字一个字地辨认。",
    ),
    (
        "反诈宣传工作情况汇报",
        "宣传队走进集市，提醒群众不点陌生链接、不下载来历不明的软件、不向任何人透露验证码。",
        "对涉嫌为博彩网站跑分的人员，派出所逐一谈话教育，劝返三人。",
    ),
    (
        "打击跨境赌博专项行动总结",
        "行动期间共捣毁博彩窝点两个，查扣老虎机六台，揭露百家乐、六合彩等骗局的真面目。",
        "社区把博彩害人的案例编成快板，在广场演出四场，群众反响热烈。",
    ),
    (
        "门户网站运维年度总结",
        "全年拦截恶意访问四万余次，防火墙策略更新十一次，网站没有发生一起安全事故。",
        "春节前网站升级维护，暂停服务两小时，提前发布了公告，用户登录后可查看办件进度。",
    ),
    (
        "数字档案馆建设工作计划",
        "读者登录后可以查看目录，经批准方可下载全文，下载情况逐月统计。",
        "计划年内完成两万卷档案的扫描，并开通在线验证服务。",
    ),
    (
        "继续教育学习心得体会",
        "平台要求完成滑动验证才能进入课堂，起初我总是拖不到位，同事教了两遍才学会。",
        "学完一章要下载讲义自测，试读部分虽短，却让我一下子就入了迷。",
    ),
    (
        "学校网络安全周活动总结",
        "信息组演示了弱口令如何被破解，提醒师生登录密码要定期更换，验证码不要转发。",
        "高年级开设了人机验证原理的小讲座，同学们听得津津有味。",
    ),
    (
        "供销社电商业务述职报告",
        "我们注册了两个网店，会员登录后可领优惠券，全年成交一万四千单。",
        "因旧域名到期，店铺停业三天，我负主要责任，今后将提前一个月办理续费。",
    ),
)
