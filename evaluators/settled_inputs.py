"""Inputs that are only nearly like the examples' and make tests all the same, for a second reason.

Either the description says what an empty input gives, and the programs give that; or the arguments need
only change places to be like the examples', and hardly a program gives another answer: in few examples some
numbers are in the same order by chance. There, a program that fails may be right to refuse, so it unsettles
the input.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from evaluators.consensus import STRICT, Demands, agreement
from evaluators.implied_domain import is_empty
from evaluators.questions import Arguments, Questions
from evaluators.told_answers import told_of_empty
from evaluators.voters import Key, Voter, value_key
from programs import ToolSpecification

_HARDLY_ANY_OTHER = 0.9  # share of the programs, and of their weight, that must agree
_MOST_ARGUMENTS = 4  # whose orders are tried


def settled(
    specification: ToolSpecification, questions: Questions, voters: Sequence[Voter], demands: Demands
) -> tuple[int, ...]:
    """Returns the places, among those of inputs that are near, where the voters' answer is believed.

    Args:
        specification: Whose description is read.
        questions: With the inputs.
        voters: Those that pass the examples.
        demands: What share must give the answer that is told.
    """
    told = {
        value_key(answer, any_order=specification.any_order)
        for answer in told_of_empty(specification.description)
    }
    return tuple(
        place
        for place in questions.near
        if _is_told(questions.inputs[place], place, voters, told, demands)
        or (_is_turned(questions, place) and _is_hardly_doubted(voters, place))
    )


def _is_told(
    arguments: Arguments, place: int, voters: Sequence[Voter], told: set[Key], demands: Demands
) -> bool:
    """Returns whether an empty input's answer is one that the description tells."""
    return any(map(is_empty, arguments)) and any(
        voter.keys[place] in told and agreement(voters, place, voter) >= demands.share for voter in voters
    )


def _is_turned(questions: Questions, place: int) -> bool:
    """Returns whether an input is like the examples' when its numbers change places."""
    arguments = questions.inputs[place]
    return (
        len(arguments) <= _MOST_ARGUMENTS
        and all(isinstance(argument, int | float) for argument in arguments)
        and any(map(questions.domain.is_alike, permutations(arguments)))
    )


def _is_hardly_doubted(voters: Sequence[Voter], place: int) -> bool:
    """Returns whether many programs answer, and nearly all of them the same."""
    if len(voters) < STRICT.programs or any(voter.fails(place) for voter in voters):
        return False
    return any(
        agreement(voters, place, leader) >= _HARDLY_ANY_OTHER
        and sum(voter.keys[place] == leader.keys[place] for voter in voters)
        >= _HARDLY_ANY_OTHER * len(voters)
        for leader in voters
    )
