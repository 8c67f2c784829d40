"""Inputs between those that are known: where two tools that agree on their tests may still differ.

Nothing outside of what the tests show is tried, since there nobody has said what is right: a number between
two that were seen, and a list without its first or last entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any

MOST = 24

Arguments = Mapping[str, Any]


def inputs_between(inputs: Sequence[Arguments]) -> list[Arguments]:
    """Returns at most `MOST` new inputs, each a known one with one argument changed."""
    known = {json.dumps(arguments, sort_keys=True) for arguments in inputs}
    found: dict[str, Arguments] = {}
    for arguments in _rounds([_variants(one, inputs) for one in inputs]):
        found.setdefault(json.dumps(arguments, sort_keys=True), arguments)
    return list(islice((a for text, a in found.items() if text not in known), MOST))


def _variants(arguments: Arguments, inputs: Sequence[Arguments]) -> Iterator[Arguments]:
    for name, value in arguments.items():
        seen = [other[name] for other in inputs if name in other]
        for changed in _between(value, seen):
            yield {**arguments, name: changed}


def _between(value: object, seen: Sequence[object]) -> Iterator[object]:
    """Yields values near one that was seen, within what was seen."""
    if isinstance(value, list) and len(value) > 1:
        yield value[:-1]
        yield value[1:]
    if not _is_number(value):
        return
    ordered = sorted({number for number in seen if _is_number(number)})  # type: ignore[type-var]
    for low, high in pairwise(ordered):
        if value in (low, high):
            middle = (low + high) / 2 if isinstance(low + high, float) else (low + high) // 2  # type: ignore[operator]
            yield middle


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
