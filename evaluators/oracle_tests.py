"""Tests whose answers a reference gives: inputs chosen by the wrong programs that they tell from it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evaluators.admitted_inputs import admitted_inputs
from evaluators.batches import died
from evaluators.case_selection import Kills, choose_inputs
from evaluators.cases import Case, TestSuite, with_hidden_half
from evaluators.input_generation import Input, InputSource, family_of
from evaluators.literals import has_short_literal
from evaluators.mutants import mutants_of
from evaluators.tool_runner import Answer, ToolRunner
from programs.comparison import answer_key
from programs.tool_specification import ToolSpecification
from sandbox import Sandbox

Oracle = Callable[[Sequence[Input]], Sequence[Answer]]

_INPUTS = 900
_MORE = 600  # changed from those that share their answers with few
_OF_EACH = 4  # inputs that have the same answer
_SAMPLE = 200  # inputs that all programs see; only those that few of them notice see the rest
_EASILY_NOTICED = 0.3
_UNNOTICED = 14  # of the programs that no input of the sample notices: most are right
_PARENTS = 4  # programs that agree best, whose mutants are noticed
_MUTANTS = 90
_MOST_DEATHS = 5  # of mutants whose process had to be ended
_LONGEST_ANSWER = 2_000
_REFUSED = 50
_CALL_SECONDS = 0.05


class Domain(Protocol):
    """Tells the inputs that a tool is for."""

    def holds(self, inputs: Sequence[Input]) -> list[bool]:
        """Returns for each input whether it is one."""


@dataclass(frozen=True)
class ProgramPool:
    """Programs that attempt the tool, right or wrong, and where they run."""

    box: Sandbox
    sources: tuple[str, ...]


@dataclass(frozen=True)
class _Answered:
    """An input and what the oracle says."""

    arguments: Input
    expected: object
    key: Hashable

    @property
    def size(self) -> int:
        return len(repr(self.arguments))


def tests_by_oracle(
    specification: ToolSpecification,
    oracle: Oracle,
    precondition: Domain,
    seed: int,
    count: int = 200,  # noqa: PT028 - these are tests, not one
    pool: ProgramPool | None = None,  # noqa: PT028
) -> TestSuite:
    """Returns up to so many tests, the most telling first.

    Args:
        specification: The tool; its signature is needed.
        oracle: Answers inputs; where it raises or is slow there is no test.
        precondition: Tells the inputs that the tool is for.
        seed: Of everything that is drawn.
        count: How many.
        pool: Unlabelled programs, whose disagreement with the oracle shows which inputs are telling.
    """
    source = InputSource(specification, seed)
    inputs = admitted_inputs(source, precondition.holds, _INPUTS)
    answered = _answered(inputs.inside, oracle, specification.any_order)
    more = source.changed(_few_of_each_answer(answered), _MORE, [*inputs.inside, *inputs.outside])
    fits = precondition.holds(more)
    inside = [given for given, fit in zip(more, fits, strict=True) if fit]
    answered += _answered(inside, oracle, specification.any_order)
    rng = np.random.default_rng(seed)
    answered = _small_first_in_parts([answered[place] for place in rng.permutation(len(answered))])
    kills = _kills(specification, answered, pool, seed) if pool else np.zeros((len(answered), 0), dtype=bool)
    sizes = [given.size for given in answered]
    kinds = [(family_of(given.arguments), given.key) for given in answered]
    chosen = [answered[place] for place in choose_inputs(kills, kinds, sizes, count, rng)]
    cases = [Case(a.arguments, a.expected, "reference", family_of(a.arguments)) for a in chosen]
    return TestSuite(with_hidden_half(cases), refused=tuple(inputs.outside[:_REFUSED]))


def _answered(inputs: Sequence[Input], oracle: Oracle, any_order: bool) -> list[_Answered]:
    return [
        _Answered(given, answer.value, answer_key(answer.value, any_order=any_order))
        for given, answer in zip(inputs, oracle(inputs), strict=True)
        if answer.is_value and has_short_literal(answer.value, _LONGEST_ANSWER)
    ]


def _few_of_each_answer(answered: Sequence[_Answered]) -> list[Input]:
    """Returns some inputs of each answer, so that rare ones are changed further as often as common ones."""
    found: dict[Hashable, list[Input]] = {}
    for given in answered:
        found.setdefault(given.key, []).append(given.arguments)
    return [arguments for inputs in found.values() for arguments in inputs[:_OF_EACH]]


def _small_first_in_parts(answered: Sequence[_Answered]) -> list[_Answered]:
    """Returns the sample and the rest, each from small to large: what is slow is slow on the last of them."""
    parts = (answered[:_SAMPLE], answered[_SAMPLE:])
    return [given for part in parts for given in sorted(part, key=lambda given: given.size)]


def _kills(
    specification: ToolSpecification, answered: Sequence[_Answered], pool: ProgramPool, seed: int
) -> Kills:
    """Returns which programs, of the pool and mutants of its best, each input shows to be wrong."""
    trial = _Trial(specification, pool)
    sample, rest = answered[:_SAMPLE], answered[_SAMPLE:]
    wrong = {text: trial.noticed(text, sample) for text in pool.sources}
    best = sorted(wrong, key=lambda text: int(wrong[text].sum()))[:_PARENTS]
    trial.deaths = 0
    for parent in best:
        for text in mutants_of(parent, specification.name, seed, _MUTANTS // len(best)):
            if text not in wrong and trial.deaths < _MOST_DEATHS:
                wrong[text] = trial.noticed(text, sample)
    columns = [np.concatenate([wrong[text], trial.noticed(text, rest)]) for text in _subtle(wrong)]
    return np.array(columns, dtype=bool).reshape(len(columns), len(answered)).T


class _Trial:
    """Runs programs; `deaths` counts those whose process had to be ended, which costs seconds each."""

    def __init__(self, specification: ToolSpecification, pool: ProgramPool) -> None:
        self._runner = ToolRunner(pool.box, specification.name, call_seconds=_CALL_SECONDS)
        self._any_order = specification.any_order
        self.deaths = 0

    def noticed(self, text: str, answered: Sequence[_Answered]) -> Kills:
        """Returns for each input whether a program gives another value or an error; slowness says nothing."""
        performance = self._runner.run(text, [given.arguments for given in answered])
        if performance.failure is not None:
            self.deaths += died(performance.failure)
            return np.ones(len(answered), dtype=bool)
        pairs = zip(performance.answers, answered, strict=True)
        return np.array([self._is_wrong(answer, given) for answer, given in pairs], dtype=bool)

    def _is_wrong(self, answer: Answer, given: _Answered) -> bool:
        if not answer.is_value:
            return answer.kind == "error"
        return answer_key(answer.value, any_order=self._any_order) != given.key


def _subtle(wrong: Mapping[str, Kills]) -> list[str]:
    """Returns the programs that few inputs notice, one for each set of inputs, and some unnoticed."""
    alike: dict[bytes, list[str]] = {}
    for text, noticed in wrong.items():
        if noticed.mean() < _EASILY_NOTICED:
            alike.setdefault(noticed.tobytes(), []).append(text)
    unnoticed = alike.pop(bytes(len(next(iter(wrong.values()), ()))), [])
    return [texts[0] for texts in alike.values()] + unnoticed[:: 1 + len(unnoticed) // _UNNOTICED]
