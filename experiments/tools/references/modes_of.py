"""What modes_of must answer."""

import random


def modes_of(numbers: list[int]) -> list[int]:
    """Returns the numbers that occur most."""
    highest = max(map(numbers.count, numbers), default=0)
    return sorted({number for number in numbers if numbers.count(number) == highest})


_rng = random.Random(0)
_EDGES: list[tuple[list[int]]] = [
    ([0],), ([1, 1],), ([2, 1],), ([1, 2, 3],), ([3, 2, 1],), ([0, 0, 1],), ([-1, -1, 1, 1],),
    ([10, 9, 10, 9],), ([7, 7, 7, 1, 1, 2],), ([5, 5, 5, 4, 4, 4, 3],), ([-2, -10, -2, -10, 0],),
    ([100, 20, 3],), ([1, 2, 1, 2, 1],),
]  # fmt: skip
INPUTS: list[tuple[list[int]]] = [
    *_EDGES,
    *[([_rng.randint(-3, 3) for _ in range(length)],) for length in range(4, 14) for _ in range(3)],
    *[([_rng.randint(0, 12) for _ in range(length)],) for length in range(4, 14) for _ in range(2)],
]
