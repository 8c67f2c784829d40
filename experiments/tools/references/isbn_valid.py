"""What isbn_valid must answer."""

import random


def isbn_valid(text: str) -> bool:
    """Returns whether the text is an ISBN whose check digit is right."""
    code = text.replace("-", "").replace(" ", "").upper()
    if len(code) == 13 and code.isdigit():
        return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code)) % 10 == 0
    if len(code) == 10 and code[:9].isdigit() and (code[9].isdigit() or code[9] == "X"):
        last = 10 if code[9] == "X" else int(code[9])
        return (sum(int(digit) * (10 - place) for place, digit in enumerate(code[:9])) + last) % 11 == 0
    return False


def _digits(count: int) -> str:
    return "".join(str(_rng.randrange(10)) for _ in range(count))


def _valid(count: int) -> str:
    digits = _digits(count)
    return next(digits + check for check in "0123456789X" if isbn_valid(digits + check))


_rng = random.Random(0)
_TEXTS = [
    "", "-", "0", "X", "0000000000", "0000000000000", "000000000X", "X000000000", "0306406152",
    "3-16-148410-0", "9783161484100", "978 3 16 148410 0", "978316148410X", "0 306 40615 2", "080442957x",
    "080442957X", "08044295X7", "08044X957X", "0.306.40615.2", "030640615", "03064061522", "97803064061",
    "97803064061577", "isbn0306406152", "030640615a", "1234567890",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(text,) for text in _TEXTS],
    *[(_valid(9),) for _ in range(22)],
    *[(_valid(12),) for _ in range(22)],
    *[(_digits(10),) for _ in range(15)],
    *[(_digits(13),) for _ in range(15)],
]
