"""Rules for an unknown site, learned from what a look at it has shown."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from crawler.discover.shapes import Cluster, Token, clusters, coarse, fine, has_id
from crawler.discover.survey import Look, Survey
from crawler.site import Site
from pipeline.urls import any_of

_SUFFIX = re.compile(str(Site.model_fields["pages"].default))
_FORMS = (r"-(\d+)(?=\.\w+$)", r"/(\d+)(?=\.\w+$)", r"[?&](?:page|p)=(\d+)$")
"""How the pages of an article may be numbered where it is not the usual way."""
PAGER = re.compile(r"\d{1,4}|上一?页|下一?页|首页|[末尾]页|next", re.IGNORECASE)
"""Texts of the links between the pages of a list."""
_FEWEST_LINKS = 3
"""Links to articles that make a page a list."""


@dataclass(slots=True)
class Learned:
    """Regular expressions for a site file, and what a person should know of them."""

    article: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    pages: str = ""
    warnings: list[str] = field(default_factory=list)


def learn(seen: Survey) -> Learned:
    """What the site's articles, their pages and the lists look like."""
    learned = Learned()
    prose = Counter(fine(seen.paths[look.path]) for look in seen.looks.values() if look.is_prose)
    looked = Counter(fine(seen.paths[path]) for path in seen.looks if path != "/")
    good = {shape for shape, count in prose.items() if has_id(shape) and count * 2 >= looked[shape]}
    shapes = {coarse(shape) for shape in good}
    listing = [
        look
        for look in seen.looks.values()
        if fine(seen.paths[look.path]) not in good and _leads_on(look, seen, good, shapes)
    ]
    for cluster, words in _article_clusters(seen, good, shapes, listing):
        if cluster.count > 1:
            learned.article.append(cluster.pattern)
        elif cluster.count and _SUFFIX.sub("", cluster.example) not in seen.paths:
            learned.warnings.append(f"one page only looks like {cluster.example}: no rule was made of it")
        if words:
            learned.warnings.append(f"not looked at, so no rule fits: {', '.join(words[:3])}")
    learned.pages = _page_form(seen, learned.article)
    learned.article = _without_pages(learned, seen)
    learned.lists = _list_patterns(seen, listing, learned)
    return learned


def _leads_on(look: Look, seen: Survey, good: set[tuple[Token, ...]], shapes: set[tuple[Token, ...]]) -> bool:
    """Whether a page lists articles: of shapes that are known for it, or many that may be."""
    linked = [seen.paths[path] for path in {path for path, _ in look.links} if path in seen.paths]
    sure = sum(fine(tokens) in good for tokens in linked)
    return sure >= _FEWEST_LINKS or sum(coarse(tokens) in shapes for tokens in linked) >= 2 * _FEWEST_LINKS


def _article_clusters(
    seen: Survey, good: set[tuple[Token, ...]], shapes: set[tuple[Token, ...]], listing: list[Look]
) -> Iterable[tuple[Cluster, list[str]]]:
    """Shapes of articles, each with pages of the same shape that are left out of it.

    A word stands for any word only where articles were seen under two, and no list would be an article then;
    one page that looks like a list is no proof, since short articles do.
    """
    for shape in sorted(shapes):
        paths = [path for path, tokens in seen.paths.items() if coarse(tokens) == shape]
        words = sorted(each for each in good if coarse(each) == shape)
        whole = clusters(paths)[shape]
        lists = Counter(
            fine(seen.paths[look.path]) for look in listing if re.fullmatch(whole.pattern, look.path)
        )
        if len(words) > 1 and not any(count > 1 or coarse(each) != shape for each, count in lists.items()):
            yield whole, []
            continue
        for each in words:
            yield clusters(path for path in paths if fine(seen.paths[path]) == each)[shape], []
        yield Cluster(), [path for path in paths if fine(seen.paths[path]) not in {*words, *lists}]


def _without_pages(learned: Learned, seen: Survey) -> list[str]:
    """The patterns less those that fit further pages of articles only, which need no rule of their own."""
    suffix = any_of([learned.pages]) if learned.pages else _SUFFIX
    kept = []
    for pattern in learned.article:
        others = any_of([other for other in learned.article if other != pattern])
        paths = [path for path in seen.paths if re.fullmatch(pattern, path)]
        if not all(suffix.search(path) and others.fullmatch(suffix.sub("", path)) for path in paths):
            kept.append(pattern)
    return kept


def _page_form(seen: Survey, article: list[str]) -> str:
    """How pages of an article are numbered, if articles link to pages that the usual form does not fit."""
    articles = any_of(article)
    for look in seen.looks.values():
        if not articles.fullmatch(look.path):
            continue
        for path, _ in look.links:
            for form in _FORMS:
                match = re.search(form, path)
                if match and int(match[1]) > 1 and path[: match.start()] + path[match.end() :] == look.path:
                    return form
    return ""


def _list_patterns(seen: Survey, listing: list[Look], learned: Learned) -> list[str]:
    suffix = any_of([learned.pages]) if learned.pages else _SUFFIX
    articles = any_of(learned.article)

    def is_article(path: str) -> bool:
        return any(articles.fullmatch(each) for each in (path, suffix.sub("", path)))

    shapes = Counter(coarse(seen.paths[look.path]) for look in seen.looks.values() if look.path != "/")
    hubs = [look for look in listing if look.path != "/" and not is_article(look.path)]
    of_lists = Counter(coarse(seen.paths[look.path]) for look in hubs)
    common = {shape for shape, count in of_lists.items() if count * 2 >= shapes[shape]}
    paths = [path for path, tokens in seen.paths.items() if coarse(tokens) in common]
    for look in (*hubs, *(each for each in listing if each.path == "/")):
        paths += [path for path, text in look.links if PAGER.fullmatch(text.strip()) and path in seen.paths]
    found = clusters(path for path in dict.fromkeys(paths) if path != "/" and not is_article(path))
    return [cluster.pattern for _, cluster in sorted(found.items(), key=lambda item: -item[1].count)]
