"""The user's examples before any vote: who passes them, and which of them many programs contradict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.voters import Key, Voter, value_key, weight_of
from programs.tool_specification import Example, ToolSpecification

CONTESTED_BY = 5  # different programs that agree on other answers


@dataclass(frozen=True)
class Gate:
    """What the examples say of the programs, and the programs of the examples.

    Attributes:
        passed: The voters that answer every example as the user does.
        contested: Examples that many programs agree to answer otherwise, in words.
    """

    passed: tuple[Voter, ...]
    contested: tuple[str, ...] = ()


def gate(specification: ToolSpecification, voters: Sequence[Voter], places: Sequence[int]) -> Gate:
    """Returns who passes the examples.

    Args:
        specification: Whose examples gate.
        voters: All of them.
        places: Where among the voters' answers the examples are.
    """
    examples = specification.parsed_examples
    wanted = tuple(_wanted(example, specification) for example in examples)
    groups: dict[tuple[Key, ...], list[Voter]] = defaultdict(list)
    for voter in voters:
        groups[tuple(voter.keys[place] for place in places)].append(voter)
    passed = groups.pop(wanted, [])
    return Gate(tuple(passed), tuple(_contested(examples, wanted, groups, weight_of(passed), places)))


def share_passed(specification: ToolSpecification, voter: Voter, places: Sequence[int]) -> float:
    """Returns the share of the examples that a voter answers as the user does; 1 where there are none."""
    examples = specification.parsed_examples
    passed = sum(
        voter.keys[place] == _wanted(example, specification)
        for example, place in zip(examples, places, strict=True)
    )
    return passed / len(examples) if examples else 1.0


def _wanted(example: Example, specification: ToolSpecification) -> Key:
    return value_key(example.expected, any_order=specification.any_order)


def _contested(
    examples: Sequence[Example],
    wanted: tuple[Key, ...],
    groups: dict[tuple[Key, ...], list[Voter]],
    weight_passed: int,
    places: Sequence[int],
) -> list[str]:
    """Returns the examples that the heaviest group of programs, heavier than those that pass, contradicts."""
    rivals = [
        group
        for group in groups.values()
        if len(group) >= CONTESTED_BY
        and weight_of(group) > weight_passed
        and not any(group[0].fails(place) for place in places)
    ]
    if not rivals:
        return []
    group = max(rivals, key=weight_of)
    return [
        f"{example.text}: {len(group)} programs agree on {group[0].answers[place].value!r:.200}"
        for example, key, place in zip(examples, wanted, places, strict=True)
        if group[0].keys[place] != key
    ]
