"""What group_digits must answer."""

import random


def group_digits(number: int, separator: str = ",") -> str:
    """Returns the number with its thousands set apart."""
    return f"{number:,}".replace(",", separator)


_rng = random.Random(0)
_NUMBERS = [
    0, 1, -1, 12, 100, -100, 1000, 1001, -999, -1000, 9999, 10000, 100000, -100000, 999999, 1000000, -1234567,
    10**9, 10**12, -(10**12), 1000000000001, 100200300,
]  # fmt: skip
INPUTS: list[tuple[int, str]] = [
    *[(number, ",") for number in _NUMBERS],
    *[(1234567, separator) for separator in (" ", "'", ".", "", "_", ", ", "\u00a0")],
    *[(-123456, separator) for separator in ("", "-", ".")],
    *[(_rng.randint(-(10**power), 10**power), ",") for power in range(4, 14) for _ in range(2)],
    *[(_rng.randint(1000, 10**8), separator) for separator in " '._" for _ in range(3)],
]
