"""What is_palindrome must answer."""

import random


def is_palindrome(text: str) -> bool:
    """Returns whether the letters and digits are the same both ways."""
    letters = [character for character in text.lower() if character.isalnum()]
    return letters == letters[::-1]


def _half(length: int) -> str:
    return "".join(_rng.choice("abC1 ,") for _ in range(length))


_rng = random.Random(0)
_TEXTS = [
    " ", ".,!", "a", "A", "ab", "aA", "Ab", "aba", "abA", "abca", "12321", "1232", "1a1", "a1", "_", "a_a",
    "a b", "No lemon, no melon", "Was it a car or a cat I saw?", "race a car", "0P", "a\na", "Madam",
    "madman", "abba", "abab", "a,b", "!a", "ab!a", "aab", "x" * 50, "x" * 50 + "y",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(text,) for text in _TEXTS],
    *[
        ((half := _half(length)) + middle + half[::-1].swapcase(),)
        for length in range(3, 13)
        for middle in ("", "z")
    ],
    *[(_half(length) + "q",) for length in range(4, 24)],
]
