"""Trials: tools run as their callers run them, and their answers compared on the trusted side, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from programs.comparison import differ
from programs.json_form import json_form
from sandbox.interface import Value
from tool_bank.errors import ToolCallFailed, ToolCallRefused
from tool_bank.tool import Tool
from tool_bank.tool_tests import ToolTest

Run = Callable[[Tool, Mapping[str, Value]], Value]  # the path of every call, `bank.call` too

ENOUGH_FAILURES = 5  # a tool that runs into its time limit each time shall not do so a hundred times


@dataclass(frozen=True)
class Answer:
    """What a tool said: `value` as JSON carries it, or the error."""

    value: Any = None
    error: str = ""

    def is_as(self, other: Answer) -> bool:
        """Returns whether both returned the same value, or neither returned."""
        if self.error or other.error:
            return bool(self.error) and bool(other.error)
        return not differ(self.value, other.value)


@dataclass(frozen=True)
class FailedTest:
    """A test and what was found instead, in words that may be shown."""

    arguments: Mapping[str, Any]
    expected: Any
    found: str

    def __str__(self) -> str:
        return f"{dict(self.arguments)!r:.200}: expected {self.expected!r:.200}, found {self.found}"


@dataclass(frozen=True)
class Verdict:
    """What tests say of a tool.

    Attributes:
        passed: How many it passed.
        failed: The tests that it failed, hidden ones left out.
        hidden_failed: How many hidden ones it failed.
    """

    passed: int = 0
    failed: tuple[FailedTest, ...] = ()
    hidden_failed: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return not self.failed and not self.hidden_failed

    @property
    def why(self) -> str:
        """What failed, in words."""
        hidden = f"{self.hidden_failed} hidden tests failed" * bool(self.hidden_failed)
        return "; ".join([*map(str, self.failed[:1]), *filter(None, [hidden])])


class Trial:
    """Runs tools on given arguments."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def answer(self, tool: Tool, arguments: Mapping[str, Any]) -> Answer:
        """Returns what a tool answers; raises what is not the tool's fault."""
        try:
            return Answer(json_form(self._run(tool, arguments)))
        except (ToolCallRefused, ToolCallFailed) as error:
            return Answer(error=str(error))

    def judge(self, tool: Tool, tests: Iterable[ToolTest]) -> Verdict:
        """Returns what tests say of a tool: the visible ones first, until enough have failed."""
        passed, hidden_failed, failed = 0, 0, []
        for test in sorted(tests, key=lambda test: test.hidden):
            answer = self.answer(tool, test.arguments)
            if answer.is_as(Answer(test.expected)):
                passed += 1
            elif test.hidden:
                hidden_failed += 1
            else:
                failed.append(FailedTest(test.arguments, test.expected, _shown(answer)))
            if len(failed) + hidden_failed >= ENOUGH_FAILURES:
                break
        return Verdict(passed, tuple(failed), hidden_failed)


def _shown(answer: Answer) -> str:
    return answer.error or f"{answer.value!r:.200}"
