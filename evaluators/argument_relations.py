"""How the arguments of one call relate: which is less, which is as long, which lies in which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Sized
from itertools import permutations
from typing import Any

from evaluators.traits import Trait
from sandbox.interface import Value

Relation = Callable[[Any, Any], bool]


def relations_of(calls: Sequence[Sequence[Any]]) -> Iterator[Trait]:
    """Yields the relations of two arguments that hold in every call; they are traits of the whole call."""
    for one, other in permutations(range(min(map(len, calls))), 2):
        for relation, is_weak in _RELATIONS:
            has = _between(relation, one, other)
            if all(map(has, calls)):
                yield Trait(has, is_weak)


def _between(relation: Relation, one: int, other: int) -> Callable[[Any], bool]:
    return lambda call: relation(call[one], call[other])


def _are_numbers(*values: object) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _is_less(one: Value, other: Value) -> bool:
    return _are_numbers(one, other) and bool(one < other)


def _is_at_most(one: Value, other: Value) -> bool:
    return _are_numbers(one, other) and bool(one <= other)


def _is_unlike(one: Value, other: Value) -> bool:
    return type(one) is type(other) and bool(one != other)


def _counts_within(one: Value, other: Value) -> bool:
    return _are_numbers(one) and isinstance(other, Sized) and one <= len(other)


def _is_index_of(one: Value, other: Value) -> bool:
    return _are_numbers(one) and isinstance(other, Sized) and one < len(other)


def _is_as_long(one: Value, other: Value) -> bool:
    return isinstance(one, Sized) and isinstance(other, Sized) and len(one) == len(other)


def _is_no_longer(one: Value, other: Value) -> bool:
    return isinstance(one, Sized) and isinstance(other, Sized) and len(one) <= len(other)


def _lies_in(one: Value, other: Value) -> bool:
    if isinstance(other, str):
        return isinstance(one, str) and one in other
    return isinstance(other, list | tuple) and one in other


# With whether few calls may have it by chance.
_RELATIONS: tuple[tuple[Relation, bool], ...] = (
    (_is_less, True),
    (_is_at_most, True),
    (_is_unlike, True),
    (_counts_within, False),
    (_is_index_of, True),
    (_is_as_long, False),
    (_is_no_longer, True),
    (_lies_in, True),
)
