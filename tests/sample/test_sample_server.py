import gzip
import http.client
import json
import ssl
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from crawler.sample.server import Access, Handler, LoopbackProxy, Reply, folder_handler

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


@pytest.fixture
def saved(tmp_path: Path) -> Handler:
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
def test_folder_of_saved_pages(saved: Handler, path: str, kind: str, content: bytes) -> None:
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
def test_folder_serves_nothing_else(saved: Handler, url: str) -> None:
    assert saved(url) is None
