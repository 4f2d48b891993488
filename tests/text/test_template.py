"""Site templates: what is learned from a site's first pages, when it serves, and when it is left."""

from collections.abc import Iterable, Sequence

import pytest

from pipeline.schema import Line, Sample, Template
from pipeline.text.extract import extract
from pipeline.text.page.overlap import overlap
from pipeline.text.template.learn import LEAST_SAMPLES, learn
from pipeline.text.template.sample import EVERY, FIRST, Turn, sample
from pipeline.text.template.serve import Templates, Where
from pipeline.urls import shape_of

OPENINGS = ("一年来", "本学期", "今年以来", "上半年", "开学以来", "任职以来", "第三季度", "三年来")
SUBJECTS = ("防汛", "招生", "财务", "安全", "宣传", "护林", "信访", "图书", "统计", "档案", "环卫", "工会")


def essay(number: int) -> list[str]:
    """Paragraphs of an essay that no other number has."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    return [
        f"{OPENINGS[number % len(OPENINGS)]}，在第{number}小组的{subject}工作中，我查了{number * 7}本台账，走了{number * 3}个村。",
        f"{subject}上的难处有{number}件，一是人手少，二是路程远，我们用{number + 5}天逐件办完，群众比较满意。",
        f"明年，我准备把{subject}的{number * 11}条记录整理成册，每月核对一次，少出差错。",
    ]


LONG = "；".join(f"{subject}方面又把{subject}的事逐一办了" for subject in SUBJECTS * 3) + "。"
"""A paragraph that outweighs a text, in a box around it."""


def page(number: int, *, layout: str = "old", closing: Sequence[str] = (), extra: str = "") -> str:
    """A page of a site in one of its layouts."""
    text = "".join(f"<p>{line}</p>" for line in [*essay(number), *closing])
    title = f"{SUBJECTS[number % len(SUBJECTS)]}工作总结第{number}号"
    date = f"<div class='info'>发布时间：2021-03-{number % 28 + 1:02} 作者：王{OPENINGS[number % 8][0]}</div>"
    links = "".join(f"<li><a href='/a/{at}.html'>工作总结范文第{at}号</a></li>" for at in range(8))
    boxes = {
        "old": f"<h1>{title}</h1>{date}<div class='text'>{text}</div>",
        "new": f"<h1>{title}</h1>{date}<div class='essay-body'>{text}</div>",
        "emptied": f"<h1>{title}</h1>{date}<div class='text'>{essay(number)[0][:20]}，全文如下。</div><div class='more'>{text}</div>",
        "halved": f"<h1>{title}</h1>{date}<div class='b'><div class='text'>{text}</div><p>{LONG}</p></div>",
        "filled": f"<h1>{title}</h1>{date}<div class='text'>{text}<ul>{links}{links}</ul><div class='c'>{links}</div></div>",
    }
    return (
        f"<html><head><title>{title}_某文库</title></head><body><ul class='nav'>{links}</ul>{boxes[layout]}"
        f"{extra}<ul class='side'>{links}</ul></body></html>"
    )


def samples(pages: Iterable[tuple[int, str]]) -> list[Sample]:
    found = (
        sample(html, site="wen", shape="/a/0.html", url=f"/a/{number}.html", moment=f"{number:05d}")
        for number, html in pages
    )
    return [each for each in found if each]


def learned(pages: Iterable[tuple[int, str]]) -> tuple[Template, ...]:
    return learn(samples(pages))


def where(number: int) -> Where:
    return Where("wen", "/a/0.html", f"{number:05d}")


def serve(templates: Iterable[Template], number: int, html: str) -> list[str] | None:
    found = Templates(templates).serve(html, where(number))
    return None if found is None else [line.text for line in found.lines]


OLD = [(number, page(number)) for number in range(1, 21)]


def test_the_box_of_the_text_is_learned_and_served() -> None:
    [template] = learned(OLD)
    assert template.selector == '//div[@class="text"]'
    assert serve([template], 99, page(99)) == essay(99)


def test_what_the_template_reads_is_what_the_full_extraction_reads_with_date_and_author() -> None:
    templates = Templates(learned(OLD))
    for number in range(30, 40):
        served = templates.serve(page(number), where(number))
        full = extract(page(number))
        assert served is not None
        assert (served.lines, served.stated, served.head) == (full.lines, full.stated, full.head)
        assert served.stated.published is not None
        assert served.stated.author


def test_too_few_pages_teach_nothing() -> None:
    assert learned(OLD[: LEAST_SAMPLES - 1]) == ()


def test_reposts_of_one_text_are_one_page() -> None:
    assert learned((number, page(5)) for number in range(1, 21)) == ()


def test_a_site_whose_pages_differ_is_not_learned() -> None:
    pages = [
        (number, page(number).replace("class='text'", f"class='{SUBJECTS[number % 12]}'"))
        for number in range(1, 21)
    ]
    assert learned(pages) == ()


def test_another_site_or_shape_is_not_served() -> None:
    templates = Templates(learned(OLD))
    assert templates.serve(page(50), Where("wen", "/b/0.html", "00050")) is None
    assert templates.serve(page(50), Where("shu", "/a/0.html", "00050")) is None


@pytest.mark.parametrize("layout", ["new", "emptied", "filled"])
def test_a_page_that_does_not_look_like_its_template_is_not_served(layout: str) -> None:
    assert serve(learned(OLD), 50, page(50, layout=layout)) is None


def test_a_redesign_ends_a_template_and_begins_the_next() -> None:
    new = [
        (number, page(number, layout="new", extra="<div class='text'>订阅我们</div>"))
        for number in range(21, 41)
    ]
    first, second = learned(OLD + new)
    assert (first.version, second.version) == (1, 2)
    assert (first.valid[-1].until, second.valid[0].since) == ("00020", "00021")
    assert serve([first, second], 12, page(12)) == essay(12)
    assert serve([first, second], 35, page(35, layout="new")) == essay(35)


def test_where_samples_disagree_nothing_is_served_though_the_box_looks_as_ever() -> None:
    """The box is there with all it had, but the text goes on around it."""
    after = [(number, page(number, layout="halved")) for number in range(40, 44)]
    early, *_ = learned(OLD)
    assert serve([early], 45, page(45, layout="halved")) is not None
    [late] = learned(OLD + after)
    assert late.valid[-1].until == "00020"
    assert serve([late], 45, page(45, layout="halved")) is None


def test_a_box_without_a_name_is_ended_by_samples_too() -> None:
    def unnamed(number: int, extra: str = "") -> str:
        return page(number, extra=extra).replace(" class='text'", "")

    before = [(number, unnamed(number)) for number in range(1, 21)]
    after = [(number, unnamed(number, f"<div><p>{LONG}</p><p>{LONG}</p></div>")) for number in range(40, 44)]
    [template] = learned(before + after)
    assert template.selector.startswith("/html/body/")
    assert template.valid[-1].until == "00020"


def test_a_tag_that_xpath_cannot_name_teaches_nothing_and_breaks_nothing() -> None:
    pages = [
        (
            number,
            page(number)
            .replace("<div class='text'>", "<o:p><div>")
            .replace("</div><ul class='side'", "</div></o:p><ul class='side'"),
        )
        for number in range(1, 21)
    ]
    assert [each.selector for each in learned(pages) if ":" in each.selector] == []


def test_a_single_sample_that_disagrees_ends_nothing() -> None:
    odd = (21, page(21, layout="emptied"))
    after = [(number, page(number)) for number in range(22, 30)]
    [template] = learned([*OLD, odd, *after])
    assert len(template.valid) == 1
    assert template.valid[0].until == ""


def test_noticed_within_fifty_pages_and_served_no_more() -> None:
    """Of 300 pages, redesigned after 150 so that the box looks as ever, those are sampled whose turn it is."""
    turn = Turn()
    pages = [(number, page(number, layout="old" if number <= 150 else "halved")) for number in range(1, 301)]
    known = learned(pair for pair in pages if turn.comes("wen", "/a/0.html"))
    served = {number for number, html in pages if serve(known[:1], number, html) is not None}
    assert max(served) <= 150
    assert len(served) >= 100


def test_lines_that_the_site_repeats_go_and_what_stands_behind_an_end_too() -> None:
    frame = ("更多工作总结范文，请关注文库公众号。", "下期再见")
    known = Templates(learned((number, page(number, closing=frame)) for number in range(1, 21)))
    lines = tuple(map(Line, [*essay(50), *frame]))
    marked = known.mark_repeated(lines, where(50))
    assert [line.text for line in marked if not line.rule] == essay(50)
    assert [(line.rule, line.text) for line in marked if line.rule] == [
        ("site_line", frame[0]),
        ("behind_site_line", frame[1]),
    ]


@pytest.mark.parametrize(
    "closing", ["此致", "敬礼！", "谢谢大家！", "特此报告。", "汇报人：", "尊敬的各位领导、各位同事："]
)
def test_closings_that_people_share_stay(closing: str) -> None:
    known = Templates(learned((number, page(number, closing=[closing])) for number in range(1, 21)))
    lines = tuple(map(Line, [*essay(50), closing]))
    assert known.mark_repeated(lines, where(50)) == lines


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/zongjie/qt/5ba90bdd023911ea.html", "/w/w/x.html"),
        ("/a/605104.html", "/w/0.html"),
        ("/whly/3/510526.HTML", "/w/0/0.html"),
        ("/2021-03/12_4.htm", "/0/0.htm"),
        ("/", "/"),
        ("/show.php?id=3&page=2", "/w.php?id&page"),
    ],
)
def test_addresses_of_one_kind_have_one_shape(path: str, shape: str) -> None:
    assert shape_of(path) == shape


def test_the_first_pages_of_a_site_are_sampled_then_one_of_many() -> None:
    turn = Turn()
    taken = [number for number in range(1, 101) if turn.comes("wen", "/a/0.html")]
    assert taken == [*range(1, FIRST + 1), *range(EVERY, 101, EVERY)]


def test_templates_agree_with_the_full_extraction() -> None:
    known = learned(OLD)
    same = [overlap("\n".join(serve(known, n, page(n)) or ()), "\n".join(essay(n))).f1 for n in range(60, 90)]
    assert min(same) > 0.99
