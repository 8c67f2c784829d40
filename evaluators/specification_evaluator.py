"""Scores by a specification's own run function, in DeepMind FunSearch's form.

The run function stands in the candidate's process, so its word is only as good as the candidate:
integrity "in-process".
"""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.evaluation import Evaluation, finite_number, why_no_results
from sandbox import Limits, Sandbox
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
        failure = why_no_results(outcome)
        if failure:
            return Evaluation.invalid(failure, "in-process")
        scores = [finite_number(result.value) for result in outcome.results]
        mean = finite_number(sum(score / len(scores) for score in scores if score is not None))
        if mean is None or None in scores:
            bad = next(
                (r.value for r, score in zip(outcome.results, scores, strict=True) if score is None), mean
            )
            return Evaluation.invalid(
                f"run function: expected a finite number as the score, found {bad!r:.80}", "in-process"
            )
        return Evaluation(
            score=mean,
            scores_per_test={
                f"{index}: {value!r:.40}": score
                for index, (value, score) in enumerate(zip(self._inputs, scores, strict=True))
                if score is not None
            },
            integrity="in-process",
            cpu_seconds=outcome.cpu_seconds,
            peak_memory_bytes=outcome.peak_memory_bytes,
        )
