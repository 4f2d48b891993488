"""A forward HTTP proxy on loopback that answers every request itself, so that real URLs can be crawled offline.

It answers well (``Reply``), or as badly as servers do (``Stream``): slowly, for ever, half, not at all.
"""

import asyncio
import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from email.utils import parsedate_to_datetime
from http.client import responses
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self
from urllib.parse import unquote, urlsplit

from crawler.sample.certificate import server_context

_TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".xml": "application/xml"}
_SMALLEST_GZIP = 512
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_BROKEN = (OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a URL answers.

    A request whose If-None-Match or If-Modified-Since fits the ETag or Last-Modified here is answered 304. A body
    is sent gzipped to clients that take it, unless the headers name a Content-Encoding that it already has.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that is sent as it stands here, right or wrong; the connection is of no use afterwards."""

    chunks: Iterable[bytes | float] = ()
    """Bytes to send, and seconds to wait; made while they are sent, so that they may have no end."""
    status: int = 0
    """0 if nothing stands before the chunks, not even a status line."""
    headers: Sequence[tuple[str, str]] = ()
    end: Literal["close", "reset", "hang"] = "close"


class Request(str):
    """The URL that is asked for, which also knows how: handlers that need no more take it for a string."""

    __slots__ = ("headers", "method")

    headers: Mapping[str, str]
    """By names in lower case."""
    method: str

    def __new__(cls, url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Self:
        """Request for a URL, as the proxy makes it."""
        request = super().__new__(cls, url)
        request.headers = headers or {}
        request.method = method
        return request

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants to go on with the connection."""
        wishes = self.headers.get("connection", "") + self.headers.get("proxy-connection", "")
        return "close" not in wishes.lower()


@dataclass(slots=True)
class Access:
    """One request as the proxy saw it; times are in seconds of the monotonic clock."""

    time: float
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    sent: int = 0
    """Bytes of the answer, its head among them, that have left."""
    done: float | None = None
    """When the last of them left; None while there are more, and if it came to no end."""


Answer = Reply | Stream
Handler = Callable[[Request], Answer | None]
_NOT_FOUND = Reply(404, {"Content-Type": "text/html"}, b"<html><body><h1>404 Not Found</h1></body></html>")


def folder_handler(root: Path) -> Callable[[str], Reply | None]:
    """Handler that serves saved pages laid out ``host/path``; ``/`` is the host's ``index.html``.

    HTML is sent without a charset, since saved pages are in whatever charset they were in.
    """
    base = root.resolve()

    def handle(url: str) -> Reply | None:
        parts = urlsplit(url)
        path = unquote(parts.path)
        name = path + "index.html" if path.endswith("/") or not path else path
        file = (base / (parts.hostname or "") / name.lstrip("/")).resolve()
        if not parts.hostname or not file.is_relative_to(base / parts.hostname) or not file.is_file():
            return None
        return Reply(
            200, {"Content-Type": _TYPES.get(file.suffix, "application/octet-stream")}, file.read_bytes()
        )

    return handle


@dataclass
class LoopbackProxy:
    """A proxy on 127.0.0.1 in a thread of its own, for the length of a ``with`` block; it connects nowhere.

    ``https`` URLs work too: the proxy ends TLS itself, under a certificate it made, so that a client must
    not verify it. A handler that returns None is answered 404, one that raises is answered 500. Leaving the
    block cuts the connections that are open, whatever is on its way there.
    """

    handler: Handler
    log_file: Path | None = None
    """Takes a line for each answer when it is over."""
    keeps_log: bool = True
    """Whether ``log`` grows with each request; a server that runs for days writes ``log_file`` only."""
    log: list[Access] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Self:
        self._context = server_context()
        self._sink: IO[str] | None = self.log_file.open("a", encoding="utf-8") if self.log_file else None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loopback-proxy", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._sink:
            self._sink.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._stop.wait()
        for listener in server.sockets:
            self._loop.remove_reader(listener.fileno())
        await _turns()  # what was accepted just now becomes a task; a closed server would drop it half made
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await _turns()  # what was cut is closed

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._connection(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: _abort(writer))  # if need be; it may not even have begun

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(*_BROKEN, asyncio.CancelledError):
            await self._converse(reader, writer)
            writer.close()
            await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection, one after another; after CONNECT they are those of its host."""
        origin = ""
        while (request := await _read_request(reader, origin)) is not None:
            if request.method == "CONNECT":
                origin = "https://" + request.removesuffix(":443")
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.drain()
                await writer.start_tls(self._context)
                continue
            answer = self._answer(request)
            with self._logged(request, answer) as access:
                await _send(answer, request, access, writer)
                if isinstance(answer, Stream):
                    await _end(answer, access, reader, writer)
                    return
                access.done = time.monotonic()
            if not request.keep_alive:
                return

    def _answer(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return Reply(405, {"Allow": "GET, HEAD"}, b"")
        try:
            answer = self.handler(request) or _NOT_FOUND
        except Exception as error:  # noqa: BLE001 - a server answers, whatever its handler does
            return Reply(500, {"Content-Type": "text/plain"}, f"{type(error).__name__}: {error}".encode())
        if isinstance(answer, Reply) and _is_unchanged(request, answer):
            kept = {
                name: text for name, text in answer.headers.items() if not name.lower().startswith("content-")
            }
            return Reply(304, kept, b"")
        return answer

    @contextlib.contextmanager
    def _logged(self, request: Request, answer: Answer) -> Iterator[Access]:
        access = Access(time.monotonic(), request.method, str(request), answer.status, request.headers)
        if self.keeps_log:
            self.log.append(access)
        try:
            yield access
        finally:
            if self._sink:
                self._sink.write(json.dumps(asdict(access), ensure_ascii=False) + "\n")


def _abort(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(
        AttributeError
    ):  # before Python 3.12 a TLS transport that is closed has nothing to abort
        writer.transport.abort()


async def _turns() -> None:
    """A few turns of the event loop, as the opening and the closing of a connection take."""
    for _ in range(8):
        await asyncio.sleep(0)


async def _read_request(reader: asyncio.StreamReader, origin: str) -> Request | None:
    """The next request of a connection, its body skipped; None at the connection's end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if size := int(headers.get("content-length", 0)):
        await reader.readexactly(size)
    return Request(origin + target if target.startswith("/") else target, headers, method)


async def _send(answer: Answer, request: Request, access: Access, writer: asyncio.StreamWriter) -> None:
    writer.transport.set_write_buffer_limits(1)  # drained means sent; under TLS a limit of 0 is never met
    for part in _parts(answer) if isinstance(answer, Stream) else [_encode(request, answer)]:
        if isinstance(part, bytes):
            writer.write(part)
            await writer.drain()
            access.sent += len(part)
        await asyncio.sleep(0 if isinstance(part, bytes) else part)


def _parts(stream: Stream) -> Iterator[bytes | float]:
    if stream.status:
        yield _head(stream.status, stream.headers)
    yield from stream.chunks


async def _end(
    stream: Stream, access: Access, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """End a connection as the stream has it; one that hangs does so until the client has had enough."""
    if stream.end == "hang":
        while await reader.read(1 << 16):
            pass
        return
    access.done = time.monotonic()
    if stream.end == "reset":
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        writer.transport.abort()


def _is_unchanged(request: Request, reply: Reply) -> bool:
    """Whether the client has what it asks for: a tag, if it sent one, decides alone (RFC 9110, 13.2.2)."""
    if reply.status != 200:
        return False
    have = {name.lower(): value for name, value in reply.headers.items()}
    if (tags := request.headers.get("if-none-match")) is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "etag" in have and bool(known & {"*", have["etag"].removeprefix("W/")})
    with contextlib.suppress(KeyError, TypeError, ValueError):
        since, changed = request.headers["if-modified-since"], have["last-modified"]
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    return False


def _head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {responses.get(status, 'Status')}\r\n{lines}\r\n".encode("latin-1")


def _encode(request: Request, reply: Reply) -> bytes:
    headers = dict(reply.headers)
    body = reply.body
    is_encoded = any(name.lower() == "content-encoding" for name in headers)
    if (
        len(body) >= _SMALLEST_GZIP
        and not is_encoded
        and "gzip" in request.headers.get("accept-encoding", "")
    ):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    if reply.status != 304:
        headers["Content-Length"] = str(len(body))
    headers["Connection"] = "keep-alive" if request.keep_alive else "close"
    return _head(reply.status, headers.items()) + (b"" if request.method == "HEAD" else body)
