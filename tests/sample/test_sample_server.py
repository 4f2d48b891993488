import contextlib
import gzip
import http.client
import itertools
import json
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from crawler.sample.server import Access, LoopbackProxy, Reply, Request, Stream, folder_handler

PAGE = Reply(200, {"Content-Type": "text/html"}, "<html>工作总结</html>".encode() * 50)


def one_page(url: str) -> Reply | None:
    return PAGE if url.endswith("/page.html") else None


def opener(proxy: LoopbackProxy) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": proxy.url, "https": proxy.url}),
        urllib.request.HTTPSHandler(context=context),
    )


@pytest.mark.parametrize("url", ["http://www.some.example/page.html", "https://www.some.example/page.html"])
def test_real_urls_are_answered(url: str) -> None:
    with LoopbackProxy(one_page) as proxy, opener(proxy).open(url) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html"
        assert answer.read() == PAGE.body
    assert [access.url for access in proxy.log] == [url]


def test_unknown_urls_are_not_found() -> None:
    with LoopbackProxy(one_page) as proxy, pytest.raises(urllib.error.HTTPError) as error:
        opener(proxy).open("http://www.some.example/other.html")
    assert error.value.code == 404
    error.value.close()


def broken(_url: str) -> Reply | None:
    raise ValueError("no such luck")


def test_a_handler_that_raises_is_a_server_error() -> None:
    with LoopbackProxy(broken) as proxy, pytest.raises(urllib.error.HTTPError) as error:
        opener(proxy).open("http://www.some.example/")
    assert error.value.code == 500
    error.value.close()


def test_one_connection_serves_many_requests() -> None:
    with LoopbackProxy(one_page) as proxy:
        connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"))
        for _ in range(50):
            connection.request("GET", "http://host.example/page.html")
            assert connection.getresponse().read() == PAGE.body
        connection.close()
    assert len(proxy.log) == 50


def test_head_has_no_body_and_the_length_of_get() -> None:
    with LoopbackProxy(one_page) as proxy:
        connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"))
        connection.request("HEAD", "http://host.example/page.html")
        answer = connection.getresponse()
        assert answer.headers["Content-Length"] == str(len(PAGE.body))
        assert answer.read() == b""
        connection.close()


def test_gzip_where_the_client_takes_it() -> None:
    with LoopbackProxy(one_page) as proxy:
        connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"))
        connection.request("GET", "http://host.example/page.html", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.read()) == PAGE.body
        connection.close()


def test_other_methods_are_refused() -> None:
    with LoopbackProxy(one_page) as proxy:
        connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"))
        connection.request("POST", "http://host.example/page.html", body=b"x=1")
        assert connection.getresponse().status == 405
        connection.close()


def test_access_log_names_client_and_outcome(tmp_path: Path) -> None:
    file = tmp_path / "access.jsonl"
    with LoopbackProxy(one_page, log_file=file) as proxy:
        request = urllib.request.Request("http://a.example/page.html", headers={"User-Agent": "tester"})
        opener(proxy).open(request).close()
    (access,) = proxy.log
    assert isinstance(access, Access)
    assert (access.method, access.status, access.headers["user-agent"]) == ("GET", 200, "tester")
    assert json.loads(file.read_text("utf-8"))["url"] == "http://a.example/page.html"


def test_open_connections_do_not_keep_the_proxy_alive() -> None:
    with LoopbackProxy(one_page) as proxy:
        connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"))
        connection.request("GET", "http://host.example/page.html")
        connection.getresponse().read()
    assert not any(thread.name == "loopback-proxy" for thread in threading.enumerate())
    connection.close()
    with pytest.raises(OSError, match="refused"):
        connection.request("GET", "http://host.example/page.html")


TAGGED = Reply(
    200,
    {"ETag": '"v7"', "Last-Modified": "Mon, 02 Nov 2026 08:00:00 GMT", "Content-Type": "text/html"},
    b"text",
)


@contextlib.contextmanager
def ask(
    proxy: LoopbackProxy, url: str = "http://a.example/", **headers: str
) -> Iterator[http.client.HTTPResponse]:
    """An answer over a connection of its own."""
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", url, headers={name.replace("_", "-"): headers[name] for name in headers})
        with connection.getresponse() as answer:
            yield answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"If_None_Match": '"v7"'}, 304),
        ({"If_None_Match": '"v6", W/"v7"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"v6"'}, 200),
        ({"If_Modified_Since": "Mon, 02 Nov 2026 08:00:00 GMT"}, 304),
        ({"If_Modified_Since": "Tue, 03 Nov 2026 00:00:00 GMT"}, 304),
        ({"If_Modified_Since": "Sun, 01 Nov 2026 00:00:00 GMT"}, 200),
        ({"If_Modified_Since": "last week"}, 200),
        ({"If_None_Match": '"v6"', "If_Modified_Since": "Tue, 03 Nov 2026 00:00:00 GMT"}, 200),
    ],
)
def test_what_a_client_has_is_not_sent_again(headers: dict[str, str], status: int) -> None:
    with LoopbackProxy(lambda _: TAGGED) as proxy, ask(proxy, **headers) as answer:
        assert (answer.status, answer.headers["ETag"]) == (status, '"v7"')
        assert answer.read() == (b"text" if status == 200 else b"")
    assert [access.status for access in proxy.log] == [status]


def test_a_connection_goes_on_after_not_modified() -> None:
    with LoopbackProxy(lambda _: TAGGED) as proxy:
        connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=5)
        for _ in range(3):
            connection.request("GET", "http://a.example/", headers={"If-None-Match": '"v7"'})
            assert connection.getresponse().read() == b""
        connection.close()
    assert [access.status for access in proxy.log] == [304] * 3


def test_a_handler_may_look_at_the_whole_request() -> None:
    def greet(request: Request) -> Reply:
        return Reply(200, {}, f"{request.method} {request} for {request.headers['user-agent']}".encode())

    with LoopbackProxy(greet) as proxy, ask(proxy, "http://a.example/1", User_Agent="tester") as answer:
        assert answer.read() == b"GET http://a.example/1 for tester"


def test_a_body_that_is_encoded_is_sent_as_it_is() -> None:
    packed = gzip.compress(bytes(range(256)) * 40)
    reply = Reply(200, {"content-encoding": "gzip"}, packed)
    with LoopbackProxy(lambda _: reply) as proxy, ask(proxy, Accept_Encoding="gzip") as answer:
        assert answer.read() == packed


def test_the_log_says_what_was_sent_and_when_it_was_over(tmp_path: Path) -> None:
    log_file = tmp_path / "access.jsonl"
    slow = Stream([b"ab", 0.2, b"cd"], 200, [("Content-Length", "4")])
    with LoopbackProxy(lambda _: slow, log_file, keeps_log=False) as proxy, ask(proxy) as answer:
        assert answer.read() == b"abcd"
    access = json.loads(log_file.read_text("utf-8"))
    assert access["sent"] == len(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd")
    assert access["done"] - access["time"] >= 0.2
    assert proxy.log == []


def received(proxy: LoopbackProxy, *, most: int = 1 << 30) -> tuple[bytes, str]:
    """Bytes as they come over a bare connection, up to ``most``, and how it ended."""
    host, port = proxy.url.removeprefix("http://").split(":")
    parts: list[bytes] = []
    with socket.create_connection((host, int(port)), timeout=0.5) as connection:
        connection.sendall(b"GET http://a.example/ HTTP/1.1\r\n\r\n")
        try:
            while sum(map(len, parts)) < most and (part := connection.recv(1 << 20)):
                parts.append(part)
        except TimeoutError:
            return b"".join(parts), "hang"
        except ConnectionResetError:
            return b"".join(parts), "reset"
    return b"".join(parts), "close"


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("stream", "sent", "end"),
    [
        (Stream(), b"", "close"),
        (Stream(end="reset"), b"", "reset"),
        (Stream(end="hang"), b"", "hang"),
        (Stream([b"\x16\x03\x01 no HTTP"]), b"\x16\x03\x01 no HTTP", "close"),
        (Stream([HEAD + b"Conte", 0.05], end="reset"), HEAD + b"Conte", "reset"),
        (Stream([b"ab", 0.05], 200, [("Content-Length", "9")], "reset"), HEAD + b"Content-Length: 9\r\n\r\nab", "reset"),
        (Stream([b"ab"], 200, [("Content-Length", "9")], "hang"), HEAD + b"Content-Length: 9\r\n\r\nab", "hang"),
        (Stream([b"ab"], 200, [("X", "1"), ("X", "2")]), HEAD + b"X: 1\r\nX: 2\r\n\r\nab", "close"),
    ],
)  # fmt: skip
def test_bad_answers_are_sent_to_the_letter(stream: Stream, sent: bytes, end: str) -> None:
    with LoopbackProxy(lambda _: stream) as proxy:
        assert received(proxy) == (sent, end)
    assert proxy.log[0].sent == len(sent)
    assert (proxy.log[0].done is None) == (end == "hang")


def test_tls_connections_are_reset_too() -> None:
    half = Stream([b"ab", 0.05], 200, [("Content-Length", "9")], "reset")
    with LoopbackProxy(lambda _: half) as proxy:
        answer = opener(proxy).open("https://a.example/")
        with answer, pytest.raises((ConnectionResetError, http.client.IncompleteRead, ssl.SSLError)):
            answer.read()


def test_an_endless_body_is_made_while_it_is_read_and_leaves_others_their_turn() -> None:
    made = itertools.count()
    endless = Stream((bytes(1 << 16) for _ in made), 200, [("Content-Type", "text/html")])
    with LoopbackProxy(lambda url: endless if url.endswith("/") else PAGE) as proxy:
        body, _ = received(proxy, most=10 << 20)
        with ask(proxy, "http://a.example/1") as answer:
            assert answer.read() == PAGE.body
    assert len(body) >= 10 << 20
    assert next(made) < 1000
    assert proxy.log[0].done is None


def drip() -> Iterable[bytes | float]:
    while True:
        yield b"."
        yield 60.0


@pytest.mark.parametrize(
    "stream", [Stream(end="hang"), Stream(drip(), 200), Stream([60.0]), Stream(itertools.repeat(bytes(1 << 20)), 200)]
)  # fmt: skip
def test_answers_that_do_not_end_do_not_keep_the_proxy_alive(stream: Stream) -> None:
    with LoopbackProxy(lambda _: stream) as proxy:
        host, port = proxy.url.removeprefix("http://").split(":")
        clients = [socket.create_connection((host, int(port))) for _ in range(5)]
        for client in clients:
            client.sendall(b"GET http://a.example/ HTTP/1.1\r\n\r\n")
        while len(proxy.log) < 5:
            time.sleep(0.01)
        started = time.monotonic()
    assert time.monotonic() - started < 2
    assert not any(thread.name == "loopback-proxy" for thread in threading.enumerate())
    for client in clients:
        client.close()


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str], Reply | None]:
    host = tmp_path / "pages" / "www.some.example"
    host.mkdir(parents=True)
    (host / "index.html").write_bytes(b"front")
    (host / "1.htm").write_bytes("总结".encode("gbk"))
    (host / "robots.txt").write_bytes(b"User-agent: *")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return folder_handler(tmp_path / "pages")


@pytest.mark.parametrize(
    ("path", "kind", "content"),
    [
        ("", "text/html", b"front"),
        ("/", "text/html", b"front"),
        ("/1.htm", "text/html", "总结".encode("gbk")),
        ("/1.htm?from=1", "text/html", "总结".encode("gbk")),
        ("/robots.txt", "text/plain", b"User-agent: *"),
    ],
)
def test_folder_of_saved_pages(
    saved: Callable[[str], Reply | None], path: str, kind: str, content: bytes
) -> None:
    assert saved("http://www.some.example" + path) == Reply(200, {"Content-Type": kind}, content)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.some.example/2.htm",
        "http://other.example/",
        "http://www.some.example/../../secret.txt",
        "http://www.some.example/%2e%2e/%2e%2e/secret.txt",
        "http://../secret.txt",
        "http:///secret.txt",
    ],
)
def test_folder_serves_nothing_else(saved: Callable[[str], Reply | None], url: str) -> None:
    assert saved(url) is None
