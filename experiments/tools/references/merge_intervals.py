"""What merge_intervals must answer."""

import random


def merge_intervals(intervals: list[list[int]]) -> list[list[int]]:
    """Returns the intervals' union as the fewest intervals, sorted."""
    merged: list[list[int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def _interval(widest: int) -> list[int]:
    start = _rng.randint(-20, 40)
    return [start, start + _rng.randint(0, widest)]


_rng = random.Random(0)
_EDGES: list[tuple[list[list[int]]]] = [
    ([],), ([[1, 1]],), ([[1, 2]],), ([[1, 2], [1, 2]],), ([[1, 1], [1, 1]],), ([[1, 10], [2, 3]],),
    ([[2, 3], [1, 10]],), ([[1, 2], [2, 3], [3, 4]],), ([[5, 6], [3, 4], [1, 2]],), ([[-5, -1], [-2, 0]],),
    ([[0, 0], [0, 5]],), ([[1, 4], [0, 4]],), ([[1, 4], [0, 0]],), ([[1, 9], [2, 3], [4, 5], [10, 11]],),
]  # fmt: skip
INPUTS: list[tuple[list[list[int]]]] = [
    *_EDGES,
    *[([_interval(8) for _ in range(_rng.randint(2, 4))],) for _ in range(25)],
    *[([_interval(5) for _ in range(_rng.randint(5, 9))],) for _ in range(25)],
]
