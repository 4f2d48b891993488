"""From pages to tables: notices are no essays, half an article is none, pages find each other by their links."""

from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipeline.corpus import build
from pipeline.dataset.versions import table_files
from pipeline.engine.local import InlineEngine
from pipeline.schema import SiteRules

HOST = "http://www.wen.example"
RULES = SiteRules("wen", "http", ("www.wen.example",), (r"/zj/\d+\.html",), lists=(r"/zj/",))
PARTS = (
    "敬老院全年收住老人四十八名，护理员两班轮换，一日三餐荤素搭配，衣被每周换洗，老人们都说住得舒心。",
    "院里请来镇卫生院医生每月坐诊两次，为每位老人建立健康档案，夏防中暑、冬防感冒，全年没有发生意外。",
    "明年打算添置康复器材，改造后院菜地，组织身体好的老人种菜养花，让大家老有所养、老有所乐。",
)


def html(title: str, *lines: str, pager: str = "") -> str:
    text = "".join(f"<p>{line}</p>" for line in lines)
    return f"<html><head><title>{title}_文站</title></head><body><h1>{title}</h1><div>{text}</div>{pager}</body></html>"


def built(tmp_path: Path, pages: dict[str, str]) -> Path:
    urls = [HOST + path for path in pages]
    pq.write_table(pa.table({"url": urls, "html": list(pages.values())}), tmp_path / "pages.parquet")
    build([tmp_path / "pages.parquet"], tmp_path / "corpus", sites=[RULES], engine=InlineEngine())
    return tmp_path / "corpus"


def rows(corpus: Path, table: str) -> list[dict[str, object]]:
    return list(ds.dataset(table_files(corpus, table)).to_table().to_pylist())


def test_a_notice_is_a_rejected_page_and_a_hijacked_head_is_not(tmp_path: Path) -> None:
    essay = html("敬老院工作总结", *PARTS).replace("<title>", "<title>百家乐_娱乐城_老虎机_")
    pages = {
        "/zj/1.html": essay,
        "/zj/2.html": html("安全验证", "请向右滑动滑块完成验证后继续访问"),
        "/zj/3.html": html("敬老院工作汇报", *PARTS[:2], "登录后查看全文"),
    }
    corpus = built(tmp_path, pages)
    assert [row["url"] for row in rows(corpus, "essays")] == [HOST + "/zj/1.html"]
    found = {str(row["url"]): (row["kind"], row["rule"]) for row in rows(corpus, "rejected")}
    assert found == {HOST + "/zj/2.html": ("page", "anti-bot"), HOST + "/zj/3.html": ("page", "paywall")}


def test_a_captcha_in_place_of_a_page_leaves_the_article_incomplete(tmp_path: Path) -> None:
    pager = "<a href='1.html'>1</a><a href='1_2.html'>2</a><a href='1_3.html'>3</a>"
    pages = {
        "/zj/1.html": html("敬老院工作总结", PARTS[0], PARTS[1], pager=pager),
        "/zj/1_2.html": html("提示", "请输入图片中的验证码后继续访问"),
        "/zj/1_3.html": html("敬老院工作总结", PARTS[2], PARTS[1], pager=pager),
    }
    corpus = built(tmp_path, pages)
    assert rows(corpus, "essays") == []
    found = [(row["kind"], row["rule"], row["reason"]) for row in rows(corpus, "rejected")]
    gap = ("essay", "incomplete", "page 2 of 3 is missing (rejected: captcha)")
    assert sorted(found)[:2] == [gap, gap]
    assert [rule for kind, rule, _ in found if kind == "page"] == ["captcha"]


def test_pages_of_a_form_that_no_rule_knows_are_joined_and_others_left_out(tmp_path: Path) -> None:
    pages = {
        "/zj/1.html": html("敬老院工作总结", PARTS[0], pager="<a href='1-2.html'>下一页</a>"),
        "/zj/1-2.html": html(
            "敬老院工作总结", PARTS[1], pager="<a href='1.html'>上一页</a><a href='1-3.html'>下一页</a>"
        ),
        "/zj/1-3.html": html("敬老院工作总结", PARTS[2], pager="<a href='1-2.html'>上一页</a>"),
        "/zj/9-4.html": html("站内公告", *PARTS),
    }
    corpus = built(tmp_path, pages)
    [essay] = rows(corpus, "essays")
    assert (essay["url"], essay["text"], essay["pages"]) == (HOST + "/zj/1.html", "\n".join(PARTS), 3)
    assert {row["url"]: row["outcome"] for row in rows(corpus, "pages")}[HOST + "/zj/9-4.html"] == "other"
