"""What the reference of a problem knows: its answers, the inputs it is for, and which programs are right."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.admitted_inputs import admitted_inputs
from evaluators.batches import answers_in_batches
from evaluators.input_generation import Input, InputSource
from evaluators.precondition import Precondition
from evaluators.tool_runner import Answer, ToolRunner
from experiments.problem_file import Problem
from programs.comparison import differ
from sandbox import Sandbox

_INPUTS = 500
_SEED = 20_000  # other inputs than those that any test was made from


class ReferenceOracle:
    """Answers for a problem.

    Args:
        problem: With its hidden part.
        box: Where the reference and the contract run.

    Raises:
        SystemExit: The problem has no reference.
    """

    def __init__(self, problem: Problem, box: Sandbox) -> None:
        if problem.hidden is None:
            raise SystemExit(f"{problem.problem_id}: expected a reference in the field hidden, found none")
        self._problem = problem
        self._reference = problem.hidden.reference
        self._runner = ToolRunner(box, problem.specification.name, call_seconds=0.05, patience=20)
        self.domain = Precondition(box, problem.parameters, problem.hidden.contract)

    def answers(self, inputs: Sequence[Input]) -> list[Answer]:
        """Returns the reference's answers."""
        return answers_in_batches(self._runner, self._reference, inputs)

    def contradictions(self, inputs: Sequence[Input], expected: Sequence[object]) -> int:
        """Returns how many expected answers the reference does not give, on inputs that it is for."""
        inside = self.domain.holds(inputs)
        pairs = zip(inside, self.answers(inputs), expected, strict=True)
        any_order = self._problem.specification.any_order
        return sum(
            fits and not (answer.is_value and not differ(value, answer.value, any_order=any_order))
            for fits, answer, value in pairs
        )

    def right_programs(self) -> set[str]:
        """Returns the programs of the pool that answer hundreds of inputs as the reference does."""
        source = InputSource(self._problem.specification, _SEED)
        inputs = admitted_inputs(source, self.domain.holds, _INPUTS).inside
        known = [
            (given, answer)
            for given, answer in zip(inputs, self.answers(inputs), strict=True)
            if answer.is_value
        ]
        return {text for text in self._problem.pool if known and self._agrees(text, known)}

    def _agrees(self, text: str, known: Sequence[tuple[Input, Answer]]) -> bool:
        performance = self._runner.run(text, [given for given, _ in known])
        any_order = self._problem.specification.any_order
        return performance.failure is None and all(
            found.is_value and not differ(answer.value, found.value, any_order=any_order)
            for (_, answer), found in zip(known, performance.answers, strict=True)
        )
