"""Standard error for what matters: not for what Java and Spark say whenever they start."""

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

LOG = Path(__file__).with_name("log4j2.properties")
"""What Spark logs, where we start it."""
_ALWAYS = re.compile(
    rb"WARNING: Using incubator modules|Setting default log level to|To adjust logging level use sc\.setLogLevel"
)
_STDERR = 2


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Processes that are started in the block have a standard error that leaves out what is always said."""
    before = os.dup(_STDERR)
    out, into = os.pipe()
    threading.Thread(target=_forward, args=(out, before), daemon=True).start()
    os.dup2(into, _STDERR)
    os.close(into)
    try:
        yield
    finally:
        os.dup2(before, _STDERR)


def _forward(out: int, to: int) -> None:
    """Line by line, until the last process that has it ends."""
    with open(out, "rb") as lines, contextlib.suppress(OSError):
        for line in lines:
            if not _ALWAYS.search(line):
                os.write(to, line)
    os.close(to)
