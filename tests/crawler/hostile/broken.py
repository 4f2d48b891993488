"""A server that breaks every rule of HTTP, a page each, beside good pages."""

import functools
import gzip
import itertools
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crawler.sample.server import Answer, Reply, Stream
from tests.crawler.hostile.pages import HTML, article, document, links, moved, page, report

ORIGIN = "http://www.broken.example"
_PAUSE = 0.05
"""Seconds before a reset, so that what was sent before it arrives."""
_GOOD = 8
_ENDLESS = 1_000
"""From this number on a page leads to the next."""
_CHUNK = b"<p>" + "周而复始".encode() * 1_000 + b"</p>\n"
_PLAIN = ("Content-Type", HTML)
_KINDS = {"Content-Type": HTML}


def drip(interval: float) -> Iterator[bytes | float]:
    """A byte every so many seconds, for ever."""
    for byte in itertools.cycle(b"<p>slow</p>\n"):
        yield bytes([byte])
        yield interval


@functools.lru_cache(maxsize=2)
def gzip_bomb(size: int) -> bytes:
    """A gzip file of about a thousandth of ``size`` bytes that unpacks to so many; never held unpacked."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(1 << 20)
    parts = [packer.compress(zeros[: min(len(zeros), size - at)]) for at in range(0, size, len(zeros))]
    return b"".join(parts) + packer.flush()


def _text(number: int) -> bytes:
    return document(report(number).title, report(number).text).encode()


def _sized(body: bytes, length: int) -> Stream:
    return Stream([body], 200, [_PLAIN, ("Content-Length", str(length))])


def _huge(size: int) -> Stream:
    rest = size % len(_CHUNK)
    chunks = itertools.chain(itertools.repeat(_CHUNK, size // len(_CHUNK)), [b" " * rest])
    return Stream(chunks, 200, [_PLAIN, ("Content-Length", str(size))])


def _chunked(*parts: bytes) -> Stream:
    return Stream(parts, 200, [_PLAIN, ("Transfer-Encoding", "chunked")])


def _packed(body: bytes, coding: str = "gzip") -> Reply:
    return Reply(200, _KINDS | {"Content-Encoding": coding}, body)


def _half(number: int) -> bytes:
    text = _text(number)
    return text[: len(text) // 2]


@dataclass(eq=False)
class BrokenWeb:
    """One misbehaviour each at ``url(name)``, good pages between them; ``make_site("broken")`` fits it."""

    interval: float = 0.2
    """Seconds between two bytes of the answer that drips."""
    bomb: int = 1 << 30
    """Bytes that the gzip bomb unpacks to."""
    size: int = 100_000_000
    """Bytes of the page that is too large."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the misbehaviours."""
        return tuple(self._answers)

    @property
    def good(self) -> frozenset[str]:
        """URLs of the good pages, the front page among them."""
        return frozenset([f"{ORIGIN}/", *(f"{ORIGIN}/a/{number}.html" for number in range(1, _GOOD + 1))])

    def url(self, name: str) -> str:
        """URL of a misbehaviour."""
        return f"{ORIGIN}/a/{100 + self.names.index(name)}.html"

    def __call__(self, url: str) -> Answer | None:
        path = url.removeprefix(ORIGIN)
        if path == "/":
            bad = [(self.url(name), name) for name in self.names]
            good = [(good, "范文") for good in sorted(self.good - {f"{ORIGIN}/"})]
            order = random.Random(9).sample(bad + good, len(bad + good))
            return page("破烂王", links(order))
        stem = path.removeprefix("/a/").removesuffix(".html")
        if not stem.isdecimal():
            return None
        number = int(stem)
        if 1 <= number <= _GOOD:
            return article(number)
        if number >= _ENDLESS:
            return moved(f"/a/{number + 1}.html")
        if 0 <= number - 100 < len(self.names):
            return self._answers[self.names[number - 100]]()
        return None

    @functools.cached_property
    def _answers(self) -> dict[str, Callable[[], Answer]]:
        return self._bodies() | _heads() | _codings(self.bomb) | _redirects(self)

    def _bodies(self) -> dict[str, Callable[[], Answer]]:
        half, whole = _half(20), _text(21)
        length = [_PLAIN, ("Content-Length", str(2 * len(half)))]
        return {
            "drip": lambda: Stream(drip(self.interval), 200, [_PLAIN]),
            "endless": lambda: Stream(itertools.repeat(_CHUNK), 200, [_PLAIN]),
            "endless chunks": lambda: Stream(
                itertools.repeat(b"%x\r\n%b\r\n" % (len(_CHUNK), _CHUNK)), 200, [_PLAIN, ("Transfer-Encoding", "chunked")]
            ),
            "huge": lambda: _huge(self.size),
            "length too long": lambda: _sized(half, 2 * len(half)),
            "length too short": lambda: _sized(whole, len(whole) // 2),
            "length no number": lambda: Stream([whole], 200, [_PLAIN, ("Content-Length", "many")]),
            "reset in body": lambda: Stream([half, _PAUSE], 200, length, "reset"),
            "hang in body": lambda: Stream([half], 200, length, "hang"),
            "chunks cut off": lambda: _chunked(b"%x\r\n" % (2 * len(half)), half),
            "chunks without size": lambda: _chunked(b"zz\r\n", whole, b"\r\n0\r\n\r\n"),
            "empty": lambda: Reply(200, _KINDS, b""),
            "binary": lambda: Reply(200, _KINDS, b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(20_000)),
            "zero bytes": lambda: Reply(200, _KINDS, whole.replace(b"<p>", b"<p>\0\0\0")),
            "deep": lambda: Reply(200, _KINDS, b"<div>" * 100_000 + whole),
        }  # fmt: skip


def _heads() -> dict[str, Callable[[], Answer]]:
    """Answers that do not get as far as a body, or have a head that no one should read."""
    flood = [(f"X-Flood-{number}", "x" * 60) for number in range(20_000)]
    return {
        "reset at once": lambda: Stream(end="reset"),
        "close at once": Stream,
        "silence": lambda: Stream(end="hang"),
        "reset in head": lambda: Stream([b"HTTP/1.1 200 OK\r\nContent-Ty", _PAUSE], end="reset"),
        "hang in head": lambda: Stream([b"HTTP/1.1 200 OK\r\nContent-Ty"], end="hang"),
        "hang behind head": lambda: Stream((), 200, [_PLAIN, ("Content-Length", "5000")], "hang"),
        "garbage": lambda: Stream([random.Random(1).randbytes(3_000)]),
        "no head": lambda: Stream([_text(22)]),
        "other protocol": lambda: Stream([b"SSH-2.0-OpenSSH_9.6\r\n"], end="hang"),
        "header flood": lambda: Stream([_text(23)], 200, [_PLAIN, *flood]),
        "long header": lambda: Stream([_text(24)], 200, [_PLAIN, ("X-Long", "x" * 1_000_000)]),
        "header without colon": lambda: Stream([b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", _text(25)]),
        "odd status": lambda: Reply(799, _KINDS, _text(26)),
        "no content": lambda: Reply(204, _KINDS, b""),
    }


def _codings(bomb: int) -> dict[str, Callable[[], Answer]]:
    packed = gzip.compress(_text(27), mtime=0)
    return {
        "gzip bomb": lambda: _packed(gzip_bomb(bomb)),
        "gzip in name only": lambda: _packed(_text(28)),
        "gzip cut off": lambda: _packed(packed[: len(packed) // 2]),
        "gzip damaged": lambda: _packed(packed[:200] + bytes(100) + packed[300:]),
        "unknown coding": lambda: _packed(_text(29), "x-hanzi"),
        "many codings": lambda: _packed(packed, ", ".join(["gzip"] * 30)),
    }


def _redirects(web: BrokenWeb) -> dict[str, Callable[[], Answer]]:
    return {
        "redirect to itself": lambda: moved(web.url("redirect to itself")),
        "redirect there": lambda: moved(web.url("redirect back")),
        "redirect back": lambda: moved(web.url("redirect there")),
        "redirect nowhere": lambda: Reply(302, _KINDS, b""),
        "redirect to nonsense": lambda: moved("http://[::1/%%%"),
        "redirect off the web": lambda: moved("file:///etc/hostname"),
        "redirects without end": lambda: moved(f"/a/{_ENDLESS}.html"),
    }
