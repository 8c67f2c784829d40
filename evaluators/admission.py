"""What a winner must show to become a tool: hidden cases passed, repeatability, tests that would notice."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import cast

from evaluators.cases import Case, TestSuite
from evaluators.self_mutation import self_mutation_score
from evaluators.tool_runner import Performance, ToolRunner
from programs import ToolSpecification
from programs.comparison import answer_key
from sandbox import BackendName, Sandbox, open_sandbox

WANTED_STRENGTH = 0.9
_STANDARD_ERRORS = 2.0
_OTHER_HASH_SEED = 1


@dataclass(frozen=True)
class Admission:
    """What promotion found.

    Attributes:
        visible: Share of the visible cases that passed.
        hidden: Share of the hidden cases that passed; None where there are none.
        strength: Share of the winner's own mutants that the cases notice (self-mutation score); None where it
            has no mutants.
        is_repeatable: Whether two runs, with sets of texts in another order, gave the same answers.
        changes_arguments: Whether it changes what it is given.
        refused: Why it is no tool; empty where it is one.
    """

    visible: float
    hidden: float | None
    strength: float | None
    is_repeatable: bool
    changes_arguments: bool
    refused: str = ""

    @property
    def is_weak(self) -> bool:
        """Whether its tests are known to notice too few of its mutants."""
        return self.strength is not None and self.strength < WANTED_STRENGTH


def admit(
    source: str, specification: ToolSpecification, suite: TestSuite, box: Sandbox, seed: int
) -> Admission:
    """Returns what a program shows on all cases of a suite, the hidden ones included."""
    runner = ToolRunner(box, specification.name)
    inputs = [case.arguments for case in suite.cases]
    first = runner.run(source, inputs)
    if first.failure is not None:
        return Admission(0.0, None, None, True, False, first.failure)
    backend = cast("BackendName", box.backend)
    with open_sandbox(backend, packages=(), hash_seed=_OTHER_HASH_SEED) as other:
        second = ToolRunner(other, specification.name).run(source, inputs)
    passed = [
        answer.is_value and case.is_met_by(answer.value, any_order=specification.any_order)
        for case, answer in zip(suite.cases, first.answers, strict=True)
    ]
    visible = _share(passed, suite.cases, hidden=False) or 0.0
    hidden = _share(passed, suite.cases, hidden=True)
    is_repeatable = second.failure is None and _keys(first) == _keys(second)
    changes = any(answer.changed_arguments for answer in first.answers)
    refused = _why_refused(passed, suite, visible, hidden, is_repeatable)
    strength = None if refused else self_mutation_score(source, specification, suite, box, seed)
    return Admission(visible, hidden, strength, is_repeatable, changes, refused)


def _keys(performance: Performance) -> list[Hashable]:
    return [(answer.kind, answer_key(answer.value)) for answer in performance.answers]


def _share(passed: Sequence[bool], cases: Sequence[Case], *, hidden: bool) -> float | None:
    counted = [ok for ok, case in zip(passed, cases, strict=True) if case.hidden is hidden]
    return sum(counted) / len(counted) if counted else None


def _why_refused(
    passed: Sequence[bool], suite: TestSuite, visible: float, hidden: float | None, is_repeatable: bool
) -> str:
    for ok, case in zip(passed, suite.cases, strict=True):
        if case.source == "example" and not ok:
            return "it does not meet an example"
    if not is_repeatable:
        return "two runs on the same inputs, under two hash seeds, gave different answers"
    if hidden is not None:
        count = sum(case.hidden for case in suite.cases)
        allowed = _STANDARD_ERRORS * math.sqrt(visible * (1 - visible) / count)
        if hidden < visible - allowed:
            return f"it passes {hidden:.0%} of the hidden cases, {visible:.0%} of those that it was chosen by"
    return ""
