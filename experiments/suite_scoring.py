"""How good a suite of tests is: the wrong programs that it notices, and the right ones that it rejects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from evaluators.cases import TestSuite
from evaluators.tool_runner import ToolRunner
from experiments.problem_file import Problem
from sandbox import Sandbox

_CALL_SECONDS = 1.0


@dataclass(frozen=True)
class Count:
    """So many of so many."""

    hits: int = 0
    total: int = 0

    @classmethod
    def of(cls, hits: Sequence[bool]) -> Count:
        """Returns how many are true."""
        return cls(sum(hits), len(hits))

    def __add__(self, other: Count) -> Count:
        return Count(self.hits + other.hits, self.total + other.total)

    def __str__(self) -> str:
        share = f" ({100 * self.hits / self.total:.1f} %)" if self.total else ""
        return f"{self.hits} of {self.total}{share}"


@dataclass(frozen=True)
class SuiteScore:
    """What a suite does.

    Attributes:
        mutants: Mutants noticed.
        subtle: Of these, the ones that the examples do not notice.
        correct: Correct programs rejected, the reference among them.
        wrong: Wrong programs of a model noticed.
    """

    mutants: Count = Count()
    subtle: Count = Count()
    correct: Count = Count()
    wrong: Count = Count()

    def __add__(self, other: SuiteScore) -> SuiteScore:
        return SuiteScore(
            **{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)}
        )

    def __str__(self) -> str:
        return (
            f"kills {self.mutants} mutants, {self.subtle} subtle ones, {self.wrong} wrong programs; "
            f"rejects {self.correct} correct ones"
        )


def score_suite(problem: Problem, suite: TestSuite, box: Sandbox) -> tuple[SuiteScore, list[str]]:
    """Returns what a suite does on the programs of a problem that are labelled, and the mutants it misses."""
    hidden = problem.hidden
    if hidden is None:
        return SuiteScore(), []
    judge = _Judge(problem, suite, box)
    killed = [judge.rejects(mutant.source) for mutant in hidden.mutants]
    pairs = list(zip(hidden.mutants, killed, strict=True))
    score = SuiteScore(
        Count.of(killed),
        Count.of([kill for mutant, kill in pairs if mutant.survives_examples]),
        Count.of([judge.rejects(source) for source in (hidden.reference, *hidden.correct)]),
        Count.of([judge.rejects(source) for source in hidden.wrong]),
    )
    return score, [mutant.source for mutant, kill in pairs if not kill]


class _Judge:
    def __init__(self, problem: Problem, suite: TestSuite, box: Sandbox) -> None:
        self._cases = suite.cases
        self._any_order = problem.specification.any_order
        self._runner = ToolRunner(box, problem.specification.name, _CALL_SECONDS, patience=1)

    def rejects(self, source: str) -> bool:
        """Returns whether some case is not met; what raises or is slow meets none."""
        performance = self._runner.run(source, [case.arguments for case in self._cases])
        return performance.failure is not None or not all(
            answer.is_value and case.is_met_by(answer.value, any_order=self._any_order)
            for case, answer in zip(self._cases, performance.answers, strict=True)
        )
