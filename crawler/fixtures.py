"""Fixtures of a site: URLs, and what its rules must say about them."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawler.families import SHIPPED, parse_table
from crawler.site import Site
from pipeline.errors import ConfigError

_KINDS = ("article", "list", "ignore", "other")


class Fixtures(BaseModel):
    """URLs by the kind that they are of, whole or as paths on the canonical host."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    article: tuple[str, ...] = ()
    list: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    pages: dict[str, tuple[str, int]] = Field(default_factory=dict)
    """URL of an article's page: URL of its first page, and the page's number."""

    def __len__(self) -> int:
        return sum(len(self._of(kind)) for kind in _KINDS) + len(self.pages)

    def failures(self, site: Site) -> Iterator[str]:
        """One line for each URL of which the site's rules say something else."""
        for kind in _KINDS:
            for url in self._of(kind):
                if not _is_own(site, url):
                    yield f"{url}: its host is not the site's"
                elif (found := site.urls.kind(url)) != kind:
                    yield f"{url}: expected {kind}, found {found}"
        for url, (first, number) in self.pages.items():
            article, found_number = site.urls.article_page(url)
            if (article, found_number) != (site.urls.canonical(first), number):
                yield f"{url}: expected page {number} of {first}, found page {found_number} of {article}"
            elif site.urls.kind(url) != "article":
                yield f"{url}: expected article, found {site.urls.kind(url)}"

    def _of(self, kind: str) -> tuple[str, ...]:
        urls: tuple[str, ...] = getattr(self, kind)
        return urls


def fixtures_path(site_id: str, folder: Path | None = None) -> Path:
    """Where a site's fixtures lie: beside the site files, which by default are those that fanwen ships."""
    return (SHIPPED if folder is None else folder) / "fixtures" / f"{site_id}.toml"


def load_fixtures(path: Path) -> Fixtures | None:
    """Fixtures of a file; None if there is no such file.

    Raises:
        ConfigError: the file cannot be read or is not valid.
    """
    try:
        return Fixtures.model_validate(parse_table(path, path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        expected = ", ".join(Fixtures.model_fields)
        raise ConfigError(
            f"{path}: {key}: expected URLs under {expected} (pages: URL = [URL of page 1, number]); {problem['msg']}"
        ) from error


def _is_own(site: Site, url: str) -> bool:
    return url.startswith("/") or site.urls.owns(url)
