"""What insert_position must answer."""

import bisect
import random


def insert_position(numbers: list[int], target: int) -> int:
    """Returns the leftmost index at which the target keeps the order."""
    return bisect.bisect_left(numbers, target)


_rng = random.Random(0)
_EDGES: list[tuple[list[int], int]] = [
    ([], 0), ([1], 0), ([1], 1), ([1], 2), ([1, 3], 2), ([1, 3], 1), ([1, 3], 3), ([1, 3], 4), ([2, 2, 2], 2),
    ([2, 2, 2], 1), ([2, 2, 2], 3), ([-5, 0, 5], -6), ([-5, 0, 5], -5), ([-5, 0, 5], 0), ([1, 2, 2, 2, 3], 2),
]  # fmt: skip
INPUTS: list[tuple[list[int], int]] = [
    *_EDGES,
    *[
        (sorted(_rng.randint(-10, 10) for _ in range(length)), _rng.randint(-11, 11))
        for length in range(3, 23)
    ],
    *[(sorted(_rng.randint(0, 9) for _ in range(length)), _rng.randint(0, 9)) for length in range(5, 25)],
    *[(sorted(_rng.sample(range(0, 100, 2), 12)), target) for target in range(3, 99, 9)],
]
