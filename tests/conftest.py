"""What holds for all tests."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("fanwen", deadline=None)  # a timing is never a test
settings.load_profile("fanwen")


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """Host and port of an object store on loopback."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    server.start()
    _, port = server.get_host_and_port()
    yield f"127.0.0.1:{port}"
    server.stop()
