"""What goes wrong, as statuses of HTTP and one shape of JSON."""

from __future__ import annotations

from pydantic import BaseModel

from agent.errors import AgentError, AgentUnavailable, FactNotFound, RequestNotFound, StepRefused
from funsearch.exceptions import FunsearchError, JournalError
from language_models import ModelError
from programs import ProgramSyntaxError, ToolSpecificationError
from sandbox import SandboxError
from service.errors import UsageError
from tool_bank import BankError
from tool_bank.errors import BankUnavailable, ToolNotFound


class Refused(UsageError):
    """A request that cannot be answered as it stands.

    Args:
        message: What was expected, what was found, and the mend.
        status: Of HTTP.
    """

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


class Missing(Refused):
    """What was asked for is not there."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 404)


class Problem(BaseModel):
    """What went wrong.

    Attributes:
        message: What was expected, what was found, and the mend.
        type: The kind of error, for programs.
        code: The status of HTTP, as text (where clients of OpenAI look for one).
    """

    message: str
    type: str
    code: str


class ProblemBody(BaseModel):
    """The body of every answer that is no success."""

    error: Problem


# The first that fits counts, so the special ones stand before their families.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (RequestNotFound, 404),
    (FactNotFound, 404),
    (ToolNotFound, 404),
    (StepRefused, 409),
    (AgentUnavailable, 503),
    (BankUnavailable, 503),
    (JournalError, 503),
    (ModelError, 503),
    (SandboxError, 503),
    (AgentError, 422),
    (BankError, 422),
    (FunsearchError, 422),
    (ProgramSyntaxError, 422),
    (ToolSpecificationError, 422),
    (UsageError, 422),
)


def status_of(error: Exception) -> int:
    """Returns the status of HTTP for an error that a user can mend."""
    if isinstance(error, Refused):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def problem_of(error: Exception) -> ProblemBody:
    """Returns an error as the body of an answer."""
    return problem(str(error), type(error).__name__, status_of(error))


def problem(message: str, kind: str, status: int) -> ProblemBody:
    """Returns the body of an answer that is no success."""
    return ProblemBody(error=Problem(message=message, type=kind, code=str(status)))


def openai_problem(message: str) -> dict[str, dict[str, str | None]]:
    """Returns what cannot be read, as clients of OpenAI are told."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
