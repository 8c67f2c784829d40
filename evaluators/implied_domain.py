"""The inputs that a tool is taken to be for while nobody has said more: those that are like its examples'.

What the examples share is kept: types and structure, signs, alphabets, emptiness, formats, order, and how the
arguments relate. An input that breaks any of it makes no test, save that what may be chance (`Trait.is_weak`)
is left to the voters: there they must all agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from evaluators.argument_relations import relations_of
from evaluators.told_answers import SAYS_EMPTY
from evaluators.traits import Trait, traits_of

Arguments = tuple[object, ...]
Place = tuple[str, ...]
Likeness = Literal["alike", "near", "unlike"]

_EMPTY: tuple[object, ...] = ("", [], (), {}, set())


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
        self._lookalikes = {
            (place, type(value))
            for call in examples
            for place, value in _places(call)
            if _is_lookalike(value)
        }
        self._traits = {
            place: {kind: traits_of(values) for kind, values in by_type.items()}
            for place, by_type in seen.items()
        }
        self._relations = list(relations_of(examples))
        self._may_be_empty = SAYS_EMPTY.search(description) is not None

    def likeness(self, arguments: Arguments) -> Likeness:
        """Returns how much an input is like the examples'."""
        broken = [trait.is_weak for trait in self._relations if not trait.has(arguments)]
        broken += [True] if self.is_ambiguous(arguments) else []
        for place, value in _places(arguments):
            traits = self._traits.get(place, {}).get(type(value))
            if traits is None:
                return "unlike"
            broken += self._broken(traits, value, is_argument=len(place) == 1)
        return "alike" if not broken else "near" if all(broken) else "unlike"

    def is_alike(self, arguments: Arguments) -> bool:
        """Returns whether nothing tells an input from the examples'."""
        return self.likeness(arguments) == "alike"

    def is_ambiguous(self, arguments: Arguments) -> bool:
        """Returns whether a value is one that Python takes for another type's, and no example has one there.

        On True among numbers, or 2.0 among whole ones and fractions, programs mostly answer as the language
        happens to, and so agree, whatever is right.
        """
        return any(
            _is_lookalike(value) and (place, type(value)) not in self._lookalikes
            for place, value in _places(arguments)
        )

    def _broken(self, traits: Sequence[Trait], value: object, *, is_argument: bool) -> Iterator[bool]:
        """Yields for each trait that the value lacks whether it is a weak one."""
        is_told = self._may_be_empty and is_argument and is_empty(value)
        return (trait.is_weak or is_told for trait in traits if not trait.has(value))


def is_empty(value: object) -> bool:
    """Returns whether a value is a text or a collection without anything in it."""
    return value in _EMPTY


def _is_lookalike(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, float) and value.is_integer())


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
