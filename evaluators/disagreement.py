"""Chooses the few inputs on which programs differ most: no label is needed for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def choose(outputs: Sequence[Sequence[Hashable]], count: int) -> list[int]:
    """Returns up to `count` inputs by their places, the most telling first.

    Each next one divides most of the pairs of programs that the ones before left together. It ends early
    where no input divides any.

    Args:
        outputs: One row per program, one entry per input.
        count: How many inputs.
    """
    groups: list[Hashable] = [()] * len(outputs)
    left = set(range(len(outputs[0]))) if outputs else set()
    chosen: list[int] = []
    undivided = _pairs(groups)
    while left and len(chosen) < count:
        best = min(left, key=lambda place: (_pairs(_split(groups, outputs, place)), place))
        groups = _split(groups, outputs, best)
        if _pairs(groups) == undivided:
            break
        undivided = _pairs(groups)
        chosen.append(best)
        left.discard(best)
    return chosen


def _split(groups: Sequence[Hashable], outputs: Sequence[Sequence[Hashable]], place: int) -> list[Hashable]:
    """Returns each program's group, numbered, once the input at a place has told its members apart."""
    numbers: dict[Hashable, int] = {}
    return [
        numbers.setdefault((group, row[place]), len(numbers))
        for group, row in zip(groups, outputs, strict=True)
    ]


def _pairs(groups: Sequence[Hashable]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())
