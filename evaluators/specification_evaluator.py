"""Scores by a specification's own run function, in DeepMind FunSearch's form.

The run function stands in the candidate's process, so its word is only as good as the candidate:
integrity "in-process".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.evaluation import Evaluation, why_no_results
from sandbox import CallResult, Limits, Sandbox
from sandbox.interface import Value


class SpecificationEvaluator:
    """Calls the run function on each input; the score is the mean over the inputs.

    Args:
        box: Where the program runs.
        run_function: Name of the function that scores.
        inputs: Its argument, one per test.
        limits: Of one program with all its inputs.
    """

    def __init__(
        self, box: Sandbox, run_function: str, inputs: Sequence[Value], limits: Limits | None = None
    ) -> None:
        if not inputs:
            raise ValueError("inputs: expected at least one input for the run function, found none")
        self._box = box
        self._run_function = run_function
        self._inputs = list(inputs)
        self._limits = limits or Limits(wall_seconds=30.0)

    def evaluate(self, source: str) -> Evaluation:
        """Returns the run function's scores; a score that is no finite number makes the program invalid."""
        arguments = [[value] for value in self._inputs]
        outcome = self._box.call(source, self._run_function, arguments, limits=self._limits)
        failure = why_no_results(outcome) or _not_a_number(outcome.results)
        if failure:
            return Evaluation.invalid(failure, "in-process")
        scores = [float(result.value) for result in outcome.results]
        return Evaluation(
            score=sum(scores) / len(scores),
            scores_per_test={str(value): score for value, score in zip(self._inputs, scores, strict=True)},
            integrity="in-process",
            cpu_seconds=outcome.cpu_seconds,
            peak_memory_bytes=outcome.peak_memory_bytes,
        )


def _not_a_number(results: Sequence[CallResult]) -> str | None:
    for result in results:
        value = result.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return f"run function: expected a finite number as the score, found {value!r:.80}"
    return None
