"""Scores a program by the construction that it returns, which is judged on the trusted side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from evaluators import Evaluation
from evaluators.evaluation import why_no_results
from experiments.constructions.judging import Judge
from sandbox import Limits, Sandbox
from sandbox.interface import Value

LIMITS = Limits(wall_seconds=30.0, output_bytes=16 << 20)


class ConstructionEvaluator:
    """Asks a program for one construction.

    Args:
        box: Where the program runs.
        function: Which of its functions builds, called with `arguments`.
        arguments: Of the instance.
        judge: Scores what it returns, as JSON; keeps `judging.Judge`.
        limits: Of the program.
    """

    def __init__(
        self, box: Sandbox, function: str, arguments: list[Value], judge: Judge, limits: Limits = LIMITS
    ) -> None:
        self._box = box
        self._function = function
        self._arguments = arguments
        self._judge = judge
        self._limits = limits

    def evaluate(self, source: str) -> Evaluation:
        """Returns the score of the construction."""
        outcome = self._box.call(source, self._function, [self._arguments], limits=self._limits)
        failure = why_no_results(outcome)
        if failure:
            return Evaluation.invalid(failure)
        evaluation = self._judge(_as_json(outcome.results[0].value))
        return replace(
            evaluation, cpu_seconds=outcome.cpu_seconds, peak_memory_bytes=outcome.peak_memory_bytes
        )


def constructing(
    function: str, arguments: list[Value], judge: Judge, limits: Limits = LIMITS
) -> Callable[[Sandbox], ConstructionEvaluator]:
    """Returns what makes the evaluator of a task whose programs return constructions."""
    return lambda box: ConstructionEvaluator(box, function, arguments, judge, limits)


def _as_json(value: Value) -> Any:  # noqa: ANN401 - JSON
    """Returns what a program gave as a file would hold it: arrays as lists."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list):
        return [_as_json(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _as_json(entry) for key, entry in value.items()}
    return value
