"""What a user did or met, told apart from our own mistakes: only the latter show a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from agent.errors import AgentError
from funsearch.exceptions import FunsearchError
from language_models import ModelError
from programs import ProgramSyntaxError, ToolSpecificationError
from sandbox import SandboxError
from tool_bank import BankError


class UsageError(Exception):
    """What was asked for makes no sense; the message says what would."""


EXPECTED = (
    UsageError,
    FunsearchError,
    ModelError,
    ProgramSyntaxError,
    ToolSpecificationError,
    SandboxError,
    BankError,
    AgentError,
)
EXIT_STATUS = 1


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns an expected failure into one message on stderr and a non-zero exit status."""
    try:
        yield
    except EXPECTED as error:
        sys.stderr.write(f"funsearch: {error}\n")
        raise SystemExit(EXIT_STATUS) from None
    except KeyboardInterrupt:
        sys.stderr.write("funsearch: interrupted\n")
        raise SystemExit(130) from None
