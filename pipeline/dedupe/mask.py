"""Texts as they are compared: as they stand, or under fanwen's duplicate key."""

import contextlib
import ctypes
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import get_context

import pyarrow as pa

from pipeline.dedupe.options import Mask
from pipeline.dedupe.source import Part
from pipeline.text.masks import duplicate_key
from pipeline.text.script import to_hans

_TASK_ROWS = 512
_DIE_WITH_PARENT = 1
"""``PR_SET_PDEATHSIG`` of Linux."""


def masked_texts(part: Part, mask: Mask, workers: int | None) -> Part:
    """A part with what its texts are compared by.

    Args:
        part: rows of the input.
        mask: ``none``, or ``zh``: simplified characters, years, placeholders and digits as 0, width and
            punctuation folded; two Chinese reposts that differ only in these are the same text then.
        workers: processes.
    """
    if mask == "none":
        return part
    texts = part.texts.to_pylist()
    tasks = [texts[start : start + _TASK_ROWS] for start in range(0, len(texts), _TASK_ROWS)]
    count = workers or os.cpu_count() or 1
    keys = _pool(count).map(_keys, tasks) if count > 1 and len(tasks) > 1 else map(_keys, tasks)
    return replace(part, texts=pa.array([key for some in keys for key in some], pa.large_string()))


@cache
def _pool(workers: int) -> ProcessPoolExecutor:
    """Processes that serve all parts."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_obedient)


def _obedient() -> None:
    """A worker leaves an interrupt to its parent, and dies with it where the system can see to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _keys(texts: Sequence[str | None]) -> list[str | None]:
    return [None if text is None else duplicate_key(to_hans(text)) for text in texts]
