"""Compiled functions: numba, once a machine where a cache can be written, once a process elsewhere."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """A function of numbers and numpy arrays as machine code that runs without the interpreter's lock.

    It is compiled when it is first called. The code is kept beside the module or in the user's cache
    folder; where neither can be written, the next process compiles it again.
    """
    try:
        return cast("F", numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # no folder for a cache
        return cast("F", numba.njit(nogil=True)(function))
