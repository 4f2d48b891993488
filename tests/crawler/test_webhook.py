"""The webhook: facts arrive as JSON, and whatever goes wrong is one line."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from crawler.monitoring import webhook
from crawler.monitoring.webhook import notify

FACTS = {"run": "20260301T023000000Z", "alarms": ["gz85: 抓取失败", "ruiwen: 慢"], "crawl": {"found": 3}}


class Receiver(HTTPServer):
    """Answers the path /STATUS with that status, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, str | None, dict[str, object]]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, self.headers["Content-Type"], body))
        status = int(self.path[1:4])
        self.send_response(status)
        self.send_header("Location", f"{self.server.url}/200/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests look at what was received."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_facts_of_a_run_arrive(receiver: Receiver) -> None:
    assert notify(f"{receiver.url}/200/secret", FACTS) is None
    ((path, kind, body),) = receiver.received
    assert (path, kind) == ("/200/secret", "application/json")
    host = socket.gethostname()
    assert body == FACTS | {
        "host": host,
        "text": f"fanwen on {host}, run 20260301T023000000Z: gz85: 抓取失败; ruiwen: 慢",
    }


def test_a_run_without_alarms_says_so(receiver: Receiver) -> None:
    assert notify(f"{receiver.url}/204", {"run": "1", "alarms": []}) is None
    assert str(receiver.received[0][2]["text"]).endswith("run 1: no alarm")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 500])
def test_an_answer_other_than_success_is_a_reason_and_no_redirect_is_followed(
    receiver: Receiver, status: int
) -> None:
    assert notify(f"{receiver.url}/{status}/secret", {}) == f"127.0.0.1: answered {status}"
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example/secret",
        "file:///etc/passwd",
        "ftp://a.example/",
        "http://a b/",
        "http://",
        "http://h:port/",
    ],
)
def test_what_is_no_web_address_is_a_reason(url: str) -> None:
    reason = notify(url, {})
    assert reason
    assert "secret" not in reason


def test_a_closed_port_is_a_reason_without_the_path(receiver: Receiver) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/secret"
        reason = notify(url, {})
    assert reason
    assert "refused" in reason
    assert "secret" not in reason
    assert not receiver.received


@pytest.mark.parametrize("answer", [b"", b"\0\1nonsense\n\n"])
def test_a_server_that_does_not_speak_http_or_not_at_all_is_a_reason(
    answer: bytes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    del receiver
    monkeypatch.setattr(webhook, "_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def mutter() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(answer)
                if not answer:
                    released.wait(5)

        released = threading.Event()
        thread = threading.Thread(target=mutter)
        thread.start()
        reason = notify(f"http://127.0.0.1:{server.getsockname()[1]}/secret", {})
        released.set()
        thread.join()
    assert reason
    assert "\n" not in reason
    assert "secret" not in reason
