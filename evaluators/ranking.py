"""Ranks programs where nobody knows what is right: the user's examples first, then what the others answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.example_gate import share_passed
from evaluators.input_generation import generate_inputs
from evaluators.questions import Arguments
from evaluators.static_gates import why_refused
from evaluators.tool_runner import ToolRunner
from evaluators.voters import Key, Voter, distinct, hear
from programs import ToolSpecification
from sandbox import Sandbox

_INPUTS = 200
_MANY = 20  # answers that are all the same speak against a program from here on
# Examples come before votes, whatever the votes say; a refused program comes last.
_EXAMPLES, _CONSTANT, _REFUSED = 10.0, -0.5, -20.0


@dataclass(frozen=True)
class Ranked:
    """A program and how likely it is right, to be compared within one ranking only."""

    source: str
    score: float


def rank(
    specification: ToolSpecification, candidates: Sequence[str], seed: int, *, box: Sandbox
) -> list[Ranked]:
    """Returns the different programs, best first; equal ones stay in the order in which they came.

    A program's score is the share of the examples it passes, then the mean share of the programs, weighted by
    their own examples passed and by how often they were proposed, that answer an input as it does. A failure
    agrees with nobody.
    """
    examples: list[Arguments] = [example.arguments for example in specification.parsed_examples]
    generated = generate_inputs(specification, seed, _INPUTS)
    generated.sort(key=lambda arguments: len(repr(arguments)))
    runner = ToolRunner(box, specification.name)
    voters = hear(runner, distinct(candidates), [*examples, *generated], any_order=specification.any_order)
    passed = [share_passed(specification, voter, range(len(examples))) for voter in voters]
    agreements = _agreements(voters, passed, range(len(examples), len(examples) + len(generated)))
    ranked = [
        Ranked(voter.source, _EXAMPLES * share + agreed + _penalty(specification, voter))
        for voter, share, agreed in zip(voters, passed, agreements, strict=True)
    ]
    return sorted(ranked, key=lambda entry: -entry.score)


def _agreements(voters: Sequence[Voter], passed: Sequence[float], places: Sequence[int]) -> list[float]:
    """Returns for each voter the mean weight, of all, that gives its answer."""
    weights = [voter.weight * share for voter, share in zip(voters, passed, strict=True)]
    if not any(weights):
        weights = [float(voter.weight) for voter in voters]
    totals = [0.0] * len(voters)
    for place in places:
        votes: Counter[Key] = Counter()
        for voter, weight in zip(voters, weights, strict=True):
            votes[voter.keys[place]] += weight  # type: ignore[assignment]  # a Counter adds floats as well
        for index, voter in enumerate(voters):
            totals[index] += 0.0 if voter.fails(place) else votes[voter.keys[place]]
    return [total / (sum(weights) * max(1, len(places))) for total in totals]


def _penalty(specification: ToolSpecification, voter: Voter) -> float:
    if why_refused(voter.source, specification) is not None:
        return _REFUSED
    return _CONSTANT if len(voter.keys) >= _MANY and len(set(voter.keys)) == 1 else 0.0
