"""Tests that a model has written: two thirds are wrong, so one counts only where the voters confirm it."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.cases import Case
from evaluators.consensus import Demands
from evaluators.input_generation import family_of
from evaluators.questions import Proposed
from evaluators.voters import Voter, value_key, weight_of


def confirmed(
    proposed: Sequence[tuple[int, Proposed]],
    voters: Sequence[Voter],
    demands: Demands,
    *,
    any_order: bool = False,
) -> list[Case]:
    """Returns the tests whose expected value enough voters give.

    Args:
        proposed: Arguments and expected value of each, with the place of the arguments among the answers.
        voters: Those that pass the examples.
        demands: What share, and how many programs, must agree with a test.
        any_order: Whether the order of a returned list does not matter.
    """
    cases = []
    for place, (arguments, expected) in proposed:
        key = value_key(expected, any_order=any_order)
        agreeing = [voter for voter in voters if voter.keys[place] == key]
        share = weight_of(agreeing) / weight_of(voters) if voters else 0.0
        if share >= demands.share and len(agreeing) >= demands.programs:
            cases.append(
                Case(arguments, expected, "model", family_of(arguments), quorum=share, voters=len(agreeing))
            )
    return cases
