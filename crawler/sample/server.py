"""A forward HTTP proxy on loopback that answers every request itself, so that real URLs can be crawled offline."""

import asyncio
import contextlib
import gzip
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import unquote, urlsplit

from crawler.sample.certificate import server_context

_REASONS = {
    200: "OK",
    301: "Moved Permanently",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
}
_TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".xml": "application/xml"}
_SMALLEST_GZIP = 512


@dataclass(frozen=True, slots=True)
class Reply:
    """What a URL answers."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Access:
    """One request as the proxy saw it; ``time`` is in seconds of the monotonic clock."""

    time: float
    method: str
    url: str
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    headers: Mapping[str, str]

    @property
    def keep_alive(self) -> bool:
        wishes = self.headers.get("connection", "") + self.headers.get("proxy-connection", "")
        return "close" not in wishes.lower()


Handler = Callable[[str], Reply | None]
_NOT_FOUND = Reply(404, {"Content-Type": "text/html"}, b"<html><body><h1>404 Not Found</h1></body></html>")


def folder_handler(root: Path) -> Handler:
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
    not verify it. A handler that returns None is answered 404, one that raises is answered 500.
    """

    handler: Handler
    log_file: Path | None = None
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
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._connection(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broken = (OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)
        with contextlib.suppress(*broken, asyncio.CancelledError):
            await self._converse(reader, writer)
        if not writer.transport.is_closing():
            writer.transport.abort() if self._stop.is_set() else writer.close()
        with contextlib.suppress(*broken, asyncio.CancelledError):
            await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection, one after another; after CONNECT they are those of its host."""
        origin = ""
        while (request := await _read_request(reader)) is not None:
            if request.method == "CONNECT":
                origin = "https://" + request.target.removesuffix(":443")
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.drain()
                await writer.start_tls(self._context)
                continue
            url = request.target if "://" in request.target else origin + request.target
            reply = self._answer(request, url)
            writer.write(_encode(request, reply))
            await writer.drain()
            if not request.keep_alive:
                return

    def _answer(self, request: _Request, url: str) -> Reply:
        if request.method not in ("GET", "HEAD"):
            reply = Reply(405, {"Allow": "GET, HEAD"}, b"")
        else:
            try:
                reply = self.handler(url) or _NOT_FOUND
            except Exception as error:  # noqa: BLE001 - a server answers, whatever its handler does
                reply = Reply(
                    500, {"Content-Type": "text/plain"}, f"{type(error).__name__}: {error}".encode()
                )
        access = Access(time.monotonic(), request.method, url, reply.status, request.headers)
        self.log.append(access)
        if self._sink:
            self._sink.write(json.dumps(asdict(access), ensure_ascii=False) + "\n")
        return reply


async def _read_request(reader: asyncio.StreamReader) -> _Request | None:
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
    return _Request(method, target, headers)


def _encode(request: _Request, reply: Reply) -> bytes:
    headers = dict(reply.headers)
    body = reply.body
    if len(body) >= _SMALLEST_GZIP and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    headers["Connection"] = "keep-alive" if request.keep_alive else "close"
    reason = _REASONS.get(reply.status, "Status")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} {reason}\r\n{head}\r\n".encode("latin-1") + (
        b"" if request.method == "HEAD" else body
    )
