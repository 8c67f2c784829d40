"""Runs a tool's program on many inputs in one sandboxed process, each call within its own time."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from evaluators.literals import decode, encode
from sandbox import Limits, Outcome, Sandbox
from sandbox.interface import Value

_HARNESS = ("literals.py", "tool_harness.py")
_ENTRY = "call_all"
_START_SECONDS = 5.0
_OUTPUT_BYTES = 16 << 20
_LONGEST_FAILURE = 500

AnswerKind = Literal["value", "error", "slow", "skipped"]


@dataclass(frozen=True)
class Answer:
    """What one call gave.

    Attributes:
        kind: Whether it returned a value, raised, ran out of time, or was not made any more.
        value: What it returned.
        error: "Type: message" of what it raised.
        changed_arguments: Whether the call changed its arguments in place.
    """

    kind: AnswerKind
    value: object = None
    error: str = ""
    changed_arguments: bool = False

    @property
    def is_value(self) -> bool:
        """Whether there is a value."""
        return self.kind == "value"


@dataclass(frozen=True)
class Performance:
    """What a program did with all inputs.

    Attributes:
        answers: One per input; none where `failure` says why.
        failure: Why the program gave no answers at all: it could not be imported, or its process ended.
        cpu_seconds: CPU time of its process.
        peak_memory_bytes: Peak resident memory of its process.
    """

    answers: tuple[Answer, ...]
    failure: str | None = None
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0


class ToolRunner:
    """Runs programs that define one function.

    Args:
        box: Where they run.
        function: The function's name.
        call_seconds: CPU time of one call.
        patience: So many slow calls end the program: what is slow costs most.

    Raises:
        ValueError: A limit is not positive.
    """

    def __init__(self, box: Sandbox, function: str, call_seconds: float = 0.5, patience: int = 2) -> None:
        if not 0 < call_seconds < math.inf or patience < 1:
            raise ValueError(f"ToolRunner({call_seconds=}, {patience=}): expected positive numbers")
        self._box = box
        self._function = function
        self._call_seconds = call_seconds
        self._patience = patience
        self._limits = Limits(
            wall_seconds=_START_SECONDS + 4 * call_seconds * patience, output_bytes=_OUTPUT_BYTES
        )

    def run(self, source: str, inputs: Sequence[Sequence[object]]) -> Performance:
        """Returns what the program's function answers to each list of arguments.

        Raises:
            ValueError: An argument is none that `literals.encode` writes; nothing ran.
            SandboxError: The machinery failed; the program is not to blame.
        """
        forms = [[encode(argument) for argument in arguments] for arguments in inputs]
        order: list[Value] = [source, self._function, forms, self._call_seconds, self._patience]
        try:
            outcome = self._box.call(_harness(), _ENTRY, [order], limits=self._limits)
        except ValueError as error:  # a source that cannot cross the border
            return Performance((), f"rejected: {error}")
        failure, answers = _told(outcome, len(inputs))
        return Performance(answers, failure, outcome.cpu_seconds, outcome.peak_memory_bytes)


@functools.cache
def _harness() -> str:
    return "".join(Path(__file__).with_name(name).read_text("utf-8") for name in _HARNESS)


def _told(outcome: Outcome, wanted: int) -> tuple[str | None, tuple[Answer, ...]]:
    if outcome.status != "returned":
        return f"{outcome.status.replace('_', ' ')}: {outcome.error}", ()
    result = outcome.results[0]
    return _read(result.value, wanted) if result.ok else (f"raised: {result.error}", ())


def _read(report: object, wanted: int) -> tuple[str | None, tuple[Answer, ...]]:
    """Returns the failure and the answers that a report tells; it may be forged, so all is checked."""
    forged = "forged: the program answered in the place of its harness", ()
    if not isinstance(report, list) or len(report) != 2 or not isinstance(report[1], list):
        return forged
    if isinstance(report[0], str):
        return report[0][:_LONGEST_FAILURE], ()
    if report[0] is not None:
        return forged
    if len(report[1]) != wanted:
        return forged
    try:
        return None, tuple(map(_answer, report[1]))
    except (ValueError, RecursionError):
        return forged


def _answer(entry: object) -> Answer:
    match entry:
        case ["value", form, bool() as changed]:
            return Answer("value", decode(form), changed_arguments=changed)
        case ["error", str() as error, bool()]:
            return Answer("error", error=error)
        case ["slow" | "skipped" as kind, None, False]:
            return Answer(cast("AnswerKind", kind))
    raise ValueError(f"no answer: {entry!r:.80}")
