"""What levenshtein must answer."""

import random


def levenshtein(first: str, second: str) -> int:
    """Returns the edit distance."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        previous, row = row, [i]
        for j, b in enumerate(second, start=1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (a != b)))
    return row[-1]


def _word(longest: int) -> str:
    return "".join(_rng.choice("abcd") for _ in range(_rng.randint(2, longest)))


_rng = random.Random(0)
_EDGES: list[tuple[str, str]] = [
    ("", ""), ("a", ""), ("", "b"), ("a", "a"), ("a", "b"), ("a", "A"), ("ab", "ba"), ("abc", "cab"),
    ("aa", "a"), ("receive", "recieve"), ("flaw", "lawn"), ("gumbo", "gambol"), ("book", "back"),
    ("saturday", "sunday"), ("intention", "execution"), ("abcdef", "azced"), ("a b", "ab"), ("é", "e"),
    ("abcabc", "abc"), ("x" * 12, "y"),
]  # fmt: skip
INPUTS: list[tuple[str, str]] = [
    *_EDGES,
    *[(_word(7), _word(7)) for _ in range(30)],
    *[(_word(14), _word(14)) for _ in range(20)],
]
