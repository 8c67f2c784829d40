"""Ranks programs where nobody knows what is right: the user's examples first, then what the others answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluators.example_gate import share_passed
from evaluators.implied_domain import ImpliedDomain
from evaluators.input_generation import generate_inputs
from evaluators.questions import Arguments
from evaluators.static_gates import why_refused
from evaluators.tool_runner import ToolRunner
from evaluators.voters import Key, Voter, distinct, hear
from programs import ToolSpecification
from sandbox import Sandbox

_SCORE_DIGITS = 9  # by which scores are equal
_INPUTS = 200
_MANY = 20  # answers that are all the same speak against a program from here on
# Examples come before votes, whatever the votes say; a refused program comes last.
_EXAMPLES, _CONSTANT, _REFUSED = 10.0, -0.5, -20.0
_ALL_ALIKE = 0.3  # what agreeing everywhere is worth, next to agreeing here and there
_UNLIKE = 0.1  # what agreement on an input unlike the examples' is worth


@dataclass(frozen=True)
class Ranked:
    """A program and how likely it is right, to be compared within one ranking only."""

    source: str
    score: float


def rank(
    specification: ToolSpecification, candidates: Sequence[str], seed: int, *, box: Sandbox
) -> list[Ranked]:
    """Returns the different programs, best first; of equal ones the one that was proposed more often.

    A program's score is the share of the examples it passes, then the mean share of the programs, weighted by
    their own examples passed and by how often they were proposed, that answer an input as it does, and the
    share of those that answer every input so. A failure agrees with nobody.
    """
    examples: list[Arguments] = [example.arguments for example in specification.parsed_examples]
    domain = ImpliedDomain(examples, specification.description) if examples else None
    generated = _inputs(specification, seed, domain)
    runner = ToolRunner(box, specification.name)
    voters = hear(runner, distinct(candidates), [*examples, *generated], any_order=specification.any_order)
    passed = [share_passed(specification, voter, range(len(examples))) for voter in voters]
    worth = _worth(generated, domain)
    agreements = _agreements(voters, _weights(voters, passed), dict(enumerate(worth, len(examples))))
    ranked = [
        Ranked(voter.source, _EXAMPLES * share + agreed + _penalty(specification, voter))
        for voter, share, agreed in zip(voters, passed, agreements, strict=True)
    ]
    proposed = {voter.source: voter.weight for voter in voters}
    return sorted(ranked, key=lambda entry: (-round(entry.score, _SCORE_DIGITS), -proposed[entry.source]))


def _weights(voters: Sequence[Voter], passed: Sequence[float]) -> list[float]:
    weights = [voter.weight * share for voter, share in zip(voters, passed, strict=True)]
    return weights if any(weights) else [float(voter.weight) for voter in voters]


def _inputs(specification: ToolSpecification, seed: int, domain: ImpliedDomain | None) -> list[Arguments]:
    """Returns inputs, the smallest first; ambiguous ones only where there are no others."""
    generated: list[Arguments] = generate_inputs(specification, seed, _INPUTS)
    generated.sort(key=lambda arguments: len(repr(arguments)))
    if domain is None:
        return generated
    return [each for each in generated if not domain.is_ambiguous(each)] or generated


def _worth(inputs: Sequence[Arguments], domain: ImpliedDomain | None) -> list[float]:
    """Returns what agreement on each input counts."""
    if domain is None:
        return [1.0] * len(inputs)
    return [_UNLIKE if domain.likeness(arguments) == "unlike" else 1.0 for arguments in inputs]


def _agreements(voters: Sequence[Voter], weights: Sequence[float], worth: Mapping[int, float]) -> list[float]:
    """Returns for each voter what share of all weight gives its answers, one by one and all together."""
    everywhere = _shares([voter.keys for voter in voters], weights)
    totals = [_ALL_ALIKE * share for share in everywhere]
    all_worth = sum(worth.values())
    for place, counts in worth.items():
        shares = _shares([voter.keys[place] for voter in voters], weights)
        for index, voter in enumerate(voters):
            totals[index] += 0.0 if voter.fails(place) else counts / all_worth * shares[index]
    return totals


def _shares(keys: Sequence[Key], weights: Sequence[float]) -> list[float]:
    """Returns for each key the share of the weight that has it."""
    votes: defaultdict[Key, float] = defaultdict(float)
    for key, weight in zip(keys, weights, strict=True):
        votes[key] += weight
    total = sum(weights)
    return [votes[key] / total for key in keys]


def _penalty(specification: ToolSpecification, voter: Voter) -> float:
    if why_refused(voter.source, specification) is not None:
        return _REFUSED
    return _CONSTANT if len(voter.keys) >= _MANY and len(set(voter.keys)) == 1 else 0.0
