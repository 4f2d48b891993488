"""Errors a person is told about in one line; everything else is a bug and keeps its traceback."""


class CorpusError(Exception):
    """A condition the caller can act on; ``str(error)`` is one complete line for the terminal."""

    exit_code = 1


class InputError(CorpusError):
    """The input is missing, empty or not what it claims to be."""

    exit_code = 2


class ConfigError(CorpusError):
    """A site file or an option is invalid; the message names file, key and what was expected."""

    exit_code = 2


class OutputError(CorpusError):
    """The output folder cannot be written, or holds something else."""

    exit_code = 2


class LockedError(CorpusError):
    """Another run holds the lock (``EX_TEMPFAIL`` of sysexits.h, so that a timer retries)."""

    exit_code = 75


class PageRejected(Exception):  # noqa: N818 - an action, not an error: it becomes a row
    """A page or essay leaves the flow; it becomes a row of ``rejected`` with this rule and reason."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(f"{rule}: {reason}")
        self.rule = rule
        self.reason = reason
