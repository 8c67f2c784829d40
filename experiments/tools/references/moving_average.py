"""What moving_average must answer."""

import random


def moving_average(numbers: list[int], window: int) -> list[float]:
    """Returns the mean of each full window."""
    return [sum(numbers[end - window : end]) / window for end in range(window, len(numbers) + 1)]


_rng = random.Random(0)
_EDGES: list[tuple[list[int], int]] = [
    ([], 1), ([], 5), ([0], 1), ([3], 2), ([1, 2], 1), ([1, 2], 2), ([1, 2, 3], 3), ([1, 2, 3], 4),
    ([-1, 1], 2), ([0, 0, 0], 2), ([1, 2, 2], 3), ([10, -10, 10, -10], 2), ([1000, 1, 1000], 2),
    ([5, 5, 5, 5, 5], 4),
]  # fmt: skip
INPUTS: list[tuple[list[int], int]] = [
    *_EDGES,
    *[
        ([_rng.randint(-50, 100) for _ in range(_rng.randint(4, 9))], window)
        for window in (1, 2, 3, 4)
        for _ in range(10)
    ],
    *[([_rng.randint(0, 1000) for _ in range(12)], window) for window in range(5, 14)],
]
