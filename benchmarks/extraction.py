"""Main text of Chinese pages: fanwen beside trafilatura, readability-lxml, resiliparse and whoever is installed.

    python benchmarks/extraction.py [--pages pages.jsonl.gz]... [--web 600] [--rounds 3]

``--pages``: JSON Lines (plain or .gz) with ``html`` and the true ``text`` of each page, and perhaps a ``date``;
quality is the overlap of 4-token shingles, averaged over the pages. Speed is CPU time on the sample web's
pages, all extractors on the same pages in alternation, with the garbage collector set as in a worker process; the ratio, not the absolute figure, is
what holds on another machine. Peers: ``pip install readability-lxml resiliparse magic-html gne``.
"""

import argparse
import gzip
import importlib.util
import json
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import trafilatura
from lxml import html as lxml_html

from crawler.sample.web import SampleWeb
from pipeline.engine.local import seldom_collect
from pipeline.errors import PageRejected
from pipeline.schema import Sample, Template, Validity
from pipeline.text.decode import decode
from pipeline.text.extract import extract
from pipeline.text.page.overlap import overlap
from pipeline.text.template.learn import learn
from pipeline.text.template.sample import FIRST, sample
from pipeline.text.template.serve import Templates, Where

SHORT = 700
"""Characters under which a text counts as short."""
Extractor = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Truth:
    html: str
    text: str
    date: str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, action="append", default=[], help="pages with their true text")
    parser.add_argument("--sets", default="", help="only rows whose `set` is one of these, comma-separated")
    parser.add_argument(
        "--web", type=int, default=600, help="pages of the sample web to time a round; 0: none"
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for path in options.pages:
        quality(path, list(read_pages(path, set(filter(None, options.sets.split(","))))))
    if not options.web:
        return
    pages = web_pages(options.web * options.rounds)
    seldom_collect()
    print("\nThe sample web's pages as they are: light frames")
    speed(pages, options.web, options.rounds)
    print("\nThe same in frames as heavy as those of real pages")
    speed([replace(page, html=framed(page.html)) for page in pages], options.web, options.rounds)


def read_pages(path: Path, sets: set[str]) -> Iterator[Truth]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in data.decode("utf-8").splitlines():
        row = json.loads(line)
        if not sets or row.get("set") in sets:
            yield Truth(row["html"], row["text"], str(row.get("date") or ""))


def fanwen(page: str) -> str:
    return "\n".join(line.text for line in extract(page).lines)


def peers() -> dict[str, Extractor]:
    """Those that are installed; whoever is not is named."""
    found: dict[str, Extractor] = {
        "trafilatura": lambda page: trafilatura.extract(page) or "",
        "trafilatura precision": lambda page: trafilatura.extract(page, favor_precision=True) or "",
    }
    makers = {
        "readability": readability,
        "resiliparse": resiliparse,
        "magic_html": magic_html,
        "gne": gne,
    }
    for module, maker in makers.items():
        if importlib.util.find_spec(module):
            found[module] = maker()
        else:
            print(f"({module}: not installed)")
    return found


def readability() -> Extractor:
    from readability import Document

    return lambda page: str(lxml_html.fromstring(Document(page).summary()).text_content())


def resiliparse() -> Extractor:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda page: str(extract_plain_text(page, main_content=True))


def magic_html() -> Extractor:
    from magic_html import GeneralExtractor

    general = GeneralExtractor()
    return lambda page: str(lxml_html.fromstring(general.extract(page)["html"]).text_content())


def gne() -> Extractor:
    from gne import GeneralNewsExtractor

    general = GeneralNewsExtractor()
    return lambda page: str(general.extract(page)["content"])


def quality(path: Path, pages: Sequence[Truth]) -> None:
    short = sum(len(page.text) < SHORT for page in pages)
    print(f"\n{path.name}: {len(pages)} pages, {short} of them under {SHORT} characters\n")
    print(f"{'':24}{'P':>7}{'R':>7}{'F1':>7}{'short F1':>10}")
    for name, extractor in {"fanwen": fanwen, **peers()}.items():
        read = [attempt(extractor, page.html) for page in pages]
        results = [
            (overlap(text or "", page.text), len(page.text)) for text, page in zip(read, pages, strict=True)
        ]
        columns = [
            statistics.mean(getattr(result, field) for result, _ in results)
            for field in ("precision", "recall", "f1")
        ]
        few = [result.f1 for result, size in results if size < SHORT] or [0.0]
        figures = "".join(f"{column:7.3f}" for column in columns)
        failed = f"   failed on {read.count(None)}" if None in read else ""
        print(f"{name:24}{figures}{statistics.mean(few):10.3f}{failed}")
    confidence(pages)
    dates(pages)
    speed_on_real(pages)


def attempt(extractor: Extractor, page: str) -> str | None:
    try:
        return extractor(page)
    except Exception:  # noqa: BLE001 - a page that an extractor fails on counts as nothing found
        return None


def confidence(pages: Sequence[Truth]) -> None:
    """Whether the confidence tells good readings from bad ones."""
    groups: dict[bool, list[float]] = defaultdict(list)
    for page in pages:
        try:
            found = extract(page.html)
        except PageRejected:
            continue
        text = "\n".join(line.text for line in found.lines)
        groups[found.confidence >= 0.8].append(overlap(text, page.text).f1)
    for sure, scores in sorted(groups.items(), reverse=True):
        print(
            f"confidence {'0.8 or more' if sure else 'below 0.8'}: {len(scores)} pages, F1 {statistics.mean(scores):.3f}"
        )


def dates(pages: Sequence[Truth]) -> None:
    """Dates of the pages whose truth names a day."""
    tally = dict.fromkeys(("right", "wrong", "missing"), 0)
    for page in pages:
        stated = re.match(r"(\d{4})\D(\d{1,2})\D(\d{1,2})", page.date)
        if not stated:
            continue
        found = extract(page.html).stated.published
        day = tuple(map(int, stated.groups()))
        tally[
            "missing"
            if found is None
            else "right"
            if (found.year, found.month, found.day) == day
            else "wrong"
        ] += 1
    if sum(tally.values()):
        print("dates: " + ", ".join(f"{count} {name}" for name, count in tally.items()))


def speed_on_real(pages: Sequence[Truth]) -> None:
    """Each page served by a template made of itself, against trafilatura, once: no page comes twice in a crawl."""
    templates, served = [], []
    for number, page in enumerate(pages):
        try:
            seen = sample(page.html, site=str(number), shape="", url="", moment="")
        except PageRejected:
            continue
        if seen and seen.selector:
            templates.append(template_of(seen))
            served.append(Served(str(number), "", page.html))
    known = Templates(templates)
    served = [page for page in served if known.lines(page.html, where(page))]
    seldom_collect()
    contenders: dict[str, Callable[[Served], object]] = {
        "trafilatura": lambda page: trafilatura.extract(page.html),
        "template": lambda page: known.lines(page.html, where(page)),
        "trafilatura with metadata": lambda page: trafilatura.bare_extraction(page.html, with_metadata=True),
        "template with metadata": lambda page: known.serve(page.html, where(page)),
    }
    taken = {name: cpu_time(contender, served) for name, contender in contenders.items()}
    for name in ("", " with metadata"):
        ratio = taken[f"trafilatura{name}"] / taken[f"template{name}"]
        print(
            f"{len(served)} pages by templates of their own{name}: {ratio:.1f} times as fast as trafilatura{name}"
        )


def template_of(seen: Sample) -> Template:
    return Template(
        site=seen.site, shape=seen.shape, version=1, selector=seen.selector, about=tuple(dict.fromkeys(seen.about)), repeated=(), ends=(),
        samples=1, example="", confidence=seen.confidence, stops=seen.stops, linked=seen.linked, valid=(Validity("", ""),),
    )  # fmt: skip


def cpu_time(contender: "Callable[[Served], object]", pages: "Sequence[Served]") -> float:
    start = time.process_time()
    for page in pages:
        contender(page)
    return time.process_time() - start


@dataclass(frozen=True, slots=True)
class Served:
    site: str
    moment: str
    html: str


def where(page: Served) -> Where:
    return Where(page.site, "", page.moment)


def web_pages(count: int) -> list[Served]:
    web = SampleWeb(seed=9, pages=count)
    pages = []
    for number, url in enumerate(web.urls()):
        reply = web.get(url)
        assert reply is not None
        pages.append(
            Served(url.split("/")[2], f"{number:09d}", decode(reply.body, reply.headers["Content-Type"]).text)
        )
    return pages


def framed(page: str) -> str:
    """The page in a frame as heavy as a real one's: the median of 68 real pages has 494 elements, 92 links,
    6,000 characters of scripts; the sample web's have 66, 16 and none.
    """
    items = "".join(
        f'<li class="item"><a href="/list/{number}.html">栏目{number}</a><span>08-{number % 28:02}</span></li>'
        for number in range(38)
    )
    lists = f'<div class="box"><h3>栏目</h3><ul>{items}</ul></div>' * 2
    script = f"<script>var settings = [{'0,' * 1500}0];</script>" * 2
    rows = "<div class=row><div class=cell><i></i></div></div>" * 40
    return page.replace("<body>", f'<body>{script}<div class="top">{rows}</div>').replace(
        "</body>", f'<div class="sidebar">{lists}</div></body>'
    )


def learned(pages: Sequence[Served]) -> Templates:
    by_site: dict[str, list[Served]] = defaultdict(list)
    for page in pages:
        by_site[page.site].append(page)
    first = [page for group in by_site.values() for page in group[: 2 * FIRST]]
    samples = [
        sample(page.html, site=page.site, shape="", url=page.moment, moment=page.moment) for page in first
    ]
    return Templates(learn(each for each in samples if each))


def speed(pages: Sequence[Served], count: int, rounds: int) -> None:
    """CPU time a page; each round has pages of its own, as in a crawl no page comes twice."""
    templates = learned(pages[:count])

    def lines(page: Served) -> str:
        found = templates.lines(page.html, where(page))
        return "\n".join(line.text for line in found or ())

    served = [page for page in pages if lines(page)]
    same = [overlap(lines(page), fanwen(page.html)).f1 for page in served[:count]]
    size = statistics.mean(len(page.html) for page in served)
    print(
        f"\n{len(served)} of {len(pages)} pages of the sample web served by a template, {size:,.0f} characters of HTML"
    )
    print(f"agreement with the full extraction: {statistics.mean(same):.4f}\n")
    contenders: dict[str, Callable[[Served], object]] = {
        "trafilatura": lambda page: trafilatura.extract(page.html),
        "trafilatura with metadata": lambda page: trafilatura.bare_extraction(page.html, with_metadata=True),
        "fanwen": lambda page: extract(page.html),
        "template": lines,
        "template with metadata": lambda page: templates.serve(page.html, where(page)),
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        part = served[number::rounds]
        for name, contender in contenders.items():
            times[name].append(cpu_time(contender, part) / len(part) * 1000)
    for name, taken in times.items():
        print(f"{name:28}{statistics.median(taken):8.3f} ms a page")
    for name in ("", " with metadata"):
        ratios = [a / b for a, b in zip(times[f"trafilatura{name}"], times[f"template{name}"], strict=True)]
        spread = f"({min(ratios):.1f} to {max(ratios):.1f})"
        print(f"template{name}: {statistics.median(ratios):.1f} times as fast as trafilatura{name} {spread}")


if __name__ == "__main__":
    main()
