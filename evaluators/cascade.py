"""A cascade: cheap tests first, all tests for those that may be worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluators.evaluation import Evaluation, Evaluator


@dataclass(frozen=True)
class Stage:
    """Tests that a program must pass before the next ones are paid for.

    Attributes:
        evaluator: Runs them.
        at_least: The score that lets a program go on.
        name: What they are, in words.
    """

    evaluator: Evaluator
    at_least: float
    name: str


class CascadeEvaluator:
    """Scores a program by its last tests only; one that an earlier stage stops is invalid.

    A score on few tests says nothing beside one on all of them, so a stopped program never enters an archive.

    Args:
        stages: The cheap tests, cheapest first.
        full: All tests.
    """

    def __init__(self, stages: Sequence[Stage], full: Evaluator) -> None:
        if not stages:
            raise ValueError(
                "CascadeEvaluator(stages=[]): expected a stage before the full tests, found none"
            )
        self._stages = tuple(stages)
        self._full = full

    def evaluate(self, source: str) -> Evaluation:
        """Returns the evaluation by all tests, or why a stage stopped the program; costs are summed up."""
        spent: list[Evaluation] = []
        for stage in self._stages:
            evaluation = stage.evaluator.evaluate(source)
            spent.append(evaluation)
            if evaluation.score is None or evaluation.score < stage.at_least:
                stopped = Evaluation.invalid(_why_stopped(stage, evaluation), evaluation.integrity)
                return _with_costs(stopped, spent)
        full = self._full.evaluate(source)
        return _with_costs(full, [*spent, full])


def _why_stopped(stage: Stage, evaluation: Evaluation) -> str:
    if evaluation.score is None:
        return f"{stage.name}: {evaluation.feedback}"
    return (
        f"{stage.name}: expected a score of {stage.at_least:g} or more to go on, found {evaluation.score:g}"
    )


def _with_costs(evaluation: Evaluation, spent: Sequence[Evaluation]) -> Evaluation:
    return replace(
        evaluation,
        cpu_seconds=sum(part.cpu_seconds for part in spent),
        peak_memory_bytes=max(part.peak_memory_bytes for part in spent),
    )
