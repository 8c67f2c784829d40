"""The inputs that a tool is taken to be for while nobody has said more: those that are like its examples'.

What the examples share is kept: types and structure, signs, alphabets, emptiness, formats, order, and how the
arguments relate. An input that breaks any of it makes no test, save that what may be chance (`Trait.is_weak`)
is left to the voters: there they must all agree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from evaluators.argument_relations import relations_of
from evaluators.traits import Trait, traits_of

Arguments = tuple[object, ...]
Place = tuple[str, ...]
Likeness = Literal["alike", "near", "unlike"]

_SAYS_EMPTY = re.compile(r"(?<!non)(?<!non[- ])(?<!not )\bempty\b", re.IGNORECASE)


class ImpliedDomain:
    """Tells inputs that are like the examples' from others.

    Args:
        examples: Their arguments; one example at least.
        description: Of the tool; where it speaks of what is empty, an empty argument is near.
    """

    def __init__(self, examples: Sequence[Arguments], description: str = "") -> None:
        seen: dict[Place, dict[type, list[object]]] = defaultdict(lambda: defaultdict(list))
        for arguments in examples:
            for place, value in _places(arguments):
                seen[place][type(value)].append(value)
        self._traits = {
            place: {kind: traits_of(values) for kind, values in by_type.items()}
            for place, by_type in seen.items()
        }
        self._relations = list(relations_of(examples))
        self._may_be_empty = _SAYS_EMPTY.search(description) is not None

    def likeness(self, arguments: Arguments) -> Likeness:
        """Returns how much an input is like the examples'."""
        broken = [trait.is_weak for trait in self._relations if not trait.has(arguments)]
        for place, value in _places(arguments):
            traits = self._traits.get(place, {}).get(type(value))
            if traits is None:
                return "unlike"
            broken += self._broken(traits, value, is_argument=len(place) == 1)
        return "alike" if not broken else "near" if all(broken) else "unlike"

    def is_alike(self, arguments: Arguments) -> bool:
        """Returns whether nothing tells an input from the examples'."""
        return self.likeness(arguments) == "alike"

    def _broken(self, traits: Sequence[Trait], value: object, *, is_argument: bool) -> Iterator[bool]:
        """Yields for each trait that the value lacks whether it is a weak one."""
        is_told = self._may_be_empty and is_argument and value in ("", [], (), {}, set())
        return (trait.is_weak or is_told for trait in traits if not trait.has(value))


def _places(arguments: Arguments) -> Iterator[tuple[Place, object]]:
    for index, argument in enumerate(arguments):
        yield from _within((str(index),), argument)


def _within(place: Place, value: object) -> Iterator[tuple[Place, object]]:
    yield place, value
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _within((*place, "key"), key)
            yield from _within((*place, "value"), entry)
    elif isinstance(value, list | tuple | set):
        for entry in value:
            yield from _within((*place, "entry"), entry)
