"""Five real pages with all their damage, from saved files and through a crawl."""

import re
from collections import Counter
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from click.testing import CliRunner

from crawler.cli import main
from pipeline.dataset.versions import table_files

SEED_WEB = Path(__file__).resolve().parents[3] / "shared" / "seed_web"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SEED_WEB.exists(), reason="no folder of real pages beside the checkout"),
]

ESSAYS = {"xiexiebang": 1, "gz85": 4, "010zaixian": 1, "035400": 2, "jyjzongjie": 1}
JUNK = re.compile(
    r"首页|下载|小编|上一篇|下一篇|相关(文章|推荐|范文)|版权|本文(来源|链接|发布)|验证码|标签[:：]|简介[:：]|阅读[:：]|评论[:：]"
    r"|Copyright|会员上传|我要投稿|旅游|景点|攻略|美食小吃|精品|国产|侵权|侵犯|\.(com|html?)\b",
    re.IGNORECASE,
)
ANNOTATION = re.compile(r"[(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]+[)）]")


def essays(corpus: Path) -> list[dict[str, object]]:
    rows = ds.dataset(table_files(corpus, "essays")).to_table().to_pylist()
    return [dict(row) for row in rows]


def check(corpus: Path) -> None:
    found = essays(corpus)
    assert Counter(row["site"] for row in found) == ESSAYS
    for row in found:
        assert not JUNK.findall(str(row["text_hans"]) + str(row["title"])), row["title"]
        assert not ANNOTATION.findall(str(row["text"]) + str(row["title"]))
    [mirror] = [row for row in found if row["site"] == "jyjzongjie"]
    assert mirror["script"] == "hant"
    assert mirror["unrecovered"] == 0
    assert "在稍加修改后，会" in str(mirror["text_hans"])
    for row in found:
        paragraphs = str(row["text"]).split("\n")
        assert len(paragraphs) >= 10
        assert 1400 <= len(str(row["text"])) <= 5200
        assert paragraphs[-1].endswith("。")
    [joined] = [row for row in found if row["site"] == "010zaixian"]
    assert joined["pages"] == 2


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "corpus"
    result = CliRunner().invoke(main, ["build", str(SEED_WEB), "-o", str(out), "--workers", "1"])
    assert result.exit_code == 0, result.output
    return out


def test_saved_pages_give_the_essays_and_nothing_else(built: Path) -> None:
    check(built)


def test_a_crawl_under_the_real_host_names_gives_the_same(built: Path, tmp_path: Path) -> None:
    arguments = ["run", "--offline", str(SEED_WEB), "--data", str(tmp_path), "--workers", "1"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    check(tmp_path / "corpus")
    columns = ("essay_id", "url", "title", "text", "key_hash")
    crawled = [[row[name] for name in columns] for row in essays(tmp_path / "corpus")]
    assert crawled == [[row[name] for name in columns] for row in essays(built)]
