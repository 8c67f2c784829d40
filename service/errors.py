"""What a user did or met, told apart from our own mistakes: only the latter show a traceback.

`ExitStatus` is the one table of exit codes; `funsearch --help` and the manual print it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum


class ExitStatus(IntEnum):
    """How a command can end."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    WAITING = 3
    INTERRUPTED = 130


MEANINGS: Mapping[ExitStatus, str] = {
    ExitStatus.DONE: "done",
    ExitStatus.FAILED: "failed or refused (one message on stderr says why and what mends it)",
    ExitStatus.WRONG_USAGE: "a command line that is not understood",
    ExitStatus.WAITING: "a request waits for an answer",
    ExitStatus.INTERRUPTED: "interrupted by Ctrl-C",
}


class UsageError(Exception):
    """What was asked for makes no sense; the message says what would."""


def statuses_in_words() -> str:
    """Returns the table of exit codes, a line each."""
    return "\n".join(f"{status:>4}  {meaning}" for status, meaning in MEANINGS.items())


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns an expected failure into one message on stderr and its exit status."""
    try:
        yield
    except KeyboardInterrupt:
        _end(ExitStatus.INTERRUPTED, "interrupted")
    except BrokenPipeError:
        _end_quietly()
    except OSError as error:
        _end(ExitStatus.FAILED, _in_words(error))
    except Exception as error:
        if not isinstance(error, expected()):  # looked up only here, so that help loads no room
            raise
        _end(ExitStatus.FAILED, str(error))


def expected() -> tuple[type[Exception], ...]:
    """Returns the failures that carry a message for the user."""
    from agent.errors import AgentError
    from funsearch.exceptions import FunsearchError
    from language_models import ModelError
    from programs import ProgramSyntaxError, ToolSpecificationError
    from sandbox import SandboxError
    from tool_bank import BankError

    return (
        UsageError,
        FunsearchError,
        ModelError,
        ProgramSyntaxError,
        ToolSpecificationError,
        SandboxError,
        BankError,
        AgentError,
    )


def _in_words(error: OSError) -> str:
    """Returns what the machine refused: a full disk, a missing right, a folder in place of a file."""
    place = "" if error.filename is None else f"{error.filename}: "
    return f"{place}{error.strerror or error}"


def _end(status: ExitStatus, message: str) -> None:
    _drop_what_was_not_written(sys.stdout)
    try:
        sys.stderr.write(f"funsearch: {message}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # nobody can be told; the status still says it
    raise SystemExit(int(status)) from None


def _end_quietly() -> None:
    """Ends when the reader of the output went away (`| head -1`), who wants to hear no more."""
    _drop_what_was_not_written(sys.stdout)
    raise SystemExit(int(ExitStatus.FAILED)) from None


def _drop_what_was_not_written(stream: object) -> None:
    """Sends to nowhere what a stream holds and cannot write: the end of Python would try again."""
    try:
        stream.flush()  # type: ignore[attr-defined]
    except (OSError, ValueError, AttributeError):
        with open(os.devnull, "w") as nowhere:
            try:
                os.dup2(nowhere.fileno(), stream.fileno())  # type: ignore[attr-defined]
            except (OSError, ValueError, AttributeError):
                return
