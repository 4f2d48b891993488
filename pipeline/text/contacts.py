r"""Contact data of persons in a text, and a mask for it that moves no position.

A mask keeps length and shape, so that line rules of later stages still see ``QQ：\d{5,}`` and a published
text tells what is masked: data is looked for in what a mask leaves as it is (shape, label, surroundings) and
only then judged by its digits, where zeros pass. So shape and label alone decide between two kinds: eleven
digits, or three, four and four, are a mobile number, three and eight a landline, whatever behind QQ a qq.
Not masked, since they belong to the public: short hotlines (110, 12345, 12315, 96315), public accounts.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.schema import Contact
from pipeline.text.numbers import ANY, DATE, RULES, Kind, Rule, digits_of, is_zero

_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN |= dict.fromkeys(map(ord, "\u3000\u00a0\t"), ord(" ")) | dict.fromkeys(map(ord, "‐‑–—―−"), ord("-"))
_PLAIN |= dict(
    zip(
        map(ord, "電話號賬帳傳證羣機聯係絡熱線郵箱銀戶開辦諮詢請致團"),
        map(ord, "电话号账账传证群机联系络热线邮箱银户开办咨询请致团"),
        strict=True,
    )
)
"""Width, spaces, dashes and the traditional characters of labels folded one for one."""
_MASK = {code: ord("0" if chr(code).isdigit() else "x") for code in range(128) if chr(code).isalnum()}
_MASK |= {code + 0xFEE0: masked + 0xFEE0 for code, masked in _MASK.items()}
_GONE = "\0"
_MOST_ROUNDS = 4

_CUE = re.compile(
    r"[0-9０-９@＠#＃(（\[微威薇VvWwＶｖＷｗQqＱｑ扣鹅球](?:"
    r"(?<=[0-9０-９])(?:[ \u3000\u00a0\t\n.()（）\-－‐-―−]{0,3}[0-9０-９]){6}|(?<=[@＠])[ \u3000]?[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]"
    r"|(?<=[#＃])[0-9A-Za-z]{1,20}\.[A-Za-z]|(?<=[(（\[])[AaXx][TtXx][)）\]]"
    r"|(?:(?<=[微威薇])[ \u3000]?信|(?<=加[微威薇])).{0,16}?\n?[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]"
    r"|(?<=[VvＶｖ])[信XxＸｘ:：]|(?<=薇)[:：]|(?<=加[VvＶｖ])|(?<=[WwＷｗ])(?:[XxＸｘ]|[EeＥｅ][IiＩｉCcＣｃ])"
    r"|(?<=[QqＱｑ扣鹅球])[^\n]{0,16}?\n?[0-9０-９]{5})"
)
"""What every contact has; it begins with one set of characters, for which a search is fastest."""

_URL = re.compile(
    r"(?:https?:/|(?<![A-Za-z0-9@])www\.|(?<![A-Za-z0-9@.-])(?:[A-Za-z0-9-]{1,63}\.){1,4}(?:com|cn|net|org|cc|gov|edu)/)"
    r"[!-+\--9=?@-{}~]*"
)
_GLUED = r"(?i:qq|[vw]x|tel|e-?mail|msn|wechat|weixin|fax|phone|mobile) ?[:0-9]"
"""A label right behind a datum."""
_TLD = r"(?i:com|cn|net|org|edu|gov|info|biz|name|vip|top|xyz|cc|tv|me|io|co|hk|tw|mo|jp|kr|sg|us|uk|de|fr|ca|au|ru)"
_PROVIDER = r"(?i:163|126|139|189|qq|sina|sohu|gmail|hotmail|yeah|foxmail|21cn|outlook|aliyun)\."
_MASKED_EMAIL = r"[0x][0x._%+-]{0,63}(?: ?@ ?|#|[(\[]xx[)\]])(?:[0x][0x-]{0,62}\n?\.){1,5}x{2,10}"
_END = rf"(?={_GLUED}|[0-9]{{5}}|[^A-Za-z0-9]|\Z)"
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9_%+@#])(?<![A-Za-z0-9]\.)(?<![(\[](?i:at|xx)[)\]])"
    rf"(?:{_MASKED_EMAIL}{_END}|[A-Za-z0-9][A-Za-z0-9._%+-]{{0,63}}(?: ?@ ?|(?:#|[(\[](?i:at)[)\]])(?={_PROVIDER}))"
    rf"(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}\n?\.){{1,5}}{_TLD}{_END})"
)
"""With another sign than @ only at a known provider, so that C#1.co is none."""

_WECHAT = re.compile(
    r"[微威薇VvWw](?<![A-Za-z][VvWw])(?:(?<=[微威薇]) ?信|(?<=[Vv])信|(?<=[VvWw])[Xx](?![A-Za-z])"
    r"|(?<=[Ww])(?i:eixin|echat)(?![A-Za-z])|(?<=加[微威薇])|(?<=加[Vv])(?![A-Za-z])|(?<=[薇Vv])(?=:))"
    r"(?: ?(?P<no>号码?|[账帐]号|ID|id))?(?:\([^()0-9\n:]{1,8}\))? ?(?P<colon>[:=]\n?|是|为)? {0,3}[\"“\[【(]?"
    r"(?P<value>[A-Za-z][-_A-Za-z0-9]{5,19}(?![-_A-Za-z0-9@]|\.[A-Za-z0-9])"
    r"|(?:\+(?:86|00)[ -]?|(?:86|00)[ -])?(?:[0-9]{3}[ -][0-9]{4}[ -][0-9]{4}|[0-9]{5,13})(?![0-9A-Z_a-z@]|\.[0-9]))"
)
_PUBLIC = re.compile(
    r"(?:公众|官方|公共|企业|关注)(?:平台)?\Z|(?:公众平?[号台]|订阅号|服务号|公号)[^。,;\n]{0,20}\Z"
)
_PRODUCT = re.compile(
    r"(?i:wechat|weixin|windows|android|iphone|ipad|macos|harmony|linux|apple|mini|program|http|pay|moments|version|online|official"
    r"|facebook|twitter|whatsapp|alipay|taobao|tencent|baidu|google|weibo|douyin)[-_a-z0-9]*|(?i:app|ios|pc|web|h5|sdk|api|excel|office)[-_0-9]*"
)
_SOFTWARE = re.compile(r" ?(?:版|端|平台|系统|客户端|登[录陆])")

_GAP = r"[ \n]?(?:号码?|专线|同号)?(?:\([^()0-9\n]{1,10}\))? {0,2}(?:[:=]{1,2}|\.:?|[是为]:?|-{1,2})?[ \n]{0,3}[\[【(\"“+]{0,2}"
_LABEL = re.compile(
    r"(?:(?P<qq>(?:(?<![A-Za-z])[Qq] ?[Qq]|扣扣|球球|企鹅|[加+系][Qq]|(?<![A-Za-z])[Qq](?=[号群:]))"
    r"(?:[\u4e00-\u9fff]{0,4}群|邮箱|客服|在线|[账帐])?|群(?=号)|加群)"
    r"|(?P<id>身份证件?|公民身份|证件)|(?P<cell>手 ?机|移动电话|(?<![A-Za-z])(?i:mobile|cell(?:phone)?))"
    r"|(?P<fax>传 ?真|座 ?机|固话|固定电话|(?<![A-Za-z])(?i:fax))"
    r"|(?P<bank>卡|[账帐][号户]|户头|存折|开户[^0-9\n证话机信Qq]{0,24}|银行[^0-9\n,;。证话机信Qq]{0,16})"
    r"|(?P<phone>电 ?话|热 ?线|联系(?:方式)?|电联|致电|小灵通|咨询(?=:)|[☎✆]|(?<![A-Za-z])(?i:tel(?:ephone)?|phone)|di[àa]n ?hu[àa])"
    rf"){_GAP}\Z"
)
_WITHIN = re.compile(
    r"(?:[A-Za-z_=&#%$¥￥€~\\]|[0-9]\.|(?:[A-Za-z]|(?<![0-9]{11})(?<=[0-9]))-|(?:\A|[^0-9\u3400-\u9fff)])/"
    rf"|代码{_GAP})\Z"
)
"""The middle of an address or of a word, or a code of an organization."""
_OTHERS = re.compile(
    r"(?:(?:[编单学考工文证书批型案刊货]|流水|学籍|序列|专利)号码?"
    rf"{_GAP}|(?:准考证|许可证|[订运]单|合同|发票|备案|准字|字第|邮编|邮政编码|条码|条形码|ICP[备证]|网安备|ISBN|ISSN|CN|N[Oo]|№|ID)号?{_GAP}"
    r"|(?:人民币|产值|投资|收入|利润|税收|金额|总额|资产|面积|人口|产量|销售额|余额|预算|支出)[^0-9。;\n联请找咨电拨加]{0,6})\Z"
)
"""What makes digits behind it something else, unless their check digit says that they are a citizen's."""
_UNIT = re.compile(
    rf"(?!{_GLUED})[A-Za-z_]|\.[A-Za-z0-9]|,[0-9]{{3}}(?![0-9])|[@%‰℃°㎡]|-(?![0-9]{{11}}(?![0-9]))[0-9]"
    r"| ?(?:[千百]?万?[美港欧日]?元|亿|平方|立方|人次|吨|公[顷里斤]|千[克瓦米]|号(?!码)|万(?![老经主先女总])|人(?![事工力员资])|家(?![长庭])"
    r"|位(?!于)|次(?!日)|名(?!称)|个(?!人))"
    r"|余(?![先女老经])|米(?![先女老经])|项(?!目)|[圆千百吨克斤亩户件台辆套册份篇字条只头株棵倍度年月秒页岁届期股块箱瓶卷场]"
)
_BETWEEN = re.compile(r" ?(?:[、/;,|]|或者?|和|及) ?")
_COLUMN = re.compile(r" (?![0-9]{3} [0-9]{4} [0-9]{4})[0-9]{1,5}(?![-0-9])")
_COLUMN_BEFORE = re.compile(r"(?<![-0-9])(?<![0-9]{3} [0-9]{4} )[0-9]{1,5} \Z")
_START = re.compile(r"[0-9](?<![0-9][0-9])(?:[ \n.()\-]{0,2}[0-9]){4}")
_RUN = re.compile(r"[0-9]+")
_EXTENSION = re.compile(r"(?:[-*]| ?[(]?转(?:分机)?[ :]?)[0-9]{1,5}(?![0-9])\)?")


def find_contacts(text: str) -> tuple[Contact, ...]:
    """Contact data in lines of a text, in order and apart from each other, whether masked already or not."""
    if not _CUE.search(text):
        return ()
    return tuple(
        Contact(each.start + start, each.end + start, each.kind)
        for start, end in _regions(text)
        for each in _settled(text[start:end])
    )


def mask(text: str, contacts: Sequence[Contact]) -> str:
    """The text with the digits of contacts as 0 and their Latin letters as x, each as wide as it was."""
    parts: list[str] = []
    end = 0
    for each in contacts:
        parts += text[end : each.start], text[each.start : each.end].translate(_MASK)
        end = each.end
    return "".join((*parts, text[end:]))


def _regions(text: str) -> Iterator[tuple[int, int]]:
    """Lines with a cue, each with the one before, which may be its label, and the one behind."""
    start, end, at = 0, -1, 0
    while cue := _CUE.search(text, at):
        first = text.rfind("\n", 0, max(0, text.rfind("\n", at, cue.start()))) + 1
        if first > end:
            yield from [(start, end)] * (end >= 0)
            start = first
        at = _line_end(text, cue.end())
        end = _line_end(text, at + 1)
    yield from [(start, end)] * (end >= 0)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _settled(text: str) -> Sequence[Contact]:
    """What is found again once it is masked; nothing where masks go on making something else of each other."""
    found = _find(text)
    for _ in range(_MOST_ROUNDS):
        again = _find(mask(text, found)) if found else found
        if again == found:
            return found
        found = again
    return ()


def _find(text: str) -> list[Contact]:
    """Addresses first, so that no label or number is seen in them; each kind sees gaps where others were."""
    found: list[Contact] = []

    def email(match: re.Match[str]) -> str:
        return take(match, "email", match.span())

    def wechat(match: re.Match[str]) -> str:
        return take(match, "wechat", match.span("value")) if _is_wechat(match) else match[0]

    def take(match: re.Match[str], kind: Kind, span: tuple[int, int]) -> str:
        found.append(Contact(span[0], span[1], kind))
        return match[0][: span[0] - match.start()] + _GONE * (span[1] - span[0])

    plain = _URL.sub(lambda match: _GONE * len(match[0]), text.translate(_PLAIN))
    plain = _WECHAT.sub(wechat, _EMAIL.sub(email, plain))
    found.extend(_numbers(plain))
    return sorted(found, key=lambda each: each.start)


def _is_wechat(match: re.Match[str]) -> bool:
    """A bare word behind 微信 is an id if it has a digit; behind a colon any word that names no product."""
    text, value, (start, end) = match.string, match["value"], match.span("value")
    if _PUBLIC.search(text, max(0, match.start() - 30), match.start()) or _SOFTWARE.match(text, end):
        return False
    named = bool(match["no"] or match["colon"])
    if value[0].isalpha():
        coined = not value.isalpha()
        return (named and coined) or ((named or coined) and not _PRODUCT.fullmatch(value))
    digits = digits_of(value)
    if _UNIT.match(text, end) or (not named and (len(digits) == 5 or DATE.fullmatch(digits))):
        return False
    return start > match.start() and (is_zero(digits) or digits[0] != "0")


def _numbers(plain: str) -> Iterator[Contact]:
    """Data made of digits; a second number behind 、 or 或 has the label of the first."""
    at, end, carried = 0, -1, ""
    while start := _START.search(plain, at):
        first = start.start()
        label = _label(plain, first)
        if not label and carried and _BETWEEN.fullmatch(plain, end, first):
            label = carried
        contact = _number(plain, first, label)
        if contact:
            yield contact
            at = end = contact.end
            carried = label or ("phone" if contact.kind in ("mobile", "landline") else "")
        else:
            run = _RUN.match(plain, first)
            at = run.end() if run else start.end()


def _label(plain: str, at: int) -> str:
    """What the number is called, unless another stands directly before it."""
    if at > 1 and plain[at - 1] in " -.\n" and plain[at - 2] in "0123456789":
        return ""
    label = _LABEL.search(plain, max(0, at - 48), at)
    return str(label.lastgroup) if label else ""


def _number(plain: str, at: int, label: str) -> Contact | None:
    """What starts with the digit at a place, or with the bracket and plus sign before it."""
    start = at
    while start and at - start < 2 and plain[start - 1] in "(+":
        start -= 1
    starts = [first for first in range(start, at + 1) if ANY.match(plain, first)]
    for rule in RULES if starts else ():
        if rule.labels and label not in rule.labels:
            continue
        for first in starts:
            match = rule.shape.match(plain, first)
            if match and _is_valid(rule, match) and (label or _stands_alone(rule, match)):
                extension = _EXTENSION.match(plain, match.end()) if rule.kind == "landline" else None
                end = extension.end() if extension else match.end()
                return None if _UNIT.match(plain, end) else Contact(first, end, rule.kind)
    return None


def _is_valid(rule: Rule, match: re.Match[str]) -> bool:
    digits = digits_of(match[0])
    if rule.kind == "qq" and match.string[match.start() - 1] != ":" and DATE.fullmatch(digits):
        return False
    return rule.valid(digits)


def _stands_alone(rule: Rule, match: re.Match[str]) -> bool:
    """Whether nothing before a number without label speaks against it, and one in groups is no row of a table."""
    text, (start, end) = match.string, match.span()
    near = max(0, start - 30)
    if _WITHIN.search(text, near, start) or (rule.kind != "id_card" and _OTHERS.search(text, near, start)):
        return False
    grouped = " " in match[0]
    return not grouped or not (
        _COLUMN.match(text, end) or _COLUMN_BEFORE.search(text, max(0, start - 18), start)
    )
