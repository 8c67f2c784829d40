"""The smallest inputs of a tool, smallest first: bugs that show at all mostly show on a small input."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from evaluators.vocabulary import Vocabulary
from programs.value_type import ValueType

_MOST = 400  # values of one parameter that are looked at
_FEW = 4  # different entries of a sequence
_LONGEST_KNOWN, _MOST_KNOWN = 12, 12  # characters, and texts, that the tool's own words show


def small_inputs(types: Sequence[ValueType], words: Vocabulary, count: int) -> list[tuple[Any, ...]]:
    """Returns up to so many inputs, in the order of how late their values come in their own types."""
    columns = [list(itertools.islice(small_values(kind, words), _MOST)) for kind in types]
    found: list[tuple[Any, ...]] = []
    for total in range(sum(len(column) - 1 for column in columns) + 1):
        for places in _places(total, [len(column) for column in columns]):
            if len(found) >= count:
                return found
            found.append(tuple(column[place] for column, place in zip(columns, places, strict=True)))
    return found


def small_values(kind: ValueType, words: Vocabulary) -> Iterator[Any]:
    """Yields values of a type, smallest first."""
    if kind.kind == "literal":
        yield from kind.choices
    elif kind.kind == "union":
        yield from _in_turn([small_values(item, words) for item in kind.items])
    elif kind.kind == "dict":
        yield from _dicts(kind, words)
    elif kind.kind == "tuple" and not kind.repeats:
        yield from small_inputs(kind.items, words, _MOST)
    elif kind.kind in ("list", "tuple"):
        items = small_values(kind.items[0] if kind.items else ValueType("int"), words)
        sequences = _sequences(list(itertools.islice(items, _FEW)))
        yield from map(list if kind.kind == "list" else tuple, sequences)
    else:
        yield from _plain(kind, words)


def _plain(kind: ValueType, words: Vocabulary) -> Iterator[Any]:
    match kind.kind:
        case "bool":
            yield from (False, True)
        case "int":
            yield from _integers()
        case "float":
            yield from (number / 2 for number in itertools.islice(_integers(), 60))
        case "str":
            made = map("".join, _sequences(_letters(words)))
            known = (text for text in words.texts if 1 < len(text) <= _LONGEST_KNOWN)
            yield from _in_turn([made, itertools.islice(known, _MOST_KNOWN)])
        case "none":
            yield None
        case _:
            yield from (0, "", [], 1, "a", [0])


def _integers() -> Iterator[int]:
    """Yields 0, 1, 2, -1, 3, 4, -2, ...: twice as many above zero as below."""
    for number in range(_MOST):
        yield from (2 * number, 2 * number + 1, -number - 1) if number else (0, 1, -1)


def _letters(words: Vocabulary) -> list[str]:
    """Returns few characters, one or two of each class that occurs."""
    kinds: dict[str, list[str]] = {}
    for character in words.characters:
        name = "digit" if character.isdigit() else "upper" if character.isupper() else "lower"
        kinds.setdefault(name if character.isalnum() else character, []).append(character)
    return list(_in_turn([iter(found[:2]) for found in kinds.values()]))[:_FEW]


def _sequences(items: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Yields all sequences of the items, short ones first."""
    for length in itertools.count() if items else [0]:
        yield from itertools.product(items, repeat=length)


def _dicts(kind: ValueType, words: Vocabulary) -> Iterator[dict[str, Any]]:
    item = kind.items[0] if kind.items else ValueType("int")
    values = list(itertools.islice(small_values(item, words), 3))
    keys = list(itertools.islice(map("".join, _sequences(_letters(words))), 6))
    yield {}
    for size in (1, 2):
        for chosen in itertools.combinations(keys, size):
            for entries in itertools.product(values, repeat=size):
                yield dict(zip(chosen, entries, strict=True))


def _places(total: int, lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yields the tuples of places, one below each length, whose sum is the total."""
    if not lengths:
        if total == 0:
            yield ()
        return
    rest = sum(length - 1 for length in lengths[1:])
    for first in range(max(0, total - rest), min(total, lengths[0] - 1) + 1):
        for others in _places(total - first, lengths[1:]):
            yield (first, *others)


def _in_turn(sources: Sequence[Iterator[Any]]) -> Iterator[Any]:
    """Yields one of each source, again and again, until all are spent."""
    spent = object()
    for row in itertools.zip_longest(*sources, fillvalue=spent):
        yield from (value for value in row if value is not spent)
