"""What a sandbox is: limits, outcomes, exceptions, and the Protocol every backend keeps.

A failure of the program is a value (`Outcome.status`, `CallResult.error`); a failure of the sandbox
itself is an exception:

    SandboxError
    ├── SandboxUnavailable    no backend can run here; the message says what to install
    └── SandboxBroken         a backend that did run stopped answering and could not be replaced

Misuse (limits of zero, a source that is not text, a function that the source can never have, arguments that
cannot cross the border) raises `ValueError` before anything runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol, TypeAlias

Status = Literal[
    "returned",  # every call ran; each result says whether it returned a value or raised
    "raised",  # the source could not be imported (syntax error, exception at import, function gone by then)
    "timed_out",  # wall or CPU limit reached
    "memory_exceeded",  # address space or container memory exhausted
    "output_exceeded",  # results larger than `Limits.output_bytes`
    "crashed",  # the process died (signal, early exit) without an answer
    "rejected",  # the answer was not what the wire allows (NaN, forged record, unknown type)
]

# What crosses the border: None, bool, int, float, str, lists, dicts with text keys, and numpy arrays.
Value: TypeAlias = Any


class SandboxError(Exception):
    """The machinery failed; the program under test is not to blame."""


class SandboxUnavailable(SandboxError):
    """No sandbox can be opened here; the message names what to install."""


class SandboxBroken(SandboxError):
    """An open sandbox stopped answering and could not be replaced."""


@dataclass(frozen=True)
class Limits:
    """What one candidate process may use. Every limit is a positive number.

    Attributes:
        wall_seconds: Time for one request (import of the source included in the first); in a session the
            default of every call, which may be given another.
        cpu_seconds: CPU time of the whole process, however many requests it answers. None means a second more
            than the request's own time: a session is then bounded in each request, and not in their number.
        memory_bytes: Address space of the process.
        output_bytes: Size of the encoded results of one request.
        stdout_bytes: How much of stdout and stderr together is kept; the rest is dropped.
        processes: Processes and threads alive at once, the candidate's own included.
        scratch_bytes: Largest file the process may write in its scratch directory.
    """

    wall_seconds: float = 5.0
    cpu_seconds: float | None = None
    memory_bytes: int = 512 << 20
    output_bytes: int = 256 << 10
    stdout_bytes: int = 16 << 10
    processes: int = 8
    scratch_bytes: int = 8 << 20

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.name == "cpu_seconds":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**63:
                raise ValueError(
                    f"Limits({field.name}={value!r}): expected a positive finite number, found {value!r}"
                )


@dataclass(frozen=True)
class CallResult:
    """One call's result: `value` if `ok`, else `error` (the exception's type and message, as raised)."""

    ok: bool
    value: Value = None
    error: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one request; times and memory come from the supervisor, never from the candidate.

    Attributes:
        status: How the request ended.
        results: One per argument list when `status` is "returned", else empty.
        error: What went wrong when `status` is not "returned".
        stdout: Captured stdout and stderr, cut at `Limits.stdout_bytes`; in a session, up to now.
        wall_seconds: Time of this request.
        cpu_seconds: CPU time of the process (of this request, where a session still lives).
        peak_memory_bytes: Peak resident memory of the process.
    """

    status: Status
    results: tuple[CallResult, ...] = ()
    error: str | None = None
    stdout: str = ""
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0

    def first(self) -> CallResult:
        """Returns the first call's result; where the request failed, its reason is that call's error."""
        if self.status == "returned":
            return self.results[0]
        return CallResult(False, error=f"{self.status}: {self.error}")


class Session(Protocol):
    """One candidate process that stays alive between requests.

    A request must be answered within `wall_seconds` of its own; None stands for the session's
    `Limits.wall_seconds`. One that is not is "timed_out" and ends the process. Once the process is dead every
    call fails with the reason.
    """

    def call(self, function: str, *arguments: Value, wall_seconds: float | None = None) -> CallResult:
        """Returns the result of one call.

        Raises:
            ValueError: The request is malformed, or `wall_seconds` no positive finite number; nothing ran.
            SandboxBroken: The backend failed; the session's process is lost with it.
        """

    def call_many(
        self,
        function: str,
        argument_lists: Sequence[Sequence[Value]],
        *,
        wall_seconds: float | None = None,
    ) -> Outcome:
        """Returns the outcome of many calls made in one round trip, with one deadline; raises likewise."""


class Sandbox(Protocol):
    """Runs untrusted Python under limits, one request at a time."""

    @property
    def backend(self) -> str:
        """The backend's name: "docker", "docker-runsc", "bubblewrap" or "scripted"."""

    def call(
        self,
        source: str,
        function: str,
        argument_lists: Sequence[Sequence[Value]],
        *,
        limits: Limits | None = None,
    ) -> Outcome:
        """Returns the outcome of one process: imports `source` once, calls `function` per argument list.

        Raises:
            ValueError: The request is malformed; nothing ran.
            SandboxBroken: The backend failed and could not be replaced.
        """

    def session(self, source: str, *, limits: Limits | None = None) -> AbstractContextManager[Session]:
        """Opens a process that imports `source` once and answers calls until the block ends."""

    def close(self) -> None:
        """Ends the backend's processes and containers; further requests raise."""
