"""What int_to_roman must answer."""

import random

_VALUES = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1]
_SYMBOLS = ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"]


def int_to_roman(number: int) -> str:
    """Returns the number as a Roman numeral."""
    numeral = ""
    for value, symbol in zip(_VALUES, _SYMBOLS, strict=True):
        numeral += symbol * (number // value)
        number %= value
    return numeral


_rng = random.Random(0)
_NUMBERS = [
    1, 2, 3, 5, 6, 8, 9, 10, 14, 19, 39, 44, 49, 50, 90, 99, 100, 399, 400, 444, 499, 500, 888, 900, 999,
    1000, 1444, 1999, 2000, 3888, 3999,
]  # fmt: skip
INPUTS: list[tuple[int]] = [
    *[(number,) for number in _NUMBERS],
    *[
        (number,)
        for number in sorted(_rng.sample(range(11, 3990), 45))
        if number not in (40, 1987, *_NUMBERS)
    ],
]
