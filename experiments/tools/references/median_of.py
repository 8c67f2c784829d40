"""What median_of must answer."""

import random
import statistics


def median_of(numbers: list[float]) -> float:
    """Returns the median."""
    return statistics.median(numbers)


_rng = random.Random(0)
_EDGES: list[tuple[object]] = [
    ([0],), ([-1],), ([1, 2],), ([2, 1],), ([1, 1],), ([-1, 1],), ([0, 0, 0],), ([5, 1, 1],), ([1, 1, 5, 5],),
    ([10, 9, 8, 7, 6],), ([10, 9, 8, 7],), ([-5, -1, -3],), ([100, 1, 10, 1000],), ([0.5, 0.25],),
    ([2, 10, 9],),
]  # fmt: skip
INPUTS: list[tuple[object]] = [
    *_EDGES,
    *[([_rng.randint(-50, 50) for _ in range(length)],) for length in range(3, 13) for _ in range(3)],
    *[
        ([round(_rng.uniform(-20, 20), 1) for _ in range(length)],)
        for length in range(3, 13)
        for _ in range(2)
    ],
]
