"""Scores programs of a tool by its test cases: cheap looks first, all cases for those that may be right.

Outputs are compared on the trusted side. A program that a stage stops keeps what it has earned so far; the
cases that it never met count as failed, so it never stands above one that met them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluators.cases import Case, TestSuite
from evaluators.evaluation import Evaluation
from evaluators.static_gates import why_refused
from evaluators.tool_runner import Answer, ToolRunner
from programs import ToolSpecification
from sandbox import Sandbox

FAST_CASES = 5
_SHOWN = 4  # failures in a feedback
_LONGEST_SHOWN = 300
# Share of a stage's cases that lets a program go on to the next one.
_GO_ON = {"examples": 1.0, "fast": 0.6, "half": 0.8}


@dataclass(frozen=True)
class Verdict:
    """What a program made of one case."""

    case: Case
    answer: Answer
    passed: bool


class ToolEvaluator:
    """Scores by the visible cases of a suite; the score is the share of the cases that a program passes.

    The signature has one score per family of cases (examples, edge, small, large, relation).

    Args:
        box: Where programs run.
        specification: What the tool must do.
        suite: Its test cases, the most telling first; hidden ones are left out.
        call_seconds: CPU time of one call.

    Raises:
        ValueError: The suite has no visible case.
    """

    def __init__(
        self, box: Sandbox, specification: ToolSpecification, suite: TestSuite, call_seconds: float = 0.5
    ) -> None:
        visible = suite.visible
        if not visible.cases:
            raise ValueError(f"{specification.name}: expected at least one visible test case, found none")
        self._specification = specification
        self._runner = ToolRunner(box, specification.name, call_seconds)
        self._suite = visible
        self._stages = list(_stages(visible.cases))

    def evaluate(self, source: str) -> Evaluation:
        """Returns the evaluation; feedback shows failing cases of this suite only."""
        refused = why_refused(source, self._specification)
        if refused is not None:
            return Evaluation.invalid(refused)
        verdicts: list[Verdict] = []
        cpu, peak = 0.0, 0
        for name, cases in self._stages:
            performance = self._runner.run(source, [case.arguments for case in cases])
            cpu, peak = cpu + performance.cpu_seconds, max(peak, performance.peak_memory_bytes)
            if performance.failure is not None and not verdicts:
                return Evaluation.invalid(performance.failure)
            answers = performance.answers or [Answer("error", error=performance.failure or "")] * len(cases)
            verdicts += map(self._judged, cases, answers)
            passed = sum(verdict.passed for verdict in verdicts[-len(cases) :])
            if passed < _GO_ON.get(name, 0.0) * len(cases):
                break
        return Evaluation(
            score=sum(verdict.passed for verdict in verdicts) / len(self._suite.cases),
            scores_per_test=self._per_family(verdicts),
            feedback=feedback(self._specification.name, verdicts),
            cpu_seconds=cpu,
            peak_memory_bytes=peak,
            measures={"executions": float(len(verdicts))},
        )

    def _judged(self, case: Case, answer: Answer) -> Verdict:
        passed = answer.is_value and case.is_met_by(answer.value, any_order=self._specification.any_order)
        return Verdict(case, answer, passed)

    def _per_family(self, verdicts: Sequence[Verdict]) -> dict[str, float]:
        """Returns the share of each family's cases that passed."""
        families: dict[str, list[bool]] = {case.family: [] for case in self._suite.cases}
        for verdict in verdicts:
            families[verdict.case.family].append(verdict.passed)
        counts = {
            family: sum(case.family == family for case in self._suite.cases) for family in sorted(families)
        }
        return {family: round(sum(families[family]) / count, 4) for family, count in counts.items()}


def feedback(name: str, verdicts: Sequence[Verdict]) -> str:
    """Returns what a better program should mind: failing cases, and arguments that were changed."""
    lines = [_failure(name, verdict) for verdict in verdicts if not verdict.passed][:_SHOWN]
    failed = sum(not verdict.passed for verdict in verdicts)
    if failed > len(lines):
        lines.append(f"... and {failed - len(lines)} more of {len(verdicts)} cases")
    if any(verdict.answer.changed_arguments for verdict in verdicts):
        lines.append("It changes its arguments in place; it must work on copies.")
    return "\n".join(lines)


def _failure(name: str, verdict: Verdict) -> str:
    found = {
        "value": f"returned {verdict.answer.value!r}",
        "error": f"failed: {' '.join(verdict.answer.error.split())}",
        "slow": "took too long",
        "skipped": "was not tried any more, as other calls took too long",
    }[verdict.answer.kind]
    text = f"{verdict.case.call(name)} {found}; expected {verdict.case.expected!r}"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _stages(cases: Sequence[Case]) -> Iterator[tuple[str, Sequence[Case]]]:
    """Yields the cases in stages: examples, the few most telling, a half of the rest, all the rest."""
    examples = [case for case in cases if case.source == "example"]
    others = [case for case in cases if case.source != "example"]
    half = max(FAST_CASES, len(others) // 2)
    stages = (
        ("examples", examples),
        ("fast", others[:FAST_CASES]),
        ("half", others[FAST_CASES:half]),
        ("rest", others[half:]),
    )
    return ((name, stage) for name, stage in stages if stage)
