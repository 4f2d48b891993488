"""The webhook: a run's outcome as JSON to an address of the operator's."""

import json
import re
import socket
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

_SECONDS = 10.0
_URL = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)


def notify(url: str, facts: Mapping[str, object]) -> str | None:
    """POST facts as JSON; None, or in one line why they did not arrive: never an exception, the run is done.

    Added are ``host`` and ``text``, the line that chat services show. The answer names the host only: the
    path of a webhook is often its secret. A redirect is not followed.

    Args:
        url: http or https.
        facts: a run's manifest, or what is known of a run that failed; ``alarms`` go into the text.
    """
    if not _URL.fullmatch(url):
        return "expected an http or https URL"
    try:
        host = urlsplit(url).hostname
        body = json.dumps({**_summary(facts), **facts}, default=str).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "fanwen"}
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - the scheme is known
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_SECONDS):
            return None
    except HTTPError as error:
        error.close()
        return f"{host}: answered {error.code}"
    except URLError as error:
        return f"{host}: {_one_line(error.reason)}"
    except OSError as error:
        return f"{host}: {_one_line(error.strerror or error)}"
    except (HTTPException, ValueError) as error:
        return f"not a URL, or no HTTP answer ({type(error).__name__})"


def _summary(facts: Mapping[str, object]) -> dict[str, object]:
    host, alarms = socket.gethostname(), facts.get("alarms")
    news = "; ".join(map(str, alarms)) if isinstance(alarms, Sequence) and alarms else "no alarm"
    return {"text": f"fanwen on {host}, run {facts.get('run')}: {news}", "host": host}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Facts go to the address that was given and to no other."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """No further request; the redirect becomes an error."""


def _one_line(reason: object) -> str:
    return " ".join(str(reason).split())
