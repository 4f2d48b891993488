"""Pinyin injection: what is undone, what is marked, what is left alone."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise
from pathlib import Path

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from pipeline.edits import restore
from pipeline.text.pinyin.injection import ANNOTATION, fold
from pipeline.text.pinyin.unshift import PAGE_STEPS
from pipeline.text.repair import InjectedPage, Repair
from pipeline.text.script import traditional_characters

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
SEED = SHARED / "seeds" / "mirror_annotated_traditional.txt"
SEED_PAGE = SHARED / "seed_web" / "mirror.jyjzongjie.example" / "zongjie" / "681204.html"


def words(text: str) -> list[str]:
    return text.split()


def repaired(lines: Sequence[str]) -> list[Repair]:
    """The lines of a page as a build repairs them: the page decides, each line is repaired on its own."""
    page = InjectedPage.detect(lines)
    return [Repair(line) if page is None else page.repair(line) for line in lines]


SUBJECTS = words("""
我们 全体教师 学校领导 本学期我校 各班班主任 教研组 全乡干部群众 县委办公室
各村党支部 公司上下 销售部门 广大党员 项目经理 值班护士 护理部 车间工人 财务人员
团支部 学生会 少先队员 安全生产小组 质量管理部 村民代表 驻村工作队
""")
VERBS = words("""
认真落实了 积极开展了 进一步加强了 不断完善了 切实提高了 全面总结了 深入学习了
及时汇报了 共同讨论了 逐步建立了 努力推进了 广泛宣传了 严格执行了 顺利完成了
重新修订了 继续抓好 大力支持 主动承担 按时上交 妥善处理了
""")
OBJECTS = words("""
年度工作计划 各项规章制度 教育教学质量 课堂纪律 安全检查 扶贫任务 业务培训
党风廉政建设 环境卫生整治 财务预算 市场调查 客户回访 设备维护 技术改造 档案整理
家长会 运动会的准备 疫情防控措施 读书活动 优秀学生的评选 农田水利工程 新产品的研发
急救演练 水电维修 图书采购 网络平台 机关作风 会议记录 经费开支 岗位责任
""")
TAILS = words("""
取得了较好的成绩 得到了大家的好评 为明年的发展打下了坚实的基础 但还存在一些问题
受到上级表扬 效果比较明显 任务基本完成 请各位同志批评指正 这与领导的关心分不开
今后还要继续努力 学生的习惯有了很大变化 收入比去年增长百分之八 群众十分满意
没有发生一起责任事故 困难也确实不少 经验值得推广 现将有关情况报告如下
规模化应用还需要时间 问题出在细节上
""")
LINKS = words("""
首先 其次 同时 另外 一年来 下半年以来 在上级的领导下 按照原定计划 根据实际情况
经过几个月的努力 与往年相比 从目前来看
""")
QUOTES = words("""
“安全第一” “以人为本” 《管理办法》 “一帮一” “三会一课” “读好书”
""")
NAMES = words("""
QQ群 PPT WIFI B超室 第3组 2019年 A类学校 VIP客户
""")
PHRASES = sorted(phrase for phrase in PHRASES_DICT if phrase.isalpha() and phrase.encode("gb2312", "ignore"))


def traditional(simplified: str) -> str:
    """Converted character by character, as mirrors do, within GBK."""
    return "".join(map(_traditional, simplified))


@cache
def _traditional(char: str) -> str:
    converted: str = _converter().convert(char)
    return converted if converted.encode("gbk", "ignore") else char


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2tw")


def clause(pick: random.Random) -> str:
    words = [pick.choice(SUBJECTS), pick.choice(VERBS), pick.choice(OBJECTS)]
    if pick.random() < 0.4:
        words.insert(0, pick.choice(LINKS) + "，")
    if pick.random() < 0.12:
        words.append("和" + pick.choice(QUOTES) + "活动")
    if pick.random() < 0.06:
        words.append("，建立" + pick.choice(NAMES))
    if pick.random() < 0.5:
        words.append("，关于" + pick.choice(PHRASES) + "和" + pick.choice(PHRASES) + "的情况")
    return "".join((*words, "，", pick.choice(TAILS)))


def essay(pick: random.Random, characters: int) -> list[str]:
    """Paragraphs of traditional text, about as long in all as asked for."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < characters:
        sentences = (clause(pick) + pick.choice("。。。。。。；；！？") for _ in range(pick.randint(2, 5)))
        paragraphs.append(traditional("".join(sentences)))
    return paragraphs


@cache
def pinyin_list(size: int) -> Mapping[bytes, str]:
    """A mirror's list: the traditional-only characters that a sample uses most, then others."""
    sample = "".join(essay(random.Random(size), 20_000))
    rest = traditional("".join(sorted(PHRASES[:: len(PHRASES) // 4000])))
    counts = sorted(set(sample), key=lambda char: (-sample.count(char), char)) + sorted(
        set(rest) - set(sample)
    )
    listed = [char for char in counts if char in traditional_characters() and ord(char) in PINYIN_DICT][:size]
    return {char.encode("gbk"): PINYIN_DICT[ord(char)].split(",")[0] for char in listed}


@dataclass(frozen=True)
class Mirror:
    """An injecting mirror, written independently of the repair's own forward model."""

    entries: Mapping[bytes, str]
    strict: bool = False
    """An ASCII byte behind an invalid lead byte survives."""
    private: bool = True
    """Pairs left to users are shown as private-use characters, otherwise as question marks."""
    cuts: bool = True
    """Cut the bytes around each ？；！ before decoding."""

    def show(self, text: str) -> str:
        data = text.encode("gbk")
        out = bytearray()
        cut_at = set()
        for at in range(len(data)):
            if self.cuts and data[at : at + 2] in {b"\xa3\xbf", b"\xa3\xbb", b"\xa3\xa1"}:
                cut_at.add(len(out))
            out.append(data[at])
            if at and data[at - 1 : at + 1] in self.entries:
                out += f"({self.entries[data[at - 1 : at + 1]]})".encode("gbk")
        edges = [0, *sorted(cut_at), len(out)]
        return "".join(self._decode(bytes(out[a:b])) for a, b in pairwise(edges))

    def _decode(self, data: bytes) -> str:
        text = ""
        at = 0
        while at < len(data):
            size = 1 if data[at] <= 0x80 else 2
            char = "€" if data[at] == 0x80 else _character(data[at : at + size])
            if not char or ("\ue000" <= char <= "\uf8ff" and not self.private):
                char = "?"
            text += char
            at += 1 if self.strict and data[at + 1 : at + size].isascii() and char == "?" else size
        return text


def _character(code: bytes) -> str:
    for charset in ("gbk", "gb18030"):
        try:
            return code.decode(charset)
        except UnicodeDecodeError:
            continue
    return ""


@dataclass
class Tally:
    """What became of the spots and characters of a simulated page."""

    plain: int = 0
    plain_right: int = 0
    torn: int = 0
    torn_right: int = 0
    wrong: int = 0
    characters: int = 0
    lost: int = 0

    def add(self, clean: str, repaired: Repair, entries: Mapping[bytes, str]) -> None:
        right: set[int] = set()
        matcher = SequenceMatcher(None, clean, repaired.text, autojunk=False)
        inside = {at for edit in repaired.edits for at in range(edit.start, edit.end)}
        for tag, start, end, other_start, other_end in matcher.get_opcodes():
            if tag == "equal":
                right.update(range(start, end))
            else:
                places = range(other_start, other_end)
                marked = repaired.unrecovered
                self.wrong += sum(repaired.text[at] != "?" and (at in inside or not marked) for at in places)
        self.characters += len(clean)
        self.lost += repaired.unrecovered
        data = clean.encode("gbk")
        owner = [at for at, char in enumerate(clean) for _ in char.encode("gbk")]
        for at in range(1, len(data)):
            if data[at - 1 : at + 1] not in entries:
                continue
            good = owner[at - 1] in right and owner[at] in right
            if owner[at - 1] == owner[at]:
                self.plain += 1
                self.plain_right += good
            else:
                self.torn += 1
                self.torn_right += good


def simulate(mirror: Mirror, characters: int, seed: int) -> Tally:
    pick = random.Random(seed)
    tally = Tally()
    while tally.characters < characters:
        page = essay(pick, 3000)
        for clean, mended in zip(page, repaired([mirror.show(line) for line in page]), strict=True):
            tally.add(clean, mended, mirror.entries)
    return tally


@pytest.mark.parametrize("size", [40, 120, 400])
@pytest.mark.parametrize("decoder", ["lenient", "question marks", "strict"])
def test_simulated_injection_is_undone(size: int, decoder: str) -> None:
    mirror = Mirror(pinyin_list(size), strict=decoder == "strict", private=decoder != "question marks")
    tally = simulate(mirror, 100_000, seed=size)
    assert tally.plain_right >= 0.999 * tally.plain > 0
    assert tally.torn_right >= 0.9 * tally.torn
    assert tally.wrong <= 0.0002 * tally.characters
    assert tally.lost <= 0.003 * tally.characters


@pytest.fixture(scope="module")
def page() -> InjectedPage:
    lines = essay(random.Random(7), 3000)
    found = InjectedPage.detect([Mirror(pinyin_list(120)).show(line) for line in lines])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("damaged", "undone", "kind"),
    [
        ("工作總結(jié)", "工作總結", "plain"),
        ("今日?qǐng)?bào)送", "今日報送", "misaligned"),
        ("或?qū)W習", "或學習", "ascii_trail"),
        ("規(guī)?；瘧?yīng)用", "規模化應用", "punctuation"),
        ("規(guī)?;瘧(yīng)用", "規模化應用", "punctuation"),
    ],
)
def test_each_kind_of_damage(page: InjectedPage, damaged: str, undone: str, kind: str) -> None:
    mended = page.repair(damaged)
    assert mended.text == undone
    assert mended.edits[-1].kind == kind
    assert restore(mended.text, mended.edits) == damaged


def test_a_swallowed_ascii_byte_is_not_guessed(page: InjectedPage) -> None:
    clean = traditional("我们今日报6所")
    damaged = Mirror({"請".encode("gbk"): "qǐng", "報".encode("gbk"): "bào"}).show(clean)
    assert page.repair(damaged).text == clean
    assert page.repair("共?6所").text == "共?6所"


@pytest.mark.parametrize(
    "text", ["真的嗎?!不是", "真的嗎??不是很好", "(an) apple", "魑(chī)魅", "?", "(", ""]
)
def test_what_is_no_damage_stays_on_an_injected_page(page: InjectedPage, text: str) -> None:
    assert page.repair(text) == Repair(text)


def glossed(char: str) -> str:
    return f"{char}({PINYIN_DICT.get(ord(char), '-').split(',')[0]})"


def legitimate_page(pick: random.Random) -> list[str]:
    """A word list, a reader for learners or a dictionary, in either script."""
    script = pick.choice((str, traditional))
    text = "".join(clause(pick) + "。" for _ in range(6))
    han = [char for char in script(text) if ord(char) in PINYIN_DICT]
    kind = pick.randrange(3)
    if kind == 0:
        words = dict.fromkeys(char for char in han if pick.random() < 0.5)
        return [f"{glossed(char)}：{char}字組詞" for char in words] + [script(text)]
    if kind == 1:
        return ["".join(glossed(char) if ord(char) in PINYIN_DICT else char for char in script(text))]
    entries = dict.fromkeys(char for char in han if char in traditional_characters())
    return [glossed(char) for char in entries]


def test_legitimate_glosses_are_never_touched() -> None:
    pick = random.Random(11)
    for _ in range(500):
        lines = legitimate_page(pick)
        assert repaired(lines) == list(map(Repair, lines))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="學習報請日們在?(qǐng)bàoW，。；\ufffd€瘧", max_size=40))
def test_any_line_comes_back_byte_for_byte(page: InjectedPage, line: str) -> None:
    mended = page.repair(line)
    assert restore(mended.text, mended.edits) == line


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_text_that_is_not_injected_is_untouched(text: str) -> None:
    assert InjectedPage.detect((text,)) is None


def test_repair_is_idempotent_and_invertible() -> None:
    lines = [Mirror(pinyin_list(120)).show(line) for line in essay(random.Random(3), 3000)]
    text = "\n".join(lines)
    [mended] = repaired([text])
    assert mended.edits
    assert restore(mended.text, mended.edits) == text
    assert repaired([mended.text]) == [Repair(mended.text)]
    assert "\n".join(part.text for part in repaired(lines)) == mended.text


@pytest.mark.shared
@pytest.mark.skipif(not SEED.exists(), reason="the folder of real pages is not beside the checkout")
@pytest.mark.parametrize(("path", "spots"), [(SEED, 430), (SEED_PAGE, 431)])
def test_real_mirror_page(path: Path, spots: int) -> None:
    text = path.read_text(encoding="utf-8")
    [mended] = repaired([text])
    undone = sum(edit.before.count(")") for edit in mended.edits)
    assert (undone, mended.unrecovered) == (spots, 0)
    assert not ANNOTATION.search(mended.text)
    assert restore(mended.text, mended.edits) == text
    runs = {mended.text[edit.start : edit.end] for edit in mended.edits if edit.kind == "misaligned"}
    assert len(runs) == 2


@pytest.mark.shared
@pytest.mark.skipif(not SEED.exists(), reason="the folder of real pages is not beside the checkout")
def test_the_forward_model_gives_the_real_page_back() -> None:
    lines = SEED.read_text(encoding="utf-8").split("\n")
    page = InjectedPage.detect(lines)
    assert page is not None
    torn = {char.encode("gbk"): pinyin for char, pinyin in (("請", "qǐng"), ("冊", "cè"), ("會", "huì"))}
    mirror = Mirror({**torn, **page.entries.known}, cuts=False)
    for line in lines:
        if line.encode("gbk", "ignore").decode("gbk") == line:
            assert fold(mirror.show(page.repair(line).text)) == line


@cache
def slow_pages() -> Mapping[str, list[str]]:
    """Pages that show a short list and a list of all there is, to put marks of damage behind."""
    listed = [char for char in sorted(traditional_characters()) if char.encode("gbk", "ignore")]
    return {
        "short": ["總結(jié)領(lǐng)導(dǎo)區(qū)委強(qiáng)調(diào)學(xué)習(xí)" * 6],
        "long": ["".join(map(glossed, listed))] * 2,
    }


@pytest.mark.parametrize("listed", ["short", "long"])
@pytest.mark.parametrize(
    "marks",
    ["??€" * 4000, "€??" * 300, "??" * 25_000, "?;" * 500, "我?？" * 20, "?lì)" * 2000, "(lì)€?" * 800],
)
def test_a_page_made_to_be_slow_uses_up_its_steps_and_stays_as_it_is(listed: str, marks: str) -> None:
    intact = slow_pages()[listed]
    lines = [*intact, *[marks] * 12]
    page = InjectedPage.detect(lines)
    assert page is not None
    mended = [page.repair(line) for line in lines]
    assert page.unshifter.steps_left > -1000
    assert all(restore(repair.text, repair.edits) == line for repair, line in zip(mended, lines, strict=True))
    assert all(not ANNOTATION.search(repair.text) for repair in mended[: len(intact)])


def test_what_a_step_costs_does_not_grow_with_the_list() -> None:
    """Candidates that miss an annotation are steps too: a long list makes many of them."""
    left = {}
    for name, intact in slow_pages().items():
        page = InjectedPage.detect(intact)
        assert page is not None
        page.repair("??€" * 300)
        left[name] = page.unshifter.steps_left
    assert left["long"] <= left["short"] < PAGE_STEPS
