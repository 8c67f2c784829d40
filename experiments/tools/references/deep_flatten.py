"""What deep_flatten must answer."""

import random
from typing import Any


def deep_flatten(items: list[Any]) -> list[Any]:
    """Returns what the nested lists hold, in order."""
    return [leaf for item in items for leaf in (deep_flatten(item) if isinstance(item, list) else [item])]


def _nested(depth: int) -> list[Any]:
    leaves: tuple[object, ...] = (0, 1, -2, "x", "", "yz", None, True, 2.5)
    return [
        _nested(depth - 1) if depth and _rng.random() < 0.5 else _rng.choice(leaves)
        for _ in range(_rng.randint(1, 5))
    ]


_rng = random.Random(0)
_EDGES: list[tuple[object]] = [
    ([],), ([[]],), ([1],), ([[1]],), ([[[[1]]]],), ([1, 2, 3],), ([[1, 2], [3, 4]],), ([0, [0, [0]]],),
    ([""],), (["abc", ["d", ["ef"]]],), ([None, [None]],), ([True, [False]],),
    ([{"a": [1, [2]]}, [{"b": []}]],), ([1.5, ["x", [2]]],), ([[[], []], [[]]],), ([[], 1, []],),
    ([[["deep", 1], 2], 3],), (["[1]", [["[2]"]]],),
]  # fmt: skip
INPUTS: list[tuple[object]] = [
    *_EDGES,
    *[([3, _nested(3)],) for _ in range(25)],
    *[([_nested(4), number],) for number in range(25)],
]
