"""What run_length_encode must answer."""

import itertools
import random


def run_length_encode(text: str) -> str:
    """Returns each run's character and length."""
    return "".join(f"{character}{len(list(run))}" for character, run in itertools.groupby(text))


_rng = random.Random(0)
_TEXTS = [
    "a", "aa", "ab", "aba", "aab", "abb", "aA", " ", "   ", "a a", "\n\n", "WWWWBBW", "0001111", "a" * 10,
    "a" * 100, "b" * 12 + "a", "a1", "111", "a11", "zzzz", "abcabc", "éé", "--__--",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(text,) for text in _TEXTS],
    *[("".join(_rng.choice("ab") for _ in range(_rng.randint(5, 15))),) for _ in range(25)],
    *[("".join(_rng.choice("xyz ") * _rng.randint(1, 12) for _ in range(4)),) for _ in range(20)],
]
