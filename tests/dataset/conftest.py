"""Small corpora to look at: saved pages of a few sites, with reposts, a list of phone numbers and a cut page."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Page = tuple[str, str, Sequence[str]]
"""Name below the folder, title, paragraphs."""

SUMMARY = (
    "{year}年，{place}档案馆在县委办的领导下，围绕资料收集、整理、保管、利用四个环节开展工作，全年接收文书档案{count}卷。",
    "一、抓好库房管理，确保实体安全",
    "库房坚持每天两次登记温湿度，每季度组织一次消防演练，更换老化线路，配备了新的灭火器材，没有发生一起安全事故。",
    "二、推进数字化，方便群众查阅",
    "完成馆藏婚姻档案全文扫描，建成目录数据库，群众凭身份证件在窗口即可查阅，平均等候时间由半小时缩短到五分钟。",
    "三、存在的不足",
    "一是人手偏紧，扫描进度不够理想；二是宣传不够，不少单位对归档范围仍不清楚；三是业务培训的针对性有待加强。",
    "下一步，我们将争取编制，细化归档目录，把上门指导做到每个乡镇站所，努力提高全县档案管理的整体水平。",
)
TEACHING = (
    "本学期我担任四年级两个班的数学课，面对学生基础参差不齐的情况，我把主要精力放在课堂练习的分层设计上。",
    "每周批改作业三次，对计算错误较多的学生当面讲解，并请他们把错题抄在专门的本子上，期中以后及格率明显提高。",
    "我还参加了学校组织的听课活动，先后听了语文、科学等学科的公开课，学到了不少组织讨论和调动气氛的办法。",
    "不足之处是对家长的联系不够主动，个别学生的家庭情况了解得太晚，今后要坚持每月至少家访两次。",
)
READING = (
    "为了让学生爱上阅读，我在班里办起了图书角，请每个学生带来两本自己喜欢的书，由值日的同学负责借还登记。",
    "每天午休前安排二十分钟静静读书的时间，教师和学生一起读，谁也不说话，慢慢地教室里有了读书的样子。",
    "每个月开一次读书会，让学生讲讲自己读到的人和事，起初没有人愿意上台，后来要抽签才能轮得上。",
    "期末统计，全班平均每人读完了十一本书，作文里的空话少了，写身边小事的多了，这是最让我高兴的变化。",
)
DRAWING = (
    "美术课不该只是照着范画描，我试着把课堂搬到操场和菜市场，让学生先看、先摸、先闻，再动笔画。",
    "画石榴那一课，每组分到一只真的石榴，掰开来数籽，孩子们第一次发现红色原来有那么多种深浅。",
    "低年级学生手上没有力气，剪纸常常剪断，我就从撕纸教起，撕坏了也贴上去，反而有一种拙朴的味道。",
    "学期末的画展没有评奖，每人挑一张挂在走廊里，旁边写一句话，家长会那天走廊里挤满了人。",
)
CONTACT = (
    "为做好暑期防汛值守，现将社区值班安排通知如下，请各楼栋长认真传达，遇有险情第一时间上报，不得迟报漏报。",
    "值班室电话：0731-85551234，值班人员王师傅手机13812345678，邮箱wangshifu@example.com，社区QQ群：123456789。",
    "各楼栋要在本周内完成排水沟清理和空调外机检查，对一楼住户和独居老人逐户走访，登记清楚联系方式。",
    "防汛沙袋统一存放在物业仓库，取用时做好登记，用后及时归还，确保关键时刻拿得出、用得上。",
)


def summary(year: int, place: str, count: int) -> tuple[str, ...]:
    return tuple(line.format(year=year, place=place, count=count) for line in SUMMARY)


def html(title: str, lines: Sequence[str], head: str = "", date: str = "2022-03-04") -> str:
    body = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f"<html><head><meta charset='utf-8'>{head}<title>{title}_某某文库</title></head><body>"
        f"<div class='nav'><a href='/'>首页</a></div><h1>{title}</h1><p>时间：{date} 来源：某某文库</p>"
        f"<div class='content'>{body}</div><div class='foot'>Copyright 某某文库</div></body></html>"
    )


PAGES: dict[str, str] = {
    "www.one.example/a/1.html": html("档案馆工作总结", summary(2021, "平安县", 1200)),
    "www.two.example/b/7.html": html("县档案馆年度总结", summary(2023, "永乐县", 860), date="2023-12-30"),
    "www.three.example/c/9.html": html("档案工作总结范文", summary(2022, "清河县", 431), date="2023-01-05"),
    "www.one.example/a/2.html": html("四年级数学教学总结", TEACHING),
    "www.two.example/b/8.html": html("社区防汛值班通知", CONTACT),
    "www.one.example/a/5.html": "",
}


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Puts pages into a folder of saved pages."""

    def into(name: str = "saved", pages: dict[str, str] = PAGES) -> Path:
        for file, content in pages.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
        return tmp_path / name

    return into
