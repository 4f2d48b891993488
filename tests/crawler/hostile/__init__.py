"""Webs that are hard on a crawler; each is a handler for ``LoopbackProxy`` and knows what a crawl of it should do."""

from tests.crawler.hostile.broken import BrokenWeb
from tests.crawler.hostile.numbered import NumberedWeb
from tests.crawler.hostile.polite import PoliteWeb
from tests.crawler.hostile.quarantine import QuarantineWeb
from tests.crawler.hostile.traps import TRAPS, TrapWeb

__all__ = ["TRAPS", "BrokenWeb", "NumberedWeb", "PoliteWeb", "QuarantineWeb", "TrapWeb"]
