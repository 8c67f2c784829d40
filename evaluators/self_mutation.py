"""How many small bugs in a program its tests would notice."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.cases import TestSuite
from evaluators.input_generation import Input, InputSource
from evaluators.mutants import mutants_of
from evaluators.precondition import Precondition
from evaluators.tool_runner import Answer, ToolRunner
from programs.comparison import differ
from programs.tool_specification import ToolSpecification
from sandbox import Sandbox

_MUTANTS = 40
_PROBES = 400
_CALL_SECONDS = 0.2


def self_mutation_score(
    source: str, specification: ToolSpecification, suite: TestSuite, box: Sandbox, seed: int
) -> float | None:
    """Returns the share of a program's mutants that a suite notices; None where there is none to notice.

    A mutant that answers every case as the program does, and hundreds of inputs like the cases' as well, is
    taken for equal to the program and does not count.

    Args:
        source: A program that meets the suite.
        specification: The tool.
        suite: Its cases.
        box: Where the mutants run.
        seed: Of the choice of mutants and of the other inputs.
    """
    trial = _Trial(source, specification, box)
    mutants = mutants_of(source, specification.name, seed, _MUTANTS)
    missed = trial.equal_to_it(mutants, [case.arguments for case in suite.cases])
    probes = _probes(specification, suite, box, seed) if missed else []
    equal = trial.equal_to_it(missed, probes) if probes else []
    noticed, different = len(mutants) - len(missed), len(mutants) - len(equal)
    return noticed / different if different else None


class _Trial:
    def __init__(self, source: str, specification: ToolSpecification, box: Sandbox) -> None:
        self._source = source
        self._any_order = specification.any_order
        self._runner = ToolRunner(box, specification.name, call_seconds=_CALL_SECONDS, patience=1)

    def equal_to_it(self, mutants: Sequence[str], inputs: Sequence[Input]) -> list[str]:
        """Returns the mutants that answer all inputs as the program does."""
        own = self._runner.run(self._source, inputs).answers if mutants else ()
        return [text for text in mutants if own and self._agrees(own, text, inputs)]

    def _agrees(self, own: Sequence[Answer], mutant: str, inputs: Sequence[Input]) -> bool:
        performance = self._runner.run(mutant, inputs)
        return performance.failure is None and all(
            theirs.is_value and not differ(mine.value, theirs.value, any_order=self._any_order)
            for mine, theirs in zip(own, performance.answers, strict=True)
            if mine.is_value
        )


def _probes(specification: ToolSpecification, suite: TestSuite, box: Sandbox, seed: int) -> list[Input]:
    """Returns inputs like those of the cases, and none of them."""
    if specification.parsed_signature is None:
        return []
    cases = [case.arguments for case in suite.cases]
    probes = InputSource(specification, seed).changed(cases, _PROBES)
    fits = Precondition.of(specification, box).holds(probes)
    return [probe for probe, fit in zip(probes, fits, strict=True) if fit]
