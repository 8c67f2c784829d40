"""What mask_card must answer."""

import random
import re


def mask_card(number: str) -> str:
    """Returns the text with stars for all digits that four more follow."""
    return re.sub(r"\d(?=(?:\D*\d){4})", "*", number)


_rng = random.Random(0)
_NUMBERS = [
    "", " ", "1", "1234", "12345", "123456", "1-2-3-4", "1-2-3-4-5", "-12345-", "12345 ", "abc",
    "0048-7712-9", "+49 170 1234567", "a1b2c3d4e5f6", "4111111111111111", "**12345", "1 2345", "00000",
    "5555-5555", "12 34", "12 345", "card: 4111 1111", "1234 no", "12345 no", "(12)3.4/5",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(number,) for number in _NUMBERS],
    *[
        ("".join(_rng.choice("0123456789 -") for _ in range(length)),)
        for length in range(5, 24)
        for _ in range(2)
    ],
    *[("-".join(f"{_rng.randrange(10**4):04}" for _ in range(4)),) for _ in range(8)],
]
