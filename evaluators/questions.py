"""The inputs that programs are asked when they vote: the examples', proposed tests', and generated ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

from evaluators.implied_domain import ImpliedDomain, Likeness
from evaluators.input_generation import generate_inputs
from evaluators.literals import encode, literal
from evaluators.precondition import Precondition
from programs import ToolSpecification
from sandbox import Sandbox

_ENOUGH_ALIKE = 10  # fewer inputs like the examples' tell programs apart too badly
_REFUSED = 20  # inputs outside the precondition that are remembered

Arguments = tuple[Any, ...]
Proposed = tuple[Arguments, Any]  # arguments and expected value of a test that somebody has written


@dataclass(frozen=True)
class Questions:
    """Inputs, and the places of each kind among them.

    Attributes:
        inputs: All; of the generated ones the smallest first.
        examples: Places of the examples.
        proposed: Tests that somebody has written, with the place of each.
        alike: Places of generated inputs that are like the examples', in the order of their making.
        near: Places of those that are nearly so.
        domain: What tells them from others.
        refused: Inputs outside the precondition.
    """

    inputs: tuple[Arguments, ...]
    examples: range
    proposed: tuple[tuple[int, Proposed], ...]
    alike: tuple[int, ...]
    near: tuple[int, ...]
    domain: ImpliedDomain
    refused: tuple[Arguments, ...] = ()

    @property
    def compared(self) -> tuple[int, ...]:
        """Those on which programs are compared: where few are like the examples', those nearly so as well."""
        return self.alike if len(self.alike) >= _ENOUGH_ALIKE else self.alike + self.near

    def with_alike(self, places: Sequence[int]) -> Questions:
        """Returns the questions with some of the places that are near taken for alike, as the first."""
        near = tuple(place for place in self.near if place not in places)
        return replace(self, alike=(*places, *self.alike), near=near)


def ask(
    box: Sandbox, specification: ToolSpecification, seed: int, count: int, proposed: Sequence[Proposed] = ()
) -> Questions:
    """Returns what to ask.

    Args:
        box: Where the precondition is evaluated.
        specification: With a signature and an example at least.
        seed: Of the inputs.
        count: How many are generated; those outside the precondition, or unlike the examples', are not asked.
        proposed: Tests that somebody has written.
    """
    examples = [example.arguments for example in specification.parsed_examples]
    made = [each for each in generate_inputs(specification, seed, count) if each not in examples]
    fitting = list(_fitting(specification, proposed))
    is_inside = _inside(box, specification, [*(arguments for arguments, _ in fitting), *made])
    tests = list(compress(fitting, is_inside))
    inside = list(compress(made, is_inside[len(fitting) :]))
    domain = ImpliedDomain(examples, specification.description)
    likeness = {index: _likeness(specification, domain, each) for index, each in enumerate(inside)}
    asked = [index for index, found in likeness.items() if found != "unlike"]
    smallest_first = sorted(asked, key=lambda index: len(repr(inside[index])))
    place = {index: len(examples) + len(tests) + rank for rank, index in enumerate(smallest_first)}
    return Questions(
        (*examples, *(arguments for arguments, _ in tests), *(inside[index] for index in smallest_first)),
        range(len(examples)),
        tuple(enumerate(tests, len(examples))),
        tuple(place[index] for index in asked if likeness[index] == "alike"),
        tuple(place[index] for index in asked if likeness[index] == "near"),
        domain,
        tuple(each for each in made if each not in inside)[:_REFUSED],
    )


def _fitting(specification: ToolSpecification, proposed: Iterable[Proposed]) -> Iterator[Proposed]:
    """Yields the tests whose arguments fit the signature and can be written down, as can their answers."""
    signature = specification.parsed_signature
    for arguments, expected in proposed:
        try:
            bound = signature.bind(arguments, {}) if signature else tuple(arguments)
            literal((bound, expected))
            encode((bound, expected))
        except ValueError:
            continue
        yield bound, expected


def _inside(box: Sandbox, specification: ToolSpecification, inputs: Sequence[Arguments]) -> list[bool]:
    signature = specification.parsed_signature
    names = [parameter.name for parameter in signature.parameters] if signature else []
    return Precondition(box, names, specification.precondition).holds(inputs)


def _likeness(specification: ToolSpecification, domain: ImpliedDomain, arguments: Arguments) -> Likeness:
    """Returns how much an input is like the examples'; what a precondition allows is near at least."""
    found = domain.likeness(arguments)
    return "near" if found == "unlike" and specification.precondition else found
