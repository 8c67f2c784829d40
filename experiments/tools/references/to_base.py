"""What to_base must answer."""

import random
import string

_DIGITS = string.digits + string.ascii_lowercase


def to_base(number: int, base: int) -> str:
    """Returns the number's digits in the base."""
    if number < 0:
        return "-" + to_base(-number, base)
    return (to_base(number // base, base) if number >= base else "") + _DIGITS[number % base]


_rng = random.Random(0)
_EDGES: list[tuple[int, int]] = [
    (0, 2), (0, 36), (1, 2), (2, 2), (-1, 2), (-1, 36), (35, 36), (36, 36), (10, 10), (-10, 10), (9, 8),
    (100, 2), (16, 16), (255, 2), (-255, 16), (123456789, 36), (1295, 36), (1296, 36), (-1296, 36),
    (10**12, 16), (3, 3), (26, 27),
]  # fmt: skip
INPUTS: list[tuple[int, int]] = [
    *_EDGES,
    *[(_rng.randint(-1000, 1000), base) for base in range(2, 37)],
    *[(_rng.randint(1000, 10**9), base) for base in (2, 3, 5, 7, 8, 11, 12, 16, 20, 26, 30, 36)],
]
