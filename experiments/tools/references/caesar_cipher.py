"""What caesar_cipher must answer."""

import random
from string import ascii_lowercase as small
from string import ascii_uppercase as capital


def caesar_cipher(text: str, shift: int) -> str:
    """Returns the text with its letters shifted."""
    places = shift % 26
    shifted = small[places:] + small[:places] + capital[places:] + capital[:places]
    return text.translate(str.maketrans(small + capital, shifted))


def _text() -> str:
    return "".join(_rng.choice("abmnyzABMNYZ .3-") for _ in range(12))


_rng = random.Random(0)
_EDGES: list[tuple[str, int]] = [
    ("", 5), ("a", 0), ("a", 1), ("z", 1), ("Z", 1), ("A", -1), ("a", 26), ("a", -26), ("a", 27), ("z", 52),
    ("q", -53), ("Uryyb", 13), ("attack at dawn", 5), ("123 !?", 7), ("Caf\u00e9 \u00dcber", 4),
    ("a\nb\tc", 2), ("[\\]^_`{@", 3),
]  # fmt: skip
INPUTS: list[tuple[str, int]] = [
    *_EDGES,
    *[("The Quick Brown Fox Jumps Over The Lazy Dog", shift) for shift in (1, 13, 25, -3, 1000, -1000)],
    *[(_text(), _rng.randint(-60, 60)) for _ in range(45)],
]
