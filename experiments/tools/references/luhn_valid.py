"""What luhn_valid must answer."""

import random


def luhn_valid(number: str) -> bool:
    """Returns whether the digits pass the Luhn check."""
    digits = number.replace(" ", "")
    if len(digits) < 2 or not digits.isdigit():
        return False
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[::-2])) + sum(sum(divmod(value, 10)) for value in doubled)) % 10 == 0


def _valid(length: int) -> str:
    digits = "".join(str(_rng.randrange(10)) for _ in range(length - 1))
    return next(digits + check for check in "0123456789" if luhn_valid(digits + check))


_rng = random.Random(0)
_NUMBERS = [
    "", " ", "1", " 0", "00", "0000", "18", "59", "10", "1 8", " 1 8 ", "059", "59a", "a59", "5-9",
    "4111 1111 1111 1111", "4111111111111112", "490154203237518", "$ 0 0", "079927398713", "79927398710",
    "59.0", "-59", "+18", "18\n", "5105 1051 0510 5100",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(number,) for number in _NUMBERS],
    *[(_valid(length),) for length in range(3, 23)],
    *[(_valid(length)[:-2] + _rng.choice("0123456789") * 2,) for length in range(6, 16)],
    *[("".join(str(_rng.randrange(10)) for _ in range(length)),) for length in range(5, 20)],
]
