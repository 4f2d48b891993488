"""One crawl as data: what to fetch, how, and where to. What the crawling process is told."""

import re
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from crawler.folder import Data
from crawler.site import Site
from pipeline.errors import ConfigError
from pipeline.takedown import Takedowns, load_takedowns

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SHORTEST_DELAY = 1.0
"""Seconds between two requests that a real site is granted at least."""
_CONTACT = re.compile(r"[\x21-\x27\x2a-\x7e]+")


class Job(BaseModel):
    """A crawl to be done; ``check`` says whether it may be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sites: tuple[Site, ...]
    data: Path
    run_id: str
    proxy: str | None = None
    contact: str | None = None
    delay: float | None = None
    backoff: float = 5.0
    timeout: float = 30.0
    min_free: int = 1 << 30
    max_pages: int | None = None
    max_total: int | None = None
    max_minutes: float | None = None

    def check(self) -> None:
        """Refuse what must not be tried on the network.

        Raises:
            ConfigError: no site; no contact, or too short a delay, for real sites; a proxy off loopback;
                demands that cannot be read.
        """
        if not self.sites:
            raise ConfigError("nothing to crawl: no site was given")
        check_access(self.contact, self.proxy)
        if self.proxy is None and self.delay is not None and self.delay < SHORTEST_DELAY:
            raise ConfigError(
                f"delay: expected at least {SHORTEST_DELAY:g} second for real sites, found {self.delay:g}"
            )
        self.takedowns()

    def takedowns(self) -> Takedowns:
        """Demands of what must not be fetched; read from the data folder, where the build finds them too.

        Raises:
            ConfigError: the file is invalid.
        """
        return load_takedowns(self.folder.takedown, [site.rules() for site in self.sites])

    @property
    def folder(self) -> Data:
        """Where the crawl keeps what it has."""
        return Data(self.data)

    @property
    def user_agent(self) -> str:
        """How the crawler introduces itself."""
        return user_agent(self.contact)


def user_agent(contact: str | None) -> str:
    """How a crawler introduces itself."""
    name = f"fanwen/{version('fanwen')}"
    return f"{name} (+{contact})" if contact else name


def check_access(contact: str | None, proxy: str | None) -> None:
    """Refuse real sites without a contact, and proxies that could lead to them.

    Raises:
        ConfigError: no contact, or one that is no header's; a proxy off loopback.
    """
    if contact and not _CONTACT.fullmatch(contact):
        raise ConfigError(f"contact: expected a URL or mail address without spaces, found {contact!r}")
    if proxy is not None:
        _check_proxy(proxy)
    elif not contact:
        raise ConfigError(
            "contact: missing; webmasters must be able to reach you: set FANWEN_CONTACT or --contact"
            " to a URL or mail address"
        )


def _check_proxy(proxy: str) -> None:
    try:
        parts = urlsplit(proxy)
        served = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port is not None
    except ValueError:
        served = False
    if not served:
        raise ConfigError(f"proxy: expected http://127.0.0.1:PORT (or ::1, localhost), found {proxy!r}")
