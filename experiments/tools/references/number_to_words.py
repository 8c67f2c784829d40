"""What number_to_words must answer."""

import random

_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def number_to_words(number: int) -> str:
    """Returns the number in English words."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_SMALL[number % 10]}" if number % 10 else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = number % size
    return f"{number_to_words(number // size)} {name}" + (f" {number_to_words(rest)}" if rest else "")


_rng = random.Random(0)
_NUMBERS = [
    30, 40, 50, 60, 70, 80, 90, 21, 55, 99, 100, 101, 110, 111, 115, 120, 199, 200, 999, 1000, 1001, 1010,
    1019, 1100, 1999, 2000, 10000, 10001, 11011, 12345, 20000, 90017, 100000, 100001, 100100, 110000, 115000,
    500500, 999000, 999999,
]  # fmt: skip
INPUTS: list[tuple[int]] = [
    *[(number,) for number in range(1, 21)],
    *[(number,) for number in _NUMBERS],
    *[(number,) for number in _rng.sample(range(201, 999), 12)],
    *[(number,) for number in _rng.sample(range(2001, 999000), 25)],
]
