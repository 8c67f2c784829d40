"""Inputs near those that are known: where two tools that agree on their tests may still differ.

A number between two that were seen, the half between two whole numbers, a number with its sign turned; a
text in other letters, with blanks around it, or empty; a list without its first or last entry, with the last
one twice, or empty. Lists keep their order, since many tools want sorted ones.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any

MOST = 48

Arguments = Mapping[str, Any]


def inputs_nearby(inputs: Sequence[Arguments]) -> list[Arguments]:
    """Returns at most `MOST` new inputs, each a known one with one argument changed."""
    known = {json.dumps(arguments, sort_keys=True) for arguments in inputs}
    found: dict[str, Arguments] = {}
    for arguments in _rounds([_variants(one, inputs) for one in inputs]):
        found.setdefault(json.dumps(arguments, sort_keys=True), arguments)
    return list(islice((a for text, a in found.items() if text not in known), MOST))


def _variants(arguments: Arguments, inputs: Sequence[Arguments]) -> Iterator[Arguments]:
    for name, value in arguments.items():
        seen = [other[name] for other in inputs if name in other]
        for changed in _near(value, seen):
            yield {**arguments, name: changed}


def _near(value: object, seen: Sequence[object]) -> Iterator[object]:
    """Yields values near one that was seen."""
    if isinstance(value, list) and value:
        yield from (value[:-1], value[1:], [*value, value[-1]], [])
    if isinstance(value, str):
        yield from (value.swapcase(), f" {value} ", "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _near_number(value, [number for number in seen if _is_number(number)])


def _near_number(value: float, seen: Sequence[Any]) -> Iterator[float]:
    """Yields numbers between this one and its neighbours, and this one with its sign turned."""
    yield -value
    is_whole = all(isinstance(number, int) for number in seen)
    for low, high in pairwise(sorted(set(seen))):
        if value in (low, high):
            yield (low + high) // 2 if is_whole else (low + high) / 2
            if not is_whole and low < math.floor(high) - 0.5:
                yield math.floor(high) - 0.5


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rounds(iterators: Sequence[Iterator[Arguments]]) -> Iterator[Arguments]:
    """Yields the first of each, then the second of each, and so on."""
    waiting = list(iterators)
    while waiting:
        for iterator in list(waiting):
            try:
                yield next(iterator)
            except StopIteration:
                waiting.remove(iterator)
