"""What roman_to_int must answer."""

import random

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_to_int(numeral: str) -> int:
    """Returns the number that a Roman numeral writes."""
    values = [_VALUES[letter] for letter in numeral]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


_DIGITS = (
    ("", "M", "MM", "MMM"),
    ("", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"),
    ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"),
    ("", "I", "II", "IV", "V", "VI", "VII", "VIII", "IX"),
)
_rng = random.Random(0)
_TEXTS = [
    "XLIX", "XCIX", "CDXLIV", "MCMXCIX", "MMMCMXCIX", "MMMDCCCLXXXVIII", "MDCLXVI", "XIX",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(digit,) for place in _DIGITS for digit in place if digit],
    *[(text,) for text in _TEXTS],
    *[("M" + "".join(_rng.choice(place) for place in _DIGITS[1:3]) + "IX",) for _ in range(10)],
    *[("".join(_rng.choice(place[1:]) for place in _DIGITS),) for _ in range(20)],
]
