"""What hex_to_rgb must answer."""

import random


def hex_to_rgb(colour: str) -> tuple[int, int, int]:
    """Returns red, green and blue."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


_rng = random.Random(0)
_COLOURS = [
    "#000000", "#ffffff", "FFFFFF", "#000", "fff", "#FFF", "123", "#123", "123456", "#abc", "#1E90FF", "#c0c",
    "#0f0", "00f", "#AbCdEf", "aBc", "#010203", "#100", "#808080", "999",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(colour,) for colour in _COLOURS],
    *[(f"#{_rng.randrange(16**6):06x}",) for _ in range(20)],
    *[(f"{_rng.randrange(16**6):06X}",) for _ in range(15)],
    *[(f"{mark}{_rng.randrange(16**3):03x}",) for mark in ("", "#") for _ in range(12)],
]
