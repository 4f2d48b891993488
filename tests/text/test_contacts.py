"""What is a person's contact datum and what only looks like one, and that a mask moves nothing and says the same."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.schema import Contact
from pipeline.text.contacts import find_contacts, mask
from pipeline.text.numbers import KINDS


def named(text: str) -> list[str]:
    return [f"{each.kind} {text[each.start : each.end]}" for each in find_contacts(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请拨打13812345678联系", ["mobile 13812345678"]),
        ("（１３８１２３４５６７８）", ["mobile １３８１２３４５６７８"]),
        ("手机：138 1234 5678", ["mobile 138 1234 5678"]),
        ("手机：138 12345678", ["mobile 138 12345678"]),
        ("张三，138-1234-5678", ["mobile 138-1234-5678"]),
        ("138\n12345678", ["mobile 138\n12345678"]),
        ("电话：13812\n345678", ["mobile 13812\n345678"]),
        ("+86 13812345678", ["mobile +86 13812345678"]),
        ("(+86)13812345678", ["mobile (+86)13812345678"]),
        ("008613812345678", ["mobile 008613812345678"]),
        ("13812345678/13912345678", ["mobile 13812345678", "mobile 13912345678"]),
        ("13812345678万老师", ["mobile 13812345678"]),
        ("信用贷款13812345678", ["mobile 13812345678"]),
        ("(010) 12345678", ["landline (010) 12345678"]),
        ("0731-8888888转801", ["landline 0731-8888888转801"]),
        ("（0571）87654321", ["landline （0571）87654321"]),
        ("总机：（86-10）87654321", ["landline （86-10）87654321"]),
        ("400-123-4567", ["landline 400-123-4567"]),
        ("4001234567", ["landline 4001234567"]),
        ("800-820-8820", ["landline 800-820-8820"]),
        ("联系电话 8765432", ["landline 8765432"]),
        ("电话：87654321、87654322", ["landline 87654321", "landline 87654322"]),
        ("diàn huà：87654321", ["landline 87654321"]),
        ("传真：01012345678", ["landline 01012345678"]),
        ("11010519491231002X", ["id_card 11010519491231002X"]),
        ("430102 19900307 0434", ["id_card 430102 19900307 0434"]),
        ("身份证号码：430102900307043", ["id_card 430102900307043"]),
        ("6222021234567890128", ["bank_card 6222021234567890128"]),
        ("4111 1111 1111 1111", ["bank_card 4111 1111 1111 1111"]),
        ("开户行：工商银行 账号：123456789012", ["bank_card 123456789012"]),
        ("卡号：622202123456789012", ["bank_card 622202123456789012"]),
        ("邮箱zhang.san@163.com。", ["email zhang.san@163.com"]),
        ("zhang_san＠mail.gov.cn", ["email zhang_san＠mail.gov.cn"]),
        ("zhang#163.com 或 li(at)qq.com", ["email zhang#163.com", "email li(at)qq.com"]),
        ("12345678@qq.comQQ：123456", ["email 12345678@qq.com", "qq 123456"]),
        ("QQ：12345678、87654321", ["qq 12345678", "qq 87654321"]),
        ("ＱＱ号码是1234567", ["qq 1234567"]),
        ("扣扣123456，加Q7654321，Q：54321", ["qq 123456", "qq 7654321", "qq 54321"]),
        ("QQ：13812345678", ["qq 13812345678"]),
        ("联系电话13812345678QQ12345678", ["mobile 13812345678", "qq 12345678"]),
        ("微信：zhangsan", ["wechat zhangsan"]),
        ("微信号wxid_abc123，VX 12345678", ["wechat wxid_abc123", "wechat 12345678"]),
        ("加微abc12345 薇信：13812345678", ["wechat abc12345", "wechat 13812345678"]),
        (
            "V：zhangsan123 薇：li_si88 微信:weixin123",
            ["wechat zhangsan123", "wechat li_si88", "wechat weixin123"],
        ),
        ("QQ交流群：12345678，群号：123456789", ["qq 12345678", "qq 123456789"]),
        ("微信号：\nzhangsan", ["wechat zhangsan"]),
        ("手机（微信同号）：13812345678", ["mobile 13812345678"]),
    ],
)
def test_found(text: str, found: list[str]) -> None:
    assert named(text) == found
    masked = mask(text, find_contacts(text))
    assert find_contacts(masked) == find_contacts(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2019-2020", "20192020", "20210315", "2021-03-15", "电话：2019-2020", "12345678", "1234567"),
        *("国发〔2019〕12号", "粤府办〔2020〕1234567号", "第13812345678号", "合同编号：13812345678"),
        *("统一社会信用代码：914301001234567890", "组织机构代码：12345678-9", "订单号：13812345678"),
        *("ISBN 978-7-5404-1234-5", "ISBN：9787540412345", "ISSN 1000-1234", "CN11-1234/G4"),
        *("投资12345678元", "13800000000元", "产值达13912345678，同比", "15912345678平方米"),
        *("人口 1,380,123,456", "邮编：410000", "湘ICP备12345678号", "京公网安备 11010802012345号"),
        *("http://a.com/20210315/13812345678.html", "/20210315/13812345678.html", "?id=13812345678"),
        *("A13812345678", "138123456789", "3.13812345678", "0.00000000000", "v1.2.13812345678"),
        *(
            "学号：2018123456",
            "社会信用代码：430102199003070434",
            "拨打12345、12315、96315或110",
            "电话会议2020年",
            "电话费12345678元",
        ),
        *("QQ用户12345678人", "QQ空间2019", "QQ20190315", "电话投诉12345678件", "联系群众12345678人次"),
        *("微信支付12345678元", "微信群：abcdef123", "微信公众号：abcdef123", "官方微信：abcdef123"),
        *("公众号：教育在线（微信号：abcdef123）", "微信APP123456", "微信Windows版", "微信小程序 mini12345"),
        *("logo@2x.png", "@张三", "C#1.co", "430102199003070435", "6222021234567890123"),
    ],
)
def test_not_found(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("00000000000", "mobile"),
        ("0000-00000000", "landline"),
        ("000000000000000000", "id_card"),
        ("00000000000000000x", "id_card"),
        ("0000000000000000000", "bank_card"),
        ("xxxxx.xxx@000.xxx", "email"),
        ("QQ：000000", "qq"),
        ("微信号：xxxx0000", "wechat"),
    ],
)
def test_what_is_masked_is_found(text: str, kind: str) -> None:
    [found] = find_contacts(text)
    assert found.kind == kind
    assert mask(text, [found]) == text


def test_a_mask_keeps_shape_and_width() -> None:
    text = "电话：138-1234 5678，Ｑq：１２345，Zhang.san@163.com"
    assert mask(text, find_contacts(text)) == "电话：000-0000 0000，Ｑq：００000，xxxxx.xxx@000.xxx"
    assert mask("ａB1", [Contact(0, 3, "wechat")]) == "ｘx0"


def test_lines_far_from_each_other_keep_their_places() -> None:
    text = "\n".join(["前言", "QQ：\n12345678", *["正文。"] * 9, "电话：", "87654321", "结尾"])
    assert named(text) == ["qq 12345678", "landline 87654321"]


DIGIT = st.sampled_from("0123456789")


def digits(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text(DIGIT, min_size=least, max_size=most or least)


def with_check_digit(body: str) -> str:
    total = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def with_luhn_digit(body: str) -> str:
    doubled = [int(digit) * (1 + (at % 2 == 0)) for at, digit in enumerate(reversed(body))]
    return body + str(-sum(value // 10 + value % 10 for value in doubled) % 10)


BIRTHDAYS = st.dates().filter(lambda day: 1930 <= day.year <= 2020).map("{:%Y%m%d}".format)
NUMBERS: dict[str, st.SearchStrategy[tuple[str, str]]] = {
    "mobile": st.tuples(st.just("请找"), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)),
    "landline": st.tuples(st.just("请拨"), st.from_regex(r"0[3-9][1-9][0-9]-[3-8][0-9]{6}", fullmatch=True)),
    "id_card": st.tuples(
        st.just("证号"),
        st.tuples(st.sampled_from(["110101", "430102", "650102"]), BIRTHDAYS, digits(3)).map("".join).map(with_check_digit),
    ),
    "bank_card": st.tuples(st.just("汇至"), digits(13).map(lambda body: with_luhn_digit("62" + body))),
    "email": st.tuples(st.just("写信给"), st.from_regex(r"[a-z][a-z0-9_]{2,9}@[a-z][a-z0-9]{1,8}\.(com|cn)", fullmatch=True)),
    "qq": st.tuples(st.sampled_from(["QQ：", "扣扣:", "加Q：", "QQ群："]), st.from_regex(r"[3-9][0-9]{4,9}", fullmatch=True)),
    "wechat": st.tuples(st.sampled_from(["微信：", "VX：", "加微"]), st.from_regex(r"k[a-z]{3}_[0-9]{2,9}", fullmatch=True)),
}  # fmt: skip
PROSE = st.text(st.sampled_from("今年我们认真学习工作总结提高服务水平，。的是在了和"), max_size=20)


def test_every_kind_is_generated() -> None:
    assert set(NUMBERS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(st.data(), PROSE, PROSE)
def test_a_number_in_prose_is_found(kind: str, data: st.DataObject, before: str, behind: str) -> None:
    label, number = data.draw(NUMBERS[kind])
    start = len(before) + 1 + len(label)
    text = f"{before}，{label}{number}，{behind}"
    assert [(each.start, each.end, each.kind) for each in find_contacts(text)] == [
        (start, start + len(number), kind)
    ]


@given(st.text(st.characters(categories=["Lo", "Po", "Zs"], exclude_characters="@＠")))
def test_text_without_digits_and_letters_has_none(text: str) -> None:
    assert find_contacts(text) == ()


PIECES = st.sampled_from(
    [
        *(
            "138 1234 5678",
            "13812345678",
            "010-12345678",
            "0731 88888888",
            "87654321",
            "400-123-4567",
            "１３８",
        ),
        *("11010519491231002X", "6222021234567890128", "4111 1111 1111 1111", "20190315", "801", "abc123"),
        *(
            "zhang.san@163.com",
            "abc#163.com",
            "a(at)qq.com",
            "xxxx@",
            "com",
            ".com",
            "http://",
            "zhang_san",
            "APP",
        ),
        *("000", "0000", "00000000000", "00", "0", "86", "+86", "（0571）", "x", "xx"),
        *(
            "QQ",
            "QQ：",
            "扣扣",
            "加Q",
            "微信",
            "微信号：",
            "VX",
            "加微",
            "电话：",
            "手机",
            "传真：",
            "Tel",
            "身份证：",
        ),
        *("卡号：", "账号", "官方", "编号：", "转", "元", "号", "年", "或", "是"),
        *"- \n、/，：.@＠()",
    ]
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(PIECES, max_size=10).map("".join) | st.text(st.sampled_from("01３x@.-+ \n：微信QVX电话号(")))
def test_a_masked_text_says_the_same(text: str) -> None:
    contacts = find_contacts(text)
    masked = mask(text, contacts)
    assert len(masked) == len(text)
    assert find_contacts(masked) == contacts
    assert mask(masked, contacts) == masked
    ends = [0, *(each.end for each in contacts)]
    assert all(end <= each.start < each.end for end, each in zip(ends, contacts, strict=False))
    assert re.sub(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]", "", masked) == re.sub(
        r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]", "", text
    )


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "piece",
    [
        *("1", " ", "@", "0", "12 ", "138-138-138-", "138 ", "1\n", "0731-", "6222 ", "(+86", "13812345678"),
        *("a.", "a@", "a@a.", "a-", "x@x.xx ", "www.", "a.com/", "#a.", "(at)"),
        *("QQ", "QQ:12345、", "微信", "微信a", "vx", "公众号", "电话:", "开户", "银行"),
    ],
)
def test_hostile_lines_take_linear_time(piece: str) -> None:
    line = piece * (60_000 // len(piece))
    assert len(mask(line, find_contacts(line))) == len(line)


def labelled(name: str) -> list[tuple[str, set[tuple[int, int]]]]:
    """Lines, half of them without a datum, and where each one's data stand."""
    lines = (Path(__file__).parent / f"contacts_{name}.jsonl").read_text("utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return [(row["text"], {(start, end) for start, end, _ in row["contacts"]}) for row in rows]


@pytest.mark.parametrize("name", ["developed", "held_out", "second"])
def test_hardly_a_datum_is_missed_and_hardly_a_look_alike_is_taken_for_one(name: str) -> None:
    right = found = there = 0
    for text, wanted in labelled(name):
        spans = {(each.start, each.end) for each in find_contacts(text)}
        right += len(spans & wanted)
        found += len(spans)
        there += len(wanted)
    assert right >= 0.99 * found
    assert right >= 0.99 * there


@pytest.mark.parametrize(
    "text",
    [
        "電話：87654321",
        "微信號：zhangsan88",
        "QQ羣：12345678",
        "賬號：123456789012",
        "傳真：12345678",
        "聯繫電話87654321",
    ],
)
def test_labels_in_traditional_characters_count_too(text: str) -> None:
    (found,) = find_contacts(text)
    assert mask(text, [found]) != text
